"""What the pages of a letter show, gathered for its doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeGuard

from flask import abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.interfaces import ORMOption

from portal.communities.queries import roles_of
from portal.core.access import community, me
from portal.core.clock import local, now
from portal.core.failures import show as show_error
from portal.core.web import changed, invalid, is_htmx
from portal.districts.models import District, DistrictFact
from portal.districts.queries import latest_facts
from portal.rounds.models import Question, Section

from .content import PROFILE_WORDS
from .deadlines import ends_at, is_open
from .forms import Received, pressed
from .models import Letter
from .queries import ANSWER, SECTION, WHOLE, find_letter, find_question, roles_for
from .rules import may, missing, next_step, section_states, sent_back
from .shapes import Theirs
from .sheets import Field, Line, faults_of, sheet_of
from .submitting import whole_content
from .team_pages import beside_page, plans_page
from .team_queries import roles_with_team

Page = tuple[str, dict[str, Any]]
Clashes = Mapping[str, Theirs]
OURS = {"csrf_token", "keep", "do", "later"}  # what a form sends that nobody typed
NOT_THEIRS = (
    "You do not write in this letter any more, so nothing was saved. Your text stays on this page: copy it, and ask "
    "who acts for the district."
)


def own_letter(letter_id: int, load: tuple[ORMOption, ...]) -> Letter:
    """The letter if this person writes it, with what `load` names; else there is no such page."""
    return find_letter(me(), community().id, letter_id, *load) or not_theirs()


def found_letter(letter_id: int) -> Letter:
    """The same with everything written in it."""
    return own_letter(letter_id, WHOLE)


def found_section(letter_id: int, slug: str) -> tuple[Letter, Section]:
    """The same for one section, with only what its page reads."""
    letter = own_letter(letter_id, SECTION)
    return letter, next((one for one in letter.round.sections if one.slug == slug), None) or abort(404)


def found_question(letter_id: int, question_id: int) -> tuple[Letter, Question]:
    """The same for one question that is answered by typing."""
    letter = own_letter(letter_id, ANSWER)
    return letter, find_question(letter, question_id) or abort(404)


def may_here(verb: str, letter: Letter) -> bool:
    """Whether this person can do `verb` to the letter now: buttons are drawn by it."""
    return may(verb, letter, roles_for(me(), letter), now())


def show_page(letter: Letter) -> Page:
    """The task list, or the letter to read and copy where nothing can be done to it any more."""
    is_signed_now = letter.status == "endorsing" and is_open(letter, now())
    if not (may_here("write", letter) or is_signed_now):
        return "letters/closed.html", {"letter": letter, "content": whole_content(letter)}
    states = section_states(letter)
    done = sum(one.state == "done" for one in states)
    return "letters/show.html", {
        "letter": letter, "states": states, "done": done, "step": next_step(letter), "until": ends_at(letter),
        "is_complete": not missing(letter), "may_submit": not missing(letter) and may_here("submit", letter),
        "sent_back": sent_back(letter), "here": "district", "plans": plans_page(letter),
        "is_lead": may_here("invite", letter),
    }  # fmt: skip


def not_theirs() -> NoReturn:
    """No such page; what was typed is handed back, for its writer may just have been taken off the team."""
    typed = [(name, text.strip()) for name, text in request.form.items() if name not in OURS]
    texts = [text for name, text in typed if len(text) > 2 and not name.endswith(("-base", "-theirs"))]
    if not texts:
        abort(404)
    page = "" if is_htmx() else render_template("letters/team_left.html", texts=texts, here="letter")
    abort(make_response((page, 404) if page else show_error(404, NOT_THEIRS)))


def section_page(
    letter: Letter, section: Section, received: Received | None = None, clashes: Clashes | None = None
) -> dict[str, Any]:
    """A section with its questions, as stored or as typed."""
    sections = list(letter.round.sections)
    place, rest = sections.index(section) + 1, sections[sections.index(section) + 1 :]
    return {
        "section": section, "number": place, "count": len(sections), "here": "district",
        "following": rest[0] if rest else None, "may_write": received is not None or may_here("write", letter),
        **parts_page(letter, section.questions, received, clashes), **beside_page(letter, section),
    }  # fmt: skip


def troubled_page(letter: Letter, section: Section, received: Received, clashes: Clashes) -> dict[str, Any]:
    """A section with what could not be kept of it, and nothing that is merely incomplete."""
    page = section_page(letter, section, received, clashes)
    faults = faults_of(page["fields"], only={*received.errors, *clashes})
    return page | {"faults": faults, "notes": _notes(faults)}


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


def after_section(letter: Letter, section: Section, received: Received, clashes: Clashes) -> ResponseReturnValue:
    """The answer to a section's form: on to the next section, or the form again with what needs another look."""
    troubled = {*received.errors, *clashes}
    page = section_page(letter, section, received.only(troubled), clashes)
    faults = faults_of(page["fields"], only=troubled if _is_pause() else None)
    # A button inside the form (up, down, add a person) is no attempt to finish: what is merely incomplete is not held
    # against it.
    if faults and not (_pressed() and not troubled):
        return invalid(409 if clashes else 422, **page | {"faults": faults, "notes": _notes(faults)})
    return changed(to=_way_on(letter, section, page["following"]), said="Saved.")


def after_answer(
    letter: Letter, question: Question, key: str, received: Received, clashes: Clashes
) -> ResponseReturnValue:
    """The answer to what saved itself: how it stands; or the whole question after a button in it."""
    troubled = {*received.errors, *clashes}
    page = answer_page(letter, question, key, received.only(troubled), clashes)
    faults = faults_of(page["fields"], only=troubled)
    if faults:
        return invalid(409 if clashes else 422, **page | {"faults": faults, "notes": _notes(faults)})
    slug = question.section.slug
    to = url_for("letters.section", letter_id=letter.id, section_slug=slug, _anchor=f"{question.code}-field")
    shown = changed(part_now(), to=to, **page)
    return shown + render_template("letters/_rules_news.html", f=page["team"]) if _is_line(shown, key) else shown


def part_now() -> str:
    """Which part answers an HTMX call from a section: the state under the text, or the question after a button."""
    return "letters/_question.html" if _pressed() else "letters/_saved.html"


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
    words = PROFILE_WORDS.get(name, name)
    if fact is not None:
        return {"name": name, "words": words, "value": fact.value, "source": fact.source, "year": fact.year}
    known = district.grades if name == "grades" else ""
    return {"name": name, "words": words, "value": known, "source": district.source, "year": district.source_year}


def _way_on(letter: Letter, section: Section, following: Section | None) -> str:
    if _pressed():
        anchor = f"{pressed(request.form)[1]}-field"
        return url_for("letters.section", letter_id=letter.id, section_slug=section.slug, _anchor=anchor)
    if _is_pause():
        return url_for("letters.show", letter_id=letter.id)
    if following is None:
        return url_for("letters.check", letter_id=letter.id)
    return url_for("letters.section", letter_id=letter.id, section_slug=following.slug)


def _is_line(shown: ResponseReturnValue, key: str) -> TypeGuard[str]:
    return isinstance(shown, str) and key.startswith("row-")


def _midnight() -> datetime:
    zone = community().time_zone
    return local(now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _pressed() -> bool:
    return bool(request.form.get("do") or request.form.get("keep"))


def _is_pause() -> bool:
    return "later" in request.form


def _notes(faults: list[tuple[str, str]]) -> dict[str, str]:
    notes: dict[str, str] = {}
    for anchor, sentence in faults:
        notes.setdefault(anchor, sentence)
    return notes
