"""What staff see before and after they change a date."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.agenda.models import Experience, Session
from portal.agenda.rules import MODE_WORDS
from portal.core import clock
from portal.core.access import community
from portal.core.clock import local, moment_from
from portal.core.errors import RuleBroken
from portal.core.web import asked_page, page_in

from .change_forms import CancelForm, ChangeForm, MoveForm, OnlineForm, RoomForm, WhenForm
from .change_queries import answers_to, asked_change, changes_of, went_online
from .change_rules import (
    ASK_HINTS,
    CHANGE_WORDS,
    check_times,
    counted,
    what_was_done,
    why_fixed,
    why_not_to_room,
)
from .following import seats_in_room
from .preview import preview

SIZE = 50
When = tuple[datetime, datetime]


def changes_page(session: Session) -> dict[str, Any]:
    """The choices side by side: keep the date, go online, move to the snow date; whom each concerns; what was done."""
    when, done = snow_time(session), changes_of(session.experience_id)
    mine = [one for one in reversed(done) if one.session_id == session.id]
    since = [session.mode, *(one.old_mode for one in mine)]  # how people came after each of them
    asked = asked_change(session.id)
    answers = [] if asked is None else answers_to(asked)
    return {
        **_about(session), "when": when, "preview": preview(session, when), "words": CHANGE_WORDS,
        "changes": [(one, what_was_done(one, mode)) for one, mode in zip(mine, since, strict=False)],
        "counted": counted([row.answer for row in answers]),
        "page": page_in(answers, asked_page(), SIZE), "online": online_plan(session),
        "why_not_room": why_not_room(session),
        "why_fixed": why_fixed(session, session.experience, clock.now()),
    }  # fmt: skip


def moving_page(session: Session, when: WhenForm, form: MoveForm | None = None) -> dict[str, Any]:
    """A new time, whom it concerns, and what is said to them."""
    chosen = _chosen(session, when)
    form = form or MoveForm(formdata=None, place=session.place, seen=session.sequence, meta=_meta(session))
    seen = preview(session, chosen, form.asks.data or "clash") if chosen else None
    return {**_about(session), "when": when, "chosen": chosen, "form": form, "hints": ASK_HINTS, "preview": seen}


def change_page(session: Session, form: ChangeForm) -> dict[str, Any]:
    """Before a session goes online or is cancelled: whom it concerns."""
    return {**_about(session), "form": form, "preview": preview(session), "online": online_plan(session)}


def _chosen(session: Session, when: WhenForm) -> When | None:
    """The time of the form, if it can be one; what does not fit is said at its field."""
    if not when.starts.raw_data:
        return snow_time(session)
    if not when.validate():
        return None
    try:
        check_times(when.starts.data, when.ends.data, clock.now())
    except RuleBroken as fault:
        when.ends.errors = [fault.sentence]
        return None
    return when.starts.data, when.ends.data


def when_form(session: Session, typed: Any) -> WhenForm:
    """The new time as it stands in the address, else the snow date, else the date as it is."""
    starts, ends = snow_time(session) or (session.starts_at, session.ends_at)
    meta = {**_meta(session), "csrf": False}
    if typed:
        return WhenForm(typed, meta=meta)
    return WhenForm(formdata=None, starts=starts, ends=ends, meta=meta)


def move_form(session: Session) -> MoveForm:
    """The form as it was sent."""
    return MoveForm(meta=_meta(session))


def online_form(session: Session) -> OnlineForm:
    """The form of going online, filled with what was planned."""
    plan = online_plan(session)
    return OnlineForm(
        formdata=None, capacity=plan["capacity"], hours=Decimal(plan["minutes"]) / 60, join_url=session.join_url,
        seen=session.sequence,
    )  # fmt: skip


def why_not_room(session: Session) -> str:
    """Why the session does not go back to the room; empty where it can."""
    return why_not_to_room(session.mode, went_online(session.id))


def room_form(session: Session) -> RoomForm:
    """The form of going back to the room, filled with where it was before."""
    went = went_online(session.id)
    place = went.old_place if went is not None else ""
    form = RoomForm(formdata=None, place=place, capacity=seats_in_room(session), seen=session.sequence)
    return form.at(session.experience.place)


def cancel_form(session: Session) -> CancelForm:
    """The form of cancelling a session."""
    return CancelForm(formdata=None, seen=session.sequence)


def snow_time(session: Session) -> When | None:
    """The same time of the day on the snow date; None without one, or where the clocks skip that hour."""
    zone, day = zone_of_session(session), session.experience.snow_date
    if day is None:
        return None
    start = local(session.starts_at, zone)
    try:
        moved = moment_from(day, start.time(), zone, start.fold)
    except RuleBroken:
        return None
    return moved, moved + (session.ends_at - session.starts_at)


def online_plan(session: Session) -> dict[str, int]:
    """How many seats and minutes it has online, and how many people would have one."""
    experience: Experience = session.experience
    pools = {pool.mode: pool for pool in session.pools}
    usual = pools.get("online", session.pools[0]).capacity
    return {
        "capacity": usual if experience.fallback_capacity is None else experience.fallback_capacity,
        "minutes": session.credit_minutes if experience.fallback_minutes is None else experience.fallback_minutes,
        "taken": sum(pool.taken for pool in session.pools),
    }


def zone_of_session(session: Session) -> str:
    """The zone in which its times are told."""
    return session.time_zone or str(community().time_zone)


def _about(session: Session) -> dict[str, Any]:
    left = [one for one in session.experience.sessions if one.cancelled_at is None]
    return {
        "here": "staff", "session": session, "experience": session.experience, "own_zone": zone_of_session(session),
        "mode_words": MODE_WORDS, "is_only_one": len(left) < 2,
    }  # fmt: skip


def _meta(session: Session) -> dict[str, Any]:
    return {"zone": zone_of_session(session)}
