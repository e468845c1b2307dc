"""What the list of people of an experience shows to its staff and facilitator, and the same as a table to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from flask import request
from sqlalchemy import Row

from portal.agenda.models import Experience
from portal.agenda.rules import MODE_WORDS
from portal.core import clock
from portal.core.access import community, me
from portal.core.exports import Cell, Table
from portal.core.filters import plural
from portal.core.inputs import LARGEST
from portal.core.web import page_read

from .roster_queries import STANDS, Chosen, answers_in, count_people, groups_of, people_in, questions_of
from .roster_rules import STATE_MARKS, STATE_WORDS, TABS, people_words, rooms_in, stand_of
from .rules import may

SIZE = 50
COLUMNS = (
    "Name", "E-mail", "District", "Job", "Stands", "How", "Waits for", "Number in line", "Meeting", "Asked", "Seated",
    "Added because",
)  # fmt: skip
LONGEST = 80  # of words to look for


def chosen_people() -> Chosen:
    """Whom the address asks for; what it says of nothing we know is left out."""
    asked = request.args
    stand, mode = asked.get("show", ""), asked.get("mode", "")
    return Chosen(
        stand if stand in STANDS else "", mode if mode in MODE_WORDS else "",
        _number(asked.get("district")), _number(asked.get("session")), asked.get("q", "").strip()[:LONGEST],
    )  # fmt: skip


def roster_page(experience: Experience, chosen: Chosen) -> dict[str, Any]:
    """One page of the people, with tabs and filters that say how many there are."""
    groups = groups_of(experience.id, chosen.text)
    inside = [group for group in groups if _fits(group, chosen)]
    counts = {tab: _people(group for group in inside if tab in stand_of(group.state, group.waits_for)) for tab in TABS}
    page = page_read(partial(people_in, experience, chosen), counts[chosen.stand], SIZE)
    is_by_meeting = experience.joined_by == "session"
    total = plural(page.total, "person", "people")
    if is_by_meeting:
        total = people_words(chosen.stand, page.total, count_people(experience, chosen))
    return {
        **roster_frame(experience), "chosen": chosen, "page": page, "rows": page.items, "tabs": TABS, "counts": counts,
        "districts": _districts(groups), "state_words": STATE_WORDS, "marks": STATE_MARKS,
        "meetings": experience.sessions if is_by_meeting else [],
        "total": total,
    }  # fmt: skip


def roster_frame(experience: Experience) -> dict[str, Any]:
    """What every page about the people of an experience shows at its top."""
    is_staff = me().has_permission(community().id, "staff", "admin")
    return {
        "here": "staff" if is_staff else "agenda", "experience": experience, "is_staff": is_staff,
        "rooms": rooms_in(experience.sessions, clock.now()),
        "mode_words": MODE_WORDS, "may": may, "who": "staff" if is_staff else "facilitator",
    }  # fmt: skip


def answers_page(experience: Experience) -> dict[str, Any]:
    """What people with a seat or in line answered: the question, then whoever said something."""
    questions, answers = questions_of(experience.id), answers_in(experience.id)
    people = [*people_in(experience, Chosen()), *_only_waiting(people_in(experience, Chosen("line")))]
    said = [
        (question, [(row, answers[row.id, question.id]) for row in people if (row.id, question.id) in answers])
        for question in questions
    ]
    return {**roster_frame(experience), "said": said}


def roster_table(experience: Experience, chosen: Chosen) -> Table:
    """The people exactly as filtered, with what they answered."""
    questions, answers = questions_of(experience.id), answers_in(experience.id)
    columns = [*COLUMNS, *(question.label for question in questions)]
    rows = [
        [*_cells(row), *(answers.get((row.id, question.id)) for question in questions)]
        for row in people_in(experience, chosen)
    ]
    return Table(experience.title, columns, rows, community().time_zone)


def _cells(row: Row[Any]) -> list[Cell]:
    return [
        row.name, row.email, row.short_name or row.district_name, row.jobs, STATE_WORDS[row.state],
        MODE_WORDS.get(row.mode), MODE_WORDS.get(row.waits_for or ""),
        row.queue_number if row.waits_for is not None else None, row.starts_at, row.asked_at, row.seated_at,
        row.extra_reason,
    ]  # fmt: skip


def _only_waiting(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    return [row for row in rows if row.state == "waiting"]


def _fits(group: Row[Any], chosen: Chosen) -> bool:
    asked = (
        (group.mode, chosen.mode), (group.district_id, chosen.district_id), (group.session_id, chosen.session_id),
    )  # fmt: skip
    return all(wanted in ("", None) or found == wanted for found, wanted in asked)


def _districts(groups: Iterable[Row[Any]]) -> dict[int, str]:
    named = {group.district_id: group.short_name or group.name for group in groups if group.district_id}
    return dict(sorted(named.items(), key=lambda item: item[1]))


def _people(groups: Iterable[Row[Any]]) -> int:
    return sum(group.people for group in groups)


def _number(typed: str | None) -> int | None:
    number = int(typed) if typed and typed.isdecimal() and len(typed) <= 19 else 0
    return number if 0 < number <= LARGEST else None
