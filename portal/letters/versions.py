"""The versions of a letter: what was sent and when, and what its pages show when two of them are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.core import pdf
from portal.core.db import db

from .comparing import compared
from .models import Letter, Submission
from .printing import PRINT_TRIES

OPEN_AGAIN = ("pen", "Open for changes. This version counts", "now")
STATES = {  # of a letter that was sent, on its receipt: icon, words, tone
    "submitted": ("send", "Submitted", "good"),
    "withdrawn": ("off", "Withdrawn. Nobody reads it any more", ""),
}
NOW = 0  # the number of what is being written, beside those that were sent


def versions_of(letter: Letter) -> Sequence[Any]:
    """Everything that was sent, the oldest first, without its text: number, reference, moment, late, by, PDF."""
    chosen = (
        select(
            Submission.number, Submission.reference, Submission.submitted_at, Submission.is_late, Submission.pdf_key,
            Submission.pdf_tries, Account.name.label("by_name"),
        )
        .outerjoin(Account, Account.id == Submission.submitted_by_id)
        .where(Submission.letter_id == letter.id)
        .order_by(Submission.number)
    )  # fmt: skip
    return db.session.execute(chosen).all()


def find_version(letter: Letter, number: int) -> Submission | None:
    """The letter as it was sent under this number."""
    return db.session.scalar(select(Submission).where(Submission.letter_id == letter.id, Submission.number == number))


def versions_page(
    letter: Letter, asked: Mapping[str, int | None], live: Mapping[str, Any] | None = None,
    read: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> dict[str, Any]:  # fmt: skip
    """The list of versions, and two of them compared: those asked for as "from" and "to", else the last two.

    `live` is the letter as it is being written, for its writers alone; `read` gives a version as its reader may see it.
    """
    versions = versions_of(letter)
    numbers = [one.number for one in versions] + ([NOW] if live else [])
    older, newer = _chosen(numbers, asked.get("from"), asked.get("to"))
    contents = [read(_content(letter, number, live)) for number in (older, newer) if number is not None]
    chapters = compared(*contents) if len(contents) == 2 else []
    return {
        "letter": letter, "versions": versions, "older": older, "newer": newer, "options": _options(numbers),
        "words": dict(_options(numbers)), "chapters": chapters, "is_same": not any(one.changed for one in chapters),
    }  # fmt: skip


def receipt_page(letter: Letter, sent: Submission) -> dict[str, Any]:
    """What the records hold of a version, how its letter stands now, and how its PDF stands."""
    return {
        "letter": letter, "submission": sent, "pdf": pdf_state(sent),
        "state": STATES.get(letter.status, OPEN_AGAIN), "versions": sent.number,
    }  # fmt: skip


def makes_pdf() -> bool:
    """Whether this machine prints what was sent."""
    return pdf.is_available()


def pdf_state(version: Any) -> str:
    """How the PDF of a version stands: ready, waiting, failed, or none where this machine makes none."""
    if version.pdf_key:
        return "ready"
    if not makes_pdf():
        return "none"
    return "failed" if version.pdf_tries >= PRINT_TRIES else "waiting"


def _options(numbers: list[int]) -> list[tuple[int, str]]:
    return [(number, f"Version {number}" if number != NOW else "As it is now") for number in numbers]


def _chosen(numbers: list[int], older: int | None, newer: int | None) -> tuple[int | None, int | None]:
    if len(numbers) < 2:
        return None, None
    newer = newer if newer in numbers else numbers[-1]
    older = older if older in numbers else numbers[max(numbers.index(newer) - 1, 0)]
    return older, newer


def _content(letter: Letter, number: int, live: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if number == NOW:
        return live or {}
    found = find_version(letter, number)
    assert found is not None
    return found.content
