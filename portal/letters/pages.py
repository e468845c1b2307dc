"""What the pages of a letter show, gathered for its doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.communities.queries import roles_of
from portal.core.access import community, me
from portal.core.clock import now
from portal.core.web import changed, invalid
from portal.districts.models import District, DistrictFact
from portal.districts.queries import latest_facts
from portal.rounds.models import Question, Section
from portal.rounds.rules import last_moment

from .content import PROFILE_WORDS
from .forms import Received
from .models import Letter
from .queries import SECTION, WHOLE, find_letter, roles_for
from .rules import may, missing, next_step, section_states
from .shapes import Theirs
from .sheets import Field, Line, faults_of, sheet_of
from .submitting import whole_content

Page = tuple[str, dict[str, Any]]
Clashes = Mapping[str, Theirs]


def found_letter(letter_id: int) -> Letter:
    """The letter with everything written in it, if this person leads its district; else there is no such page."""
    return find_letter(me(), community().id, letter_id, *WHOLE) or abort(404)


def found_section(letter_id: int, slug: str) -> tuple[Letter, Section]:
    """The same for one section, with only what its page reads."""
    letter = find_letter(me(), community().id, letter_id, *SECTION) or abort(404)
    return letter, next((one for one in letter.round.sections if one.slug == slug), None) or abort(404)


def found_question(letter_id: int, question_id: int) -> tuple[Letter, Section, Question]:
    """The same for one question that is answered by typing."""
    letter = find_letter(me(), community().id, letter_id, *SECTION) or abort(404)
    asked = [(section, question) for section in letter.round.sections for question in section.questions]
    for section, question in asked:
        if question.id == question_id and question.kind != "endorsement":
            return letter, section, question
    return abort(404)


def may_here(verb: str, letter: Letter) -> bool:
    """Whether this person can do `verb` to the letter now: buttons are drawn by it."""
    return may(verb, letter, roles_for(me(), letter), now())


def show_page(letter: Letter) -> Page:
    """The task list, or the letter to read and copy where nothing can be done to it any more."""
    if not (may_here("write", letter) or may_here("take back", letter)):
        return "letters/closed.html", {"letter": letter, "content": whole_content(letter)}
    states = section_states(letter)
    done = sum(one.state == "done" for one in states)
    return "letters/show.html", {
        "letter": letter, "states": states, "done": done, "step": next_step(letter), "until": last_moment(letter.round),
        "may_submit": not missing(letter), "here": "district",
    }  # fmt: skip


def section_page(
    letter: Letter, section: Section, received: Received | None = None, clashes: Clashes | None = None, key: str = ""
) -> dict[str, Any]:
    """A section with its questions, as stored or as typed; as `f` the question or line of the roster named `key`."""
    sections = list(letter.round.sections)
    place, fields = sections.index(section), sheet_of(letter, section.questions, received, clashes)
    parts: list[Field | Line] = [*fields, *(line for one in fields for line in one.lines)]
    return {
        "letter": letter, "section": section, "place": place + 1, "count": len(sections), "here": "district",
        "following": sections[place + 1] if place + 1 < len(sections) else None,
        "fields": fields, "f": next((part for part in parts if part.key == key), None), "key": key,
        "may_write": may_here("write", letter), "roles": roles_on(section), "facts": facts_on(letter, section),
        "faults": [], "notes": {},
    }  # fmt: skip


def after_section(letter: Letter, section: Section, received: Received, clashes: Clashes) -> ResponseReturnValue:
    """The answer to a section's form: on to the next section, or the form again with what needs another look."""
    troubled = {*received.errors, *clashes}
    page = section_page(letter, section, received.only(troubled), clashes)
    faults = faults_of(page["fields"], only=troubled if _is_pause() else None)
    if faults and not (_pressed() and not troubled):
        return invalid(409 if clashes else 422, **page | {"faults": faults, "notes": _notes(faults)})
    return changed(to=_way_on(letter, section, page["following"]), said="Saved.")


def after_answer(
    letter: Letter, section: Section, received: Received, clashes: Clashes, key: str
) -> ResponseReturnValue:
    """The answer to what saved itself: how it stands; or the whole question after a button in it."""
    troubled = {*received.errors, *clashes}
    page = section_page(letter, section, received.only(troubled), clashes, key)
    faults = faults_of(page["fields"], only=troubled)
    if faults:
        return invalid(409 if clashes else 422, **page | {"faults": faults, "notes": _notes(faults)})
    to = url_for("letters.section", letter_id=letter.id, section_slug=section.slug, _anchor=key)
    return changed(part_now(), to=to, **page)


def part_now() -> str:
    """Which part answers an HTMX call from a section: the state under the text, or the question after a button."""
    return "letters/_question.html" if _pressed() else "letters/_saved.html"


def roles_on(section: Section) -> dict[str, str]:
    """The roles to choose from, by slug, where the section has a roster."""
    if not any(question.kind == "roster" for question in section.questions):
        return {}
    return {role.slug: role.label for role in roles_of(community().id)}


def facts_on(letter: Letter, section: Section) -> list[dict[str, str]]:
    """What public data says of the district, with source and year, where the section asks about it."""
    names = [name for question in section.questions for name in question.settings.get("prefill", [])]
    if not names:
        return []
    known = latest_facts([letter.district_id])[letter.district_id]
    return [_fact(letter.district, name, known.get(name)) for name in names]


def _fact(district: District, name: str, fact: DistrictFact | None) -> dict[str, str]:
    words = PROFILE_WORDS.get(name, name)
    if fact is not None:
        return {"name": name, "words": words, "value": fact.value, "source": fact.source, "year": fact.year}
    known = district.grades if name == "grades" else ""
    return {"name": name, "words": words, "value": known, "source": district.source, "year": district.source_year}


def _way_on(letter: Letter, section: Section, following: Section | None) -> str:
    if _pressed():
        code = request.form.get("do", request.form.get("keep", "")).split(":")[1:2]
        return url_for("letters.section", letter_id=letter.id, section_slug=section.slug, _anchor=(code or ["main"])[0])
    if _is_pause():
        return url_for("letters.show", letter_id=letter.id)
    if following is None:
        return url_for("letters.check", letter_id=letter.id)
    return url_for("letters.section", letter_id=letter.id, section_slug=following.slug)


def _pressed() -> bool:
    return bool(request.form.get("do") or request.form.get("keep"))


def _is_pause() -> bool:
    return "later" in request.form


def _notes(faults: list[tuple[str, str]]) -> dict[str, str]:
    notes: dict[str, str] = {}
    for anchor, sentence in faults:
        notes.setdefault(anchor, sentence)
    return notes
