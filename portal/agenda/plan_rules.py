"""How an experience is built: its chapters, what each still lacks, and what stays once people come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from portal.core.clock import local
from portal.rounds.gap_rules import Finders, Found, Gap, chapter_after, find_gaps, refuse_broken, refuse_incomplete

from .models import REMINDED, WAY_IN, Experience, Session
from .planning_models import ExperienceQuestion

CHAPTERS = {
    "what": "What it is",
    "sessions": "Dates",
    "seats": "Seats and sign-up",
    "who": "Who it is for",
    "questions": "Questions",
    "faculty": "Who leads it",
    "weather": "Snow and fallback",
    "reminders": "Reminders",
}
RESERVED = frozenset({"new", "years"})  # short names that lead elsewhere
STAGES = {  # of an experience: icon, words, tone, and what that means for those who build it
    "draft": ("pen", "Draft", "now", "Only staff see this. Everything can change."),
    "published": ("check", "Published", "good", "It is on the agenda. What you change shows at once."),
    "cancelled": ("off", "Cancelled", "", "It is kept as it was. Copy it to plan it again."),
    "over": ("check", "Over", "", "It has been. Copy it to plan it again."),
}
GONE = "This was cancelled, and is kept as it was. Copy it to plan it again."
SEATS = "People have asked for seats, so more of them go to the line first. That has a page of its own."
PLACE = "People have this place in their calendars. Change it where you move a date, so that each of them hears of it."
DATES = "People have this date in their calendars. Move it under Changes, so that each of them hears of it."
LOCKS_OF_ASKED = {
    "experiences.capacity": SEATS,
    "experiences.online_capacity": SEATS,
    "experiences.place": PLACE,
    "experiences.joined_by": "People have asked for seats. What a seat is for stays.",
    **{f"sessions.{name}": DATES for name in ("starts_at", "ends_at", "time_zone", "mode", "place", "credit_minutes")},
}
LOCKS_OF_PUBLISHED = {"experiences.slug": "It is published, and its address is in mails and calendars."}


@dataclass(frozen=True)
class PlanLaw:
    """What may still change in an experience: all of a draft; less once it is published, or a seat was asked for."""

    stage: str
    is_asked: bool
    zone: str

    @classmethod
    def of(cls, experience: Experience, now: datetime, zone: str) -> PlanLaw:
        return cls(stage_of(experience, now), is_asked(experience), zone)

    def lock(self, table: str, name: str, value: Any = None) -> str:
        """Why `name` of a table may not change any more; empty where it may."""
        if self.stage == "cancelled":
            return GONE
        place = f"{table}.{name}"
        published = "" if self.stage == "draft" else LOCKS_OF_PUBLISHED.get(place, "")
        return published or (LOCKS_OF_ASKED.get(place, "") if self.is_asked else "")

    def bound(self, table: str, name: str, value: Any = None) -> str:
        """Within which bounds it may change: there are none."""
        return ""

    def refusal(self, table: str, name: str, old: Any, new: Any) -> str:
        """Why `name` of a table may not go from `old` to `new`; empty where it may."""
        return "" if old == new else self.lock(table, name, old)


def stage_of(experience: Experience, now: datetime) -> str:
    """draft, published, cancelled or over."""
    # In this order: what was cancelled stays that, whatever its dates; and a draft is never over.
    if experience.cancelled_at is not None:
        return "cancelled"
    if experience.published_at is None:
        return "draft"
    ends = [one.ends_at for one in experience.sessions]
    return "over" if ends and max(ends) <= now else "published"


def is_asked(experience: Experience) -> bool:
    """Whether anybody has asked for a seat, or seats are kept for somebody: then dates and seats are no longer staff's
    alone."""
    # The queue number never goes back, so it also tells of somebody who asked and went: they have mails and a calendar.
    pools = [pool for session in experience.sessions for pool in session.pools]
    return experience.last_queue_number > 0 or any(pool.taken or pool.held for pool in pools)


def why_on_agenda(experience: Experience) -> str:
    """Why what is published cannot go back to being a draft; empty where it can, since nobody counts on it."""
    if experience.cancelled_at is not None:
        return GONE
    if is_asked(experience):
        return (
            "People have asked for seats, or seats are kept for them, so it stays on the agenda. Cancel it if it does "
            "not take place: each of them is told."
        )
    return ""


def why_date_stays(experience: Experience, session: Session) -> str:
    """Why a date cannot be taken out; empty where it can."""
    if experience.cancelled_at is not None:
        return GONE
    if is_asked(experience):
        return DATES
    # A date that was cancelled does not count: visitors would find a page with nothing to come to.
    others = [one for one in experience.sessions if one.cancelled_at is None and one.id != session.id]
    if experience.published_at is not None and not others:
        return "This is published, and it is its only date. Add another one first, or take it off the agenda."
    return ""


def begun_words(experience: Experience, now: datetime, zone: str) -> str:
    """What whoever publishes something should know of dates that have begun by then; empty where none has."""
    held = [one for one in experience.sessions if one.cancelled_at is None]
    begun = [one for one in held if one.starts_at <= now]
    if not begun or experience.published_at is not None:
        return ""
    first = f"{local(begun[0].starts_at, begun[0].time_zone or zone):%A, %B %-d, %Y}"
    if experience.joined_by == "session" and len(begun) < len(held):
        count = "One of its dates has" if len(begun) == 1 else f"{len(begun)} of its dates have"
        return f"{count} begun already, the first on {first}. People can take seats in the others only."
    end = " A seat is for all of its dates." if experience.joined_by == "whole" and len(held) > 1 else ""
    return f"Its first date, {first}, has begun already. Nobody can take a seat any more.{end}"


def why_no_new_session(experience: Experience) -> str:
    """Why no session can be added; empty where one can. A space can always meet once more: nobody has a seat there."""
    if experience.cancelled_at is not None:
        return GONE
    if experience.joined_by == "whole" and is_asked(experience):
        return (
            "People have seats in all of its sessions, so no session can be added. Plan it as an experience of its own."
        )
    return ""


@dataclass(frozen=True)
class Plan:
    """An experience with what else its chapters show: its questions, and how many people are invited."""

    experience: Experience
    questions: Sequence[ExperienceQuestion]
    invited: int
    zone: str


def gaps_of(plan: Plan, now: datetime) -> list[Gap]:
    """What the experience lacks, chapter by chapter; what is cancelled lacks nothing any more."""
    return find_gaps(plan, now, FINDERS) if plan.experience.cancelled_at is None else []


def next_chapter(chapter: str) -> tuple[str, str]:
    """The chapter after this one and its words; after the last one the preview."""
    return chapter_after(chapter, CHAPTERS)


def chapter_before(chapter: str) -> tuple[str, str] | None:
    """The chapter before this one and its words; none before the first."""
    keys = list(CHAPTERS)
    place = keys.index(chapter)
    return (keys[place - 1], CHAPTERS[keys[place - 1]]) if place else None


def check_complete(plan: Plan, now: datetime) -> None:
    """Raise RuleBroken with the first thing that keeps the experience from being published."""
    refuse_incomplete(gaps_of(plan, now), CHAPTERS, "This cannot be published yet.")


def check_whole(plan: Plan, now: datetime) -> None:
    """Raise RuleBroken when something that a published experience needs is missing after a change."""
    # That its dates have passed is no fault of what is changed now: a typo can be mended afterwards too.
    gaps = [gap for gap in gaps_of(plan, now) if gap.sentence != PAST]
    refuse_broken(gaps, "This is published, so it stays complete.")


def line_words(experience: Any) -> str:
    """The rule of the waitlist in words, as its settings make it."""
    if not experience.has_waitlist:
        return "There is no waitlist: when all seats are taken, nobody can ask."
    within, hold, cutoff = experience.offer_within_hours, experience.offer_hold_hours, experience.cutoff_hours
    early = "A seat that comes free goes to the next in line at once."
    late = f" In the last {_hours(within)} before the start it is offered to the next in line, and kept {_hours(hold)}."
    end = f" In the last {_hours(cutoff)} nobody is moved up: whoever waits can take a free seat by pressing."
    return early + (late if within > cutoff else "") + (end if cutoff else "")


PAST = "All dates have passed. Choose dates to come."


def _what(plan: Plan, now: datetime) -> Found:
    one = plan.experience
    if not one.summary.strip():
        yield "Write a summary. It stands below the title, and where the page is found.", False
    if not one.description.strip():
        yield "Say what people will do there.", False


def _sessions(plan: Plan, now: datetime) -> Found:
    sessions = _held(plan)
    if not sessions:
        yield "There is no date yet. Add one.", True
        return
    if max(one.ends_at for one in sessions) <= now:
        yield PAST, True
    # Sessions come in the order of their starts, so two that meet stand next to each other.
    for earlier, later in pairwise(sessions):
        if later.starts_at < earlier.ends_at:
            yield f"{_day(later, plan)} begins before the session before it ends.", False
    for one in sessions:
        if one.mode != "online" and not (one.place or plan.experience.place):
            yield f"{_day(one, plan)} has no place yet.", False
        if one.mode != "in_person" and not one.join_url:
            yield f"{_day(one, plan)} has no join link yet.", False


def _seats(plan: Plan, now: datetime) -> Found:
    one = plan.experience
    if one.capacity < 1 and not one.online_capacity:
        yield "Say how many seats there are.", True
    if one.min_to_run and one.min_to_run > one.capacity + (one.online_capacity or 0):
        yield "It needs more people to run than it has seats. Change one of the two.", True
    if one.opens_at and one.closes_at and one.closes_at <= one.opens_at:
        yield "Sign-up closes before it opens. Change one of the two.", True
    # Only of a draft: of what is published, sign-up has closed as it was meant to.
    if one.published_at is None and one.closes_at and one.closes_at <= now:
        yield "Sign-up has closed already. Choose a later date.", True
    sessions = _held(plan)
    if one.opens_at and sessions and one.opens_at >= sessions[-1].ends_at:
        yield "Sign-up opens after the last date. Choose an earlier moment.", True
    if one.cutoff_hours >= one.offer_within_hours > 0 and one.has_waitlist:
        yield "Seats are never offered: nobody is moved up by then. Look whether that is meant.", False


def _who(plan: Plan, now: datetime) -> Found:
    one = plan.experience
    if one.reach == "cohorts" and not one.cohorts:
        yield "Say which cohorts it is for.", True
    if one.audience == []:
        yield "Choose the roles it is for, or say that it is for every role.", True
    if one.reach == "invited" and not plan.invited:
        yield "Nobody is invited yet.", False


def _questions(plan: Plan, now: datetime) -> Found:
    sessions = _held(plan)
    # Answers are read on the day itself, by the kitchen too: so they are kept until its end at least.
    last = local(max(one.ends_at for one in sessions), plan.zone).date() if sessions else None
    for question in plan.questions:
        if last is not None and question.erase_on < last:
            yield f"The answers to “{question.label}” are erased before the last date. Keep them until then.", True
        if question.kind == "choice" and len(question.options) < 2:
            yield f"“{question.label}” needs two answers or more to choose from.", True


def _faculty(plan: Plan, now: datetime) -> Found:
    if not plan.experience.faculty and plan.experience.facilitator_id is None:
        yield "Say who leads it.", False


def _weather(plan: Plan, now: datetime) -> Found:
    one, sessions = plan.experience, _held(plan)
    first = min(sessions, key=lambda held: held.starts_at, default=None)
    if one.snow_date and first and one.snow_date <= local(first.starts_at, first.time_zone or plan.zone).date():
        yield "The snow date does not come after the first date. Choose a later one.", True
    if one.fallback_capacity and not one.fallback_minutes:
        yield "Say how many hours count if it moves online.", False
    if one.snow_date and one.decide_by is None:
        yield "Say until when staff decide about snow.", False


def _reminders(plan: Plan, now: datetime) -> Found:
    if not plan.experience.reminder_days:
        yield "Nobody is reminded. Look whether that is meant.", False


FINDERS: Finders[Plan] = {
    "what": _what, "sessions": _sessions, "seats": _seats, "who": _who, "questions": _questions,
    "faculty": _faculty, "weather": _weather, "reminders": _reminders,
}  # fmt: skip


def as_it_comes(plan: Plan) -> dict[str, str]:
    """The chapters in which nothing was chosen yet, each with what holds then."""
    one = plan.experience
    is_for_all = one.reach == "members" and one.audience is None and not one.is_private
    has_weather = one.snow_date or one.decide_by or one.fallback_capacity is not None or one.fallback_minutes
    is_as_usual = tuple(one.reminder_days) == REMINDED and one.join_minutes == WAY_IN
    found = {
        "who": (is_for_all, "All members"), "questions": (not plan.questions, "Nothing asked"),
        "weather": (not has_weather, "Nothing set"), "reminders": (is_as_usual, "As usual"),
    }  # fmt: skip
    return {chapter: words for chapter, (is_untouched, words) in found.items() if is_untouched}


def default_erase_on(experience: Experience, zone: str, now: datetime) -> Any:
    """The last day on which answers are kept, unless staff say otherwise: two weeks after the last date."""
    last = max((one.ends_at for one in experience.sessions), default=now)
    return local(last, zone).date() + timedelta(weeks=2)


def _held(plan: Plan) -> list[Session]:
    return [one for one in plan.experience.sessions if one.cancelled_at is None]


def _day(session: Session, plan: Plan) -> str:
    return f"{local(session.starts_at, session.time_zone or plan.zone):%A, %B %-d}"


def _hours(count: int) -> str:
    return "60 minutes" if count == 1 else f"{count} hours"
