"""What staff do to build an experience, chapter by chapter, up to publishing it.

Each verb takes the experience's lock, keeps what a colleague wrote meanwhile, and asks the law of changes. All raise
Conflict when both changed the same thing, and RuleBroken with what would work when it may not change (any more).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import delete, select

from portal.cohorts.models import Cohort
from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.communities.queries import zone_of
from portal.core import clock
from portal.core.db import db, insert, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import one_line
from portal.rounds.changes import settle
from portal.rounds.drafting import Typed, pairs
from portal.rounds.rules import Unfit

from .models import KINDS, Agenda, Experience, Faculty
from .operations import publish_experience
from .plan_queries import invited_to, plan_of
from .plan_rules import RESERVED, PlanLaw, begun_words, check_complete, check_whole, is_asked, why_on_agenda
from .planning_models import ExperienceInvitee, ExperienceQuestion
from .queries import find_experience
from .rules import capacity_of

LISTS: dict[str, type[Faculty] | type[Cohort]] = {"faculty": Faculty, "cohorts": Cohort}
MOST_INVITED = 2000


class Place(Protocol):
    """A community, as a row or as the words of the gate."""

    @property
    def id(self) -> Any: ...


def draft_experience(
    community: Place, *, kind: str, title: str, slug: str, agenda: Agenda | None = None, by: Doer
) -> Experience:
    """Begin an experience with nothing in it but a title. Raises RuleBroken when the short name cannot be used."""
    with transaction():
        lock(db.session.get_one(Community, community.id))  # a short name is given once
        if kind not in KINDS:
            raise Unfit("Choose what kind of experience it is.", "kind")
        check_slug(community.id, slug)
        experience = Experience(
            community_id=community.id, agenda_id=agenda.id if agenda else None, kind=kind, title=one_line(title),
            slug=slug, mode="in_person", capacity=0, joined_by="session" if kind == "space" else "whole",
        )  # fmt: skip
        db.session.add(experience)
        db.session.flush()
        record(experience, "create", by, community_id=community.id)
    return experience


def change_words(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Say what it is: kind, title, short name, texts, where and how. Raises RuleBroken for a short name in use too."""

    def check(values: Mapping[str, Any]) -> None:
        slug = values.get("slug", experience.slug)
        if slug != experience.slug:
            lock(db.session.get_one(Community, experience.community_id))
            check_slug(experience.community_id, slug)

    _change(experience, "change the words", typed, by, check)


