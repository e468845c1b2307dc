"""The board: letters side by side with what readers make of them, sorted, narrowed, and counted against the places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.reviews.scoring_rules import Summary

from .offer_rules import STATES

GROUPS = {"accept": "Offer a place", "waitlist": "Waitlist", "": "Not decided", "decline": "Not this time"}
SHOWN = {"": "All", "open": "Not decided", **{name: words for name, words in GROUPS.items() if name}, "sent": "Sent"}
SORTS = {
    "score": "Best score first", "spread": "Most disagreed first", "reviews": "Fewest reviews first",
    "size": "Largest first", "name": "By name",
}  # fmt: skip
FLAGS = {
    "disputed": "Readers disagree",
    "stale": "Changed since it was scored",
    "late": "Late",
    "few": "Reviews missing",
}


@dataclass(frozen=True)
class Card:
    """One letter on the board."""

    letter_id: int
    district: str
    kind: str
    grades: str
    students: int | None
    status: str
    is_late: bool
    summary: Summary
    outcome: str = ""  # of its decision; empty while it has none
    position: int = 0  # on the waitlist
    is_sent: bool = False
    stamp: str = ""
    offer: str = ""  # the state of the newest offer that came of its decision

    @property
    def lacks_reviews(self) -> bool:
        return self.summary.handed_in < self.summary.wanted

    @property
    def answer(self) -> tuple[str, str, str] | None:
        """What became of the offer: icon, words, tone; None where there is none."""
        return STATES.get(self.offer)

    @property
    def value(self) -> str:
        """What the box of this card carries: which letter, and the state of the decision that the page shows."""
        return f"{self.letter_id}|{self.stamp}"


@dataclass(frozen=True)
class Asked:
    """What the address of the board asks for; empty means all."""

    show: str = ""
    sort: str = "score"
    kind: str = ""
    flag: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Asked:
        """As the address says it; what is unknown there is left out."""
        known = {"show": SHOWN, "sort": SORTS, "flag": FLAGS}
        words = {name: args.get(name, "") for name in ("show", "sort", "kind", "flag")}
        return cls(**{name: word for name, word in words.items() if word and word in known.get(name, {word})})


@dataclass(frozen=True)
class WhatIf:
    """How the places would stand if everything prepared went out now. It has no effect."""

    capacity: int
    left: int
    prepared: int

    @property
    def taken(self) -> int:
        return self.capacity - self.left

    @property
    def total(self) -> int:
        return self.taken + self.prepared

    @property
    def over(self) -> int:
        return max(0, self.total - self.capacity)


@dataclass(frozen=True)
class Load:
    """How many districts the community’s staff look after, and how many educators work there."""

    staff: int
    members: int
    offers: int
    educators: int

    def each(self, more: int = 0) -> float | None:
        """Districts for one of the staff: members, offers that wait for an answer, and so many more."""
        return round((self.members + self.offers + more) / self.staff, 1) if self.staff else None


def counts_of(cards: Sequence[Card]) -> dict[str, int]:
    """How many cards are behind each tab."""
    return {name: sum(_is_behind(name, card) for card in cards) for name in SHOWN}


def kinds_of(cards: Iterable[Card]) -> list[str]:
    """The kinds of districts on the board."""
    return sorted({card.kind for card in cards if card.kind})


def arranged(cards: Iterable[Card], asked: Asked) -> list[Card]:
    """The cards that were asked for, those of one decision together; who waits stands in the order of the line."""
    chosen = [card for card in cards if _is_behind(asked.show, card) and _fits(card, asked)]
    names = list(GROUPS)
    return sorted(chosen, key=lambda card: (names.index(card.outcome), card.position, *KEYS[asked.sort](card)))


def grouped(cards: Iterable[Card]) -> list[tuple[str, list[Card]]]:
    """The cards of a page under the words of their decision."""
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(card.outcome, []).append(card)
    return [(GROUPS[name], members) for name, members in groups.items()]


def prepared_counts(cards: Iterable[Card]) -> Counter[str]:
    """How many decisions of each outcome are prepared and not sent, of letters that can be decided now."""
    return Counter(card.outcome for card in cards if card.outcome and not card.is_sent and card.status == "submitted")


def ends_of_line(cards: Iterable[Card]) -> tuple[int, int]:
    """The letters that stand first and last of those whose place on the waitlist can still be moved; 0 for none."""
    line = [card for card in cards if card.outcome == "waitlist" and not card.is_sent and card.status == "submitted"]
    ordered = sorted(line, key=lambda card: (card.position, card.letter_id))
    return (ordered[0].letter_id, ordered[-1].letter_id) if ordered else (0, 0)


def boxes(values: Iterable[str]) -> list[tuple[int, str]]:
    """The letters that were chosen, each with the state that the page showed; what is no box is left out."""
    parts = [value.partition("|") for value in values]
    return [(number_in(number), seen) for number, _, seen in parts if number_in(number)]


def number_in(text: str) -> int:
    """The number of a letter as a box or a button carries it; 0, which no letter has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _is_behind(name: str, card: Card) -> bool:
    if name == "open":
        return not card.outcome
    if name == "sent":
        return card.is_sent
    return name in ("", card.outcome)


def _fits(card: Card, asked: Asked) -> bool:
    flags = {
        "": True, "disputed": card.summary.is_disputed, "stale": card.summary.is_stale, "late": card.is_late,
        "few": card.lacks_reviews,
    }  # fmt: skip
    return flags[asked.flag] and asked.kind in ("", card.kind)


def _number(value: float | None) -> float:
    return value if value is not None else -1


KEYS: dict[str, Callable[[Card], tuple[Any, ...]]] = {
    "score": lambda card: (-_number(card.summary.score), card.district, card.letter_id),
    "spread": lambda card: (-_number(card.summary.spread), -_number(card.summary.score), card.district, card.letter_id),
    "reviews": lambda card: (card.summary.handed_in - card.summary.wanted, card.district, card.letter_id),
    "size": lambda card: (-_number(card.students), card.district, card.letter_id),
    "name": lambda card: (card.district, card.letter_id),
}
