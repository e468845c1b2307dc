"""Info sessions and commitments of a round: added, changed, taken out, put in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.history import Doer
from portal.core.outbox import post

from .asking_rules import is_ahead
from .chapters import codes_after
from .drafting import Typed, check_free, moved, note, renumber, there, write
from .models import Commitment, InfoSession, InfoSignUp, Round
from .rules import Unfit
from .showing import sign_ups_of, taken_seats

TOLD = {"at", "minutes", "mode", "place", "join_link"}  # what those who come have to know


def add_info_session(round: Round, values: Mapping[str, Any], *, by: Doer) -> InfoSession:
    """Add a meeting before the deadline. Raises RuleBroken when it comes after letters close."""
    with transaction():
        check_free(lock(round), "info sessions")
        _check_time(round, values["at"])
        session = InfoSession(round_id=round.id, **values)
        db.session.add(session)
        note(round, "add an info session", by, about=when_of(session, round))
    return session


def change_info_session(round: Round, session: InfoSession, typed: Typed, *, by: Doer) -> None:
    """Change a meeting; who has a seat hears by mail of another time or place.

    Raises RuleBroken when it comes after letters close, or would have fewer seats than are taken; Conflict as all do.
    """
    with transaction():
        lock(round)
        lock(there(session))

        def check(values: dict[str, Any]) -> None:
            _check_time(round, values["at"])
            taken = taken_seats(session)
            if values["capacity"] is not None and values["capacity"] < taken:
                raise Unfit(f"{taken} seats are taken already. Give at least that many.", "capacity")

        before = when_of(session, round)
        changes = write(round, session, typed, check)
        if changes:
            note(round, "change an info session", by, about=before, changes=changes)
        if TOLD & set(changes) and is_ahead(session, clock.now()):
            _tell_moved(session)


def remove_info_session(round: Round, session: InfoSession, *, by: Doer) -> None:
    """Take a meeting out; who had a seat at one to come hears by mail that it does not take place."""
    with transaction():
        check_free(lock(round), "info sessions")
        lock(there(session))
        if is_ahead(session, clock.now()):
            _tell_cancelled(session)
        about = when_of(session, round)
        db.session.execute(delete(InfoSignUp).where(InfoSignUp.info_session_id == session.id))
        db.session.delete(session)
        note(round, "take out an info session", by, about=about)


def add_commitment(round: Round, values: Mapping[str, Any], *, by: Doer) -> Commitment:
    """Add a promise at the end."""
    with transaction():
        check_free(lock(round), "commitments")
        code = codes_after([one.code for one in round.commitments], "c")
        place = len(round.commitments) + 1
        commitment = Commitment(round_id=round.id, position=place, code=code, **values)
        db.session.add(commitment)
        note(round, "add a commitment", by, about=code)
    return commitment


def change_commitment(round: Round, commitment: Commitment, typed: Typed, *, by: Doer) -> None:
    """Change the words of a promise, or who keeps it."""
    with transaction():
        lock(round)
        changes = write(round, there(commitment), typed)
        if changes:
            note(round, "change a commitment", by, about=commitment.code, changes=changes)


def remove_commitment(round: Round, commitment: Commitment, *, by: Doer) -> None:
    """Take a promise out."""
    with transaction():
        check_free(lock(round), "commitments")
        code, text = there(commitment).code, commitment.text
        rest = [one for one in round.commitments if one is not commitment]
        db.session.delete(commitment)
        renumber(rest)
        note(round, "take out a commitment", by, about=code, text=text)


def move_commitment(round: Round, commitment: Commitment, way: str, *, by: Doer) -> None:
    """Put a promise one place up or down."""
    with transaction():
        check_free(lock(round), "commitments")
        renumber(moved(round.commitments, there(commitment), way))
        note(round, "move a commitment", by, about=commitment.code, way=way)


def _check_time(round: Round, at: Any) -> None:
    if at > round.closes_at:
        raise Unfit("An info session comes before letters close. Choose an earlier time.", "at")


def when_of(session: InfoSession, round: Round) -> str:
    """When a meeting is, in the words of the history."""
    return f"{clock.local(session.at, round.community.time_zone):%B %-d, %Y, %-I:%M %p}"


def _tell_moved(session: InfoSession) -> None:
    for seat in db.session.scalars(sign_ups_of(session)):
        once = f"info-moved:{seat.id}:{clock.now():%Y%m%d%H%M%S}"
        post("info_moved", to=seat.email, community_id=seat.community_id, once=once, sign_up_id=seat.id)


def _tell_cancelled(session: InfoSession) -> None:
    for seat in db.session.scalars(sign_ups_of(session)):
        once = f"info-cancelled:{seat.id}:{clock.now():%Y%m%d%H%M%S}"
        # The rows are gone when the mail is written: it takes along what it says.
        post(
            "info_cancelled", to=seat.email, community_id=seat.community_id, once=once, round_id=session.round_id,
            at=session.at.isoformat(), name=seat.name,
        )  # fmt: skip
