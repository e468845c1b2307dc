"""What the pages about readers show: loads, who has which letter, what is missing and why, and one's own queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.accounts.models import Account
from portal.core import clock
from portal.core.filters import plural
from portal.core.mail import preview
from portal.letters.models import Letter
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .conflict_queries import conflicted_districts, sources_of_conflicts
from .exceptions import districts_of
from .models import Decision
from .queries import decision_of, is_staff
from .reader_forms import ConflictForm, EvenlyForm, OthersForm, ReaderForm
from .reading_models import Assignment
from .reading_queries import (
    assignments_of,
    declared_conflicts,
    has_version,
    letters_of_districts,
    letters_to_read,
    open_assignments,
    queue_of,
    readers,
    states_of_reading,
    untold_assignments,
)
from .reading_rules import READING_WORDS, next_of
from .rules import is_released

SOURCES = {
    "job": "works there or did of late", "lead": "leads it", "declared": "declared a conflict",
    "staff": "has a conflict",
}  # fmt: skip
Mark = tuple[str, str, str]


@dataclass
class Load:
    """A reader with how many letters they have, and how many of them are done and begun."""

    account: Account
    given: int = 0
    done: int = 0
    begun: int = 0

    @property
    def left(self) -> int:
        return self.given - self.done


@dataclass
class Reading:
    """A letter with its readers, each with how far they are, and how many it lacks and why."""

    letter: Letter
    people: list[tuple[Assignment, Mark]] = field(default_factory=list)
    missing: int = 0
    why: str = ""


def readers_page(reader: Any, round: Round, form: EvenlyForm | None = None) -> dict[str, Any]:
    """Who reads in this round, how much and how far, and which letter lacks readers; nothing of the asker's own
    conflicts."""
    own = conflicted_districts(reader.account_id, round.id)
    given = [one for one in assignments_of(round) if one.letter.district_id not in own]
    states, letters = states_of_reading(round), letters_to_read(round, own)
    given = _still_wanted(given, letters, states)
    people, known = readers(round.community_id), readers(round.community_id, with_staff=True)
    form = form or EvenlyForm(
        formdata=None, per_letter=round.reviewers_per_letter, readers=[one.id for one in people]
    )  # fmt: skip
    form.offer(known)
    readings = _readings(round, letters, given, states, people)
    new = [one for one in untold_assignments(round) if one.letter.district_id not in own]
    return {
        "round": round, "form": form, "loads": _loads(people, known, given, states), "readings": readings,
        "missing": sum(one.missing > 0 for one in readings), "stage": stage_of(round, clock.now()),
        "untold": len({one.account_id for one in new}), "due": round.review_to,
    }  # fmt: skip


def leaving_page(reader: Any, round: Round, leaver: Account, form: OthersForm | None = None) -> dict[str, Any]:
    """What somebody leaves who drops out, and who could take it over."""
    own = conflicted_districts(reader.account_id, round.id)
    left = [one for one in open_assignments(round, leaver.id) if one.letter.district_id not in own]
    people = [one for one in readers(round.community_id, with_staff=True) if one.id != leaver.id]
    usual = [one.id for one in readers(round.community_id)]
    form = form or OthersForm(formdata=None, readers=usual)
    form.offer(people)
    return {"round": round, "leaver": leaver, "left": left, "people": people, "form": form}


def telling_page(reader: Any, round: Round) -> dict[str, Any]:
    """Who would get a mail with their queue now, about how many new letters, and the mail of the first of them, as far
    as the asker may know of its letters."""
    own = conflicted_districts(reader.account_id, round.id)
    new = [one for one in untold_assignments(round) if one.letter.district_id not in own]
    counts, people = Counter(one.account_id for one in new), {one.account_id: one.account for one in new}
    first = next(iter(people), None)
    shown = {"round_id": round.id, "account_id": first, "without": letters_of_districts(round, own)}
    return {
        "round": round, "due": round.review_to, "people": [(people[number], counts[number]) for number in people],
        "mail": preview("reader_queue", shown) if first else None,
    }  # fmt: skip


def letter_readers_page(reader: Any, letter: Letter, form: ReaderForm | None = None) -> dict[str, Any]:
    """Who reads one letter, who could, and who must not."""
    round, decision, own = letter.round, decision_of(letter), conflicted_districts(reader.account_id, letter.round_id)
    people = readers(letter.community_id, with_staff=True)
    given = [one for one in assignments_of(round) if one.letter.district_id not in own]
    mine, states = [one for one in given if one.letter_id == letter.id], states_of_reading(round)
    conflicts = _of_district(people, round, letter.district_id)
    taken = {one.account_id for one in mine} | set(conflicts)
    load = Counter(one.account_id for one in given)
    form = form or ReaderForm(formdata=None)
    free = [one for one in people if one.id not in taken]
    form.offer([(one.id, f"{one.name} ({plural(load[one.id], 'letter')})") for one in free])
    return {
        "letter": letter, "round": round, "form": form, "people": [(one, _mark(one, states)) for one in mine],
        "conflicts": [(one, conflicts[one.id]) for one in people if one.id in conflicts],
        "may_give": _may_give(letter, decision), "is_decided": is_released(decision),
    }  # fmt: skip


def conflicts_page(
    reader: Any, round: Round, district: int | None = None, form: ConflictForm | None = None
) -> dict[str, Any]:  # fmt: skip
    """The conflicts that were declared or set, and the form that sets one; nothing about districts of the asker's own
    conflicts."""
    own = conflicted_districts(reader.account_id, round.id)
    rows = [one for one in declared_conflicts(round) if one.district_id not in own]
    form = form or ConflictForm(formdata=None, district=district)
    form.offer(readers(round.community_id, with_staff=True), districts_of(round, reader))
    return {"round": round, "conflicts": rows, "form": form}


def queue_page(reader: Any, round: Round) -> dict[str, Any]:
    """What this person has to read: how far they are, until when, and which letter is next."""
    queue = queue_of(reader, round)
    return {
        "round": round, "queue": [(one, READING_WORDS[one.state]) for one in queue], "due": round.review_to,
        "done": sum(one.is_done for one in queue), "next": next_of(queue),
        "is_staff": is_staff(reader, round.community_id), "is_blind": round.is_blind,
    }  # fmt: skip


def _readings(
    round: Round, letters: Iterable[Letter], given: Iterable[Assignment], states: Mapping[tuple[int, int], str],
    people: Sequence[Account],
) -> list[Reading]:  # fmt: skip
    found = {letter.id: Reading(letter) for letter in letters}
    for one in given:
        if one.letter_id in found:
            found[one.letter_id].people.append((one, _mark(one, states)))
    names, sources = {one.id: one.name for one in people}, sources_of_conflicts([one.id for one in people], round)
    for reading in found.values():
        reading.missing = max(round.reviewers_per_letter - len(reading.people), 0)
        if reading.missing:
            barred = {names[who]: SOURCES[why] for who, where, why in sources if where == reading.letter.district_id}
            reading.why = ", ".join(f"{name} {why}" for name, why in barred.items())
    return list(found.values())


def _still_wanted(
    given: Iterable[Assignment], letters: Iterable[Letter], states: Mapping[tuple[int, int], str]
) -> list[Assignment]:  # fmt: skip
    """What is handed in or can still be: not what was decided, or withdrawn, before."""
    waiting = {letter.id for letter in letters}
    return [one for one in given if one.letter_id in waiting or states[one.letter_id, one.account_id] == "done"]


def _loads(
    people: Iterable[Account], known: Iterable[Account], given: Iterable[Assignment],
    states: Mapping[tuple[int, int], str],
) -> list[Load]:  # fmt: skip
    loads = {one.id: Load(one) for one in known}
    for one in given:
        load = loads.setdefault(one.account_id, Load(one.account))
        state = states[one.letter_id, one.account_id]
        load.given += 1
        load.done += state == "done"
        load.begun += state == "begun"
    usual = {one.id for one in people}
    return [load for number, load in loads.items() if number in usual or load.given]


def _mark(assignment: Assignment, states: Mapping[tuple[int, int], str]) -> Mark:
    return READING_WORDS[states[assignment.letter_id, assignment.account_id]]


def _of_district(people: Iterable[Account], round: Round, district_id: int) -> dict[int, str]:
    sources = sources_of_conflicts([one.id for one in people], round)
    return {who: SOURCES[why] for who, where, why in sources if where == district_id}


def _may_give(letter: Letter, decision: Decision | None) -> bool:
    return has_version(letter) and not is_released(decision)
