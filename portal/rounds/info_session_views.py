"""Doors of info sessions: take a seat, see it again by the private link of the mail, give it up."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, public
from portal.core.limits import count
from portal.core.web import again, changed, invalid

from .asking_forms import SeatForm
from .info_seats import Guest, give_up, sign_up
from .models import InfoSession, InfoSignUp
from .sheet import MODES
from .showing import find_info_session, find_sign_up, meeting_of, meetings_of, taken_seats
from .views import bp

MEETING = "/<slug:community>/letter/info-sessions/<id:info_session_id>"
SEAT = "/<slug:community>/info-seats/<string(maxlength=200):token>"
PAGE, PART = "rounds/info_session.html", "rounds/_info_session.html"


@bp.get(MEETING)
@public
def info_session(info_session_id: int) -> ResponseReturnValue:
    found = find_info_session(community().id, info_session_id) or abort(404)
    form = SeatForm(formdata=None, name=me().name, email=me().email)
    return render_template(PAGE, **_page(found, form))


@bp.post(MEETING)
@public
def info_session_seat(info_session_id: int) -> ResponseReturnValue:
    found, form = find_info_session(community().id, info_session_id) or abort(404), SeatForm()
    again(PAGE, PART, **_page(found, form))
    count("public forms")
    if not form.validate_on_submit():
        return invalid()
    sign_up(found, Guest(form.name.data, form.email.data, form.district_text.data or ""))
    return changed(to=url_for("rounds.letter"), said=f"A seat is held for {form.email.data}. A mail says how to come.")


@bp.get(SEAT)
@public
def info_seat(token: str) -> ResponseReturnValue:
    return render_template("rounds/info_seat.html", **_seat(_found(token), token))


@bp.post(f"{SEAT}/cancellation")
@public
def info_seat_cancellation(token: str) -> ResponseReturnValue:
    give_up(_found(token))
    return changed(to=url_for("rounds.info_seat", token=token), said="The seat is free for somebody else. Thank you.")


def _page(session: InfoSession, form: SeatForm) -> dict[str, Any]:
    others = [one for one in meetings_of(session.round) if one.is_ahead and not one.is_full]
    return {
        "here": "letter", "meeting": meeting_of(session, taken_seats(session)), "form": form, "modes": MODES,
        "round": session.round, "others": [one for one in others if one.session.id != session.id],
    }  # fmt: skip


def _seat(seat: InfoSignUp, token: str) -> dict[str, Any]:
    session = seat.info_session
    return {
        "here": "letter", "seat": seat, "token": token, "modes": MODES, "round": session.round,
        "meeting": meeting_of(session, taken_seats(session)),
    }  # fmt: skip


def _found(token: str) -> InfoSignUp:
    found = find_sign_up(token)
    if found is None or found.community_id != community().id:
        abort(404)
    return found
