"""Who may join a district's team by its link or by the domain of an address, and which seat they get."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from portal.core.errors import RuleBroken
from portal.districts.models import Membership
from portal.districts.rules import is_on

from .models import JoinLink, JoinRequest, TeamSeat
from .rules import has_begun, seat_state

LIFETIME = timedelta(days=7)  # of the link that confirms the address
NO_MEMBER = "This district is not a member now. Write to the community’s staff if you think it is."
NO_LINK = "This link was ended by the district’s lead. Ask them for the new one."
OVER = "This link is older than 7 days, or a newer one took its place. Ask to join again."
# Domains that schools give to those whom they teach: an address there never says that somebody works in the district.
LEARNERS = frozenset({"student", "students", "stu", "stud", "pupil", "pupils", "learner", "learners", "kids"})


@dataclass(frozen=True)
class Joiner:
    """Who asks to join: a name, an address, a job, and where."""

    name: str
    email: str
    role: str
    school: str = ""


class Wanting(Protocol):
    """Somebody who may get a seat: their name, address and job."""

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def role(self) -> str: ...


def is_learners(address: str) -> bool:
    """Whether the address looks like one that a school gives to its students."""
    return bool(LEARNERS & set(address.rpartition("@")[2].lower().split(".")))


def check_member(membership: Membership, today: date) -> None:
    """Refuse to let anybody into the team of a district that is no member today."""
    if not is_on(today, membership.from_date, membership.to_date):
        raise RuleBroken(NO_MEMBER)


def check_link(link: JoinLink) -> None:
    """Refuse a link that was ended."""
    if link.ended_at is not None:
        raise RuleBroken(NO_LINK)


def check_role(role: str, roles: Collection[str]) -> None:
    """Refuse a job that the community does not know."""
    if role not in roles:
        raise RuleBroken("Choose your job from the list.")


def request_state(request: JoinRequest, now: datetime) -> str:
    """Where a request to join stands: joined or declined, waiting (for the lead), open (to be confirmed), or over."""
    if request.outcome:
        return request.outcome
    if request.confirmed_at is not None:
        return "waiting"
    return "open" if now < request.expires_at else "over"


def check_confirmation(request: JoinRequest, now: datetime) -> None:
    """Refuse to confirm a request whose link ran out."""
    if request_state(request, now) == "over":
        raise RuleBroken(OVER)


def check_settling(request: JoinRequest, outcome: str) -> None:
    """Refuse to decide a request that nobody confirmed, or that was decided otherwise."""
    if request.outcome and request.outcome != outcome:
        word = "let in" if request.outcome == "joined" else "turned away"
        raise RuleBroken(f"{request.name} was {word} already.")
    if request.confirmed_at is None:
        raise RuleBroken(f"{request.name} has not confirmed the address yet. You can decide once they have.")


def seats_for(seats: Sequence[TeamSeat], request: Wanting, today: date) -> list[TeamSeat]:
    """The seats of the team that whoever asks may have, the best first: the one kept for their address, then one for
    their name, then free ones of their job. None: they join the district without a seat.
    """
    free = [seat for seat in seats if seat_state(seat) != "joined" and seat.to_date is None and has_begun(seat, today)]
    own = [seat for seat in free if seat.email == request.email]
    fitting = [seat for seat in free if seat.role == request.role]
    named = [seat for seat in fitting if seat_state(seat) == "named" and _same(seat.name, request.name)]
    return [*own, *named, *[seat for seat in fitting if seat_state(seat) == "open"]]


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
