"""Doors of calendars: the community's, one experience's, one's own seat's, and the private one of a person."""

from __future__ import annotations

from flask import Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.agenda.queries import find_published
from portal.core import clock, ical, tokens
from portal.core.access import community, kept, me, public
from portal.core.kept import keep_query
from portal.core.uploads import attached
from portal.core.web import changed

from .agenda_pages import chosen_of, filters_of
from .calendar_queries import (
    PURPOSE,
    community_entries,
    experience_entries,
    feed_behind,
    feed_of,
)
from .calendars import calendar_of, person_calendar, seat_file
from .feeds import make_feed, renew_feed
from .listing_queries import agenda_title
from .seat_views import asked_for, own
from .views import PAGE, bp

MADE = "Your calendar has an address now."
RENEWED = "Your calendar has a new address. The old one shows nothing any more."


@bp.get("/<slug:community>/agenda.ics")
@kept
def agenda_calendar() -> ResponseReturnValue:
    name, filters = f"{agenda_title(community().id)}, {community().name}", filters_of(request.args)
    if not filters.q:  # words are endless
        keep_query(filters.address())
    entries = community_entries(community().id, clock.now())
    return _calendar(calendar_of(chosen_of(entries, filters) if filters.chosen else entries, name=name))


@bp.get(f"{PAGE}.ics")
@kept
def experience_calendar(experience: str) -> ResponseReturnValue:
    found = find_published(community().id, experience) or abort(404)
    response = _calendar(calendar_of(experience_entries(found.id, clock.now())))
    response.headers["Content-Disposition"] = f'attachment; filename="{experience}.ics"'
    return response


@bp.get(f"{PAGE}/seat/calendar.ics")
def seat_calendar(experience: str) -> ResponseReturnValue:
    mine = own(*asked_for(experience))
    if mine.seated_at is None:  # whoever only asks or waits has no date yet, and never had one
        abort(404)
    return attached(_calendar(seat_file(mine.id)), f"{experience}.ics")


@bp.get("/my/calendar")
def my_calendar() -> ResponseReturnValue:
    return render_template("enrollments/my_calendar.html", here="my", address=_address())


@bp.post("/my/calendar")
def my_calendar_making() -> ResponseReturnValue:
    make_feed(me().account_id, by=me())
    return changed("enrollments/_feed.html", to=url_for("enrollments.my_calendar"), said=MADE, address=_address())


@bp.post("/my/calendar/renewal")
def my_calendar_renewal() -> ResponseReturnValue:
    renew_feed(me().account_id, by=me())
    return changed("enrollments/_feed.html", to=url_for("enrollments.my_calendar"), said=RENEWED, address=_address())


@bp.get("/calendar/<token>.ics")
@public
def private_calendar(token: str) -> ResponseReturnValue:
    feed = feed_behind(token) or abort(404)
    response = _calendar(person_calendar(feed.account_id, clock.now()))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request.environ)


def _address() -> str:
    feed = feed_of(me().account_id)
    if feed is None:
        return ""
    path = url_for("enrollments.private_calendar", token=tokens.token_of(feed, PURPOSE), _external=False)
    return str(current_app.config["BASE_URL"]) + path


def _calendar(content: bytes) -> Response:
    return Response(content, content_type=ical.MIME)
