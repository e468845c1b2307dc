"""What everybody shares who gets somebody else a seat: whose it is, whether it is meant for them, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from portal.agenda.rules import VISITOR, is_meant
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post

from .models import Enrollment
from .queries import find_enrollment, jobs_for, person_for
from .rules import Asking, district_for, refusal_of
from .seating import Wish, end_offer, number_anew

Jobs = Sequence[tuple[int, str]]  # district and role
ENDED = ("given_up", "refused")


class Learner(Protocol):
    """Whoever a seat is for: an account."""

    @property
    def account_id(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...


@dataclass(frozen=True)
class Colleague:
    """Somebody for whom a seat is asked: from which district, in which roles there."""

    account: Learner
    district_id: int | None
    roles: frozenset[str]


def colleague_of(
    wish: Wish, account: Learner, district_id: int | None = None, jobs: Jobs | None = None
) -> Colleague:  # fmt: skip
    """What a share looks at; of several jobs those in `district_id` count first. `jobs`: as of jobs_for, if known."""
    jobs = jobs_for(wish.experience, account.account_id) if jobs is None else jobs
    there = [job for job in jobs if job[0] == district_id] or list(jobs)
    chosen = district_for(wish.experience.audience, there)
    return Colleague(account, chosen if chosen is not None else district_id, frozenset(role for _, role in jobs))


def check_meant(
    wish: Wish, account: Learner, instead: str = "Choose somebody it is meant for.", jobs: Jobs | None = None
) -> None:  # fmt: skip
    """Refuse whoever the experience is not for, naming the person, since another one asks for them. `jobs`: those of
    jobs_for, if known.
    """
    jobs = jobs_for(wish.experience, account.account_id) if jobs is None else jobs
    person = person_for(wish.experience, account.account_id, jobs)
    if not is_meant(wish.experience, person):
        raise RuleBroken(f"This is not for {account.name}: see “Who comes”. {instead}")


def check_window(wish: Wish) -> None:
    """Refuse the wrong time, in the words that people hear who ask for themselves."""
    refusal = refusal_of(wish.experience, Asking(clock.now(), wish.starts_at, wish.zone, VISITOR))
    if refusal:
        raise RuleBroken(refusal)


def begin(
    wish: Wish, account: Learner, district_id: int | None, by: Doer, known: Mapping[int, Enrollment] | None = None
) -> Enrollment:  # fmt: skip
    """This person's enrollment, for a seat to be put into it: whoever waits or asked keeps the number, whoever has
    nothing (any more) gets the next one of the line. `known`: the enrollments of several people, by account.
    """
    if known is None:
        found = find_enrollment(wish.experience.id, wish.session_id, account.account_id)
    else:
        found = known.get(account.account_id)
    enrollment = found or Enrollment(account_id=account.account_id, state="given_up", waits_for=None)
    end_offer(enrollment, "taken_back")  # what they get now is no answer to it
    if enrollment.state in ENDED:
        enrollment.community_id, enrollment.experience_id = wish.experience.community_id, wish.experience.id
        enrollment.session_id, enrollment.mode = wish.session_id, wish.mode
        number_anew(enrollment, wish.experience)
        enrollment.state, enrollment.asked_at, enrollment.asked_by_id = "pending", clock.now(), by.account_id
        enrollment.seated_at = enrollment.given_up_at = enrollment.hold_id = enrollment.team_id = None
        enrollment.extra_reason = ""
        enrollment.district_id = district_id
        db.session.add(enrollment)
        db.session.flush()
    return enrollment


def told(enrollment: Enrollment, verb: str, mail: str, by: Doer | None, **data: Any) -> None:
    """Note what somebody did with this person's seat, owe them the mail that says who and how, refresh the pages."""
    record(enrollment, verb, by, community_id=enrollment.community_id, **data)
    post(
        mail, to=enrollment.account.email, community_id=enrollment.community_id, enrollment_id=enrollment.id, how=verb,
    )  # fmt: skip
    refresh_public(enrollment.community_id)
