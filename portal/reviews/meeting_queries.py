"""The agenda of a meeting, the most disagreed first, and what was noted; nobody finds a letter that is not theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload

from portal.accounts.models import Account
from portal.core.db import db
from portal.districts.models import District
from portal.letters.models import Letter
from portal.rounds.models import Round

from .models import Decision
from .queries import HAS_VERSION, READABLE, asked_of, decisions_of, readable_letters
from .reading_models import Meeting, MeetingEntry
from .scoring_queries import summaries, unscored_by
from .scoring_rules import Summary, most_disagreed_first


@dataclass(frozen=True)
class Item:
    """A letter on the agenda: what readers make of it (none while one's own scores come first), what is decided."""

    letter: Letter
    summary: Summary | None
    decision: Decision | None


def agenda(reader: Any, round: Round) -> list[Item]:
    """The letters of the round that wait for a decision to be sent, the most disagreed first.

    Without those that the reader must not know of. Letters that the reader is still to score come last, untold.
    """
    chosen = readable_letters(reader, round).outerjoin(Decision, Decision.letter_id == Letter.id)
    waits = or_(Decision.id.is_(None), Decision.status != "released")
    letters = list(db.session.scalars(chosen.where(HAS_VERSION, Letter.status == "submitted", waits)))
    known, hidden = summaries(round), unscored_by(reader.account_id, round)
    decisions = decisions_of(letter.id for letter in letters)
    items = [Item(one, None if one.id in hidden else known.get(one.id), decisions.get(one.id)) for one in letters]
    return sorted(items, key=lambda item: (item.summary is None, most_disagreed_first(item.summary or Summary())))


def meetings_of(round: Round) -> list[Meeting]:
    """The meetings of the round, the newest first."""
    chosen = select(Meeting).where(Meeting.round_id == round.id)
    return list(db.session.scalars(chosen.order_by(Meeting.held_on.desc(), Meeting.id.desc())))


def running_meeting(round: Round) -> Meeting | None:
    """The meeting of the round that is not closed."""
    chosen = select(Meeting).where(Meeting.round_id == round.id, Meeting.closed_at.is_(None))
    return db.session.scalar(chosen.order_by(Meeting.id.desc()).limit(1))


def find_meeting(community_id: int, meeting_id: int) -> Meeting | None:
    """The meeting of this number if it is about a round of the community."""
    chosen = select(Meeting).join(Meeting.round).options(contains_eager(Meeting.round))
    return db.session.scalar(chosen.where(Meeting.id == meeting_id, Round.community_id == community_id))


def entries_for(reader: Any, meeting: Meeting) -> list[MeetingEntry]:
    """What is on the meeting's agenda, in its order, without letters that this person must not know of."""
    chosen = (
        select(MeetingEntry)
        .join(MeetingEntry.letter)
        .join(District, District.id == Letter.district_id)
        .options(contains_eager(MeetingEntry.letter).joinedload(Letter.district))
        .where(MeetingEntry.meeting_id == meeting.id, *READABLE)
        .order_by(MeetingEntry.position, MeetingEntry.id)
        .params(asked_of(reader, meeting.round))
    )
    return list(db.session.scalars(chosen))


def all_entries(meeting: Meeting) -> list[MeetingEntry]:
    """Everything on the meeting's agenda, whoever may know of it: for operations, never for a page."""
    chosen = select(MeetingEntry).options(joinedload(MeetingEntry.letter)).where(MeetingEntry.meeting_id == meeting.id)
    return list(db.session.scalars(chosen.order_by(MeetingEntry.position, MeetingEntry.id)))


def names_of(account_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of these people, by number."""
    chosen = select(Account.id, Account.name).where(Account.id.in_([one for one in account_ids if one]))
    return {row.id: row.name for row in db.session.execute(chosen.order_by(Account.id))}
