"""What the pages of a lead show: own people and their seats, what waits for an answer, one experience to enroll in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from flask import request, url_for
from sqlalchemy import Row

from portal.agenda.models import Experience, Session
from portal.agenda.queries import find_session
from portal.agenda.rules import MODE_WORDS, VISITOR, audience_words
from portal.communities.queries import role_labels
from portal.core import clock
from portal.core.access import community
from portal.core.filters import moment_text
from portal.core.web import page_read
from portal.districts.models import Membership

from .hold_queries import holds_of_leads
from .hold_rules import MOST_HELD, hold_words
from .lead_queries import (
    colleagues_of,
    coming_up,
    count_rows,
    named_for,
    own_people,
    read_rows,
    shares_for,
    those_of,
)
from .line_queries import open_offer
from .models import Enrollment, SeatHold
from .my_queries import refusals_of
from .people_forms import EnrollForm, HoldForm, KeptForm, PersonForm, ReasonForm
from .queries import place_in_line, sessions_of
from .reader_queries import cohort_names
from .roster_rules import STATE_MARKS, STATE_WORDS, Room, counted_of, rooms_in
from .rules import Asking, may, ordinal, refusal_of
from .seat_pages import leaving_of
from .seat_rules import where_it_goes

SIZE = 50
EVERYBODY = 1000  # colleagues in a list to choose from
MOST_CHOSEN = 100  # who stay chosen while a lead looks for more


def seats_page(membership: Membership, memberships: Sequence[Membership]) -> dict[str, Any]:
    """Everything a lead looks at: who asks, what is kept, who comes to what."""
    now = clock.now()
    rows = own_people(community().id, membership.district_id, now)
    refused = [row for row in rows if row.state == "refused" and row.starts_at > now]
    return {
        **_district(membership), "memberships": memberships, "asked": [row for row in rows if row.state == "pending"],
        "refused": refused, "reasons": refusals_of([row.id for row in refused]),
        "groups": [list(group) for _, group in groupby([row for row in rows if row.state != "refused"], key=_thing)],
        "stands": partial(stands_words, zone=community().time_zone, now=now),
        "holds": _holds(membership), "shares": _shares(membership), "teams": _teams(rows),
        "coming": coming_up(community().id, membership.district_id, now),
        # Built once, not once a row.
        "base": url_for("enrollments.enrolling", district_id=membership.district_id).removesuffix("/enrolling"),
    }  # fmt: skip


def enrolling_page(
    membership: Membership, experience: Experience, session: Session | None, form: EnrollForm | None = None,
    hold_form: HoldForm | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One experience for a lead: colleagues to enroll together, seats to keep, names for those that are kept."""
    rooms = _rooms(experience, session)
    shares = [one for one in _shares(membership) if _is_in(one[0], experience, session)]
    form = form or _as_asked(rooms, shares)
    hold_form = hold_form or HoldForm(formdata=None, prefix="hold", mode=_roomy(rooms, []))
    for one, kept in ((form, shares), (hold_form, [])):
        one.offer_modes([room.mode for room in rooms], {room.mode: _left_words(room, kept) for room in rooms})
    return {
        **_district(membership), "experience": experience, "session": session, "rooms": rooms, "form": form,
        "who": _who(experience), "hold_form": hold_form, "shares": shares, "why_not": _why_not(experience, session),
        "meetings": _meetings(experience), "most": MOST_HELD,
        "holds": [one for one in _holds(membership) if _is_in(one[0], experience, session)],
        **_choice(membership, experience, session, form.people.data or []),
    }  # fmt: skip


def hold_page(
    membership: Membership, hold: SeatHold, form: PersonForm | None = None, size_form: KeptForm | None = None
) -> dict[str, Any]:
    """Seats that are kept: name a colleague, keep more or fewer, give them back."""
    form = form or PersonForm(formdata=None)
    form.offer(_free_colleagues(membership, hold.experience, hold.session_id))
    return {
        **_district(membership), "hold": hold, "words": hold_words(hold, community().time_zone), "form": form,
        "size_form": size_form or KeptForm(formdata=None, seats=hold.seats), "experience": hold.experience,
        "who": _who(hold.experience), "named": named_for(hold.id), "session": _meeting(hold),
    }  # fmt: skip


