"""Doors for a district that was offered a place: accept it, turn it down, wait for the next round."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.queries import TIMES, find_letter

from . import offering
from .models import PlaceOffer
from .offer_forms import DeferForm, TurnDownForm
from .offer_pages import after_acceptance
from .offer_rules import settled
from .queries import decided_of, may_answer_for
from .views import bp

OFFER = "/<slug:community>/letters/<id:letter_id>/offer"


@bp.post(f"{OFFER}/acceptance")
def acceptance(letter_id: int) -> ResponseReturnValue:
    letter, offer = _own_offer(letter_id)
    to, said = after_acceptance(letter, offering.accept_offer(offer, me()))
    return changed(to=to, said=said)


@bp.get(f"{OFFER}/refusal")
def refusal(letter_id: int) -> ResponseReturnValue:
    return _asks(letter_id, "cohorts/turn_down.html", TurnDownForm())


@bp.post(f"{OFFER}/refusal")
def refused(letter_id: int) -> ResponseReturnValue:
    form, (letter, offer) = TurnDownForm(), _own_offer(letter_id)
    again("cohorts/turn_down.html", here="district", form=form, letter=letter, offer=offer)
    if not form.validate_on_submit():
        return invalid()
    offering.turn_down_offer(offer, me(), form.note.data or "")
    return changed(to=url_for("cohorts.standing", letter_id=letter_id), said="You turned the place down.")


@bp.get(f"{OFFER}/deferral")
def deferral(letter_id: int) -> ResponseReturnValue:
    return _asks(letter_id, "cohorts/defer.html", DeferForm())


@bp.post(f"{OFFER}/deferral")
def deferred(letter_id: int) -> ResponseReturnValue:
    form, (letter, offer) = DeferForm(), _own_offer(letter_id)
    again("cohorts/defer.html", here="district", form=form, letter=letter, offer=offer)
    if not form.validate_on_submit():
        return invalid()
    offering.defer_offer(offer, me(), form.note.data or "")
    return changed(to=url_for("cohorts.standing", letter_id=letter_id), said="Your district waits for the next round.")


def _asks(letter_id: int, template: str, form: DeferForm | TurnDownForm) -> ResponseReturnValue:
    letter, offer = _own_offer(letter_id)
    if sentence := settled(offer, clock.now()):
        flash(sentence, "refusal")
        return redirect(url_for("cohorts.standing", letter_id=letter_id), 303)
    return render_template(template, here="district", form=form, letter=letter, offer=offer)


def _own_offer(letter_id: int) -> tuple[Letter, PlaceOffer]:
    letter = find_letter(me(), community().id, letter_id, *TIMES) or abort(404)
    # Who only writes with them reads the letter, and where it stands, but does not answer for the district.
    if not may_answer_for(me(), letter):
        abort(404)
    _, offer = decided_of(letter)
    return letter, offer or abort(404)
