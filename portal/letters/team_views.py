"""Doors of a letter's team: who writes, who looks after which section, comments, who is here now."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import me
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.rounds.models import Section

from . import editors, planning, presence, talk
from .beside import answer_beside, beside
from .models import Editor, Letter
from .pages import own_letter
from .queries import ANSWER, TIMES
from .team_forms import EditorForm, PlanForm
from .team_pages import here_page, news_for, team_page, typed_comment
from .team_queries import find_comment, find_editor_of, find_section
from .views import LETTER, SECTION, bp

PAGE, TEAM, PLAN = "letters/team.html", "letters/_team.html", "letters/_team_plan.html"
TALK, DONE = "letters/_team_talk.html", "letters/_team_done.html"
EDITOR = f"{LETTER}/team/editors"
TIMED = (*ANSWER, *TIMES)


@bp.get(f"{LETTER}/team")
def team(letter_id: int) -> ResponseReturnValue:
    return render_template(PAGE, **team_page(own_letter(letter_id, TIMED)))


@bp.post(EDITOR)
def editor_invitation(letter_id: int) -> ResponseReturnValue:
    letter, form = own_letter(letter_id, TIMED), EditorForm(prefix="editor")
    again(PAGE, TEAM, **team_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    editors.invite_editor(letter, name=form.name.data or "", email=form.email.data or "", by=me())
    audit("invited editor", subject=letter)
    return _team(letter, f"A private link is on its way to {form.email.data}.")


@bp.post(f"{EDITOR}/<id:editor_id>/renewal")
def editor_renewal(letter_id: int, editor_id: int) -> ResponseReturnValue:
    letter, editor = _editor(letter_id, editor_id)
    again(PAGE, TEAM, **team_page(letter))
    editors.renew_editor(editor, by=me())
    return _team(letter, f"A new link is on its way to {editor.email}. The old one does not work any more.")


@bp.post(f"{EDITOR}/<id:editor_id>/removal")
def editor_removal(letter_id: int, editor_id: int) -> ResponseReturnValue:
    letter, editor = _editor(letter_id, editor_id)
    again(PAGE, TEAM, **team_page(letter))
    editors.remove_editor(editor, by=me())
    audit("removed editor", subject=letter)
    return _team(letter, f"{editor.name} does not write in this letter any more. What they wrote stays.")


@bp.post(f"{SECTION}/plan")
def plan(letter_id: int, section_slug: str) -> ResponseReturnValue:
    letter, section = _place(letter_id, section_slug)
    form = PlanForm(prefix=f"plan-{section.id}")
    again(PAGE, PLAN, **team_page(letter, plan=(section.id, form)))
    if not form.validate_on_submit():
        return invalid()
    planning.plan_section(letter, section, owner_id=form.owner.data, due_on=form.due.data, by=me())
    to = url_for("letters.team", letter_id=letter_id, _anchor="plan")
    return changed(PLAN, to=to, said=f"The plan for “{section.title}” is saved.", fresh=lambda: team_page(letter))


@bp.post(f"{SECTION}/done")
def done(letter_id: int, section_slug: str) -> ResponseReturnValue:
    came = beside(letter_id, section_slug, DONE)
    planning.mark_done(came.letter, came.section, by=me())
    return answer_beside(came, DONE, f"“{came.section.title}” is marked as done.")


@bp.post(f"{SECTION}/done/removal")
def done_removal(letter_id: int, section_slug: str) -> ResponseReturnValue:
    came = beside(letter_id, section_slug, DONE)
    planning.take_done_back(came.letter, came.section, by=me())
    return answer_beside(came, DONE, f"“{came.section.title}” is not marked as done any more.")


@bp.post(f"{SECTION}/comments")
def comment(letter_id: int, section_slug: str) -> ResponseReturnValue:
    came = beside(letter_id, section_slug, TALK)
    talk.write_comment(came.letter, came.section, typed_comment(), by=me())
    return answer_beside(came, TALK, "Your comment is there.")


@bp.post(f"{SECTION}/comments/<id:comment_id>/removal")
def comment_removal(letter_id: int, section_slug: str, comment_id: int) -> ResponseReturnValue:
    came = beside(letter_id, section_slug, TALK)
    talk.remove_comment(came.letter, find_comment(came.letter, comment_id) or abort(404), by=me())
    return answer_beside(came, TALK, "Your comment is taken out.")


@bp.post(f"{SECTION}/presence")
def seen(letter_id: int, section_slug: str) -> ResponseReturnValue:
    letter, section = _place(letter_id, section_slug)
    presence.note_presence(letter, section, by=me())
    to = url_for("letters.section", letter_id=letter_id, section_slug=section_slug)
    shown = changed("letters/_here.html", to=to, fresh=lambda: here_page(letter, section))
    return news_for(shown, letter, section)


@bp.get(f"{LETTER}/token")
def token(letter_id: int) -> ResponseReturnValue:
    own_letter(letter_id, ANSWER)
    return render_template("letters/_token.html")


def _place(letter_id: int, slug: str) -> tuple[Letter, Section]:
    letter = own_letter(letter_id, TIMED)
    return letter, find_section(letter, slug) or abort(404)


def _editor(letter_id: int, editor_id: int) -> tuple[Letter, Editor]:
    letter = own_letter(letter_id, TIMED)
    return letter, find_editor_of(letter, editor_id) or abort(404)


def _team(letter: Letter, said: str) -> ResponseReturnValue:
    to = url_for("letters.team", letter_id=letter.id)
    return changed(TEAM, to=to, said=said, fresh=lambda: team_page(letter))
