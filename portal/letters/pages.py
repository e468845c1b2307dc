"""What the pages of a letter show, gathered for its doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import abort, url_for
from sqlalchemy.orm.interfaces import ORMOption

from portal.communities.queries import roles_of
from portal.core.access import community, me
from portal.core.clock import local, now
from portal.core.web import is_htmx
from portal.districts.models import District, DistrictFact
from portal.districts.queries import latest_facts
from portal.districts.rules import value_text
from portal.rounds.kinds import PROFILE
from portal.rounds.models import Question, Section

from .deadlines import is_open, open_return, time_of
from .earlier_pages import earlier_page
from .forms import Received
from .handing_back import not_theirs
from .models import Letter
from .queries import ANSWER, SECTION, SIGNED, TIMES, WHOLE, find_letter, find_question, roles_for
from .rules import (
    is_kept,
    may,
    missing,
    next_step,
    only_sent_back,
    section_states,
    sections_asked,
    sections_of,
    sent_back,
    was_signed,
)  # fmt: skip
from .shapes import Theirs
from .sheets import Field, Line, faults_of, sheet_of
from .submitting import whole_content
from .team_pages import beside_page, plans_page
from .team_queries import roles_with_team

Page = tuple[str, dict[str, Any]]
Clashes = Mapping[str, Theirs]


def own_letter(letter_id: int, load: tuple[ORMOption, ...]) -> Letter:
    """The letter if this person writes it, with what `load` names; else there is no such page."""
    return find_letter(me(), community().id, letter_id, *load) or not_theirs()


def found_letter(letter_id: int) -> Letter:
    """The same with everything written in it."""
    return own_letter(letter_id, WHOLE)


def found_section(letter_id: int, slug: str) -> tuple[Letter, Section]:
    """The same for one section, with only what its page reads."""
    letter = own_letter(letter_id, (*SECTION, *TIMES, *SIGNED))
    return letter, next((one for one in letter.round.sections if one.slug == slug), None) or abort(404)


def found_question(letter_id: int, question_id: int, load: tuple[ORMOption, ...] = ANSWER) -> tuple[Letter, Question]:
    """The same for one question that is answered by typing."""
    return find_question(me(), community().id, letter_id, question_id, *load) or not_theirs()


def may_here(verb: str, letter: Letter) -> bool:
    """Whether this person can do `verb` to the letter now: buttons are drawn by it."""
    return may(verb, letter, roles_for(me(), letter), now())


def show_page(letter: Letter) -> Page:
    """The task list, or the letter to read and copy where nothing can be done to it any more."""
    is_signed_now = letter.status == "endorsing" and is_open(letter, now())
    if not (may_here("write", letter) or is_signed_now):
        return "letters/closed.html", {
            "letter": letter, "content": whole_content(letter), "file_url": file_url(letter)
        }  # fmt: skip
    states = section_states(letter)
    done = sum(one.state in ("done", "kept") for one in states)
    return "letters/show.html", {
        "letter": letter, "states": states, "done": done, "step": next_step(letter),
        "is_complete": not missing(letter), "may_submit": not missing(letter) and may_here("submit", letter),
        "sent_back": sent_back(letter), "was_signed": was_signed(letter), "here": "district",
        "plans": plans_page(letter), "is_lead": may_here("invite", letter), **life_page(letter),
    }  # fmt: skip


def life_page(letter: Letter) -> dict[str, Any]:
    """Until when the letter has time; and if it was sent before, which version counts, and what came back."""
    returned = open_return(letter)
    sections = sections_of(returned) if returned is not None else []
    return {
        "time": time_of(letter, now()), "version": letter.sent_number, "returned": returned,
        "sections_back": [section.title for section in sections], "first_back": next(iter(sections), None),
        "kept": {section.slug for section in letter.round.sections if is_kept(letter, section)},
    }  # fmt: skip


def file_url(letter: Letter) -> Callable[..., str]:
    """The address of a file of the letter, given its number as file_id, for those who write it."""
    return partial(url_for, "letters.file", letter_id=letter.id)


def section_page(
    letter: Letter, section: Section, received: Received | None = None, clashes: Clashes | None = None
) -> dict[str, Any]:
    """A section with its questions, as stored or as typed; where nothing can be written now, as it reads."""
    asked = sections_asked(letter)
    sections = [one for one in letter.round.sections if one in asked or one is section]
    stays = is_kept(letter, section)
    place, may_write = sections.index(section) + 1, received is not None or (may_here("write", letter) and not stays)
    return {
        "section": section, "number": place, "count": len(sections), "here": "district",
        "following": next(iter(sections[place:]), None), "may_write": may_write, "is_asked": section in asked,
        "time": time_of(letter, now()), "why_kept": only_sent_back(letter) if stays else "",
        "content": None if may_write else section_content(letter, section), "file_url": file_url(letter),
        "was_signed": may_write and was_signed(letter),
        **parts_page(letter, section.questions, received, clashes), **beside_page(letter, section),
        **earlier_page(letter, section),
    }  # fmt: skip


def section_content(letter: Letter, section: Section) -> dict[str, Any]:
    """The letter's content with this section alone."""
    whole = whole_content(letter)
    return {**whole, "sections": [one for one in whole["sections"] if one["slug"] == section.slug]}


