"""What staff may do with an invitation in which state, whom a reminder may go to, and how a refused mail is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.text import one_line

from .models import Invitation
from .rules import state_of

STATES = ("prepared", "sent", "opened", "asked", "passed_on", "interested", "not_this_year", "bounced")
UNANSWERED = ("sent", "opened", "asked", "passed_on", "bounced")  # the states of who was written to and is silent
ANSWERED = ("interested", "not_this_year")
PAUSE = timedelta(days=3)  # within it nobody is reminded twice, or reminded of a letter that a colleague just gave them
LONGEST_NOTE = 2000

# verb: the states in which staff may do it, and the sentence for all others
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "withdraw": (
        ("prepared",),
        "This letter has left, so it cannot be taken back. Change the contact: then the old link stops working.",
    ),
    "resend": ((*UNANSWERED, *ANSWERED), "This letter has not left yet. Send it first."),
    "bounce": (UNANSWERED, "Only a letter that has left and has no answer can come back. Look at its state again."),
    "decline": (("prepared", *UNANSWERED), "This district has answered already. It can change that by its own link."),
}  # fmt: skip

# why somebody gets no reminder, in the order in which it is looked for
LEFT_OUT = {
    "withdrawn": "with a withdrawn invitation",
    "answered": "that answered",
    "prepared": "whose letter has not left",
    "bounced": "whose mail came back: another address is needed",
    "asked": "with a question that waits for our answer",
    "reminded": "reminded less than three days ago",
    "passed_on": "passed on less than three days ago, with a mail of its own",
}


# verb of an invitation's history: what happened, in words for staff
HAPPENED = {
    "prepare": "Prepared", "send": "Sent", "resend": "Sent once more", "remind": "Reminded", "open": "Opened",
    "interested": "Interested", "interested after all": "Interested after all: the letter goes on",
    "not this year": "Not this year", "pass on": "Passed on", "readdress": "Contact changed",
    "bounce": "The mail came back", "call": "Phone", "withdraw": "Withdrawn",
    "begin without a letter": "Began without a letter",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that happened to an invitation: when, what, what was said, and by whom."""

    at: datetime
    words: str
    note: str = ""
    who: str = ""


def step_of(row: History) -> Step | None:
    """A row of an invitation's history for the eyes of staff; None for one that tells them nothing."""
    if row.verb not in HAPPENED:
        return None
    note = row.note
    if row.verb == "pass on":
        note = f"{row.data.get('from_name', '')} to {row.data.get('to_name', '')}, {row.data.get('to_email', '')}"
        note = f"{note}. “{row.note}”" if row.note else note
    return Step(row.at, HAPPENED[row.verb], note, row.by_name)


def may(verb: str, state: str) -> bool:
    """Whether staff may do `verb` (a key of MOVES) to an invitation in `state`: the table guards and draws buttons."""
    return state in MOVES[verb][0]


def check_move(verb: str, invitation: Invitation) -> None:
    """Raise RuleBroken when staff cannot do `verb` to the invitation as it stands."""
    check_there(invitation)
    is_unsent = verb == "resend" and invitation.sent_at is None  # who answered before any letter was sent
    if is_unsent or not may(verb, state_of(invitation)):
        raise RuleBroken(MOVES[verb][1])


def check_there(invitation: Invitation) -> None:
    """Raise RuleBroken when the invitation was withdrawn by somebody meanwhile."""
    if invitation.withdrawn_at is not None:
        raise RuleBroken("This invitation was withdrawn. Invite the district again, then go on.")


def why_left_out(invitation: Invitation, now: datetime, *, waits_for_us: bool = False, is_writing: bool = False) -> str:
    """Why the person gets no reminder now, a key of LEFT_OUT; "" when one may go.

    `waits_for_us`: a question of theirs is open. `is_writing`: the district has begun a letter.
    """
    reasons = {
        "withdrawn": invitation.withdrawn_at is not None,
        "answered": bool(invitation.answer) or is_writing,
        "prepared": invitation.sent_at is None,
        "bounced": invitation.bounced_at is not None,
        "asked": waits_for_us,
        "reminded": _is_fresh(invitation.reminded_at, now),
        "passed_on": _is_fresh(invitation.passed_on_at, now),
    }
    return next((reason for reason in LEFT_OUT if reasons[reason]), "")


def mail_number(invitation: Invitation) -> int:
    """Grows with every letter, reminder or handover: only the mail that carries it is still the right one."""
    return invitation.mails + len(invitation.handovers)


def checked_note(text: str, sentence: str) -> str:
    """What staff wrote, tidied. Raises RuleBroken with `sentence` when there is nothing, or when it is too long."""
    note = text.strip()
    if not note:
        raise RuleBroken(sentence)
    if len(note) > LONGEST_NOTE:
        raise RuleBroken(f"Shorten the note to {LONGEST_NOTE:,} characters.")
    return note


def bounce_words(error: str) -> str:
    """What the other side's mail system said, without what only our own programs need to know."""
    said = re.sub(r"""^\w+: (?=\d{3} )|\b[bu](?P<quote>['"])(?=.*(?P=quote)$)|['"]$""", "", one_line(error))
    return said[:500]


def _is_fresh(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < PAUSE
