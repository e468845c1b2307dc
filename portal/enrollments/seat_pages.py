"""What the aside of an experience's page shows: the reader's seats, gathered for its doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort

from portal.agenda.models import Experience, Session
from portal.agenda.rules import KIND_WORDS, MODE_WORDS, Person, is_meant
from portal.core import clock
from portal.core.access import community, me
from portal.core.db import db
from portal.core.history import History, history_of

from .attending_models import Confirmation
from .calendar_queries import seat_entries
from .calendars import events_of, google_link, outlook_link
from .change_queries import questions_of as changed_dates_of
from .hold_rules import is_kept
from .joining_rules import Way, next_way, way_of
from .line_queries import find_hold
from .line_rules import phase
from .listing import Listed
from .listing_queries import coming_rows
from .models import Enrollment
from .my_queries import refusals_of
from .queries import count_waiting, places_of, positions, sessions_of
from .question_forms import QuestionForm, form_of
from .question_queries import answers_of, questions_of
from .question_rules import unanswered
from .reader_queries import reader_of
from .rules import ordinal
from .seat_rules import (
    IN_IT,
    Leaving,
    Mine,
    asked_again,
    kept_words,
    last_move,
    line_words,
    offers_from,
    seats_words,
    title_of,
    where_it_goes,
)
from .showing import Offer, Shown, find_shown, has_kept, offers_of, with_shares

CALENDARS = (("Google", google_link), ("Outlook", outlook_link))
ASKABLE = {"open", "full"}
STANDING = {"waiting", "last_seats", "holding"}
SEATED = {"seated", "holding"}
OVER = {"over", "past"}
MOST_UPCOMING = 3  # of what comes next, beside something that is over


def shown_at(slug: str) -> Shown:
    """The experience at this address, as the person at the door sees it; no page when there is none."""
    return find_shown(community().id, slug, me().account_id) or abort(404)


def reader() -> Person:
    """Whoever looks at the agenda, as it knows them."""
    return reader_of(me(), community().id)


def leads(experience: Any) -> bool:
    """Whether the reader leads it."""
    return bool(me().is_signed_in and experience.facilitator_id == me().account_id)


def aside(shown: Shown, typed: QuestionForm | None = None, person: Person | None = None) -> dict[str, Any]:
    """What `_seat.html` needs. `typed`: a form that came back, shown in the place of its own; `person`: as whom it is
    looked at, if not as the reader."""
    looking = person or reader()
    shown = _as_seen_by(looking, shown)
    offers = offers_of(shown, clock.now(), community().time_zone, looking)
    return {
        **_words(shown),
        "offers": offers,
        "leads": leads(shown.experience),
        "adds_people": not looking.roles and me().has_permission(community().id, "staff", "admin"),
        "upcoming": _upcoming(shown, offers, looking),
        "rules": _rules(shown.experience, offers),
        **_mine(shown, offers),
        **_asked(shown, offers, typed),
    }


def giving_up_page(experience: Experience, session: Session | None, mine: Enrollment) -> dict[str, Any]:
    """What it means to give up what one has: which dates go with it, and whether somebody waits for it."""
    number, now = session.id if session else None, clock.now()
    leaving = leaving_of(experience, number, mine.mode, mine.hold_id)
    return {
        "here": "agenda", "experience": experience, "session": session, "mine": mine,
        "dates": [one for one in sessions_of(experience.id, number) if one.ends_at > now and one.cancelled_at is None],
        "where": where_it_goes(leaving), "again": asked_again(leaving),
    }  # fmt: skip


def leaving_of(experience: Experience, session_id: int | None, mode: str, hold_id: int | None = None) -> Leaving:
    """What becomes of a seat in this mode when it is given up now; `hold_id`: the kept seats that it came out of."""
    now, places = clock.now(), places_of(experience, session_id)
    hold = find_hold(hold_id) if hold_id else None
    is_kept_on = hold is not None and hold.mode == mode and is_kept(hold, now)
    return Leaving(
        hold.kind if hold and is_kept_on else "",
        phase(experience, now, places[0].starts_at) if places else "started",
        count_waiting(experience.id, session_id, mode) > 0,
    )


def _words(shown: Shown) -> dict[str, Any]:
    """What the thing is called and how its seats are put into words."""
    return {
        "experience": shown.experience,
        "is_by_meeting": shown.is_joined_by_session,
        "dates": 1 if shown.is_joined_by_session else len(shown.held),
        "kind_words": KIND_WORDS[shown.experience.kind],
        "mode_words": MODE_WORDS,
        "seats_words": seats_words,
        "title_of": title_of,
        "kept_words": kept_words,
    }


def _mine(shown: Shown, offers: Sequence[Offer]) -> dict[str, Any]:
    """What goes with what the reader has: places in line, ways in, calendars, questions about dates, a lead's no."""
    refused = [offer.mine.enrollment_id for offer in offers if offer.mine and offer.state == "turned_down"]
    return {
        "lines": _lines(shown.experience, [offer for offer in offers if offer.state in STANDING]),
        "confirmations": _confirmations(shown, offers),
        "refusals": refusals_of(refused),
        "ways": _ways(shown, offers),
        "wheres": _wheres(shown, offers),
        "calendars": _calendars(shown, offers),
    }


def _as_seen_by(looking: Person, shown: Shown) -> Shown:
    if not (looking.is_signed_in and has_kept(shown)):
        return shown
    return with_shares(shown, looking.roles, me().districts_in(community().id), clock.now())


