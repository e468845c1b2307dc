"""Where a letter stands for its district, what happened to it, and what comes next: pure answers, `now` is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.history import History
from portal.letters.deadlines import is_open, time_of, withdraw_until
from portal.letters.models import Letter
from portal.letters.rules import UNSENT
from portal.reviews.models import Decision

from .models import PlaceOffer
from .offer_rules import state_at
from .rules import released
from .timeline import again_of, titles_of, until_of

DECIDED = {"waitlist": "waitlisted", "decline": "declined"}  # outcome without an offer: code of the standing
OURS = ("writing", "reopened", "endorsing", "returned")  # codes of a letter that its district holds


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

    @property
    def is_ours(self) -> bool:
        """Whether the district holds the letter and goes on with it."""
        return self.code in OURS


# code: title, sentence, icon, status, tone
WORDS = {
    "writing": (
        "Your letter is being written", "Nobody but your district sees it yet.", "pen", "In progress", "now",
    ),
    "reopened": (
        "Your letter is open for changes",
        "What you sent counts until you submit the letter again. If you do not, it stands as you sent it.",
        "pen", "Open again", "now",
    ),
    "endorsing": (
        "Your letter waits for its signature", "The answers are locked until it is signed.", "clock",
        "Waits for signature", "now",
    ),
    "returned": (
        "Your letter came back for changes",
        "Only what was sent back can be changed. What you sent counts until you submit the letter again.",
        "undo", "Returned", "now",
    ),
    "withdrawn": ("Your letter was withdrawn", "Nobody reads it any more. Its text is kept.", "off", "Withdrawn", ""),
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
    "deferred": (
        "Your district waits for the next round",
        "You are invited when the next letter goes out. Your answers of this year then stand beside the new questions.",
        "clock", "Waits for the next round", "",
    ),
    "taken_back": (
        "The offer was taken back", "The community told your district why by mail. Write to its staff if you have "
        "questions.", "undo", "Offer taken back", "",
    ),
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


def standing(
    letter: Letter, is_sent: bool, decision: Decision | None, offer: PlaceOffer | None, now: datetime
) -> Standing:
    """Where the letter, of which a version `is_sent` or none, stands for its district at `now`. A decision that is not
    released does not exist here."""
    code = _code(letter, is_sent, released(decision), offer, now)
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
    ("invitations", "interested after all"): ("Your district went on with its letter, so it is interested", True),
    ("letters", "start"): ("The letter was started", True),
    ("letters", "sign"): ("The letter was endorsed{again}", True),
    ("letters", "submit"): ("The letter was submitted{version}", True),
    ("letters", "reopen"): ("The letter was opened again", True),
    ("letters", "return"): ("Some of it came back for changes: {sections}", False),
    ("letters", "extend return"): ("The time for changes was made longer, until {until}", False),
    ("letters", "withdraw"): ("The letter was withdrawn", True),
    ("letters", "undo withdrawal"): ("The withdrawal was undone", True),
    ("letters", "not submitted"): ("The time ended without your letter", False),
    ("letters", "last version stands"): ("The time for changes ended: version {number} stands", False),
    ("extensions", "extend"): ("Your district got more time, until {until}", False),
    ("decisions", "release"): ("The decision was sent to you", False),
    ("decisions", "turn"): ("The decision was changed, and you were told", False),
    ("place_offers", "offer from waitlist"): ("A place came back, and you were next in line", False),
    ("place_offers", "more time"): ("Your district got more time to answer, until {until}", False),
    ("place_offers", "remind"): ("You were reminded to answer", False),
    ("place_offers", "defer"): ("Your district asked to wait for the next round", True),
    ("place_offers", "expire"): ("The time to answer ended", False),
    ("place_offers", "take back"): ("The offer was taken back", False),
    ("place_offers", "accept"): ("Your district accepted the place", True),
    ("place_offers", "turn down"): ("Your district turned the place down", True),
}


def happened(rows: Iterable[History], letter: Letter, zone: str) -> list[Step]:
    """What happened to the letter so far, in the words of its district, oldest first."""
    done, count = [], Counter[str]()
    for row in rows:
        words, is_named = STEPS.get((row.subject_table, row.verb), ("", False))
        count[row.verb] += 1
        if words:
            title = words.format_map(_fields(row, letter, count, zone))
            done.append(Step(title, "done", row.at, row.by_name if is_named else ""))
    return done


def ahead(code: str, letter: Letter, reply_by: datetime | None, now: datetime) -> list[Step]:
    """Where a letter of this standing is at `now`, and what is next by when; extra minutes count once they run."""
    round, until = letter.round, time_of(letter, now).until
    decision = ("Decision", round.decisions_on)
    orientation = ("Orientation", round.orientation_on)
    plans: dict[str, list[tuple[str, datetime | date | None]]] = {
        "writing": [("Writing and endorsing", until), decision],
        "reopened": [("Changing the letter and submitting it again", until), decision],
        "endorsing": [("Endorsing", until), decision],
        "returned": [("Changing what came back, and submitting the letter again", until), decision],
        "withdrawn": [("Withdrawn: this can be undone", withdraw_until(letter))],
        "submitted": [("Waiting for the round to close", until), decision],
        "in_review": [("In review", round.review_to), decision],
        "offered": [("Your answer", reply_by), orientation],
        "accepted": [("A member, with a place in the cohort", None), orientation],
        "waitlisted": [("On the waitlist", None)],
    }
    steps = enumerate(plans.get(code, []))
    return [Step(title, "next" if n else "now", at) for n, (title, at) in steps if at or not n]


def _code(
    letter: Letter, is_sent: bool, decided: Decision | None, offer: PlaceOffer | None, now: datetime
) -> str:  # fmt: skip
    status, is_running = letter.status, is_open(letter, now)
    # Between the end of its time and the minute in which the worker notes it, a letter stands as it will be noted.
    if status in UNSENT and not is_running:
        status = "submitted" if is_sent else "not_submitted"
    if status == "draft":
        return "reopened" if is_sent else "writing"
    if status != "submitted":
        return status
    if decided is None:
        return "submitted" if is_running else "in_review"
    if offer is None:  # a place from the waitlist is an offer as any other
        return DECIDED.get(decided.outcome, "offered")
    state = state_at(offer, now)
    return "offered" if state == "open" else state


def _fields(row: History, letter: Letter, count: Mapping[str, int], zone: str) -> Mapping[str, Any]:
    number = count["submit"]
    return {
        "number": number,
        "again": again_of(count),
        "version": f" as version {number}" if number > 1 else "",
        "sections": titles_of(row, letter),
        "until": until_of(row, zone),
    }
