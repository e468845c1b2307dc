"""What a district may see of its letter, when a place may be offered and taken, how long a team invitation works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.rounds.models import Round
from portal.rounds.rules import WRITING

from .models import PlaceOffer, TeamInvitation, TeamSeat

INVITATION_LIFETIME = timedelta(days=30)
SHORTEST_REPLY = timedelta(days=14)  # what a decision that is sent late leaves to answer
TAKEN = ("open", "accepted")
MOVES = {"accept": (("open",), "accepted"), "turn_down": (("open",), "turned_down")}
WRITTEN = {"draft": "writing", "endorsing": "endorsing"}  # status of a letter that is not sent: code of its standing
DECIDED = {"waitlist": "waitlisted", "decline": "declined"}  # outcome without an offer: code of the standing
ANSWERED = {
    "accepted": "Your district accepted this place already.",
    "turned_down": "Your district turned this place down. Write to the community’s staff if that has changed.",
    "deferred": "This place was moved to the next round.",
    "expired": "The time to answer this offer is over. Write to the community’s staff if you still want the place.",
}


@dataclass(frozen=True)
class RosterRow:
    """One row of a letter's roster: a job, where, and who, if that is known."""

    role: str
    school: str = ""
    name: str = ""
    email: str = ""


ROSTER = ("role", "school", "name", "email")
LEAD = "lead"  # the job of a lead whom the letter does not name: nobody has said which one it is


@dataclass(frozen=True)
class Standing:
    """What may be said of a letter: its state, the words of the page, and whether an offer waits for an answer."""

    code: str
    title: str
    lead: str
    icon: str
    status: str
    tone: str
    may_answer: bool = False


# code: title, sentence, icon, status, tone
WORDS = {
    "writing": (
        "Your letter is being written", "Nobody but your district sees it yet.", "pen", "In progress", "now",
    ),
    "endorsing": (
        "Your letter waits for its signature", "The answers are locked until it is signed.", "clock",
        "Waits for signature", "now",
    ),
    "returned": (
        "Your letter came back for changes", "Open it to see which sections, and by when.", "undo", "Returned", "now",
    ),
    "withdrawn": ("Your letter was withdrawn", "Nobody reads it any more.", "off", "Withdrawn", ""),
    "not_submitted": (
        "Your letter was not submitted", "The round has closed. Your text is kept: you can read it, not change it.",
        "off", "Not submitted", "",
    ),
    "submitted": (
        "Your letter has arrived", "You need to do nothing now. Reading begins when the round has closed.", "send",
        "Submitted", "good",
    ),
    "in_review": (
        "Your letter is being read", "You need to do nothing now. The next thing you hear is the decision.", "search",
        "In review", "here",
    ),
    "offered": (
        "There is a place for your district", "The community offers your district a place. Answer for your district.",
        "clock", "Waits for your answer", "now",
    ),
    "accepted": (
        "Your district is in", "You accepted the place. Your team and what comes next are on your district’s page.",
        "check", "Accepted", "good",
    ),
    "turned_down": (
        "You turned the place down", "The place is free for another district. You are welcome in the next round.",
        "off", "Turned down", "",
    ),
    "deferred": ("Your place waits for the next round", "You need to do nothing now.", "clock", "Deferred", ""),
    "expired": (
        "The time to answer is over", "Write to the community’s staff if you still want the place.", "clock",
        "Expired", "",
    ),
    "waitlisted": (
        "Your district is on the waitlist", "If a place comes back, the next in line hears by mail.", "line",
        "On the waitlist", "now",
    ),
    "declined": (
        "Not this time", "The community could not offer your district a place in this round.", "off",
        "Not this time", "",
    ),
}  # fmt: skip


def standing(letter: Letter, decision: Decision | None, offer: PlaceOffer | None, stage: str) -> Standing:
    """Where the letter stands for its district. A decision that is not released does not exist here.

    `stage` is the round's (rounds.rules.stage_of).
    """
    code = _code(letter, decision, offer, stage)
    return Standing(code, *WORDS[code], may_answer=code == "offered")


@dataclass(frozen=True)
class Step:
    """One line of the timeline: what, when (a moment or a day), by whom; done, now or next."""

    title: str
    state: str
    at: datetime | date | None = None
    who: str = ""


# what a district may read of its letter's history: (table, verb) → words, and whether the doer is named
STEPS = {
    ("invitations", "send"): ("The invitation was sent", False),
    ("invitations", "interested"): ("Your district said: we are interested", True),
    ("letters", "start"): ("The letter was started", True),
    ("letters", "sign"): ("The letter was endorsed", True),
    ("letters", "submit"): ("The letter was submitted", True),
    ("letters", "not submitted"): ("The round closed without your letter", False),
    ("decisions", "release"): ("The decision was sent to you", False),
    ("place_offers", "accept"): ("Your district accepted the place", True),
    ("place_offers", "turn down"): ("Your district turned the place down", True),
}


def timeline(code: str, rows: Iterable[History], round: Round, reply_by: datetime | None) -> list[Step]:
    """What happened (the last of each kind), where the letter of this standing is now, and what is next by when."""
    happened: dict[tuple[str, str], Step] = {}
    for row in rows:
        words, is_named = STEPS.get((row.subject_table, row.verb), ("", False))
        if words:
            happened.pop((row.subject_table, row.verb), None)
            happened[row.subject_table, row.verb] = Step(words, "done", row.at, row.by_name if is_named else "")
    return [*happened.values(), *_ahead(code, round, reply_by)]