def troubled_page(letter: Letter, section: Section, received: Received, clashes: Clashes) -> dict[str, Any]:
    """A section with what could not be kept of it, and nothing that is merely incomplete."""
    page = section_page(letter, section, received, clashes)
    return page | faulty(faults_of(page["fields"], only={*received.errors, *clashes}))


def faulty(faults: list[tuple[str, str]]) -> dict[str, Any]:
    """What a page says of what is to be mended: all of it at the top, and each at its place."""
    notes: dict[str, str] = {}
    for anchor, sentence in faults:
        notes.setdefault(anchor, sentence)
    return {"faults": faults, "notes": notes}


def parts_page(
    letter: Letter, questions: Sequence[Question], received: Received | None = None, clashes: Clashes | None = None
) -> dict[str, Any]:
    """What the parts of these questions need, as stored or as typed."""
    roles = roles_with_team(letter) if has_roster(questions) else {}
    return {
        "letter": letter, "fields": sheet_of(letter, questions, received, clashes), "roles": roles,
        "facts": facts_on(letter, questions), "today": _midnight(), "faults": [], "notes": {},
    }  # fmt: skip


def answer_page(
    letter: Letter, question: Question, key: str, received: Received | None = None, clashes: Clashes | None = None
) -> dict[str, Any]:
    """The same for one question, or one line of the roster, named `key`: the part for HTMX, else its whole section."""
    if not is_htmx():
        return section_page(letter, question.section, received, clashes)
    page = parts_page(letter, [question], received, clashes)
    whole: Field = page["fields"][0]
    parts: list[Field | Line] = [whole, *whole.lines]
    found = next((part for part in parts if part.key == key), None)
    return page | {"f": found, "key": key, "question_id": question.id, "part_key": question.code, "team": whole}


def roles_on(questions: Sequence[Question]) -> dict[str, str]:
    """The roles to choose from, by slug, where there is a roster."""
    return {role.slug: role.label for role in roles_of(community().id)} if has_roster(questions) else {}


def has_roster(questions: Sequence[Question]) -> bool:
    """Whether one of the questions asks for the team."""
    return any(question.kind == "roster" for question in questions)


def facts_on(letter: Letter, questions: Sequence[Question]) -> list[dict[str, str]]:
    """What public data says of the district, with source and year, where it is asked about."""
    names = [name for question in questions for name in question.settings.get("prefill", [])]
    if not names:
        return []
    known = latest_facts([letter.district_id])[letter.district_id]
    return [_fact(letter.district, name, known.get(name)) for name in names]


def _fact(district: District, name: str, fact: DistrictFact | None) -> dict[str, str]:
    words = PROFILE.get(name, name)
    if fact is not None:
        return {"name": name, "words": words, "value": value_text(fact.value), "source": fact.source, "year": fact.year}
    known = district.grades if name == "grades" else ""
    return {"name": name, "words": words, "value": known, "source": district.source, "year": district.source_year}


def _midnight() -> datetime:
    zone = community().time_zone
    return local(now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
