"""Who may read a letter, and when it may be decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.core.errors import RuleBroken
from portal.letters.deadlines import is_open, open_return
from portal.letters.models import Letter
from portal.letters.rules import UNSENT

from .models import Decision

OUTCOMES = {"accept": "Offer a place", "waitlist": "Waitlist", "decline": "Not this time"}
MOVES = {  # verb: (from, to); a letter without a decision is undecided
    "prepare": (("undecided", "prepared"), "prepared"),
    "release": (("prepared",), "released"),
}
ANSWERED = (
    "The community has answered this letter, so it stays as it is. If your district does not want the place, turn it "
    "down on the page that tells where your letter stands."
)
DECIDED = "The decision about this letter was sent, so it cannot be changed or given more time. Write to the district."
TAKEN_BACK = "The decision that you looked at was taken back in the meantime. Load the page again, then decide."
# Counted generously, with a day for a leap year and one for the hours between the clocks of a community and UTC: a day
# too strict harms nobody.
CONFLICT_YEARS = 3  # the conflict rule of the rounds: where somebody works, or worked in the last three years
CONFLICT_SPAN = timedelta(days=365 * CONFLICT_YEARS + 2)

# status of a letter: icon, word and tone for staff
STATUS_WORDS = {
    "draft": ("pen", "In writing", "now"),
    "endorsing": ("clock", "Waits for signature", "now"),
    "returned": ("undo", "Returned", "now"),
    "submitted": ("send", "Submitted", "good"),
    "withdrawn": ("off", "Withdrawn", ""),
    "not_submitted": ("off", "Not submitted", ""),
}
REOPENED = ("pen", "Open again", "now")
TABS = {"": tuple(STATUS_WORDS), "writing": ("draft", "endorsing", "returned"), "submitted": ("submitted",)}


def shown_status(letter: Letter, is_sent: bool, now: datetime) -> tuple[str, str, str]:
    """Icon, word and tone of a letter, of which a version `is_sent` or none.

    What is still being written when its time ends stands as it was sent last, or was not submitted.
    """
    if letter.status not in UNSENT:
        return STATUS_WORDS[letter.status]
    if not is_open(letter, now):
        return STATUS_WORDS["submitted" if is_sent else "not_submitted"]
    return REOPENED if is_sent and open_return(letter) is None else STATUS_WORDS[letter.status]


def decision_words(decision: Decision | None) -> tuple[str, str, str]:
    """Icon, word and tone of what staff decided: prepared and unknown to the district, or sent."""
    return outcome_words(decision.outcome, decision.status) if decision is not None else outcome_words(None, None)


def outcome_words(outcome: str | None, status: str | None) -> tuple[str, str, str]:
    """The same from a decision's outcome and status; without an outcome there is no decision yet."""
    if outcome is None:
        return "ring", "Not decided", ""
    words = OUTCOMES[outcome]
    return ("check", f"{words}, sent", "good") if status == "released" else ("pen", f"{words}, not sent", "now")


def is_released(decision: Decision | None) -> bool:
    """Whether the district knows of the decision."""
    return status_of(decision) == "released"


def status_of(decision: Decision | None) -> str:
    """Where a letter stands with staff: undecided, prepared or released."""
    return decision.status if decision is not None else "undecided"


def may(verb: str, letter: Letter, decision: Decision | None, stage: str) -> bool:
    """Whether `verb` (prepare, release) is open for a letter of a round at `stage`; buttons are drawn by it."""
    return letter.status == "submitted" and stage == "closed" and status_of(decision) in MOVES[verb][0]


def check(verb: str, letter: Letter, decision: Decision | None, stage: str, decided_by: str) -> None:
    """Refuse `verb` with the reason when it is not open. `decided_by` names who decided before."""
    if status_of(decision) == "released" and decision is not None:
        raise RuleBroken(f"Already decided by {decided_by}: {said(decision)}. Change it on the letter’s own page.")
    if letter.status != "submitted":
        raise RuleBroken("Only a letter that was submitted can be decided. This one was not.")
    if stage != "closed":
        raise RuleBroken("Letters are decided after their round has closed. Read this one meanwhile.")
    if not may(verb, letter, decision, stage):
        raise RuleBroken("Prepare a decision first. Then look at the mail, and send it.")


def check_outcome(outcome: str, *, has_waitlist: bool) -> None:
    """Refuse what is no outcome, and a waitlist in a round that has none."""
    if outcome not in OUTCOMES:
        raise RuleBroken("Choose one: offer a place, waitlist, or not this time.")
    if outcome == "waitlist" and not has_waitlist:
        raise RuleBroken("This round has no waitlist. Offer a place, or say “not this time”.")


def check_seen(decision: Decision | None, seen: str, decided_by: str) -> None:
    """Refuse to decide on a page that shows an older state than the one stored: somebody else was quicker."""
    if decision is None and seen:
        raise RuleBroken(TAKEN_BACK)
    if decision is not None and seen != stamp_of(decision):
        raise RuleBroken(f"Already decided by {decided_by}: {said(decision)}. Look at it before you change it.")


def stamp_of(decision: Decision | None) -> str:
    """What a page carries to say which state of the decision it shows; empty while there is none."""
    if decision is None:
        return ""
    return f"{decision.outcome}:{decision.status}:{decision.prepared_by_id}:{decision.prepared_at.isoformat()}"


def said(decision: Decision) -> str:
    """The outcome in words, inside a sentence."""
    return OUTCOMES[decision.outcome].lower()
