"""What a Letter of Invitation shows on paper: the same sheet for visitors and for the district it is addressed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.communities.models import Community
from portal.core.clock import local
from portal.core.filters import moment_text, number_word
from portal.districts.models import District

from .models import Invitation, Round
from .rules import last_moment, merged, plain, stage_of

MODES = {"online": "online", "in_person": "in person", "blended": "in person and online"}


@dataclass(frozen=True)
class Line:
    """A date of the round: a day or a moment, perhaps the last day, and what happens then."""

    at: date | datetime
    words: str
    until: date | None = None
    is_key: bool = False

    @property
    def has_time(self) -> bool:
        return isinstance(self.at, datetime)


@dataclass(frozen=True)
class Sheet:
    """A letter ready to be shown: its text with names put in, its dates, whom it is addressed to (nobody in public)."""

    round: Round
    stage: str
    text: str
    lines: list[Line]
    ends_at: datetime
    written_on: datetime
    to_name: str = ""
    district: District | None = None


def sheet_of(
    round: Round, community: Community, now: datetime, invitation: Invitation | None = None, *,
    until: datetime | None = None,
) -> Sheet:  # fmt: skip
    """The letter as it reads at `now`, for everyone or for the person and district of `invitation`.

    `until`: the last moment of this district, where it differs from everybody's.
    """
    to_name = invitation.to_name if invitation else ""
    district = invitation.district if invitation else None
    fields = {name: plain(value) for name, value in words_of(round, community, to_name, district).items()}
    return Sheet(
        round=round,
        stage=stage_of(round, now),
        text=merged(round.letter_text, fields),
        lines=timeline(round, community.time_zone, until=until),
        ends_at=until or last_moment(round),
        written_on=(invitation.sent_at if invitation else None) or round.opens_at,
        to_name=to_name,
        district=district,
    )


def words_of(round: Round, community: Community, to_name: str, district: District | None) -> dict[str, str]:
    """What stands for each merge field of rules.FIELDS; without an addressee, words that fit every district."""
    zone = community.time_zone
    return {
        "district": district.label if district else "your district",
        "recipient": to_name or "Colleague",
        "community": community.name,
        "region": community.region,
        "round": round.title,
        "places": number_word(round.capacity),
        "opens": moment_text(round.opens_at, zone),
        "closes": moment_text(round.closes_at, zone),
        "decisions": f"{round.decisions_on:%B %-d, %Y}" if round.decisions_on else "the day of the decisions",
    }


def timeline(
    round: Round, zone: str, *, with_sessions: bool = True, until: datetime | None = None
) -> list[Line]:  # fmt: skip
    """The dates of the round in their order, those not set left out; with the own last moment of one district."""
    meetings = _meetings(round) if with_sessions else []
    own = [Line(until, "More time for you: your letter is taken until then", is_key=True)] if until else []
    return sorted([*_lines(round), *meetings, *own], key=lambda line: _local_day(line.at, zone))


def state_at(line: Line, now: datetime, zone: str) -> str:
    """Whether a date is "done", runs "now" or comes "next", for a timeline."""
    today = local(now, zone).date()
    first, last = _local_day(line.at, zone), line.until or _local_day(line.at, zone)
    if isinstance(line.at, datetime):
        return "done" if line.at <= now else "next"
    return "done" if last < today else "now" if first <= today else "next"


def _meetings(round: Round) -> list[Line]:
    return [
        Line(session.at, f"Your questions, {MODES.get(session.mode, session.mode)}, {session.minutes} minutes")
        for session in round.info_sessions
    ]


def _lines(round: Round) -> Iterator[Line]:
    yield Line(round.opens_at, "Letters open")
    if round.intent_by:
        yield Line(round.intent_by, "Tell us if you plan to reply (not required)")
    if round.questions_until:
        yield Line(round.questions_until, "Last moment for questions")
    if round.closed_early_at:
        yield Line(round.closed_early_at, "Letters closed early", is_key=True)
    else:
        yield Line(round.closes_at, "Letters close", is_key=True)
    yield from _lines_after(round)


def _lines_after(round: Round) -> Iterator[Line]:
    if round.review_from:
        yield Line(round.review_from, "We read every letter", until=round.review_to)
    if round.conversations_from:
        yield Line(round.conversations_from, "Conversations with districts", until=round.conversations_to)
    if round.decisions_on:
        yield Line(round.decisions_on, "We tell everyone on the same day", is_key=True)
    if round.reply_by:
        yield Line(round.reply_by, "Last moment to say yes or no to a place")
    if round.orientation_on:
        yield Line(round.orientation_on, "Orientation for new districts")


def _local_day(at: date | datetime, zone: str) -> date:
    return local(at, zone).date() if isinstance(at, datetime) else at
