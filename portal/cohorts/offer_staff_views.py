"""Doors for staff: the offers of a round, reminders, more time, taking back, the next in line, how many places."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed, invalid
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from . import deferring, offering
from .models import PlaceOffer
from .offer_forms import MoreTimeForm, PlacesForm, TakeBackForm
from .offer_pages import offers_page, places_page, reminders_page
from .offer_queries import find_offer
from .offer_rules import SETTLED, may
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
OFFER = "/<slug:community>/staff/offers/<id:offer_id>"


@bp.get(f"{ROUND}/offers")
@staff
def offers(round_id: int) -> ResponseReturnValue:
    return render_template("cohorts/offers.html", here="staff", **offers_page(_round(round_id)))


@bp.post(f"{ROUND}/offers")
@staff
def offered_next(round_id: int) -> ResponseReturnValue:
    offer = offering.offer_next(_round(round_id), me(), seen=request.form.get("seen", 0, type=int))
    audit("offered a place", subject=offer.letter)
    return _back(round_id, f"{offer.letter.district.label} is offered the place, and is told by mail.")


@bp.get(f"{ROUND}/offers/reminders")
@staff
def offer_reminders(round_id: int) -> ResponseReturnValue:
    return render_template("cohorts/offer_reminders.html", here="staff", **reminders_page(_round(round_id)))


@bp.post(f"{ROUND}/offers/reminders")
@staff
def offers_reminded(round_id: int) -> ResponseReturnValue:
    wanted, shown = set(request.form.getlist("offer", type=int)), reminders_page(_round(round_id))
    if shown["offers"] and not wanted:
        slip = {**shown, "error": "Choose at least one district."}
        return render_template("cohorts/offer_reminders.html", here="staff", **slip), 422
    count = offering.remind_offers([offer for offer in shown["offers"] if offer.id in wanted], me())
    return _back(round_id, f"{plural(count, 'district is', 'districts are')} reminded by mail.")


@bp.get(f"{ROUND}/offers/places")
@staff
def places(round_id: int) -> ResponseReturnValue:
    return render_template("cohorts/places.html", here="staff", **places_page(_round(round_id)))


@bp.post(f"{ROUND}/offers/places")
@staff
def places_changed(round_id: int) -> ResponseReturnValue:
    form, round = PlacesForm(), _round(round_id)
    again("cohorts/places.html", here="staff", **places_page(round, form))
    if not form.validate_on_submit():
        return invalid()
    made = offering.change_places(round, form.places.data, form.reason.data or "", me(), seen=form.seen.data or 0)
    served = f" {plural(len(made), 'district')} from the waitlist got an offer." if made else ""
    return _back(round_id, f"The round has {plural(form.places.data, 'place')} now.{served}")


@bp.get(f"{OFFER}/more-time")
@staff
def offer_time(offer_id: int) -> ResponseReturnValue:
    offer, form = _offer(offer_id), MoreTimeForm(formdata=None)
    if not may("extend", offer):
        return _leads_back(offer)
    return render_template("cohorts/offer_time.html", **_about(offer, form))


@bp.post(f"{OFFER}/more-time")
@staff
def offer_extended(offer_id: int) -> ResponseReturnValue:
    form, offer = MoreTimeForm(), _offer(offer_id)
    again("cohorts/offer_time.html", **_about(offer, form))
    if not form.validate_on_submit():
        return invalid()
    offering.extend_offer(offer, form.until(community().time_zone), form.reason.data or "", me())
    return _back(offer.letter.round_id, f"{offer.letter.district.label} has more time, and is told by mail.")


@bp.get(f"{OFFER}/taking-back")
@staff
def offer_removal(offer_id: int) -> ResponseReturnValue:
    offer, form = _offer(offer_id), TakeBackForm(formdata=None)
    if not may("take_back", offer):
        return _leads_back(offer)
    return render_template("cohorts/take_back.html", **_about(offer, form))


@bp.post(f"{OFFER}/taking-back")
@staff
def offer_removed(offer_id: int) -> ResponseReturnValue:
    form, offer = TakeBackForm(), _offer(offer_id)
    again("cohorts/take_back.html", **_about(offer, form))
    if not form.validate_on_submit():
        return invalid()
    offering.take_back_offer(offer, form.reason.data or "", me())
    audit("took an offer back", subject=offer.letter)
    return _back(offer.letter.round_id, f"The offer to {offer.letter.district.label} is taken back.")


@bp.post(f"{OFFER}/renewal")
@staff
def offer_renewal(offer_id: int) -> ResponseReturnValue:
    offer = offering.offer_again(_offer(offer_id), me())
    audit("offered a place", subject=offer.letter)
    return _back(offer.letter.round_id, f"{offer.letter.district.label} is offered the place, and is told by mail.")


@bp.post(f"{ROUND}/offers/deferred")
@staff
def deferred_invited(round_id: int) -> ResponseReturnValue:
    count = deferring.prepare_deferred(_round(round_id), me())
    return _back(round_id, f"{plural(count, 'invitation is', 'invitations are')} prepared. Nothing is sent yet.")


def _about(offer: PlaceOffer, form: MoreTimeForm | TakeBackForm) -> dict[str, Any]:
    return {"here": "staff", "offer": offer, "round": offer.letter.round, "form": form}


def _back(round_id: int, said: str) -> ResponseReturnValue:
    return changed(to=url_for("cohorts.offers", round_id=round_id), said=said)


def _leads_back(offer: PlaceOffer) -> ResponseReturnValue:
    flash(SETTLED[offer.status], "refusal")
    return redirect(url_for("cohorts.offers", round_id=offer.letter.round_id), 303)


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _offer(offer_id: int) -> PlaceOffer:
    return find_offer(me(), community().id, offer_id) or abort(404)
