"""Of a decision that was not sent nothing reaches a district: every page, file, mail and count stays byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.advising import draft_feedback
from portal.cohorts.boarding import clear_many, move_in_line
from portal.cohorts.offering import expire_offers, remind_silent, serve_waiting
from portal.cohorts.release_queries import outgoings
from portal.cohorts.release_rules import digest
from portal.cohorts.releasing import ask_release
from portal.cohorts.wording import word_letter, word_round
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.core.tokens import issue, token_of
from portal.districts.operations import affiliate, begin_membership
from portal.districts.queries import leads_of
from portal.letters.models import Editor, Endorsement, Letter
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Criterion, Invitation, Round
from tests.accounts.builders import a_person
from tests.cohorts.builders import (
    a_closing_round,
    a_district,
    a_led_letter,
    an_offer,
    decided,
)
from tests.house.crawl import walk

SignIn = Callable[[FlaskClient, Account], FlaskClient]
SECRET = "Kestrel"  # stands in everything that staff write and nobody else may read
TOLD = ("ETag", "Location", "Content-Type", "Last-Modified", "Cache-Control")  # of the headers: not who asked when
TEXT = f"{SECRET} {{{{recipient}}}} {{{{link}}}} {{{{reply_by}}}}"


@pytest.fixture
def round(community: Community) -> Round:
    round = a_closing_round(community, capacity=9)
    db.session.add(Criterion(round_id=round.id, position=90, code="k9", label="Need", weight=100))
    db.session.commit()
    return round


@pytest.fixture
def letters(round: Round, staff: Account) -> dict[str, Letter]:
    """Three that wait for their decision, one on the waitlist and one with an offer."""
    made = {name: a_led_letter(round, name) for name in ("Harbor", "River", "Hill", "Cove", "Dune")}
    decided(made["Cove"], "waitlist", staff)
    an_offer(made["Dune"], staff)
    return made


@pytest.fixture
def people(app: Flask, sign_in: SignIn, community: Community, letters: dict[str, Letter]) -> list[FlaskClient]:
    """A visitor, the lead of every letter, and an educator of a member district that wrote none."""
    member = a_district("Member")
    begin_membership(community.id, member, clock.now().date(), None)
    educator = a_person("educator@example.org", "Educator")
    affiliate(educator, community.id, member, "teacher-sped", clock.now().date(), None)
    leads = [leads_of(community.id, letter.district_id)[0] for letter in letters.values()]
    writer = a_co_editor(letters["Harbor"])
    return [app.test_client(), *(sign_in(app.test_client(), person) for person in (*leads, educator, writer))]


def a_co_editor(letter: Letter) -> Account:
    """A colleague who wrote in the letter without leading the district."""
    account = a_person("writer@example.org", "Writer")
    now = clock.now()
    db.session.add(
        Editor(letter_id=letter.id, name="Writer", email=account.email, account_id=account.id, invited_at=now,
               joined_at=now)
    )  # fmt: skip
    db.session.commit()
    return account


def links_of(letter: Letter) -> list[str]:
    """The private links that went out for the letter: to whom it was addressed, who signed, a colleague."""
    now = clock.now()
    invitation = Invitation(
        community_id=letter.community_id, round_id=letter.round_id, district_id=letter.district_id,
        to_name="Superintendent", to_email="first@example.org", prepared_at=now, sent_at=now, answer="interested",
        answered_at=now,
    )  # fmt: skip
    signed = Endorsement(
        letter_id=letter.id, to_name="Superintendent", to_email="first@example.org", content_hash="", asked_at=now,
        signed_at=now, typed_name="Superintendent", typed_date=now.date(),
    )  # fmt: skip
    asked = Editor(letter_id=letter.id, name="Colleague", email="asked@example.org", invited_at=now)
    kinds = {
        "invitations": (invitation, "invitation"),
        "endorsements": (signed, "endorsement"),
        "editors": (asked, "editor"),
    }
    for row, purpose in kinds.values():
        issue(row, purpose)
    db.session.commit()
    return [f"/eclc/{path}/{token_of(row, purpose)}" for path, (row, purpose) in kinds.items()]


def seen(
    app: Flask, people: list[FlaskClient], letters: dict[str, Letter], *links: str
) -> dict[tuple[int, str], bytes]:
    """Every page and file that these people can reach, by private links too, with what stands on it."""
    numbers = [letter.id for letter in letters.values()]
    own = [f"/eclc/letters/{number}{rest}" for number in numbers for rest in ("/standing", "", "/receipt", "/versions")]
    starts = ["/", "/eclc/", "/eclc/members", "/eclc/letter", "/eclc/district", "/eclc/agenda", "/my", *own, *links]
    return {
        (who, path): answer.data + str([answer.headers.get(name) for name in TOLD]).encode()
        for who, person in enumerate(people) for path, answer in walk(app, person, starts)
    }  # fmt: skip


def mails() -> list[Any]:
    db.session.rollback()
    return [(row.template, row.to_address, row.once) for row in db.session.query(Outgoing).order_by(Outgoing.id)]


def work_of_staff(round: Round, letters: dict[str, Letter], staff: Account) -> None:
    """Everything that staff do before the press, and the press itself before the worker comes."""
    for name, outcome in (("Harbor", "accept"), ("River", "waitlist"), ("Hill", "waitlist")):
        prepare_decision(letters[name], outcome, SECRET, staff)
    move_in_line(letters["Hill"], -1, by=staff)
    word_round(round, "accept", SECRET, TEXT, by=staff)
    word_letter(letters["Harbor"], f"{SECRET} again", TEXT, by=staff)
    for letter in letters.values():
        draft_feedback(letter, {round.criteria[-1].id: SECRET}, by=staff, approve=letter is letters["Harbor"])
    clear_many([(letters["River"], stamp_of(decision_of(letters["River"])))], by=staff)
    prepare_decision(letters["River"], "decline", SECRET, staff)
    ask_release(round, digest(outgoings(round, staff.id)), by=staff)


def test_before_the_release_no_byte_changes_for_anybody(
    app: Flask, round: Round, letters: dict[str, Letter], staff: Account, people: list[FlaskClient]
) -> None:
    links = links_of(letters["Harbor"])
    seen(app, people, letters, *links)  # what a first look keeps ready
    before, owed_before = seen(app, people, letters, *links), mails()
    version = round.community.public_version
    work_of_staff(round, letters, staff)
    after = seen(app, people, letters, *links)
    assert len(before) > 60
    assert [link for link in links if (0, link) not in before] == []
    assert [where for where in before if before[where] != after.get(where)] == []
    assert (after.keys(), mails(), round.community.public_version) == (before.keys(), owed_before, version)
    assert [where for where, page in after.items() if SECRET.encode() in page] == []


def test_the_jobs_of_the_worker_tell_nobody_either(round: Round, letters: dict[str, Letter], staff: Account) -> None:
    before = mails()
    for name, outcome in (("Harbor", "accept"), ("River", "waitlist"), ("Hill", "decline")):
        prepare_decision(letters[name], outcome, SECRET, staff)
    assert (expire_offers(), serve_waiting(), remind_silent(), mails()) == (0, 0, 0, before)
