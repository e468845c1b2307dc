"""What staff do with the dates of an experience: add one or a row of them, change one, take one out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer
from portal.rounds.drafting import Typed, pairs

from .building import note, settled
from .models import Experience, Pool, Session
from .operations import pool_for, pools_for
from .plan_rules import DATES, why_date_stays, why_no_new_session
from .rules import check_session, modes_of_pools

FIELDS = ("starts_at", "ends_at", "time_zone", "mode", "place", "join_url", "label", "credit_minutes")
IN_CALENDARS = frozenset({"starts_at", "ends_at", "mode", "place", "label", "time_zone"})
MOST = 80
LATE = "Somebody else took this date out meanwhile. Go back to the dates, and add it again if it is missed."


def add_sessions(experience: Experience, rows: Sequence[Mapping[str, Any]], *, by: Doer) -> list[Session]:
    """Add dates, each with its pools of seats. A date that is there already, to the minute, is not added twice, unless
    it was cancelled there.

    Raises RuleBroken when people have seats in all sessions, when there are too many, or when a date cannot be so.
    """
    with transaction():
        lock(experience)
        refusal = why_no_new_session(experience)
        if refusal:
            raise RuleBroken(refusal)
        # A form that is sent twice, or a row that meets dates made before, adds nothing to them.
        there = {(one.starts_at, one.ends_at) for one in experience.sessions if one.cancelled_at is None}
        new = [row for row in rows if (row["starts_at"], row["ends_at"]) not in there]
        if len(experience.sessions) + len(new) > MOST:
            raise RuleBroken(f"Keep it to {MOST} dates. Plan the rest as an experience of its own.")
        made = [_add(experience, row) for row in new]
        if made:
            note(experience, "add dates", by, count=len(made), first=min(row["starts_at"] for row in new).isoformat())
    return made


def change_session(session: Session, typed: Typed, *, by: Doer) -> None:
    """Change a date. Raises RuleBroken when people have it in their calendars: then it is moved, and they are told."""
    with transaction():
        experience, session = _locked(session)
        stored = {name: getattr(session, name) for name in typed.values}
        changes = settled(experience, Session.__tablename__, stored, typed)
        check_session({**{name: getattr(session, name) for name in FIELDS}, **changes})
        for name, value in changes.items():
            setattr(session, name, value)
        if "mode" in changes:
            _fit_pools(experience, session)
        if experience.published_at is not None and IN_CALENDARS & set(changes):
            # Calendars take a change only from a higher number.
            session.sequence += 1
        if changes:
            note(experience, "change a date", by, changes=pairs(stored, changes))


def remove_session(session: Session, *, by: Doer) -> None:
    """Take a date out. Raises RuleBroken when people have it in their calendars: then it is cancelled, and they are
    told; and where a published experience would be left without one."""
    with transaction():
        experience, session = _locked(session)
        refusal = why_date_stays(experience, session)
        if refusal:
            raise RuleBroken(refusal)
        day = session.starts_at.isoformat()
        _delete([*session.pools, session])
        note(experience, "take out a date", by, starts_at=day)


def _locked(session: Session) -> tuple[Experience, Session]:
    """The experience under its lock, and the session as it is now."""
    number = inspect(session).identity
    found = db.session.get(Session, number)
    experience = lock(found.experience) if found is not None else None
    found = db.session.get(Session, number, populate_existing=True)
    if found is None or experience is None:
        raise RuleBroken(LATE)
    return experience, found


def _add(experience: Experience, row: Mapping[str, Any]) -> Session:
    told = {"mode": experience.mode, "place": "", "join_url": "", "label": "", "time_zone": "", **row}
    told.setdefault("credit_minutes", int((told["ends_at"] - told["starts_at"]).total_seconds() // 60))
    check_session(told)
    session = Session(experience_id=experience.id, **{name: told[name] for name in FIELDS})
    db.session.add(session)
    db.session.flush()  # a pool needs the number of its session
    db.session.add_all(pools_for(experience, session))
    return session


def _fit_pools(experience: Experience, session: Session) -> None:
    # Pools that stay keep their numbers: what was set for them by hand is not set back.
    there, wanted = {pool.mode: pool for pool in session.pools}, modes_of_pools(session.mode)
    _delete([pool for mode, pool in there.items() if mode not in wanted])
    db.session.add_all(pool_for(experience, session, mode) for mode in wanted if mode not in there)


def _delete(rows: Sequence[Pool | Session]) -> None:
    try:
        for row in rows:
            db.session.delete(row)
            db.session.flush()
    except IntegrityError as fault:  # something of a feature above hangs on it, such as a share that was taken back
        raise RuleBroken(DATES) from fault
