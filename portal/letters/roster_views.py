"""Doors of a team that comes out of a spreadsheet: pasted or as a file, looked at line by line, then added at once."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import me
from portal.core.errors import RuleBroken
from portal.core.web import again, changed, invalid
from portal.rounds.models import Question

from .content import digest
from .models import Letter
from .pages import may_here, own_letter
from .queries import SECTION
from .roster_tables import TeamTable, check_length, empty_lines, team_table, text_of
from .rosters import import_roster, most_rows
from .team_forms import TeamTableForm
from .team_queries import roles_with_team
from .views import LETTER, bp

PAGE = "letters/roster_import.html"
ADDRESS = f"{LETTER}/roster-import"
LARGEST = 1024 * 1024  # bytes of a file
CHANGED = "The table was changed after you looked at it. Look at the lines once more, then add them."


@bp.get(ADDRESS)
def roster_import(letter_id: int) -> ResponseReturnValue:
    letter, question = _found(letter_id)
    return render_template(PAGE, **_page(letter, question, TeamTableForm(formdata=None)))


@bp.post(ADDRESS)
def roster_preview(letter_id: int) -> ResponseReturnValue:
    letter, question = _found(letter_id)
    form = TeamTableForm()
    again(PAGE, **_page(letter, question, form))
    form.once.data = secrets.token_urlsafe(12)
    return render_template(PAGE, **_looked_at(letter, question, form))


@bp.post(f"{ADDRESS}/confirmation")
def roster_confirmation(letter_id: int) -> ResponseReturnValue:
    letter, question = _found(letter_id)
    form = TeamTableForm()
    again(PAGE, **_page(letter, question, form))
    seen, page = form.seen.data, _looked_at(letter, question, form)
    again(PAGE, **page)
    if seen != form.seen.data:
        return invalid(409, refusal=CHANGED)
    count = import_roster(letter, page["table"].adding, form.once.data or "", by=me())
    said = f"{count} {'person is' if count == 1 else 'people are'} on the team now." if count else "They were added."
    return changed(to=page["back"], said=said)


def _found(letter_id: int) -> tuple[Letter, Question]:
    letter = own_letter(letter_id, SECTION)
    questions = [one for section in letter.round.sections for one in section.questions if one.kind == "roster"]
    return letter, questions[0] if questions else abort(404)


def _looked_at(letter: Letter, question: Question, form: TeamTableForm) -> dict[str, Any]:
    """The page with the lines of the table, and in the form what it takes to add exactly these."""
    form.table.data = _typed(form)
    form.seen.data = digest(form.table.data)
    roles = roles_with_team(letter)
    chosen = {name[3:]: slug for name, slug in request.form.items() if name.startswith("as-") and slug in {"", *roles}}
    table = team_table(form.table.data, roles, letter.roster, most_rows(question), chosen)
    return {**_page(letter, question, form, table), "roles": roles, "empty": empty_lines(letter.roster)}


def _typed(form: TeamTableForm) -> str:
    """The table as text: the file where one was chosen, else what was pasted."""
    file = form.file.data
    if not getattr(file, "filename", ""):
        check_length(form.table.data or "")
        return (form.table.data or "").replace("\r\n", "\n").strip("\r\n")
    with closing(file.stream):
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise RuleBroken("This file is too large for a team. Save only the sheet with the people, as CSV.")
    return text_of(content)


def _page(letter: Letter, question: Question, form: TeamTableForm, table: TeamTable | None = None) -> dict[str, Any]:
    slug = question.section.slug
    back = url_for("letters.section", letter_id=letter.id, section_slug=slug, _anchor=f"{question.code}-field")
    return {
        "letter": letter, "question": question, "form": form, "table": table, "back": back, "here": "district",
        "roles": roles_with_team(letter) if table is None else {}, "most": most_rows(question),
        "may_write": may_here("write", letter),
    }  # fmt: skip