def return_page(membership: Membership, hold: SeatHold) -> dict[str, Any]:
    """What it means that what is left of kept seats is given back, before it is done."""
    left = leaving_of(hold.experience, hold.session_id, hold.mode)
    return {
        **_district(membership), "hold": hold, "experience": hold.experience,
        "dates": _dates(hold.experience_id, hold.session_id),
        "where": where_it_goes(left),
    }  # fmt: skip


def team_page(membership: Membership, enrollment: Enrollment, others: int) -> dict[str, Any]:
    """What it means that one of a team waits alone, before it is done; `others`: how many stay together."""
    return {**_one(membership, enrollment), "others": others, "nth": ordinal(place_in_line(enrollment.id))}


def substitution_page(
    membership: Membership, enrollment: Enrollment, form: PersonForm | None = None
) -> dict[str, Any]:  # fmt: skip
    """What it means that a colleague takes a seat over, before it is done."""
    form = form or PersonForm(formdata=None)
    form.offer(_free_colleagues(membership, enrollment.experience, enrollment.session_id))
    return {**_one(membership, enrollment), "form": form, "who": _who(enrollment.experience)}


def cancellation_page(membership: Membership, enrollment: Enrollment) -> dict[str, Any]:
    """What it means that somebody's seat is given back, before it is done."""
    one, offer = enrollment, open_offer(enrollment.id)
    # Who sits online and is offered the room gives the one back that they sit in.
    is_offered = offer is not None and one.state == "waiting"
    seat = leaving_of(one.experience, one.session_id, one.mode, one.hold_id)
    return {**_one(membership, one), "where": where_it_goes(seat), "is_offered": is_offered}


def refusal_page(membership: Membership, enrollment: Enrollment, form: ReasonForm | None = None) -> dict[str, Any]:
    """A no to a request, before it is said."""
    return {**_one(membership, enrollment), "form": form or ReasonForm(formdata=None)}


def _one(membership: Membership, enrollment: Enrollment) -> dict[str, Any]:
    return {
        **_district(membership), "mine": enrollment, "experience": enrollment.experience,
        "person": enrollment.account, "dates": _dates(enrollment.experience_id, enrollment.session_id),
    }  # fmt: skip


def _district(membership: Membership) -> dict[str, Any]:
    return {
        "here": "district", "membership": membership, "district": membership.district, "mode_words": MODE_WORDS,
        "state_words": STATE_WORDS, "marks": STATE_MARKS, "may": may,
    }  # fmt: skip


def stands_words(row: Any, zone: str, now: datetime) -> str:
    """Where somebody stands, as their lead reads it: “4th in line”, “Offered until Wed, Dec 2, 5:00 PM”."""
    if row.state == "pending":
        return "Waits for your answer"
    if row.offer_until is not None and now < row.offer_until:
        return f"Offered until {moment_text(row.offer_until, zone)}"
    return f"{ordinal(row.position)} in line" if row.state == "waiting" else STATE_WORDS[row.state]


def _thing(row: Row[Any]) -> tuple[int, int | None]:
    """What a person comes to: the experience, or its one meeting."""
    return row.experience_id, row.session_id


def _holds(membership: Membership) -> list[tuple[SeatHold, str]]:
    holds = holds_of_leads(community().id, [membership.district_id])
    return [(hold, hold_words(hold, community().time_zone)) for hold in holds]


def _shares(membership: Membership) -> list[tuple[SeatHold, str]]:
    """What staff keep for the district, in words."""
    shares = shares_for(community().id, membership.district_id, clock.now())
    return [(share, hold_words(share, community().time_zone)) for share in shares]


def _is_in(hold: SeatHold, experience: Experience, session: Session | None) -> bool:
    """Whether it is kept in this experience, or in this meeting of it."""
    return hold.experience_id == experience.id and hold.session_id in {None, session.id if session else None}