def _ahead(code: str, round: Round, reply_by: datetime | None) -> list[Step]:
    decision = ("Decision", round.decisions_on)
    orientation = ("Orientation", round.orientation_on)
    plans: dict[str, list[tuple[str, datetime | date | None]]] = {
        "writing": [("Writing and endorsing", round.closes_at), decision],
        "endorsing": [("Endorsing", round.closes_at), decision],
        "submitted": [("Waiting for the round to close", round.closes_at), decision],
        "in_review": [("In review", round.review_to), decision],
        "offered": [("Your answer", reply_by), orientation],
        "accepted": [("A member, with a place in the cohort", None), orientation],
        "waitlisted": [("On the waitlist", None)],
    }
    steps = enumerate(plans.get(code, []))
    return [Step(title, "next" if n else "now", at) for n, (title, at) in steps if at or not n]


def released(decision: Decision | None) -> Decision | None:
    """The decision as the district may know it: none before its release."""
    return decision if decision is not None and decision.status == "released" else None


def may(verb: str, offer: PlaceOffer | None) -> bool:
    """Whether the offer may be accepted or turned down now."""
    return offer is not None and offer.status in MOVES[verb][0]


def check_answer(verb: str, offer: PlaceOffer) -> None:
    """Refuse to answer an offer twice in different ways, or after it ran out."""
    if not may(verb, offer):
        raise RuleBroken(ANSWERED[offer.status])


def check_places(left: int) -> None:
    """Refuse to offer a place that is not there."""
    if left < 1:
        raise RuleBroken(
            "All places of this round are offered or taken. Choose the waitlist, or wait until a place comes back."
        )


def may_claim(invitation: TeamInvitation, now: datetime) -> bool:
    """Whether a team invitation still works: not used, and younger than thirty days."""
    return invitation.claimed_at is None and now < invitation.expires_at


def seat_state(seat: TeamSeat) -> str:
    """Where a seat of the team stands: joined, invited, named (no mail yet), or open (waits for a name)."""
    if seat.affiliation_id is not None:
        return "joined"
    if seat.email:
        return "invited"
    return "named" if seat.name else "open"


def check_invite(seat: TeamSeat, others: list[str], address: str) -> None:
    """Refuse to invite somebody to a seat that is taken or gone, or a person who has another seat of the team."""
    if seat.to_date is not None:
        raise RuleBroken("This seat is no longer part of the team.")
    if seat.affiliation_id is not None:
        raise RuleBroken(f"{seat.name or 'A colleague'} joined in this seat already.")
    if address in others:
        raise RuleBroken("This address has another seat on your team. Give this seat to somebody else.")


def join_state(invitation: TeamInvitation, now: datetime) -> str:
    """What the page of a team invitation offers: the way to sign in (joined), to join (open), a new link (over), or
    nothing, because the seat went to somebody else (gone).
    """
    seat = invitation.team_seat
    is_own_seat = seat.email == invitation.email
    if invitation.claimed_at is not None or (seat.affiliation_id is not None and is_own_seat):
        return "joined"
    if not is_own_seat or seat.to_date is not None:
        return "gone"
    return "open" if may_claim(invitation, now) else "over"


def check_claim(seat: TeamSeat, invitation: TeamInvitation, now: datetime) -> None:
    """Refuse a team invitation that ran out, or whose seat went to somebody else."""
    check_renewal(seat, invitation)
    if not may_claim(invitation, now):
        raise RuleBroken(
            "A newer link took the place of this one, or it is older than 30 days. Have a new one mailed below."
        )


def check_renewal(seat: TeamSeat, invitation: TeamInvitation) -> None:
    """Refuse a new link for a seat that is gone, joined, or given to another address."""
    if seat.affiliation_id is not None:
        raise RuleBroken("This seat on the team is taken already. If it is yours, sign in.")
    if seat.to_date is not None or seat.email != invitation.email:
        raise RuleBroken("This seat on the team went to somebody else. Ask your district’s lead.")


def roster_rows(content: Mapping[str, Any]) -> list[RosterRow]:
    """The team in a frozen letter (Submission.content), in its order; a row without a role names nobody."""
    rows = content.get("roster", [])
    return [RosterRow(*(str(row.get(name) or "").strip() for name in ROSTER)) for row in rows if row.get("role")]


def role_of_contact(content: Mapping[str, Any], email: str, labels: Mapping[str, str]) -> str:
    """The job that a frozen letter gives this person as its contact, as one of `labels` (slug to words); else LEAD."""
    questions = [question for section in content.get("sections", []) for question in section["questions"]]
    contacts = [question["value"] or {} for question in questions if question["kind"] == "contact"]
    named = {str(one.get("email", "")).lower(): str(one.get("role", "")).casefold() for one in contacts}
    slugs = {label.casefold(): slug for slug, label in labels.items()}
    return slugs.get(named.get(email, ""), LEAD)


def _code(letter: Letter, decision: Decision | None, offer: PlaceOffer | None, stage: str) -> str:
    decided, is_running = released(decision), stage in WRITING
    if letter.status in WRITTEN:
        return WRITTEN[letter.status] if is_running else "not_submitted"
    if letter.status != "submitted":
        return letter.status
    if decided is None:
        return "submitted" if is_running else "in_review"
    return DECIDED[decided.outcome] if decided.outcome in DECIDED else _offered(offer)


def _offered(offer: PlaceOffer | None) -> str:
    return "offered" if offer is None or offer.status == "open" else offer.status
