"""What happened to a letter, told to staff: one sentence a step, with who and when, and no word of a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.filters import until_text
from portal.core.history import History
from portal.letters.models import Letter
from portal.reviews.rules import OUTCOMES

# (table, verb) → the sentence, and whether the note of the row may be read by staff. A reason why somebody did not sign
# is between them and their district.
TOLD = {
    ("invitations", "prepare"): ("{who} prepared the invitation", False),
    ("invitations", "send"): ("{who} sent the invitation", False),
    ("invitations", "resend"): ("{who} sent the invitation again, to {to_email}", False),
    ("invitations", "remind"): ("{who} sent a reminder, to {to_email}", False),
    ("invitations", "readdress"): ("{who} changed the contact person", True),
    ("invitations", "bounce"): ("The invitation’s mail came back", True),
    ("invitations", "call"): ("{who} noted what was said on the phone", True),
    ("invitations", "withdraw"): ("{who} took the invitation back", False),
    ("invitations", "open"): ("The invitation was opened", False),
    ("invitations", "pass on"): ("{from_name} passed the invitation on to {to_name}", False),
    ("invitations", "interested"): ("{who} answered for the district: interested", False),
    ("invitations", "interested after all"): ("{who} went on with the letter: interested after all", False),
    ("invitations", "not this year"): ("The district answered: not this year", True),
    ("letters", "start"): ("{who} started the letter", False),
    ("letters", "ask for endorsement"): ("{who} asked for the signature", False),
    ("letters", "take back request to sign"): ("{who} took the request to sign back", False),
    ("letters", "sign"): ("{who} signed the letter{again}", False),
    ("letters", "decline to sign"): ("{who} sent the letter back unsigned", False),
    ("letters", "submit"): ("{who} submitted version {number}: {reference}", False),
    ("letters", "reopen"): ("{who} opened the letter again", False),
    ("letters", "withdraw"): ("{who} withdrew the letter", True),
    ("letters", "undo withdrawal"): ("{who} undid the withdrawal", False),
    ("letters", "waive roster rule"): ("{who} waived a rule of the team", True),
    ("letters", "return"): ("{who} returned {sections}, until {until}", True),
    ("letters", "extend return"): ("{who} moved the date for changes to {until}", True),
    ("letters", "revive"): ("The letter can be written again", False),
    ("letters", "not submitted"): ("The time ended, and the letter was not submitted", False),
    ("letters", "last version stands"): ("The time for changes ended: version {number} stands", False),
    ("extensions", "extend"): ("{who} gave more time, until {until}", True),
    ("decisions", "prepare"): ("{who} prepared a decision: {outcome}", False),
    ("decisions", "release"): ("{who} sent the decision: {outcome}", False),
    ("decisions", "turn"): ("{who} changed the decision that was sent: {outcome}", True),
    ("place_offers", "offer"): ("A place was offered, until {until}", False),
    ("place_offers", "offer from waitlist"): ("A place was offered to the next in line, until {until}", False),
    ("place_offers", "remind"): ("{who} reminded the district to answer", False),
    ("place_offers", "more time"): ("{who} gave more time to answer, until {until}", True),
    ("place_offers", "accept"): ("{who} accepted the place", False),
    ("place_offers", "turn down"): ("{who} turned the place down", True),
    ("place_offers", "defer"): ("{who} asked to wait for the next round", True),
    ("place_offers", "expire"): ("The time to answer ended", False),
    ("place_offers", "take back"): ("{who} took the offer back", True),
}


@dataclass(frozen=True)
class Told:
    """One step: when, the sentence, and the words that somebody gave with it."""

    at: datetime
    sentence: str
    note: str


class _Fields(dict[str, Any]):
    """What a sentence can name; what a row does not hold is left empty."""

    def __missing__(self, key: str) -> str:
        return ""


def told(rows: Iterable[History], letter: Letter, zone: str) -> list[Told]:
    """The steps of a letter, oldest first."""
    steps, count = [], Counter[str]()
    for row in rows:
        count[row.verb] += row.subject_table == "letters"
        sentence, has_note = TOLD.get((row.subject_table, row.verb), ("", False))
        if sentence:
            words = sentence.format_map(_fields(row, letter, count, zone))
            steps.append(Told(row.at, words, row.note if has_note else ""))
    return steps


def until_of(row: History, zone: str) -> str:
    """Until when, in words, where the row says so."""
    until = row.data.get("until")
    return until_text(datetime.fromisoformat(until), zone) if until else ""


def titles_of(row: History, letter: Letter) -> str:
    """The titles of the sections that the row names."""
    slugs = row.data.get("sections", ())
    titles = {section.slug: section.title for section in letter.round.sections} if slugs else {}
    return ", ".join(titles.get(slug, slug) for slug in slugs)


def again_of(count: Mapping[str, int]) -> str:
    """Why a letter is signed that was signed before: a signature holds for the very text that it is put under."""
    return " again, because its text had changed" if count["sign"] > 1 else ""


def _fields(row: History, letter: Letter, count: Mapping[str, int], zone: str) -> Mapping[str, Any]:
    return _Fields(
        row.data, who=row.by_name or "The portal", number=count["submit"], until=until_of(row, zone),
        sections=titles_of(row, letter), again=again_of(count),
        outcome=OUTCOMES.get(row.data.get("outcome", ""), "").lower(),
    )  # fmt: skip
