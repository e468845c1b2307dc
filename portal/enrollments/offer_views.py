"""Doors for whoever is offered a seat that came free: yes on the page, no after one more question."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import me
from portal.core.web import changed

from . import line
from .line_queries import open_offer
from .seat_views import asked_for, own, shown_again
from .views import PAGE, bp

SAID = {"seated": "You keep your online seat, and you are not in line any more."}
LEFT = "The seat goes to the next in line, and you are not in line any more."


@bp.get(f"{PAGE}/seat/offer")
def declining(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine = own(found, session)
    offer = open_offer(mine.id)
    if offer is None or offer.until <= clock.now():
        return redirect(url_for("enrollments.experience", experience=experience), 303)
    return render_template(
        "enrollments/declining.html", here="agenda", experience=found, session=session, mine=mine, offer=offer
    )


@bp.post(f"{PAGE}/seat/offer")
def seat_offer(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine, answer = own(found, session), request.form.get("answer")
    if answer == "accept":
        line.accept_seat(mine, by=me())
        return shown_again(experience, session, "The seat is yours.")
    if answer != "decline":
        abort(422)
    line.decline_seat(mine, by=me())
    return changed(to=url_for("enrollments.experience", experience=experience), said=SAID.get(mine.state, LEFT))
