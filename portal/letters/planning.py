"""Who looks after which section until when, and whether they call it done. It locks nobody out."""

from __future__ import annotations

from datetime import date

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.rounds.models import Section

from .deadlines import ends_at
from .models import Letter, SectionTask
from .queries import roles_for, writers_of
from .rules import check, is_signing
from .team_queries import task_of
from .team_rules import check_due, section_digest


def plan_section(
    letter: Letter, section: Section, *, owner_id: int | None, due_on: date | None, by: Doer | None
) -> SectionTask:
    """Say who looks after the section (None: nobody in particular) and until when. A new owner gets a mail.

    Raises RuleBroken when that person does not write in the letter, the day has passed or comes after the letter's
    last, or the letter is not being written.
    """
    with transaction():
        task = _task(letter, section, by)
        owner = next((one for one in writers_of(letter) if one.id == owner_id), None)
        if owner_id is not None and owner is None:
            raise RuleBroken("Choose somebody who writes in this letter. Whoever is only invited can join first.")
        if due_on != task.due_on:
            check_due(due_on, *_days(letter))
        is_new = owner is not None and owner_id != task.owner_id
        task.owner_id, task.due_on = owner_id, due_on
        db.session.flush()
        record(task, "plan", by, community_id=letter.community_id, owner_id=owner_id, due_on=due_on and f"{due_on}")
        if owner is not None and is_new and (by is None or owner.id != by.account_id):
            _tell(task, owner, by)
    return task


def mark_done(letter: Letter, section: Section, *, by: Doer | None) -> SectionTask:
    """Call the section done. It stays open to everyone; a later change of its answers shows beside the mark."""
    with transaction():
        task = _task(letter, section, by)
        task.done_at, task.done_by_id = clock.now(), by.account_id if by else None
        task.done_digest = section_digest(letter, section)
        db.session.flush()
        record(task, "mark done", by, community_id=letter.community_id)
    return task


def take_done_back(letter: Letter, section: Section, *, by: Doer | None) -> SectionTask:
    """Say that the section is not done after all. Twice changes nothing."""
    with transaction():
        task = _task(letter, section, by)
        if task.done_at is not None:
            task.done_at, task.done_by_id, task.done_digest = None, None, ""
            record(task, "take done back", by, community_id=letter.community_id)
    return task


def _task(letter: Letter, section: Section, by: Doer | None) -> SectionTask:
    lock(letter)
    check("plan", letter, roles_for(by, letter), clock.now())
    if is_signing(section):
        raise RuleBroken("This section is the superintendent’s. It is signed when all others are done.")
    task = task_of(letter, section)
    if task is None:
        task = SectionTask(letter_id=letter.id, section_id=section.id, done_digest="")
        db.session.add(task)
        db.session.flush()
    return task


def _days(letter: Letter) -> tuple[date, date]:
    zone = letter.round.community.time_zone
    return clock.local(clock.now(), zone).date(), clock.local(ends_at(letter), zone).date()


def _tell(task: SectionTask, owner: Account, by: Doer | None) -> None:
    post(
        "section_owner", to=owner.email, community_id=db.session.get_one(Letter, task.letter_id).community_id,
        once=f"section-owner:{task.id}:{owner.id}:{clock.now():%Y%m%d%H%M%S}", task_id=task.id, account_id=owner.id,
        by_account_id=by.account_id if by else None,
    )  # fmt: skip
