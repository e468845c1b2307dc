"""Doors to the words of decisions' mails, and to turning a decision that was sent."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.queries import decision_of, find_readable
from portal.rounds.models import Round
from portal.rounds.queries import find_round
from portal.rounds.rules import stage_of

from . import turning, wording
from .queries import offer_of
from .release_forms import TurnForm, WordsForm
from .turn_rules import may_turn
from .views import bp
from .wording_pages import letter_words_page, round_words_page, turn_page

ROUND = "/<slug:community>/staff/rounds/<id:round_id>/mails/<any(accept, waitlist, decline):outcome>"
LETTER = "/<slug:community>/staff/letters/<id:letter_id>"
PAGE, TURN = "cohorts/words.html", "cohorts/turn.html"


@bp.get(ROUND)
@staff
def round_mail(round_id: int, outcome: Any) -> ResponseReturnValue:
    return render_template(PAGE, here="staff", **round_words_page(_round(round_id), outcome))


@bp.post(ROUND)
@staff
def round_mail_words(round_id: int, outcome: Any) -> ResponseReturnValue:
    round, form = _round(round_id), WordsForm()
    to = url_for("cohorts.round_mail", round_id=round_id, outcome=outcome)
    if "reset" in request.form:
        wording.reset_round(round, outcome, by=me())
        return changed(to=to, said="The mails say the portal’s words again.")
    again(PAGE, here="staff", **round_words_page(round, outcome, form))
    if not form.validate_on_submit():
        return invalid()
    wording.word_round(round, outcome, form.subject.data, form.text.data, by=me(), seen=form.seen.data or "")
    return changed(to=to, said="Saved. This is how the mails read now.")


@bp.get(f"{LETTER}/mail")
@staff
def letter_mail(letter_id: int) -> ResponseReturnValue:
    letter, decision = _prepared(letter_id)
    return render_template(PAGE, here="staff", **letter_words_page(letter, decision))


@bp.post(f"{LETTER}/mail")
@staff
def letter_mail_words(letter_id: int) -> ResponseReturnValue:
    (letter, decision), form = _prepared(letter_id), WordsForm()
    to = url_for("cohorts.letter_mail", letter_id=letter_id)
    if "reset" in request.form:
        wording.reset_letter(letter, by=me())
        return changed(to=to, said="This mail says the round’s words again.")
    again(PAGE, here="staff", **letter_words_page(letter, decision, form))
    if not form.validate_on_submit():
        return invalid()
    wording.word_letter(letter, form.subject.data, form.text.data, by=me(), seen=form.seen.data or "")
    return changed(to=to, said="Saved. This is how the mail reads now.")


@bp.get(f"{LETTER}/turn")
@staff
def turn(letter_id: int) -> ResponseReturnValue:
    letter = find_readable(me(), community().id, letter_id) or abort(404)
    if not may_turn(letter, decision_of(letter), offer_of(letter), stage_of(letter.round, clock.now())):
        return redirect(url_for("cohorts.decision", letter_id=letter_id), 303)
    return render_template(TURN, here="staff", **turn_page(letter))


@bp.post(f"{LETTER}/turn")
@staff
def turned(letter_id: int) -> ResponseReturnValue:
    form, letter = TurnForm(), find_readable(me(), community().id, letter_id) or abort(404)
    again(TURN, here="staff", **turn_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    turning.turn_decision(
        letter, form.outcome.data, form.reason.data, by=me(), seen=form.seen.data or "", confirmation=form.typed.data
    )
    audit("turned decision", subject=letter, note=form.outcome.data)
    said = "The decision is changed, and the district is told."
    return changed(to=url_for("cohorts.decision", letter_id=letter_id), said=said)


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _prepared(letter_id: int) -> tuple[Letter, Decision]:
    letter = find_readable(me(), community().id, letter_id) or abort(404)
    decision = decision_of(letter)
    return letter, decision if decision is not None and decision.status == "prepared" else abort(404)
