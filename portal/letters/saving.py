"""What a save answers: the way on, the form again, the state under a field, or the texts handed back."""

from __future__ import annotations

from typing import Any, TypeGuard

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.interfaces import ORMOption

from portal.core.access import me
from portal.core.db import number_of
from portal.core.errors import CannotKeep, RuleBroken
from portal.core.limits import count
from portal.core.web import again, changed, invalid
from portal.rounds.conditions import CHOOSING
from portal.rounds.models import Question, Section

from . import operations
from .forms import Received, pressed
from .handing_back import texts_of
from .models import Letter
from .pages import Clashes, answer_page, faulty, found_question, may_here, roles_on, section_page
from .queries import DECIDING, SAVED, TEAM
from .rules import is_kept
from .sheets import Field, faults_of

STATE, WHOLE = "letters/_saved.html", "letters/_question.html"


def save_form(letter: Letter, section: Section, received: Received) -> Clashes:
    """Save what a section's form brought. A refusal shows the form again; where nothing can be written (any more), the
    texts to be copied."""
    try:
        return _save(letter, received)
    except (RuleBroken, CannotKeep):
        if is_open_to_write(letter, section):
            again("letters/section.html", **section_page(letter, section, received))
        else:
            again("letters/handed_back.html", **_handed_back(letter, section, list(section.questions), received))
        raise


def is_open_to_write(letter: Letter, section: Section) -> bool:
    """Whether this person can write in the section now."""
    return may_here("write", letter) and not is_kept(letter, section)


def after_section(letter: Letter, section: Section, received: Received, clashes: Clashes) -> ResponseReturnValue:
    """The answer to a section's form: on to the next section, or the form again with what needs another look."""
    troubled = {*received.errors, *clashes}
    page = section_page(letter, section, received.only(troubled), clashes)
    faults = faults_of(page["fields"], only=troubled if _is_pause() else None)
    # A button inside the form (up, down, add a person) is no attempt to finish: what is merely incomplete is not held
    # against it.
    if faults and not (_pressed() and not troubled):
        again("letters/section.html", **page)
        return invalid(409 if clashes else 422, **faulty(faults))
    new = [question for field in page["fields"] for question in _appeared(field)]
    if new and not (_is_pause() or _pressed()):
        return changed(to=_here(letter, section, f"{new[0].code}-field"), said=f"Saved. {_news(new, [])}")
    return changed(to=_way_on(letter, section, page), said="Saved.")


def answer_one(letter: Letter, question: Question, key: str, received: Received) -> ResponseReturnValue:
    """Save what saved itself, one answer or the line of the roster named `key`, and answer how it stands.

    After a button in it, or a file, with the whole question.
    """
    load = _load(question)
    clashes = _save_one(letter, question, key, received)
    # Read again in one query: what this request held was forgotten as the save was committed.
    letter, question = found_question(number_of(letter), number_of(question), load)
    troubled = {*received.errors, *clashes}
    page = answer_page(letter, question, key, received.only(troubled), clashes)
    field: Field = next(one for one in page["fields"] if one.key == question.code)
    faults = faults_of([field], only=troubled)
    if faults:
        again("letters/section.html", part_now(), **page)
        return invalid(409 if clashes else 422, **faulty(faults))
    said = _news(_appeared(field), _vanished(field)) or _kept_words(field, received)
    to = _here(letter, question.section, f"{question.code}-field")
    shown = changed(part_now(), to=to, said=said, new_key=_new_line([field]), **page)
    return shown + _asked_news(field) + _team_news(field, key) if _is_part(shown) else shown


def part_now() -> str:
    """Which part answers an HTMX call from a section: the state under the text, or the question after a button."""
    return WHOLE if _pressed() or any(file.filename for file in request.files.values()) else STATE


def _save_one(letter: Letter, question: Question, key: str, received: Received) -> Clashes:
    try:
        return _save(letter, received)
    except (RuleBroken, CannotKeep):
        if is_open_to_write(letter, question.section):
            again("letters/section.html", part_now(), **answer_page(letter, question, key, received))
        else:
            page = _handed_back(letter, question.section, [question], received)
            part_id = f"saved-{key}" if part_now() == STATE else f"{question.code}-field"
            again("letters/handed_back.html", "letters/_handed_back.html", part_id=part_id, key=key, **page)
        raise


def _load(question: Question) -> tuple[ORMOption, ...]:
    if question.kind in CHOOSING or question.condition:
        return DECIDING
    return TEAM if question.kind == "roster" else SAVED


def _save(letter: Letter, received: Received) -> Clashes:
    if received.filled.files:
        count("uploads")
    return operations.save_section(letter, received.filled, by=me())


def _handed_back(letter: Letter, section: Section, questions: list[Question], received: Received) -> dict[str, Any]:
    texts = texts_of(questions, received, roles_on(questions))
    return {"letter": letter, "section": section, "texts": texts, "here": "district"}


def _appeared(field: Field) -> list[Question]:
    """The questions that this answer brought up, which the page of the form did not show."""
    before = request.form.get(f"{field.key}-shows")
    if before is None:
        return []
    return [one for one, is_asked in field.waiting if is_asked and one.code not in before.split()]


def _vanished(field: Field) -> list[Question]:
    before = request.form.get(f"{field.key}-shows", "").split()
    return [one for one, is_asked in field.waiting if not is_asked and one.code in before]


def _news(new: list[Question], gone: list[Question]) -> str:
    said = [f"One more question below: “{one.label}”" for one in new]
    said += [f"“{one.label}” is not asked any more. What you wrote there is kept." for one in gone]
    return " ".join(said)


def _kept_words(field: Field, received: Received) -> str:
    names = [one.upload.name for one in received.filled.files]
    if names:
        return f"{names[0]} is in the letter now."
    return "The file is taken out." if pressed(request.form)[0] == "remove-file" and not field.value else ""


def _asked_news(field: Field) -> str:
    return "".join(
        render_template("letters/_asked_news.html", key=one.code, is_asked=is_asked) for one, is_asked in field.waiting
    )


def _team_news(field: Field, key: str) -> str:
    return render_template("letters/_rules_news.html", f=field) if key.startswith("row-") else ""


def _new_line(fields: list[Field]) -> str:
    """The key of the line of the team that was just added: the keyboard goes there."""
    lines = [line for field in fields for line in field.lines]
    added = pressed(request.form)[0] == "add-row" and lines
    return max(lines, key=lambda line: line.row.id).key if added else ""


def _way_on(letter: Letter, section: Section, page: dict[str, Any]) -> str:
    following, line = page["following"], _new_line(page["fields"])
    if _pressed():
        return _here(letter, section, f"{line}-role" if line else f"{pressed(request.form)[1]}-field")
    if _is_pause():
        return url_for("letters.show", letter_id=letter.id)
    if following is None:
        return url_for("letters.check", letter_id=letter.id)
    return url_for("letters.section", letter_id=letter.id, section_slug=following.slug)


def _here(letter: Letter, section: Section, anchor: str) -> str:
    return url_for("letters.section", letter_id=letter.id, section_slug=section.slug, _anchor=anchor)


def _is_part(shown: ResponseReturnValue) -> TypeGuard[str]:
    return isinstance(shown, str)


def _pressed() -> bool:
    return bool(request.form.get("do") or request.form.get("keep"))


def _is_pause() -> bool:
    return "later" in request.form
