"""Doors for those who read: their own queue, and a conflict that they declare; for staff the readers of one letter."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.rounds.queries import rounds_of

from . import assigning
from .blind_rules import shown_label
from .conflicts import declare_conflict
from .queries import find_readable
from .reader_forms import DeclarationForm, ReaderForm
from .reader_pages import letter_readers_page, queue_page
from .reading_queries import assigned_rounds, find_assignment, is_blind_for, readers
from .views import asked_round, bp

LETTER = "/<slug:community>/staff/letters/<id:letter_id>"
ONE = "reviews/letter_readers.html"


@bp.get("/<slug:community>/staff/queue")
@reviewer
def queue() -> ResponseReturnValue:
    rounds = rounds_of(community().id)
    round = asked_round(rounds, assigned_rounds(me().account_id, community().id))
    shown = queue_page(me(), round) if round else {}
    return render_template("reviews/queue.html", here="staff", rounds=rounds, **shown)


@bp.get(f"{LETTER}/conflict")
@reviewer
def conflict(letter_id: int) -> ResponseReturnValue:
    shown = _conflict_page(_letter(letter_id), DeclarationForm(formdata=None))
    return render_template("reviews/conflict.html", here="staff", **shown)


@bp.post(f"{LETTER}/conflict")
@reviewer
def conflict_declaration(letter_id: int) -> ResponseReturnValue:
    letter, form = _letter(letter_id), DeclarationForm()
    again("reviews/conflict.html", here="staff", **_conflict_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    slug = letter.round.slug
    declare_conflict(letter, form.note.data or "", by=me())
    audit("declared a conflict", subject=letter)
    return changed(to=url_for("reviews.queue", round=slug), said="Thank you. Somebody else reads this letter.")


@bp.get(f"{LETTER}/readers")
@staff
def letter_readers(letter_id: int) -> ResponseReturnValue:
    return render_template(ONE, here="staff", **letter_readers_page(me(), _letter(letter_id)))


@bp.post(f"{LETTER}/readers")
@staff
def letter_assignment(letter_id: int) -> ResponseReturnValue:
    letter, form = _letter(letter_id), ReaderForm()
    again(ONE, here="staff", **letter_readers_page(me(), letter, form))
    if not form.validate_on_submit():
        return invalid()
    known = {one.id: one for one in readers(community().id, with_staff=True)}
    assigning.assign(letter, known.get(form.reader.data) or abort(404), by=me())
    audit("gave letters to readers", subject=letter)
    return changed(to=url_for("reviews.letter_readers", letter_id=letter_id), said="The letter is in their queue.")


@bp.get(f"{LETTER}/readers/<id:assignment_id>/ending")
@staff
def letter_taking(letter_id: int, assignment_id: int) -> ResponseReturnValue:
    letter = _letter(letter_id)
    assignment = find_assignment(letter, assignment_id) or abort(404)
    return render_template("reviews/taking.html", here="staff", letter=letter, round=letter.round, reading=assignment)


@bp.post(f"{LETTER}/readers/<id:assignment_id>/ending")
@staff
def letter_unassignment(letter_id: int, assignment_id: int) -> ResponseReturnValue:
    letter = _letter(letter_id)
    assigning.unassign(find_assignment(letter, assignment_id) or abort(404), "reassigned", by=me())
    audit("took a letter from a reader", subject=letter)
    return changed(to=url_for("reviews.letter_readers", letter_id=letter_id), said="The letter left their queue.")


def _conflict_page(letter: Letter, form: DeclarationForm) -> dict[str, Any]:
    return {"letter": letter, "label": shown_label(letter, is_blind_for(me(), letter)), "form": form}


def _letter(letter_id: int) -> Letter:
    return find_readable(me(), community().id, letter_id) or abort(404)
