"""The demo's second round: closed, being read, and ready for a newcomer to review and decide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.core import clock
from portal.core.db import db
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.districts.actors import Person
from portal.districts.models import District
from portal.letters.models import Letter, Submission
from portal.reports.queries import counts_of
from portal.reports.rules import STEPS
from portal.reviews.models import Decision
from portal.reviews.reading_models import Conflict
from portal.reviews.reading_queries import assignments_of, queue_of
from portal.reviews.rules import may
from portal.reviews.scoring_queries import summaries
from portal.reviews.scoring_rules import Summary
from portal.rounds.models import Invitation, Round
from portal.rounds.rules import stage_of

pytestmark = pytest.mark.usefixtures("demo")


def second() -> Round:
    return db.session.scalars(select(Round).where(Round.slug == "eclc-loi-2026-c3")).one()


def letter(slug: str) -> Letter:
    chosen = select(Letter).join(Letter.district).where(District.slug == slug, Letter.round_id == second().id)
    return db.session.scalars(chosen).one()


def summed(slug: str) -> Summary:
    return summaries(second())[letter(slug).id]


def person(name: str) -> Account:
    account = find_account(f"{name}.hub@example.org")
    assert account is not None
    return account


def queue(name: str) -> list[int]:
    """The letters that this reader finds in their queue. Made by hand: a sign-in would be a row in the shared world."""
    account, community_id = person(name), second().community_id
    reader = Person(account.id, account.name, account.email, 0, "", {(community_id, "reviewer")})
    return [one.letter_id for one in queue_of(reader, second())]


def test_the_round_has_closed_and_readers_still_have_some_days() -> None:
    round, today = second(), clock.local(clock.now(), "America/New_York").date()
    assert stage_of(round, clock.now()) == "closed"
    assert 10 <= (today - round.closes_at.date()).days <= 18
    assert round.review_from is not None
    assert round.review_to is not None
    assert round.review_from < today < round.review_to


def test_every_letter_asks_what_the_open_round_asks() -> None:
    asked: list[Any] = [
        [(one.code, one.kind) for section in round.sections for one in section.questions]
        for round in db.session.scalars(select(Round).order_by(Round.id))
    ]
    assert asked[0] == asked[1] != []


def test_six_letters_were_sent_and_one_ran_out_of_time() -> None:
    rows = db.session.execute(
        select(District.slug, Letter.status).join(Letter, Letter.district_id == District.id)
        .where(Letter.round_id == second().id)
    )  # fmt: skip
    assert dict(map(tuple, rows)) == {
        "fable-point": "submitted", "fiction-ridge": "submitted", "invention-bay": "submitted",
        "mock-landing": "submitted", "pretend-pines": "submitted", "sketch-island": "submitted",
        "draft-moor": "not_submitted",
    }  # fmt: skip


def test_one_letter_came_in_the_extra_minutes() -> None:
    late = select(District.slug).join(Letter).join(Submission).where(Submission.is_late)
    assert db.session.scalars(late).all() == ["mock-landing"]
    sent = db.session.scalars(select(Submission).where(Submission.is_late)).one()
    assert round((sent.submitted_at - second().closes_at).total_seconds() / 60) == 40


def test_one_letter_is_disputed_and_one_was_changed_since_it_was_scored() -> None:
    assert [slug for slug in ("fable-point", "fiction-ridge", "mock-landing") if summed(slug).is_disputed] == [
        "fiction-ridge"
    ]
    assert [slug for slug in ("fable-point", "pretend-pines") if summed(slug).is_stale] == ["pretend-pines"]


def test_some_letters_have_all_their_scores_and_some_wait() -> None:
    told = {slug: (summed(slug).handed_in, summed(slug).wanted) for slug in ("fable-point", "sketch-island")}
    assert told == {"fable-point": (2, 2), "sketch-island": (1, 2)}
    assert (summed("fable-point").score, summed("invention-bay").score) == (3.73, 1.6)


def test_each_letter_is_with_two_readers_and_a_reader_has_something_left() -> None:
    with_readers = [one.letter_id for one in assignments_of(second())]
    assert {with_readers.count(number) for number in with_readers} == {2}
    assert len(queue("reviewer-a")) == 4


def test_the_reader_with_a_conflict_knows_nothing_of_the_letter_and_another_reads_it() -> None:
    found, reader = letter("mock-landing"), person("reviewer-c")
    [conflict] = db.session.scalars(select(Conflict))
    assert (conflict.account_id, conflict.district_id, conflict.source) == (reader.id, found.district_id, "declared")
    names = {one.account.name for one in assignments_of(second()) if one.letter_id == found.id}
    assert names == {"Reviewer B (university partner)", "Reviewer D (in reserve)"}
    assert found.id not in queue("reviewer-c")


def test_nothing_is_decided_and_staff_may_decide_at_once() -> None:
    assert db.session.scalar(select(func.count(Decision.id))) == 0
    found = letter("fable-point")
    assert may("prepare", found, None, stage_of(found.round, clock.now()))


def test_the_funnel_of_the_round_has_something_to_tell() -> None:
    counts = counts_of(person("coordinator"), second())
    assert [counts[step] for step in STEPS] == [9, 8, 7, 7, 6, 6, 6, 0, 0]
    assert (counts["not-this-year"], counts["not-opened"], counts["not-submitted"]) == (1, 1, 1)


def test_everything_happened_in_its_order_before_now() -> None:
    rows = db.session.scalars(select(Letter).where(Letter.round_id == second().id).order_by(Letter.id))
    for found in rows:
        invited = db.session.scalars(
            select(Invitation).filter_by(round_id=found.round_id, district_id=found.district_id)
        )
        moments = [invited.one().sent_at, found.started_at, *(sent.submitted_at for sent in found.submissions)]
        assert moments == sorted(moments)
        assert moments[-1] < clock.now()
    assert db.session.scalar(select(func.max(History.at))) <= clock.now()


def test_mails_of_weeks_ago_do_not_lie_in_the_mailbox_but_those_to_readers_do() -> None:
    theirs = Outgoing.to_address.like("%.fable-point@%") | Outgoing.to_address.like("reviewer-%")
    waiting = select(Outgoing.template).where(theirs, Outgoing.dropped_at.is_(None)).distinct()
    assert db.session.scalars(waiting).all() == ["reader_queue"]


def test_the_second_round_has_people_who_can_sign_in(demo: Flask) -> None:
    lines = demo.test_cli_runner().invoke(args=["demo", "people"]).output.splitlines()
    told = {line["email"]: line["permission"] for line in map(json.loads, lines)}
    assert told["superintendent.fable-point@example.org"] == "lead"
    assert told["reviewer-d.hub@example.org"] == "reviewer"
