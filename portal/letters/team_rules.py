"""Who may write in a letter, until when a link to join works, and how the plan of a section stands.

Plain answers about rows. Nothing here reads the clock: `now` and `today` are given.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from portal.core.errors import RuleBroken
from portal.rounds.models import Round, Section

from .content import digest, is_filled, row_values
from .models import Editor, Letter, SectionTask

LINK_LIFETIME = timedelta(days=30)
DOUBLE_PRESS = timedelta(minutes=1)  # within it a second press mails no second link
GONE = "This link does not lead to a letter any more. If you should still write in it, ask who invited you."


def has_room(writing: Collection[str], address: str, round: Round) -> bool:
    """Whether somebody of this address may write too, beside those of the addresses `writing`.

    One rule for all who write, whether they act for the district or were asked by mail, joined or not.
    """
    return address in writing or len(writing) < most_writers(round)


def most_writers(round: Round) -> int:
    """How many people may write in one letter: somebody who acts for the district, and the co-editors."""
    return 1 + round.max_co_editors


def check_invite(letter: Letter, writing: Collection[str], address: str, leads: Collection[str]) -> None:
    """Raise RuleBroken when whoever has `address` needs no invitation, or would be one writer too many."""
    if address in leads:
        raise RuleBroken(f"{address} acts for {letter.district.label} and can write in this letter already.")
    if any(one.email == address and one.joined_at for one in live_editors(letter)):
        raise RuleBroken(f"{address} writes in this letter already.")
    if not has_room(writing, address, letter.round):
        raise RuleBroken(
            f"A letter of this round has {most_writers(letter.round)} writers at most. "
            "Take somebody off the team before you invite another."
        )


def live_editors(letter: Letter) -> list[Editor]:
    """The co-editors who were not taken off, joined or not, in the order of their invitations."""
    return [one for one in letter.editors if one.removed_at is None]


def link_until(editor: Editor) -> datetime:
    """Until when the link of the invitation works."""
    return editor.invited_at + LINK_LIFETIME


def state_of(editor: Editor, now: datetime) -> str:
    """Where a co-editor stands: removed, joined, open (the link works), or over (it needs a new one)."""
    if editor.removed_at is not None:
        return "removed"
    if editor.joined_at is not None:
        return "joined"
    return "open" if now <= link_until(editor) else "over"


def check_join(editor: Editor, now: datetime) -> None:
    """Raise RuleBroken when the link was taken away, or is too old."""
    if editor.removed_at is not None:
        raise RuleBroken(GONE)
    if state_of(editor, now) == "over":
        raise RuleBroken("This link is older than 30 days. Have a new one mailed to you below.")


def is_fresh(editor: Editor, now: datetime) -> bool:
    """Whether the last link has just gone out, so that the same press again mails no other."""
    return now - editor.invited_at < DOUBLE_PRESS


def check_due(due_on: date | None, today: date, last_day: date) -> None:
    """Raise RuleBroken for a day that has passed, or that comes after the letter's last day."""
    if due_on is not None and not today <= due_on <= last_day:
        raise RuleBroken(f"Choose a day from today to {last_day:%B} {last_day.day}, the last day of this letter.")


def is_overdue(task: SectionTask | None, today: date) -> bool:
    """Whether the day that was planned has passed and nobody called the section done."""
    return task is not None and task.done_at is None and task.due_on is not None and task.due_on < today


def section_digest(letter: Letter, section: Section) -> str:
    """A short sign of everything that is answered in the section, to see later whether something changed."""
    answers = {answer.question_id: answer.value for answer in letter.answers}
    values = {one.code: answers.get(one.id) for one in section.questions}
    has_team = any(one.kind == "roster" for one in section.questions)
    team = [[row.id, row_values(row)] for row in letter.roster if is_filled(row)] if has_team else []
    return digest([values, team])


def is_changed(task: SectionTask | None, letter: Letter, section: Section) -> bool:
    """Whether an answer of the section reads otherwise than when it was called done."""
    return task is not None and task.done_at is not None and task.done_digest != section_digest(letter, section)
