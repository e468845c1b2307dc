"""An experience made of another one, and a year made of the year before: words, seats, questions, dates moved by weeks.

Nothing of any person comes along, but for who leads: no seats, no one who is invited, and no links to join.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.communities.models import Community
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import one_line
from portal.rounds.chapters import short_name
from portal.rounds.dates import counted_up

from .building import check_slug
from .models import Agenda, Experience, Session
from .operations import create_agenda, pools_for
from .plan_queries import experiences_of_year, questions_of, slugs_of
from .plan_rules import RESERVED, default_erase_on
from .planning_models import ExperienceQuestion
from .repeat_rules import copied_title, moved_by, snow_date_left
from .sessions import FIELDS

# What is not named here stays behind on purpose: who was invited, the links to join, the moment of publishing.
WORDS = (
    "kind", "summary", "note", "mode", "quarter", "place", "description", "capacity", "online_capacity", "min_to_run",
    "reach", "audience", "needs_approval", "is_private", "has_waitlist", "joined_by", "fallback_capacity",
    "fallback_minutes", "join_minutes", "reminder_days", "offer_within_hours", "offer_hold_hours", "cutoff_hours",
    "pdp", "facilitator_id",
)  # fmt: skip
DATES = ("opens_at", "closes_at", "decide_by", "snow_date")
ASKED = ("position", "kind", "label", "help", "options", "is_required")
MOST_WEEKS = 520


@dataclass(frozen=True)
class Copy:
    """What the copy will be called, in which year it stands, how many weeks later it is, and which dates it has."""

    title: str
    slug: str
    weeks: int
    sessions: Collection[int]
    agenda_id: int | None = None


def copy_experience(experience: Experience, plan: Copy, *, by: Doer) -> Experience:
    """Draft an experience like this one. Where it has the same title in the same year, the copy says that it is one; a
    snow date that would come before the copy's first date stays behind. Raises RuleBroken when the short name is taken.
    """
    with transaction():
        lock(db.session.get_one(Community, experience.community_id))  # a short name is given once
        check_slug(experience.community_id, plan.slug)
        _check_weeks(plan.weeks)
        return _copied(experience, plan, by)


def copy_year(
    agenda: Agenda, *, title: str, slug: str, weeks: int, chosen: Mapping[int, Sequence[int]], by: Doer
) -> Agenda:
    """Draft next year: of each chosen experience (by its number) a copy with these of its dates.

    Raises RuleBroken when the short name of the year is taken, or when nothing is chosen.
    """
    with transaction():
        lock(db.session.get_one(Community, agenda.community_id))
        _check_weeks(weeks)
        if not chosen:
            raise RuleBroken("Check at least one experience.")
        community = db.session.get_one(Community, agenda.community_id)
        made = create_agenda(community, slug=slug, title=one_line(title), by=by)
        taken = [*slugs_of(community.id), *RESERVED]
        for experience in experiences_of_year(agenda.id):
            if experience.id in chosen:
                name = short_name(counted_up(experience.slug), taken, "experience")
                # Two of one year can come to the same short name; nothing of this is in the database yet.
                taken.append(name)
                _copied(experience, Copy(counted_up(experience.title), name, weeks, chosen[experience.id], made.id), by)
        record(made, "copy", by, community_id=community.id, note=agenda.title, copied_from_id=agenda.id)
    return made


def _copied(experience: Experience, plan: Copy, by: Doer) -> Experience:
    zone = zone_of(experience.community_id)
    # Moments of the experience keep their time on the wall here; those of a date keep it where the date is held.
    dates = {name: moved_by(getattr(experience, name), plan.weeks, zone) for name in DATES}
    title = copied_title(one_line(plan.title), experience.title, is_same_year=plan.agenda_id == experience.agenda_id)
    made = Experience(
        community_id=experience.community_id, agenda_id=plan.agenda_id, title=title, slug=plan.slug,
        **{name: getattr(experience, name) for name in WORDS}, **dates,
    )  # fmt: skip
    made.faculty, made.cohorts = list(experience.faculty), list(experience.cohorts)
    db.session.add(made)
    db.session.flush()
    copied = [
        _copy_session(one, made, plan.weeks, zone) for one in experience.sessions if one.id in plan.sessions
    ]  # fmt: skip
    # Only now it is known with which date the copy begins: somebody may have left the first ones out.
    made.snow_date = snow_date_left(made.snow_date, copied, zone)
    _copy_questions(experience, made, plan.weeks, zone)
    db.session.flush()
    record(made, "copy", by, community_id=made.community_id, note=experience.title, copied_from_id=experience.id)
    return made


def _copy_session(session: Session, made: Experience, weeks: int, zone: str) -> Session:
    there = session.time_zone or zone
    fields = {name: getattr(session, name) for name in FIELDS if name != "join_url"}
    # The end is as long after the start as it was: on the night of a change of clocks the wall would say otherwise.
    starts_at = moved_by(session.starts_at, weeks, there)
    fields |= {"starts_at": starts_at, "ends_at": starts_at + (session.ends_at - session.starts_at)}
    copy = Session(experience_id=made.id, **fields)
    db.session.add(copy)
    db.session.flush()
    db.session.add_all(pools_for(made, copy))
    return copy


def _copy_questions(experience: Experience, made: Experience, weeks: int, zone: str) -> None:
    today = clock.local(clock.now(), zone).date()
    # The dates were added by number, not through the list, so the list is read anew before it says which is the last.
    db.session.expire(made, ["sessions"])
    least = default_erase_on(made, zone, clock.now())
    for question in questions_of(experience.id):
        erase_on: Any = max(moved_by(question.erase_on, weeks, zone), today)
        # A day that has passed would erase answers the night they are given: then it is counted from the last date
        # anew.
        told = {name: getattr(question, name) for name in ASKED}
        erase_on = least if erase_on <= today else erase_on
        db.session.add(ExperienceQuestion(experience_id=made.id, erase_on=erase_on, **told))


def _check_weeks(weeks: int) -> None:
    if not 0 <= weeks <= MOST_WEEKS:
        raise RuleBroken(f"Move the dates by 0 to {MOST_WEEKS} weeks.")
