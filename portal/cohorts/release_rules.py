"""When all prepared decisions of a round may go out at one moment, and what exactly was looked at before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.accounts.models import Account
from portal.core.errors import RuleBroken
from portal.core.filters import plural
from portal.reviews.models import Decision, Release
from portal.reviews.rules import check_seen, stamp_of
from portal.rounds.models import Round

from .wording_rules import words_of

ORDER = {"accept": 0, "waitlist": 1, "decline": 2}  # in which they go out; the waitlist in its own order
CHANGED = (
    "Something changed after you looked: a decision, a text, a place or an address. Nothing was sent. Look at the "
    "mails again."
)

OTHER_MAIL = (
    "The words of this mail, or its addresses, changed after you looked. Nothing was sent. Look at the mail again."
)


@dataclass(frozen=True)
class Item:
    """One decision as it would go out: to whom, the first in the mail’s To, the others in copy. Nobody: no mail."""

    decision: Decision
    leads: Sequence[Account]

    @property
    def is_reachable(self) -> bool:
        return bool(self.leads)


@dataclass(frozen=True)
class Outgoings:
    """Everything that a release of the round would send just now, and how many places it has left."""

    round: Round
    items: Sequence[Item]
    left: int

    @property
    def unreachable(self) -> list[Item]:
        return [item for item in self.items if not item.is_reachable]

    @property
    def offered(self) -> int:
        return sum(item.decision.outcome == "accept" for item in self.items)


def digest(out: Outgoings, *, without_mail: bool = False) -> str:
    """What the page carries to say what was looked at: other decisions, texts, places or addresses give another one.

    `without_mail` is part of it where somebody agreed that those whom no mail reaches hear nothing.
    """
    agreed = [item.decision.id for item in out.unreachable] if without_mail else []
    parts = [[_parts(item) for item in out.items], out.round.decision_texts, out.round.capacity, out.left, agreed]
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def mark_of(item: Item, round: Round) -> str:
    """What the page of one mail carries to say what was looked at: the decision, its words, and to whom they go."""
    to = sha256(json.dumps([lead.email for lead in item.leads]).encode()).hexdigest()[:16]
    return f"{stamp_of(item.decision)}|{words_of(item.decision, round).stamp}|{to}"


def check_looked(item: Item, round: Round, seen: str, decided_by: str) -> None:
    """Refuse to send one mail that nobody looked at: another decision, other words, or other addresses."""
    check_seen(item.decision, seen.partition("|")[0], decided_by)
    if seen != mark_of(item, round):
        raise RuleBroken(OTHER_MAIL)


def check_release(out: Outgoings, seen: str, stage: str, *, without_mail: bool = False) -> None:
    """Refuse to send what nobody looked at, more places than there are, and decisions of which a district would not
    hear, unless that was agreed to."""
    if stage != "closed":
        raise RuleBroken("Decisions go out after the round has closed, and before it is put into the archive.")
    if not out.items:
        raise RuleBroken("No decision of this round waits to be sent. Prepare decisions on the board first.")
    if seen != digest(out):
        raise RuleBroken(CHANGED)
    if out.offered > max(out.left, 0):
        raise RuleBroken(
            f"You mean to offer {plural(out.offered, 'place')}, and {plural(max(out.left, 0), 'is', 'are')} left. "
            "Change decisions on the board until they fit."
        )
    if out.unreachable and not without_mail:
        count = plural(len(out.unreachable), "district has", "districts have")
        raise RuleBroken(f"{count} nobody whom a mail reaches. Name a lead, or tick “send without mail to these”.")


def check_asked(running: Release | None, by_name: str, account_id: int | None) -> None:
    """Refuse to release a round that somebody else releases just now."""
    if running is not None and running.asked_by_id != account_id:
        raise RuleBroken(f"{by_name} sends the decisions of this round just now. Look at how far it is.")


def state_of(release: Release) -> str:
    """Where a release stands: waits (the worker comes to it), refused (nothing was sent), or done."""
    if release.refused_at is not None:
        return "refused"
    return "done" if release.done_at is not None else "waits"


def _parts(item: Item) -> list[Any]:
    one = item.decision
    addresses = [lead.email for lead in item.leads]
    return [one.id, one.outcome, one.waitlist_position, one.turn, one.mail_subject, one.mail_text, addresses]
