"""What a community's front page says of its districts: numbers with their source, and how it grew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .pebbles import Cluster, Pebble, cluster

STEPS = 6  # as many as fit beside each other


@dataclass(frozen=True)
class Member:
    """A member district as the front page needs it. Numbers are None where none is on record."""

    name: str
    joined: date
    students: int | None = None


@dataclass(frozen=True)
class Total:
    """A sum over member districts: of how many of them, out of how many, from which source and year."""

    words: str
    value: int
    known: int
    members: int
    source: str
    year: str


@dataclass(frozen=True)
class Step:
    """One step of growth: the districts that joined, how many there were then, in words when, and their picture."""

    words: str
    total: int
    names: list[str]
    picture: Cluster


def totals(facts: Iterable[tuple[str, str, str, str]], members: int) -> list[Total]:
    """Sums of the facts (name, value, source, year) of `members` districts, in the order students, schools, teachers.

    A value that is no number is left out, and the sum then says that it covers fewer districts.
    """
    words = {"students": "students", "schools": "schools", "teacher_fte": "teachers"}
    rows = list(facts)
    return [
        total for name, word in words.items() if (total := _sum(word, [row for row in rows if row[0] == name], members))
    ]


def growth(members: Iterable[Member]) -> list[Step]:
    """How the community grew, year by year, the first year first. Six steps at most: the earliest years become one."""
    ordered = sorted(members, key=lambda member: (member.joined, member.name))
    years = sorted({member.joined.year for member in ordered})
    groups = (
        [years[: -STEPS + 1], *([year] for year in years[-STEPS + 1 :])] if len(years) > STEPS else [[y] for y in years]
    )
    return [_step(group, ordered, first=group[0] == years[0]) for group in groups]


def open_places(count: int) -> Cluster:
    """The picture of places that wait for a district."""
    return cluster(Pebble("An open place", None, "place") for _ in range(count))


def _sum(words: str, rows: list[tuple[str, str, str, str]], members: int) -> Total | None:
    known = [(int(float(value)), source, year) for _, value, source, year in rows if _is_number(value)]
    if not known:
        return None
    sources, years = sorted({source for _, source, _ in known}), sorted({year for _, _, year in known})
    return Total(
        words,
        sum(value for value, _, _ in known),
        len(known),
        members,
        ", ".join(sources),
        "–".join(dict.fromkeys((years[0], years[-1]))),
    )


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit()


def _step(years: list[int], members: list[Member], *, first: bool) -> Step:
    joined = [member for member in members if member.joined.year in years]
    total = sum(member.joined.year <= years[-1] for member in members)
    words = f"districts in {years[-1]}" if first and len(years) == 1 else f"by {years[-1]}"
    return Step(words, total, [member.name for member in joined], cluster(Pebble(m.name, m.students) for m in joined))
