"""Doors for districts: where the letter stands, joining a team by a mailed invitation."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, public
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.queries import TIMES, find_letter

from . import operations
from .forms import JoinForm
from .models import TeamInvitation
from .pages import standing_page
from .queries import find_team_invitation
from .rules import join_state

bp = Blueprint("cohorts", __name__)
TOKEN = "<string(minlength=20, maxlength=80):token>"


@bp.get("/<slug:community>/letters/<id:letter_id>/standing")
def standing(letter_id: int) -> ResponseReturnValue:
    return render_template("cohorts/standing.html", here="district", **standing_page(_own_letter(letter_id)))


@bp.get(f"/<slug:community>/join/{TOKEN}")
@public
def join(token: str) -> ResponseReturnValue:
    found = _invited(token)
    form = JoinForm(formdata=None, name=found.team_seat.name)
    return render_template(
        "cohorts/join.html", token=token, found=found, form=form, state=join_state(found, clock.now())
    )


@bp.post(f"/<slug:community>/join/{TOKEN}")
@public
def joining(token: str) -> ResponseReturnValue:
    form, found = JoinForm(), _invited(token)
    again("cohorts/join.html", token=token, found=found, form=form, state=join_state(found, clock.now()))
    if not form.validate_on_submit():
        return invalid()
    operations.claim_team_seat(token, form.name.data or "", next_url=url_for("cohorts.district"))
    return changed(to=url_for("cohorts.join", token=token))


@bp.post(f"/<slug:community>/join/{TOKEN}/renewal")
@public
def join_renewal(token: str) -> ResponseReturnValue:
    _invited(token)
    operations.renew_invitation(token)
    return changed(to=url_for("cohorts.join", token=token), said="A new link is on its way to the same address.")


def _own_letter(letter_id: int) -> Letter:
    return find_letter(me(), community().id, letter_id, *TIMES) or abort(404)


def _invited(token: str) -> TeamInvitation:
    return find_team_invitation(token, community().id) or abort(404)
