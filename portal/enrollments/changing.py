"""What staff do with dates that are announced: move a session, take it online, cancel it, cancel all of an experience.

Under the experience's lock, so that whoever takes a seat at the same instant either is told of the change or gets the
new date with the seat. The old date stays known; everyone concerned gets one mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.agenda.planning_models import SessionChange
from portal.communities.operations import refresh_public
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue

from .attending_models import Confirmation, Excuse
from .change_queries import (
    PURPOSE,
    affected_by,
    affected_by_all,
    changed_once,
    count_sessions,
    newest_change,
    reasons_to_ask,
    watchers_of,
    went_online,
)
from .change_rules import (
    CHANGED_MEANWHILE,
    IS_ONLINE,
    LAST_ONE,
    NO_PLACE,
    NOTHING_NEW,
    answer_until,
    check_change,
    check_times,
    what_is_new,
    what_was_done,
    why_not_to_room,
)
from .following import (
    follow_date,
    follow_questions,
    forget_lost_modes,
    go_online,
    go_to_room,
    last_end,
    let_go_of,
    seats_in_room,
    unit_of,
)
from .running_out import seats_locked
from .seating import serve

LONGEST_REASON = 500
VERBS = {
    "moved": "move session",
    "online": "take session online",
    "room": "take session back to the room",
    "cancelled": "cancel session",
}


def move_session(
    session: Session, starts_at: datetime, ends_at: datetime, *, reason: str, by: Doer, asks: str = "clash",
    place: str | None = None, seen: int | None = None,
) -> SessionChange:  # fmt: skip
    """Give a session another date. Seats, holds and places in line go along; everyone concerned is told by one mail.

    `asks` says who is also asked whether they can come then ("clash": whose own calendar does not fit, "all",
    "none"); about another place alone nobody is. `seen` is the `sequence` of the session that staff had before them.
    The same form twice changes nothing. Raises RuleBroken for a draft, what is over or cancelled, a time that is over,
    what differs in nothing, and no reason.
    """
    with transaction():
        experience, session = _locked(session)
        done = newest_change(session.id)
        place = session.place if place is None else one_line(place)[:160]
        is_same = (session.starts_at, session.ends_at, session.place) == (starts_at, ends_at, place)
        if is_same and done is not None and done.kind == "moved" and seen != session.sequence:
            return done
        _check(session, experience, reason, seen)
        check_times(starts_at, ends_at, clock.now())
        if is_same:
            raise RuleBroken(NOTHING_NEW)
        change, old_last = _note(session, "moved", reason, by), last_end(experience)
        session.starts_at, session.ends_at, session.place = starts_at, ends_at, place
        follow_questions(experience, old_last)
        asked = 0 if what_is_new(change, session) == "place" else _go_along(change, session, experience, asks)
        _end(change, session, experience, by, watchers_of(experience), asked=asked)
    return change


def take_online(
    session: Session, *, reason: str, by: Doer, capacity: int | None = None, minutes: int | None = None,
    join_url: str | None = None, seen: int | None = None,
) -> SessionChange:  # fmt: skip
    """Hold a session online on its own date. Everyone with a seat in the room has one online, also where there are
    fewer of them; with more, the line is served. Its hours are `minutes`, else those planned for it.

    Twice changes nothing. Raises RuleBroken for a draft, what is over or cancelled, what is online, and no reason.
    """
    with transaction():
        experience, session = _locked(session)
        done = newest_change(session.id)
        if session.mode == "online" and done is not None and done.kind == "online":
            return done
        _check(session, experience, reason, seen)
        if session.mode == "online":
            raise RuleBroken(IS_ONLINE)
        change = _note(session, "online", reason, by)
        go_online(experience, session, capacity)
        session.mode, session.place = "online", ""
        session.credit_minutes = _online_minutes(session, experience, minutes)
        session.join_url = session.join_url if join_url is None else join_url.strip()
        if all(one.mode == "online" for one in experience.sessions if one.cancelled_at is None):
            experience.mode = "online"
        _end(change, session, experience, by, watchers_of(experience))
    return change


def take_to_room(
    session: Session, *, reason: str, by: Doer, place: str = "", capacity: int | None = None, seen: int | None = None
) -> SessionChange:
    """Hold in the room what was to be online. Everyone with a seat online has one in the room, also where there are
    fewer of them; with more, the line is served. Its hours are those it had before it went online.
    Without a number (`capacity`) it keeps the seats it has, as `seats_in_room` says.

    Twice changes nothing. Raises RuleBroken as `take_online` does, for what is not online, where people had chosen how
    to come before it went online, and where no place is known.
    """
    with transaction():
        experience, session = _locked(session)
        done = newest_change(session.id)
        if session.mode == "in_person" and done is not None and done.old_mode == "online":
            return done
        _check(session, experience, reason, seen)
        went = went_online(session.id)
        if sentence := why_not_to_room(session.mode, went):
            raise RuleBroken(sentence)
        place = one_line(place)[:160]
        if not (place or experience.place):
            raise RuleBroken(NO_PLACE)
        change = _note(session, "moved", reason, by)
        if went is not None:
            session.credit_minutes = went.old_credit_minutes
        go_to_room(session, seats_in_room(session) if capacity is None else capacity)
        session.mode, session.place = "in_person", place
        if experience.mode == "online":
            others = {one.mode for one in experience.sessions if one.cancelled_at is None}
            experience.mode = "in_person" if others == {"in_person"} else "blended"
        _end(change, session, experience, by, watchers_of(experience))
    return change


def cancel_session(session: Session, *, reason: str, by: Doer, seen: int | None = None) -> SessionChange:
    """Take one session out; the others of the experience stay, with everyone's seats. Twice changes nothing.

    Raises RuleBroken for a draft, what is over, the last one that is left, and no reason.
    """
    with transaction():
        experience, session = _locked(session)
        done = newest_change(session.id)
        if session.cancelled_at is not None and done is not None:
            return done
        _check(session, experience, reason, seen)
        if count_sessions(experience.id) == 1:
            raise RuleBroken(LAST_ONE)
        change, watchers = _note(session, "cancelled", reason, by), watchers_of(experience)
        let_go_of(experience, [session])
        session.cancelled_at = clock.now()
        follow_date(experience, session, session.starts_at)
        if unit_of(experience, session) is None:
            forget_lost_modes(experience, session)
        _end(change, session, experience, by, watchers)
    return change


def cancel_experience(experience: Experience, *, reason: str, by: Doer) -> None:
    """Call all of it off: every session that is not over. Everyone gets one mail, however many sessions there were.

    Twice changes nothing. Raises RuleBroken for a draft, for what is over, and without a reason.
    """
    with transaction():
        experience = lock(experience)  # what has run out in it ends with all the rest: nobody gets a seat of it now
        if experience.cancelled_at is not None:
            return
        left = [one for one in experience.sessions if one.cancelled_at is None]
        last = max(left or experience.sessions, key=lambda one: one.ends_at)
        check_change(last, experience, reason, clock.now())
        # Read before anything is let go: after it nobody is concerned, and nobody keeps seats.
        affected, watchers = affected_by_all(experience, clock.now()), watchers_of(experience)
        told = {one.account_id: one for one in affected}
        experience.cancelled_at, experience.cancel_reason = clock.now(), _words(reason)
        let_go_of(experience, experience.sessions)
        for session in [one for one in left if one.ends_at > clock.now()]:
            change = _note(session, "cancelled", reason, by)
            session.cancelled_at = clock.now()
        _tell_watchers(change, watchers, set(told), by)
        for one in told.values():
            once = f"experience cancelled:{experience.id}:{one.account_id}"
            ids = {"enrollment_id": one.enrollment_id}
            post("experience_cancelled", to=one.email, community_id=experience.community_id, once=once, **ids)
        refresh_public(experience.community_id)
        record(
            experience, "cancel", by, community_id=experience.community_id, note=_words(reason), people=len(affected)
        )


def _locked(session: Session) -> tuple[Experience, Session]:
    """The experience under its lock, and the session as it stands now."""
    experience = seats_locked(session.experience_id)
    db.session.refresh(session)
    return experience, session


def _check(session: Session, experience: Experience, reason: str, seen: int | None) -> None:
    check_change(session, experience, reason, clock.now())
    if seen not in {None, session.sequence}:
        raise RuleBroken(CHANGED_MEANWHILE)


def _note(session: Session, kind: str, reason: str, by: Doer) -> SessionChange:
    """Keep what the session was, and count it up: calendars tell by the number which version is newer."""
    change = SessionChange(
        session_id=session.id, kind=kind, old_starts_at=session.starts_at, old_ends_at=session.ends_at,
        old_mode=session.mode, old_place=session.place, old_credit_minutes=session.credit_minutes,
        reason=_words(reason), at=clock.now(), by_id=by.account_id,
    )  # fmt: skip
    session.sequence += 1
    if kind == "cancelled":
        _ask_no_more(session)
    db.session.add(change)
    db.session.flush()
    return change


def _ask_no_more(session: Session) -> None:
    """Ask nobody any more about a date that is changed again, or cancelled."""
    older = select(SessionChange.id).where(SessionChange.session_id == session.id)
    asked = update(Confirmation).where(Confirmation.change_id.in_(older), Confirmation.answer.is_(None))
    db.session.execute(asked.where(Confirmation.until > clock.now()).values(until=clock.now()))


def _go_along(change: SessionChange, session: Session, experience: Experience, asks: str) -> int:
    """Change what hangs on the date, and ask whom the new one may not suit. Says how many are asked."""
    if change.old_starts_at != session.starts_at:
        _ask_no_more(session)
    follow_date(experience, session, change.old_starts_at)
    _drop_snow_date(experience, session)
    # Who was excused was so because of the old day.
    db.session.execute(delete(Excuse).where(Excuse.session_id == session.id))
    return _ask(change, session, asks)


def _ask(change: SessionChange, session: Session, asks: str) -> int:
    """Ask those whom the new date may not suit, and say to each why. Says how many."""
    people = [one for one in affected_by(session) if one.state == "seated"]
    reasons = reasons_to_ask(session, people, session.starts_at, session.ends_at, asks)
    now, until = clock.now(), answer_until(clock.now(), session.starts_at)
    for number, why in reasons.items():
        issue(Confirmation(enrollment_id=number, change_id=change.id, why=why, asked_at=now, until=until), PURPOSE)
    return len(reasons)


def _end(
    change: SessionChange, session: Session, experience: Experience, by: Doer, watchers: Sequence[Account], *,
    asked: int = 0,
) -> None:  # fmt: skip
    """Tell everyone concerned, once, and let visitors see it."""
    people = affected_by(session)
    for one in people:
        once = changed_once(change.id, one.enrollment_id)
        ids = {"change_id": change.id, "enrollment_id": one.enrollment_id}
        post(f"session_{change.kind}", to=one.email, community_id=experience.community_id, once=once, **ids)
    _tell_watchers(change, watchers, {one.account_id for one in people}, by)
    serve(experience, unit_of(experience, session))
    refresh_public(experience.community_id)
    told = {"session_id": session.id, "change_id": change.id, "people": len(people), "asked": asked}
    verb = VERBS[what_was_done(change, session.mode)]
    record(experience, verb, by, community_id=experience.community_id, note=change.reason, **told)


def _tell_watchers(change: SessionChange, watchers: Sequence[Account], told: set[int], by: Doer) -> None:
    """Tell who leads it and who keeps seats in it, unless they have done it themselves or were told with the others."""
    community_id = change.session.experience.community_id
    for one in watchers:
        if one.id not in {*told, by.account_id}:
            ids = {"change_id": change.id, "account_id": one.id}
            once = f"change noted:{change.id}:{one.id}"
            post("change_noted", to=one.email, community_id=community_id, once=once, **ids)


def _online_minutes(session: Session, experience: Experience, minutes: int | None) -> int:
    if minutes is not None:
        return minutes
    return session.credit_minutes if experience.fallback_minutes is None else experience.fallback_minutes


def _drop_snow_date(experience: Experience, session: Session) -> None:
    """A snow date that is taken, or that comes no later than the first date, is not kept in reserve any more."""
    first = min((one for one in experience.sessions if one.cancelled_at is None), key=lambda one: one.starts_at)
    taken, least = (_day_of(one, experience) for one in (session, first))
    if experience.snow_date is not None and (experience.snow_date == taken or experience.snow_date <= least):
        experience.snow_date = None


def _day_of(session: Session, experience: Experience) -> date:
    return clock.local(session.starts_at, session.time_zone or zone_of(experience.community_id)).date()


def _words(reason: str) -> str:
    return one_line(reason)[:LONGEST_REASON]
