"""Taking a seat and giving it up. The experience's row is the lock: whoever holds it counts and writes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm.attributes import set_committed_value

from portal.agenda.models import Experience, Session
from portal.agenda.rules import registration_state
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.districts.queries import is_led_by

from .approving import ask_leads
from .line_queries import open_offer, pools_held
from .line_rules import Standing, cut_off, phase
from .models import Enrollment, SeatHold
from .queries import count_waiting, find_enrollment, jobs_for, person_for, places_of
from .rules import NO_LINE, Asking, check_move, district_for, refusal_of
from .running_out import seats_locked, wish_locked
from .seating import (
    NO_WAY,
    Wish,
    end_offer,
    free,
    may_take_share,
    number_anew,
    seat,
    serve,
    tell,
    way_in,
    way_past,
    wish_of,
)

CALLED_OFF = "This was cancelled, so there is no seat to give up."
OVER = "This is over, so there is no seat to give up any more."
ONE_WAY = "There is only one way to come to this, so there is nothing to change."
NONE_ONLINE = "All online seats are taken too. You keep your place in line."
NONE_IN_ROOM = "All seats in the room are taken. You can keep your online seat and wait for one in the room."
NONE_THERE = "All of those seats are taken. You keep the seat that you have."
KEPT = "A seat is kept for you. Answer that first."
NO_MORE = "This starts soon, so nobody is moved up any more. You keep the seat that you have."
ROOM, ONLINE = "in_person", "online"


class Learner(Protocol):
    """Whoever a seat is for: an account, or the person at the door."""

    @property
    def account_id(self) -> int: ...

    @property
    def email(self) -> str: ...


@dataclass(frozen=True)
class Newcomer:
    """Who asks, as the shares look at them: the district they come from, and their roles."""

    district_id: int | None
    roles: frozenset[str]


def take_seat(
    experience: Experience, account: Learner, *, by: Doer, session: Session | None = None, mode: str = ""
) -> Enrollment:
    """Give this person a seat in all sessions (or in the one `session` of a space), or the last place in line; where
    a lead of the district is to approve it, ask first.

    Asking twice gives the same enrollment and changes nothing, but for those in line after the cut-off: then they take
    what is free. `mode` matters where people in the room and online sit side by side. Raises RuleBroken, with what
    would work, for the wrong person or time, after a lead said no, and where no line is kept.
    """
    session_id = session.id if session else None
    with transaction():
        # Everything below is read under this lock. Two who ask for the last seat take turns, on both databases.
        wish = wish_locked(experience, session_id, mode)
        found = find_enrollment(experience.id, wish.session_id, account.account_id)
        if found is not None and found.state not in {"given_up", "refused"}:
            enrollment = _press(found, experience, by)
        else:
            check_move("ask", found.state if found else None)
            enrollment = _enroll(found, wish, account, by)
        state = enrollment.state
    # A commit forgets what was read. This is known, and the page that tells it need not ask for it again.
    set_committed_value(enrollment, "state", state)
    return enrollment


def give_up_seat(enrollment: Enrollment, *, by: Doer) -> None:
    """Give back the seat, leave the line, or take the request back. What is free then goes to the next in line at once,
    as far as the line still moves. Asking twice changes nothing. Raises RuleBroken once it is over.
    """
    with transaction():
        experience = _locked(enrollment)
        if enrollment.state == "given_up":
            return
        check_move("give_up", enrollment.state)
        # Until the end and not only until the beginning: whoever had to leave a series early frees the seat in the
        # count.
        ends = [place.ends_at for place in places_of(experience, enrollment.session_id)]
        if not ends:
            raise RuleBroken(CALLED_OFF)
        if max(ends) <= clock.now():
            raise RuleBroken(OVER)
        verb, mail = {
            "seated": ("give up seat", "seat_given_up"),
            "waiting": ("leave waitlist", "waitlist_left"),
            "pending": ("take back request", ""),
        }[enrollment.state]
        leave(enrollment)
        tell(enrollment, verb, mail, by)
        serve(experience, enrollment.session_id)


def change_mode(enrollment: Enrollment, mode: str, *, by: Doer) -> None:
    """Come in another way: the seat in the room for one online or the other way round, both or neither; or stand in
    the other line, at its end. The same mode again changes nothing. Raises RuleBroken when no seat is free there, for
    no mode or one that there is none of, and while an offer waits for an answer.
    """
    with transaction():
        experience = _locked(enrollment)
        wish = wish_of(experience, enrollment.session_id, mode)
        _check_change("change_mode", enrollment, wish)
        if wish.mode != mode:
            raise RuleBroken(NO_WAY)
        if wish.mode == (enrollment.waits_for if enrollment.state == "waiting" else enrollment.mode):
            return
        if open_offer(enrollment.id) is not None:
            raise RuleBroken(KEPT)
        if _switch(enrollment, wish, by):
            return
        if enrollment.state == "seated":
            raise RuleBroken(NONE_IN_ROOM if wish.mode == ROOM and experience.has_waitlist else NONE_THERE)
        number_anew(enrollment, experience)
        enrollment.mode = enrollment.waits_for = wish.mode
        enrollment.team_id = None  # whoever changes line waits alone, and takes nobody along to its end
        tell(enrollment, "change line", "waitlist_joined", by)
        serve(experience, enrollment.session_id)


def wait_for_room(enrollment: Enrollment, *, by: Doer) -> None:
    """Keep the online seat and stand in line for one in the room, at its end; when one is free, have it at once.

    Twice is once. Raises RuleBroken without an online seat, where no line is kept, and after the cut-off.
    """
    with transaction():
        experience = _locked(enrollment)
        wish = wish_of(experience, enrollment.session_id, ROOM)
        _check_change("wait_for_room", enrollment, wish)
        if enrollment.waits_for == ROOM or enrollment.mode == ROOM or _switch(enrollment, wish, by):
            return
        if not experience.has_waitlist:
            raise RuleBroken(NO_LINE)
        if phase(experience, clock.now(), wish.starts_at) not in {"given", "offered"}:
            raise RuleBroken(NO_MORE)
        number_anew(enrollment, experience)
        enrollment.waits_for = ROOM
        tell(enrollment, "wait for the room", "", by)
        serve(experience, enrollment.session_id)


def take_online_meanwhile(enrollment: Enrollment, *, by: Doer) -> None:
    """Have an online seat while waiting for one in the room; the place in line stays. Twice is once.

    Raises RuleBroken when no online seat is free, and while an offer waits for an answer.
    """
    with transaction():
        experience = _locked(enrollment)
        if enrollment.state == "seated" and enrollment.mode == ONLINE:
            return
        wish = wish_of(experience, enrollment.session_id, ONLINE)
        _check_change("take_online", enrollment, wish)
        if open_offer(enrollment.id) is not None:
            raise RuleBroken(KEPT)
        waits_for, team_id, way = enrollment.waits_for, enrollment.team_id, _way(enrollment, wish)
        if way is None or waits_for == ONLINE:
            raise RuleBroken(NONE_ONLINE)
        seat(enrollment, wish, way[0])
        enrollment.waits_for, enrollment.team_id = waits_for, team_id
        tell(enrollment, "take online seat", "seat_taken", by)


def stop_waiting(enrollment: Enrollment, *, by: Doer) -> None:
    """Keep the online seat and leave the line for the room, with the offer that is open. Twice is once."""
    with transaction():
        experience = _locked(enrollment)
        check_move("stop_waiting", enrollment.state)
        if enrollment.waits_for is None:
            return
        end_offer(enrollment, "declined")
        enrollment.waits_for = None
        tell(enrollment, "leave waitlist", "", by)
        serve(experience, enrollment.session_id)


def leave(enrollment: Enrollment) -> None:
    """Make the enrollment a given-up one, with all that it held free again. Whoever calls has the experience's lock,
    says what happened, and serves the line.
    """
    free(enrollment, "declined")
    enrollment.state, enrollment.given_up_at = "given_up", clock.now()


def enter(enrollment: Enrollment, wish: Wish, way: list[SeatHold | None] | None) -> None:
    """Seat the person in this way, or let them stand in line where there is none. Whoever calls has the lock."""
    if way is not None:
        seat(enrollment, wish, way[0])
        return
    enrollment.state, enrollment.mode, enrollment.waits_for = "waiting", wish.mode, wish.mode
    db.session.flush()


def _locked(enrollment: Enrollment) -> Experience:
    experience = seats_locked(enrollment.experience_id)
    db.session.refresh(enrollment)
    return experience


def _enroll(found: Enrollment | None, wish: Wish, account: Learner, by: Doer) -> Enrollment:
    """The enrollment that is now seated, waiting or pending: a new one, or the one that was given up."""
    newcomer = _check(wish, account)
    enrollment = found or Enrollment(account_id=account.account_id)
    if wish.experience.needs_approval and not is_led_by(account, wish.experience.community_id, newcomer.district_id):
        _ask(enrollment, wish, newcomer, by).state = "pending"
        db.session.flush()
        tell(enrollment, "ask", "seat_asked", by, to=account.email)
        ask_leads(enrollment)
        return enrollment
    # Whoever waits goes first: a seat that has just come free is not for the one who happens to ask now.
    in_line = count_waiting(wish.experience.id, wish.session_id, wish.mode)
    way = way_in(wish, [newcomer], in_line)
    if way is None and not wish.experience.has_waitlist:
        raise RuleBroken(NO_LINE)
    enter(_ask(enrollment, wish, newcomer, by), wish, way)
    if way is None:
        tell(enrollment, "join waitlist", "waitlist_joined", by, to=account.email, place=in_line + 1)
    else:
        tell(enrollment, "take seat", "seat_taken", by, to=account.email)
    return enrollment


def _check(wish: Wish, account: Learner) -> Newcomer:
    """The district that the person comes from, if any, and their roles; refuses the wrong person and the wrong time."""
    jobs = jobs_for(wish.experience, account.account_id)
    person = person_for(wish.experience, account.account_id, jobs)
    refusal = refusal_of(wish.experience, Asking(clock.now(), wish.starts_at, wish.zone, person))
    if refusal:
        raise RuleBroken(refusal)
    return Newcomer(district_for(wish.experience.audience, jobs), frozenset(role for _, role in jobs))


def _ask(enrollment: Enrollment, wish: Wish, newcomer: Newcomer, by: Doer) -> Enrollment:
    """The enrollment with the number of this asking: whoever asks again after giving up asks anew."""
    experience = wish.experience
    number_anew(enrollment, experience)
    enrollment.community_id, enrollment.experience_id = experience.community_id, experience.id
    enrollment.session_id, enrollment.mode = wish.session_id, wish.mode
    enrollment.district_id, enrollment.asked_by_id = newcomer.district_id, by.account_id
    enrollment.asked_at, enrollment.seated_at, enrollment.given_up_at = clock.now(), None, None
    enrollment.hold_id = enrollment.team_id = None
    enrollment.extra_reason = ""
    db.session.add(enrollment)
    return enrollment


def _press(enrollment: Enrollment, experience: Experience, by: Doer) -> Enrollment:
    """After the cut-off, what is free goes to the first of those in line who presses; before it nothing changes."""
    if enrollment.waits_for is None:
        return enrollment
    wish = wish_of(experience, enrollment.session_id, enrollment.waits_for)
    if not _is_on(wish) or phase(experience, clock.now(), wish.starts_at) != "open":
        return enrollment
    # Whoever came after the cut-off is no better than the public: they pass nobody who was there before them.
    came_late = enrollment.asked_at >= cut_off(experience, wish.starts_at)
    _switch(enrollment, wish, by, before=enrollment.queue_number if came_late else 0)
    return enrollment


def _switch(enrollment: Enrollment, wish: Wish, by: Doer, *, before: int | None = None) -> bool:
    """Give the person a seat of the wish if they pass nobody, for the one they have, if any; says whether."""
    way = _way(enrollment, wish, before)
    if way is None:
        return False
    is_switch = enrollment.state == "seated"
    check_move("switch" if is_switch else "move_up", enrollment.state)
    seat(enrollment, wish, way[0])
    tell(enrollment, *(("switch", "seat_switched") if is_switch else ("move up", "seat_taken")), by)
    serve(wish.experience, wish.session_id)
    return True


def _way(enrollment: Enrollment, wish: Wish, before: int | None = None) -> list[SeatHold | None] | None:
    had = pools_held([enrollment.id]).get(enrollment.id, set())
    missing = frozenset(wish.pool_ids) - had
    roles = frozenset(role for _, role in jobs_for(wish.experience, enrollment.account_id))
    takes_shares = may_take_share(enrollment.hold_id, enrollment.state, had, wish.pool_ids)
    one = Standing(
        enrollment.id, wish.mode, missing, enrollment.district_id, roles, takes_shares=takes_shares
    )  # fmt: skip
    return way_past(wish, [one], before=before)


def _check_change(verb: str, enrollment: Enrollment, wish: Wish) -> None:
    check_move(verb, enrollment.state)
    if not wish.mode:
        raise RuleBroken(ONE_WAY)
    if not _is_on(wish):
        raise RuleBroken("This has started or was cancelled, so seats cannot be changed any more.")


def _is_on(wish: Wish) -> bool:
    return registration_state(wish.experience, clock.now(), wish.starts_at) not in {"cancelled", "started"}
