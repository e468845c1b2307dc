"""The steps from an invitation to an accepted place, who left the way at which of them, and what their shares are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# In their order: whoever reached one has reached all before it. Words, and what it takes to be counted.
STEPS: dict[str, tuple[str, str]] = {
    "invited": ("Invited", "The letter was sent to the district, or the district answered without one."),
    "opened": ("Opened the letter", "Somebody pressed a button on the letter’s page. A mere look does not count."),
    "interested": ("Interested", "The district said so, or began its letter."),
    "started": ("Started a letter", "There is an interest letter, even an empty one."),
    "endorsed": ("Endorsed", "The letter was signed at least once, even if it was changed later."),
    "submitted": ("Submitted", "A version was sent at least once, even if it was withdrawn later."),
    "reviewed": (
        "Reviewed",
        "At least one of its readers handed in scores, or the district was offered a place without scores.",
    ),
    "offered": ("Offered a place", "The decision that holds brought an offer, whatever became of it."),
    "accepted": ("Accepted", "The district took its place."),
}
# Who is at a step and not on the way to the next one, or got there otherwise: the step, one, several, and in full.
SIDES: dict[str, tuple[str, str, str, str]] = {
    "not-sent": ("invited", "is not sent", "are not sent", "Invitations that are prepared and not sent"),
    "not-opened": ("invited", "has not opened it", "have not opened it", "Invited, and not opened yet"),
    "silent": ("opened", "has not answered", "have not answered", "Opened, and not answered yet"),
    "not-this-year": ("opened", "said not this year", "said not this year", "Not this year"),
    "writing": ("started", "is in writing", "are in writing", "Letters in writing that were never sent"),
    "not-submitted": ("started", "ran out of time", "ran out of time", "Letters that were not submitted in time"),
    "withdrawn": ("submitted", "was withdrawn", "were withdrawn", "Letters that were withdrawn"),
    "unread": ("submitted", "waits for scores", "wait for scores", "Letters that nobody has scored"),
    "unscored": ("reviewed", "without scores", "without scores", "Offered a place without scores"),
    "waitlisted": ("reviewed", "on the waitlist", "on the waitlist", "On the waitlist, and told so"),
    "declined": ("reviewed", "not this time", "not this time", "Not this time, and told so"),
    "open": ("offered", "has yet to answer", "have yet to answer", "Offers that wait for an answer"),
    "turned-down": ("offered", "turned down", "turned down", "Offers that were turned down"),
    "deferred": ("offered", "deferred", "deferred", "Deferred to the next round"),
    "expired": ("offered", "ran out", "ran out", "Offers that ran out"),
    "taken-back": ("offered", "taken back", "taken back", "Offers that were taken back"),
}
GROUPS = (*STEPS, *SIDES)
TITLES = {key: words for key, (words, _) in STEPS.items()} | {key: row[3] for key, row in SIDES.items()}


@dataclass(frozen=True)
class Side:
    """Some of those at a step who are not on the way on: which group, how many, and what to say of them."""

    group: str
    count: int
    words: str


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many districts reached it, and which share of the first and of the one before."""

    key: str
    words: str
    meaning: str
    count: int
    of_first: int | None
    of_before: int | None
    sides: Sequence[Side]


def steps_of(counts: Mapping[str, int], *, is_signed: bool) -> list[Step]:
    """The funnel of these counts (by group). A round that asks for no signature has no step for it."""
    keys = [key for key in STEPS if is_signed or key != "endorsed"]
    before = [None, *keys]
    return [_step(key, counts, counts[keys[0]], last and counts[last]) for last, key in zip(before, keys, strict=False)]


def share(part: int, whole: int | None) -> int | None:
    """`part` of `whole` in percent, half a percent up; None where there is no whole to be a part of."""
    return (200 * part + whole) // (2 * whole) if whole else None


def _step(key: str, counts: Mapping[str, int], first: int, before: int | str | None) -> Step:
    words, meaning = STEPS[key]
    whole = before if isinstance(before, int) else None
    return Step(
        key, words, meaning, counts[key], share(counts[key], first), share(counts[key], whole), _sides(key, counts)
    )


def _sides(key: str, counts: Mapping[str, int]) -> list[Side]:
    rows = [(group, counts[group], row) for group, row in SIDES.items() if row[0] == key and counts[group]]
    return [Side(group, count, row[1] if count == 1 else row[2]) for group, count, row in rows]
