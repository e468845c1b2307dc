"""Doors of enrollments: one experience, taking and giving up a seat, one's own learning. The list: agenda_views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.agenda.models import Experience, Session
from portal.agenda.queries import find_published, find_session
from portal.agenda.rules import KIND_WORDS, MODE_WORDS, Person, audience_words, is_meant
from portal.communities.queries import all_communities, role_labels
from portal.core import clock
from portal.core.access import community, kept, me
from portal.core.db import db
from portal.core.history import history_of
from portal.core.kept import fragment
from portal.core.web import changed
from portal.letters.team_queries import edited_letters

from . import operations
from .forms import SeatForm
from .learning import learning_of
from .models import Enrollment
from .queries import find_enrollment, my_enrollments, positions
from .reader_queries import cohort_names, reader_of
from .rules import ordinal
from .showing import COLUMNS, Offer, Shown, faculty_of, find_shown, offers_of

bp = Blueprint("enrollments", __name__)
PAGE = "/<slug:community>/agenda/<slug:experience>"
TAKEN = {"seated": "You have a seat.", "waiting": "You are in line. When a seat comes free, we write to you."}
LEFT = {"seated": "Your seat is given up.", "waiting": "You left the line.", "given_up": "You have no seat here."}


@bp.get(PAGE)
@kept
def experience(experience: str) -> ResponseReturnValue:
    shown = _shown(experience)
    return render_template("enrollments/experience.html", here="agenda", facts=_facts(shown), **_aside(shown))


@bp.post(f"{PAGE}/seat")
def seat(experience: str) -> ResponseReturnValue:
    found, session = _asked_for(experience)
    mine = operations.take_seat(found, me(), by=me(), session=session, mode=request.form.get("mode", ""))
    return changed(
        "enrollments/_seat.html", to=_page(experience), said=TAKEN[mine.state],
        focus=session.id if session else 0, fresh=lambda: _aside(_shown(experience)),
    )  # fmt: skip


@bp.get(f"{PAGE}/seat/cancellation")
def giving_up(experience: str) -> ResponseReturnValue:
    found, session = _asked_for(experience)
    mine = _mine(found, session)
    if mine.state == "given_up":
        return redirect(_page(experience), 303)
    return render_template("enrollments/giving_up.html", here="agenda", experience=found, session=session, mine=mine)


@bp.post(f"{PAGE}/seat/cancellation")
def seat_cancellation(experience: str) -> ResponseReturnValue:
    mine = _mine(*_asked_for(experience))
    said = LEFT[mine.state]
    operations.give_up_seat(mine, by=me())
    return changed(to=_page(experience), said=said)


@bp.get("/my")
def my() -> ResponseReturnValue:
    learning = learning_of(my_enrollments(me().account_id), clock.now())
    return render_template(
        "enrollments/my.html", here="my", learning=learning, communities=_my_communities(learning),
        letters=edited_letters(me().account_id),
    )  # fmt: skip


def reader() -> Person:
    """Whoever looks at the agenda, as it knows them."""
    return reader_of(me(), community().id)


def _shown(slug: str) -> Shown:
    return find_shown(community().id, slug, me().account_id) or abort(404)


def _facts(shown: Shown) -> list[Markup]:
    """What stays the same whoever takes a seat, kept until the experience changes: before and after the aside."""
    sees_place = not shown.experience.is_private or _is_meant(shown.experience)
    own = repr(shown.experience[: len(COLUMNS)])
    dates = tuple((one.session_id, one.starts_at, one.ends_at, one.mode, one.label) for one in shown.meetings)
    cohorts = cohort_names(shown.experience)
    version = (own, dates, community().time_zone, tuple(cohorts))
    told = fragment(
        ("facts", sees_place), "enrollments/facts.html", lambda: _told(shown, sees_place, cohorts), version=version
    )
    return told.split("<!--seat-->")


def _told(shown: Shown, sees_place: bool, cohorts: Sequence[str]) -> dict[str, Any]:
    labels = role_labels(community().id)
    return {
        "shown": shown,
        "experience": shown.experience,
        "next": shown.next_meeting(clock.now()),
        "now": clock.now(),
        "sees_place": sees_place,
        "who": audience_words(shown.experience, labels, cohorts),
        "faculty": faculty_of(shown.experience.id),
        "mode_words": MODE_WORDS,
    }


def _is_meant(experience: Any) -> bool:
    return is_meant(experience, reader()) or _leads(experience)


def _leads(experience: Any) -> bool:
    return me().is_signed_in and experience.facilitator_id == me().account_id


def _aside(shown: Shown) -> dict[str, Any]:
    offers = offers_of(shown, clock.now(), community().time_zone, reader())
    waiting = [offer for offer in offers if offer.state == "waiting"]
    return {
        "experience": shown.experience,
        "offers": offers,
        "is_by_meeting": shown.is_joined_by_session,
        "leads": _leads(shown.experience),
        "lines": _lines(shown.experience.id, waiting),
        "kind_words": KIND_WORDS[shown.experience.kind],
        "mode_words": MODE_WORDS,
        "mode_choices": [(seats.mode, MODE_WORDS[seats.mode]) for seats in offers[0].seats],
    }


def _lines(experience_id: int, waiting: list[Offer]) -> Mapping[int | None, dict[str, Any]]:
    """Where the reader stands in each line, and how it began; by the number of the meeting."""
    if not waiting:
        return {}
    places = positions(community().id, me().account_id)
    return {
        offer.session_id: {
            "place": ordinal(places[experience_id, offer.session_id][1]),
            "asked": _asking(offer),
        }
        for offer in waiting
    }


def _asking(offer: Offer) -> dict[str, Any]:
    joined = [row for row in history_of(db.session.get_one(Enrollment, offer.enrollment_id)) if "place" in row.data]
    return {"at": joined[-1].at, "place": ordinal(joined[-1].data["place"])} if joined else {}


def _asked_for(slug: str) -> tuple[Experience, Session | None]:
    found = find_published(community().id, slug) or abort(404)
    form = SeatForm(request.values)
    if not form.validate():
        abort(422)
    if form.session.data is None or found.joined_by == "whole":
        return found, None
    return found, find_session(found.id, form.session.data) or abort(404)


def _mine(experience: Experience, session: Session | None) -> Enrollment:
    return find_enrollment(experience.id, session.id if session else None, me().account_id) or abort(404)


def _page(slug: str) -> str:
    return url_for("enrollments.experience", experience=slug)


def _my_communities(learning: Any) -> list[Any]:
    """Whose agenda to offer to somebody who has nothing yet: those they work in, else all."""
    if learning.next_up or learning.coming or learning.past:
        return []
    mine = {number for number, _, _ in me().jobs}
    return [one for one in all_communities() if not mine or one.id in mine]