def _upcoming(shown: Shown, offers: Sequence[Offer], looking: Person) -> list[Listed]:
    """What comes next on the agenda for whoever looks at something that is over; else nothing."""
    if not any(offer.state in OVER for offer in offers):
        return []
    rows = [row for row in coming_rows(community().id) if row.cancelled_at is None and not row.is_off]
    rows = [row for row in rows if row.id != shown.experience.id and row.starts_at > clock.now()]
    return [row for row in rows if not looking.is_signed_in or is_meant(row, looking)][:MOST_UPCOMING]


def _wheres(shown: Shown, offers: Sequence[Offer]) -> dict[int | None, tuple[str, str]]:
    """How the reader comes to the next date that they have a seat for, and its place; by the number of the meeting."""
    found = {}
    for offer in offers:
        dates = [one for one in shown.held if one.ends_at > clock.now() and offer.session_id in {None, one.session_id}]
        if dates and offer.mine and offer.state in SEATED:
            way = way_of(dates[0].mode, offer.mine.mode)
            place = dates[0].place or shown.experience.place
            found[offer.session_id] = (MODE_WORDS[way], "" if way == "online" else place)
    return found


def _asked(shown: Shown, offers: Sequence[Offer], typed: QuestionForm | None) -> dict[str, Any]:
    """The forms of the questions by the meeting, and how many answers the reader still owes."""
    asking = [offer for offer in offers if offer.state in ASKABLE or (offer.mine and offer.mine.state in IN_IT)]
    if not (shown.experience.has_questions and asking):
        return {"forms": {}, "owed": {}}
    questions = questions_of(shown.experience.id)
    has_any = any(offer.mine for offer in asking)
    answers = answers_of(shown.experience.id, me().account_id) if has_any else {}
    forms = {offer.session_id: form_of(questions, offer.session_id, answers.get(offer.session_id)) for offer in asking}
    if typed is not None:
        forms[typed.session_id] = typed
    owed = {
        offer.session_id: unanswered(questions, answers.get(offer.session_id, {})) for offer in asking if offer.mine
    }
    return {"forms": forms, "owed": owed}


def _lines(experience: Any, waiting: Sequence[Offer]) -> dict[int | None, dict[str, Any]]:
    """Where the reader stands in each line, how it began and how it moves; by the number of the meeting."""
    if not waiting:
        return {}
    places = positions(community().id, me().account_id)
    return {offer.session_id: _line(experience, offer, places[experience.id, offer.session_id][1]) for offer in waiting}


def _rules(experience: Any, offers: Sequence[Offer]) -> dict[int | None, str]:
    """How the line moves, in words, for who may join it; by the number of the meeting."""
    zone = community().time_zone
    full = [offer for offer in offers if offer.state == "full"]
    return {offer.session_id: line_words(experience, offer.phase, offer.starts_at, zone) for offer in full}


def _line(experience: Any, offer: Offer, place: int) -> dict[str, Any]:
    is_team = offer.mine is not None and offer.mine.is_team
    zone = community().time_zone
    return {
        "place": ordinal(place),
        "asked": _asking(offer),
        "rule": line_words(experience, offer.phase, offer.starts_at, zone, is_team=is_team),
        "offers_from": offers_from(experience, offer.starts_at) if offer.phase == "given" else None,
        "last": last_move(experience, offer.starts_at),
    }


def _ways(shown: Shown, offers: Sequence[Offer]) -> dict[int | None, Way]:
    """The way into the next online session, for who has a seat there or leads; by the number of the meeting."""
    is_leader, found = leads(shown.experience), {}
    for offer in offers:
        is_seated = offer.mine is not None and offer.mine.state == "seated"
        if shown.experience.cancelled_at is None and (is_leader or is_seated):
            meetings = [one for one in shown.meetings if offer.session_id in {None, one.session_id}]
            mode = offer.mine.mode if offer.mine and not is_leader else None
            found[offer.session_id] = next_way(meetings, shown.experience.join_minutes, clock.now(), mode)
    return {number: way for number, way in found.items() if way}


def _calendars(shown: Shown, offers: Sequence[Offer]) -> list[tuple[str, str]]:
    """The links that put the next date of the reader's seat into a calendar on the web."""
    mine = offers[0].mine
    if shown.is_joined_by_session or mine is None or offers[0].state not in SEATED:
        return []
    coming = [one for one in events_of(seat_entries(mine.enrollment_id), sees_place=True) if one.ends_at > clock.now()]
    return [(words, link(one)) for one in coming[:1] for words, link in CALENDARS]


def _confirmations(shown: Shown, offers: Sequence[Offer]) -> dict[int | None, Confirmation]:
    """What the reader is asked about changed dates, by the meeting; where no date changed nobody is asked."""
    seated = {offer.mine.enrollment_id: offer.session_id for offer in offers if offer.mine}
    if not seated or not any(one.sequence for one in shown.meetings):
        return {}
    asked = changed_dates_of(me().account_id, clock.now())
    return {seated[one.enrollment_id]: one for one in asked if one.enrollment_id in seated}


def _asking(offer: Offer) -> dict[str, Any]:
    joined = [row for row in (_history(offer.mine) if offer.mine else []) if "place" in row.data]
    return {"at": joined[-1].at, "place": ordinal(joined[-1].data["place"])} if joined else {}


def _history(mine: Mine) -> Sequence[History]:
    return history_of(db.session.get_one(Enrollment, mine.enrollment_id))
