"""What staff do to make a year: the agenda, its faculty, its experiences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeGuard

from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record

from .models import KINDS, Agenda, Experience, Faculty, Pool, Session
from .queries import find_agenda, find_experience, find_faculty
from .rules import capacity_of, check_session, modes_of_pools

SESSION_EXTRAS = ("credit_minutes", "place", "join_url", "time_zone")


def create_agenda(
    community: Community, *, slug: str, title: str, published_at: datetime | None = None, by: Doer | None = None
) -> Agenda:
    """Begin a community's program of one year. Raises RuleBroken when the short name is taken."""
    with transaction():
        if find_agenda(community.id, slug):
            raise RuleBroken(f"There is an agenda “{slug}” already. Choose another short name.")
        agenda = Agenda(community_id=community.id, slug=slug, title=title, published_at=published_at)
        db.session.add(agenda)
        db.session.flush()
        refresh_public(community.id)
        record(agenda, "create", by, community_id=community.id)
    return agenda


def add_faculty(
    community: Community, *, slug: str, title: str, kind: str = "guest", topics: Iterable[str] = (),
    bio: str = "", by: Doer | None = None,
) -> Faculty:  # fmt: skip
    """Note somebody who leads experiences. Raises RuleBroken when the short name is taken."""
    with transaction():
        if find_faculty(community.id, slug):
            raise RuleBroken(f"There is somebody “{slug}” among the faculty already. Choose another short name.")
        person = Faculty(community_id=community.id, slug=slug, title=title, kind=kind, topics=list(topics), bio=bio)
        db.session.add(person)
        db.session.flush()
        record(person, "add", by, community_id=community.id)
    return person


def create_experience(
    community: Community, agenda: Agenda | None, fields: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]],
    faculty: Sequence[Faculty] = (), *, by: Doer | None = None,
) -> Experience:  # fmt: skip
    """Draft an experience with its sessions, and a pool of `capacity` seats for each session and mode.

    `fields` are the columns of Experience. `opens_at` and `closes_at` are moments, or plain dates: then sign-up opens
    with that day and closes at its end in the community's zone. A session has `starts_at` and `ends_at` (aware), `mode`
    (else the experience's), `label`, `credit_minutes`, `place`, `join_url` and `time_zone`.
    Raises RuleBroken when something cannot be so.
    """
    with transaction():
        _check(community, fields, sessions)
        experience = Experience(community_id=community.id, agenda_id=agenda.id if agenda else None)
        for name, value in _in_moments(fields, community.time_zone).items():
            setattr(experience, name, value)
        experience.sessions = [_session(experience, one) for one in sessions]
        experience.faculty = list(faculty)
        db.session.add(experience)
        db.session.flush()
        # After the flush, because a pool needs the numbers of its session and its experience.
        db.session.add_all(pool for session in experience.sessions for pool in pools_for(experience, session))
        record(experience, "create", by, community_id=community.id)
    return experience


def publish_experience(experience: Experience, *, by: Doer | None = None) -> None:
    """Show the experience on the agenda, for everyone. Publishing twice changes nothing."""
    with transaction():
        if lock(experience).published_at is not None:
            return
        experience.published_at = clock.now()
        refresh_public(experience.community_id)
        record(experience, "publish", by, community_id=experience.community_id)


def pools_for(experience: Experience, session: Session) -> list[Pool]:
    """The pools of seats that a session has, one for each way to come."""
    return [pool_for(experience, session, mode) for mode in modes_of_pools(session.mode)]


def pool_for(experience: Experience, session: Session, mode: str) -> Pool:
    """The seats that a session has for those who come in this way."""
    return Pool(
        experience_id=experience.id, session_id=session.id, mode=mode, capacity=capacity_of(experience, mode)
    )  # fmt: skip


def _check(community: Community, fields: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]) -> None:
    if find_experience(community.id, fields["slug"]):
        raise RuleBroken(f"There is an experience “{fields['slug']}” already. Choose another short name.")
    if fields["kind"] not in KINDS:
        raise RuleBroken(f"“{fields['kind']}” is no kind of experience. Choose one of {', '.join(KINDS)}.")
    if fields["capacity"] < 0:
        raise RuleBroken("Seats cannot be fewer than none. Give 0 or more.")
    _check_sessions(fields, sessions)


def _check_sessions(fields: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]) -> None:
    if not sessions:
        raise RuleBroken("An experience needs at least one session. Give its day and time.")
    for one in sessions:
        check_session({"join_url": "", **one, "mode": one.get("mode") or fields["mode"]})


def _in_moments(fields: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The fields, with a plain date of sign-up made the moment at which that day begins or is over."""
    opens, closes = fields.get("opens_at"), fields.get("closes_at")
    # A day begins when the day before it is over: one rule for both ends, and right where a change of clocks falls on
    # midnight.
    eve = opens - timedelta(days=1) if _is_plain(opens) else opens
    return {**fields, "opens_at": _moment(eve, zone), "closes_at": _moment(closes, zone)}


def _moment(value: datetime | date | None, zone: str) -> datetime | None:
    return value if value is None or isinstance(value, datetime) else clock.end_of_day(value, zone)


def _is_plain(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)


def _session(experience: Experience, one: Mapping[str, Any]) -> Session:
    return Session(
        starts_at=one["starts_at"],
        ends_at=one["ends_at"],
        mode=one.get("mode") or experience.mode,
        label=one.get("label", ""),
        **{name: one[name] for name in SESSION_EXTRAS if name in one},
    )