def change_seats(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Set seats, sign-up and the waitlist. While nobody has asked for a seat, every session gets these seats."""
    _change(experience, "change seats and sign-up", typed, by)


def change_reach(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Say who it is for. Whoever has a seat keeps it."""
    _change(experience, "change who it is for", typed, by)


def change_leaders(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Say who leads it: faculty, and the facilitator who has an account here."""
    _change(experience, "change who leads it", typed, by)


def change_weather(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Set the snow date, and what holds if it moves online."""
    _change(experience, "change snow and fallback", typed, by)


def change_reminders(experience: Experience, typed: Typed, *, by: Doer) -> None:
    """Set how many days before each date people are reminded, and from when on they can join online."""
    _change(experience, "change reminders", typed, by)


def publish(experience: Experience, *, by: Doer, knows_begun: bool = False) -> None:
    """Show it on the agenda. Raises RuleBroken with the first thing that is missing; and where dates have begun
    already, unless whoever publishes it knows that.
    """
    with transaction():
        lock(experience)
        # What is missing is looked for under the lock: a colleague may have taken the last date out a moment ago.
        if experience.cancelled_at is not None:
            raise RuleBroken("This was cancelled. Copy it to plan it again.")
        zone, now = zone_of(experience.community_id), clock.now()
        check_complete(plan_of(experience, zone), now)
        begun = begun_words(experience, now, zone)
        if begun and not knows_begun:
            raise RuleBroken(f"{begun} Change the dates, or say that it is published all the same.")
        publish_experience(experience, by=by)


def take_off_agenda(experience: Experience, *, by: Doer) -> None:
    """Let what is published be a draft again, as long as nobody has asked for a seat. A draft stays one.

    Raises RuleBroken once people count on it: then it can only be cancelled.
    """
    with transaction():
        lock(experience)
        if experience.published_at is None:
            return
        # Whoever takes a seat needs this lock too: either they were first, and it stays on the agenda, or they find
        # that it is off. Nobody ends up with a seat in a draft.
        refusal = why_on_agenda(experience)
        if refusal:
            raise RuleBroken(refusal)
        experience.published_at = None
        record(experience, "take off the agenda", by, community_id=experience.community_id)
        refresh_public(experience.community_id)


def remove_draft(experience: Experience, *, by: Doer) -> None:
    """Take out an experience that was never published; the history keeps its title.

    Raises RuleBroken when people have seen it: then it can only be cancelled.
    """
    with transaction():
        lock(experience)
        if experience.published_at is not None or is_asked(experience):
            raise RuleBroken("People have seen this already. It can be cancelled; then each of them is told.")
        # The history first, while the row still has a number to be known by.
        record(experience, "remove", by, community_id=experience.community_id, note=experience.title)
        experience.faculty, experience.cohorts = [], []
        for table in (ExperienceQuestion, ExperienceInvitee):
            db.session.execute(delete(table).where(table.experience_id == experience.id))
        # What points at a row goes before it: pools, then sessions. The database refuses any other order.
        for row in [pool for one in experience.sessions for pool in one.pools] + list(experience.sessions):
            db.session.delete(row)
            db.session.flush()
        db.session.delete(experience)


def invite(experience: Experience, people: Sequence[tuple[str, str]], *, by: Doer) -> int:
    """Let these people (mail address, name) see and take seats once they sign in; gives how many are new.

    Whoever is invited already stays so. Raises RuleBroken when there would be too many.
    """
    with transaction():
        lock(experience)
        # Counted before and after, because an insert that leaves out who is invited already does not say how many it
        # left out.
        before = invited_to(experience.id)
        if before + len(people) > MOST_INVITED:
            raise RuleBroken(f"Keep it to {MOST_INVITED:,} people. Beyond that, open it to cohorts or to members.")
        told = {"experience_id": experience.id, "by_id": by.account_id, "invited_at": clock.now()}
        rows = [{**told, "email": email, "name": name} for email, name in people]
        if rows:
            db.session.execute(insert(ExperienceInvitee).on_conflict_do_nothing(), rows)
        new = invited_to(experience.id) - before
        if new:
            note(experience, "invite", by, count=new)
    return new


def uninvite(experience: Experience, invitee: ExperienceInvitee, *, by: Doer) -> None:
    """Take somebody off the list of the invited. A seat that they have stays theirs."""
    with transaction():
        lock(experience)
        email = invitee.email
        db.session.delete(invitee)
        note(experience, "take back an invitation", by, about=email)


def check_slug(community_id: int, slug: str) -> None:
    """Raise RuleBroken when an experience cannot have this short name."""
    if slug in RESERVED:
        raise Unfit(f"“{slug}” leads to another page. Choose another short name.", "slug")
    if find_experience(community_id, slug):
        raise Unfit(f"There is an experience “{slug}” already. Choose another short name.", "slug")


def settled(experience: Experience, table: str, stored: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """What of a form is to be written over `stored`. Raises Conflict or RuleBroken; the experience is locked."""
    # The form has left out what is locked, but it was drawn before the lock was taken: somebody may have asked for a
    # seat since. So the law is asked again, and only about what was really changed.
    law = PlanLaw.of(experience, clock.now(), zone_of(experience.community_id))
    changes = settle(stored, typed.values, typed.seen)
    for name, value in changes.items():
        sentence = law.refusal(table, name, stored[name], value)
        if sentence:
            raise RuleBroken(sentence)
    return changes


def note(experience: Experience, verb: str, by: Doer | None, *, about: str = "", **data: Any) -> None:
    """Write what was done into the history, and have visitors' pages made anew where they show it. Comes last.

    Raises RuleBroken when a published experience would no longer be whole.
    """
    db.session.flush()
    db.session.expire_all()  # the lists are read anew, in their order
    if experience.published_at is not None:
        check_whole(plan_of(experience, zone_of(experience.community_id)), clock.now())
        refresh_public(experience.community_id)
    record(experience, verb, by, community_id=experience.community_id, note=about, **data)


def stored_in(experience: Experience, name: str) -> Any:
    """What a form shows of the experience under this name: lists as the numbers of their rows."""
    value = getattr(experience, name)
    return sorted(row.id for row in value) if name in LISTS else value


def _change(
    experience: Experience, verb: str, typed: Typed, by: Doer,
    check: Callable[[Mapping[str, Any]], None] = lambda values: None,
) -> None:  # fmt: skip
    with transaction():
        lock(experience)
        stored = {name: stored_in(experience, name) for name in typed.values}
        changes = settled(experience, "experiences", stored, typed)
        # With what a colleague wrote meanwhile: two changes can each be fine and not go together.
        check({**stored, **changes})
        for name, value in changes.items():
            setattr(experience, name, _rows(experience, name, value) if name in LISTS else value)
        if {"capacity", "online_capacity"} & set(changes):
            # Allowed only while nobody has asked for a seat: after that the line has to be served, which enrollments
            # do.
            _fill_pools(experience)
        if changes:
            note(experience, verb, by, changes=pairs(stored, changes))


def _rows(experience: Experience, name: str, ids: Sequence[int]) -> list[Any]:
    table = LISTS[name]
    chosen = select(table).where(table.community_id == experience.community_id, table.id.in_(ids))
    return list(db.session.scalars(chosen.order_by(table.id)))


def _fill_pools(experience: Experience) -> None:
    for pool in [pool for session in experience.sessions for pool in session.pools]:
        pool.capacity = capacity_of(experience, pool.mode)