def _as_asked(rooms: Sequence[Room], shares: Sequence[tuple[SeatHold, str]]) -> EnrollForm:
    """The form as the address says: whoever looks for more colleagues keeps those who are chosen."""
    chosen = request.args.getlist("people", type=int)[:MOST_CHOSEN]
    mode = request.args.get("mode") or _roomy(rooms, shares)
    return EnrollForm(formdata=None, people=chosen, mode=mode, together="together" in request.args)


def _choice(
    membership: Membership, experience: Experience, session: Session | None, chosen: Sequence[int]
) -> dict[str, Any]:  # fmt: skip
    """The colleagues to choose from: those who are found, and before them those chosen who are not among these."""
    text, session_id = request.values.get("q", "").strip()[:80], session.id if session else None
    found = colleagues_of(experience, membership.district_id, session_id, text)
    page = page_read(partial(read_rows, found), count_rows(found), SIZE)
    shown = {one.id for one in page.items}
    missing = [number for number in chosen if number not in shown]
    picked = those_of(colleagues_of(experience, membership.district_id, session_id), missing)
    return {"q": text, "page": page, "picked": picked}


def _why_not(experience: Experience, session: Session | None) -> str:
    """Why nobody can be enrolled now; empty where they can."""
    held = [one for one in ([session] if session else experience.sessions) if one.cancelled_at is None]
    if not held:
        return "All of its dates are cancelled. Choose something else that is coming up."
    if held[-1].ends_at <= clock.now():
        return "This is over. Choose something that is coming up."
    return refusal_of(experience, Asking(clock.now(), held[0].starts_at, community().time_zone, VISITOR))


def _teams(rows: Sequence[Row[Any]]) -> dict[int, int]:
    """How many of each team still wait together; of a team of which one is left nobody does."""
    waiting = Counter(row.team_id for row in rows if row.team_id and row.waits_for is not None and not row.split_at)
    return {team: count for team, count in waiting.items() if count > 1}


def _who(experience: Experience) -> str:
    """For whom it is, in words, where that is not everybody of a district; empty else."""
    if experience.audience is None and experience.reach in {"members", "anyone"}:
        return ""
    return audience_words(experience, role_labels(community().id), cohort_names(experience))


def _left(room: Room, shares: Sequence[tuple[SeatHold, str]]) -> int:
    """How many seats the district's people can have: those left for all, and those kept for them."""
    return room.left + sum(share.remaining for share, _ in shares if share.mode in {"", room.mode})


def _left_words(room: Room, shares: Sequence[tuple[SeatHold, str]]) -> str:
    left = _left(room, shares)
    return f" ({left} left)" if left else " (all seats taken)"


def _roomy(rooms: Sequence[Room], shares: Sequence[tuple[SeatHold, str]]) -> str | None:
    """The first way to come that has a seat left: it is chosen before anybody chooses."""
    return next((room.mode for room in rooms if _left(room, shares)), None)


def _free_colleagues(membership: Membership, experience: Experience, session_id: int | None) -> list[Row[Any]]:
    chosen = colleagues_of(experience, membership.district_id, session_id)
    return [row for row in read_rows(chosen, EVERYBODY) if row.state != "seated"]


def _rooms(experience: Experience, session: Session | None) -> list[Room]:
    """How full it is, by the ways to come that there is a choice of: dates that alternate are one way."""
    now, sessions = clock.now(), [session] if session else experience.sessions
    rooms = rooms_in(sessions, now)
    has_choice = any(len(one.pools) > 1 for one in counted_of(sessions, now))
    return rooms if has_choice else sorted(rooms, key=lambda room: room.left)[:1]


def _dates(experience_id: int, session_id: int | None) -> list[Session]:
    """The dates to come that a seat is for."""
    found, now = sessions_of(experience_id, session_id), clock.now()
    return [one for one in found if one.ends_at > now and one.cancelled_at is None]


def _meeting(hold: SeatHold) -> Session | None:
    return find_session(hold.experience_id, hold.session_id) if hold.session_id else None


def _meetings(experience: Experience) -> list[Session]:
    if experience.joined_by != "session":
        return []
    return [one for one in experience.sessions if one.starts_at > clock.now() and one.cancelled_at is None]
