"""Doors of a letter for the people of its district: task list, sections, autosave, check, submission, receipt."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me
from portal.core.limits import limited
from portal.core.web import changed

from . import operations
from .forms import read
from .pages import (
    file_url,
    found_letter,
    found_question,
    found_section,
    life_page,
    may_here,
    roles_on,
    section_page,
    show_page,
)  # fmt: skip
from .queries import find_letter, last_submission, submission_in_force
from .rules import has_left, is_signing, missing
from .saving import after_section, answer_one, save_form
from .submitting import whole_content
from .versions import receipt_page

bp = Blueprint("letters", __name__)
LETTER = "/<slug:community>/letters/<id:letter_id>"
SECTION = f"{LETTER}/sections/<slug:section_slug>"


@bp.get(LETTER)
def show(letter_id: int) -> ResponseReturnValue:
    letter = found_letter(letter_id)
    if has_left(letter):
        return redirect(url_for("cohorts.standing", letter_id=letter.id), 303)
    template, context = show_page(letter)
    return render_template(template, **context)


@bp.get(SECTION)
def section(letter_id: int, section_slug: str) -> ResponseReturnValue:
    letter, here = found_section(letter_id, section_slug)
    if is_signing(here):
        return redirect(url_for("letters.signing", letter_id=letter_id), 303)
    return render_template("letters/section.html", **section_page(letter, here))


@bp.post(SECTION)
def section_save(letter_id: int, section_slug: str) -> ResponseReturnValue:
    letter, here = found_section(letter_id, section_slug)
    received = read(here.questions, request.form, roles_on(here.questions), request.files)
    return after_section(letter, here, received, save_form(letter, here, received))


@bp.post(f"{LETTER}/answers/<id:question_id>")
@limited("autosaves")
def answers(letter_id: int, question_id: int) -> ResponseReturnValue:
    letter, question = found_question(letter_id, question_id)
    received, key = read([question], request.form, roles_on([question]), request.files), question.code
    return answer_one(letter, question, key, received)


@bp.post(f"{LETTER}/answers/<id:question_id>/lines/<id:row_id>")
@limited("autosaves")
def line(letter_id: int, question_id: int, row_id: int) -> ResponseReturnValue:
    letter, question = found_question(letter_id, question_id)
    key = f"row-{row_id}"
    received = read([question], request.form, None).line_only(key)
    return answer_one(letter, question, key, received)


@bp.get(f"{LETTER}/check")
def check(letter_id: int) -> ResponseReturnValue:
    letter = found_letter(letter_id)
    return render_template(
        "letters/check.html", letter=letter, content=whole_content(letter), problems=missing(letter), here="district",
        sections_of={one.code: section.slug for section in letter.round.sections for one in section.questions},
        may_submit=may_here("submit", letter), may_write=may_here("write", letter), file_url=file_url(letter),
        **life_page(letter),
    )  # fmt: skip


@bp.post(f"{LETTER}/submission")
def submission(letter_id: int) -> ResponseReturnValue:
    letter = found_letter(letter_id)
    operations.submit(letter, by=me())
    return changed(to=url_for("letters.receipt", letter_id=letter_id), said="Your letter is submitted.")


@bp.get(f"{LETTER}/receipt")
def receipt(letter_id: int) -> ResponseReturnValue:
    letter = find_letter(me(), community().id, letter_id) or abort(404)
    sent = last_submission(letter) or abort(404)
    return render_template("letters/receipt.html", here="district", **receipt_page(letter, sent))


@bp.get(f"{LETTER}/whole")
def whole(letter_id: int) -> ResponseReturnValue:
    letter = found_letter(letter_id)
    sent = submission_in_force(letter)
    content = sent.content if sent else whole_content(letter)
    return render_template(
        "letters/whole.html", letter=letter, submission=sent, content=content, here="district",
        file_url=file_url(letter),
    )  # fmt: skip
