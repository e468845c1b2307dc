"""Where each invitation of a round stands, counted and narrowed in the database as the rule says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.outbox import Outgoing
from portal.districts.operations import affiliate, grant_lead
from portal.letters.calling import decline_by_phone
from portal.letters.invited import (
    SHOWN,
    STATE,
    Leaving,
    cards_of,
    chosen_of,
    counts_by_state,
    find_invited,
    invitations_shown,
    known_contacts,
    leaving,
    not_left,
    reminding,
    rows_of,
    unanswered,
    waiting_for_us,
)
from portal.letters.operations import start_letter
from portal.rounds.inviting import Contact, mark_bounced, note_call, readdress, remind, resend, withdraw_invitation
from portal.rounds.inviting_rules import STATES, UNANSWERED
from portal.rounds.models import Invitation, Round
from portal.rounds.operations import answer_interested, answer_not_this_year, mark_opened
from portal.rounds.queries import invited_in
from portal.rounds.settling import Reply, answer_question
from tests.rounds.builders import (
    AFTER,
    OPEN,
    a_round,
    a_sent_invitation,
    an_asked_question,
    an_invitation,
    an_invited_district,
)
from tests.rounds.traces import Stop, trace, verbs


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def coordinator(community: Community) -> Account:
    return find_or_open_account(email="coordinator@example.org", name="Coordinator")


def in_every_state(round: Round, by: Account, at: Stop) -> dict[str, Invitation]:
    """One invitation in each state, and some that are in it by another way."""
    made = {"prepared": an_invitation(round)}
    made |= {
        state: a_sent_invitation(round) for state in (*STATES[1:], "writing", "asked long ago", "asked and passed")
    }
    mark_opened(made["opened"])
    an_asked_question(round, made["asked"])
    an_asked_question(round, made["asked long ago"])
    an_asked_question(round, made["asked and passed"])
    answer_interested(made["interested"], name="Director", by=by)
    answer_not_this_year(made["not_this_year"], reason="Later")
    mark_bounced(made["bounced"], "Mailbox full", by=by)
    start_letter(round, made["writing"].district, by)
    at("2026-10-02 09:00")
    readdress(made["asked long ago"], Contact("New", "new@example.org"), by=by)
    for name in ("passed_on", "asked and passed"):
        made[name].passed_on_at = at("2026-10-02 09:00")
    db.session.commit()
    return made


def test_the_database_says_the_same_as_the_rule(round: Round, coordinator: Account, at: Stop) -> None:
    made = in_every_state(round, coordinator, at)
    rows = {row.invitation.id: row.state for row in rows_of(round, list(made.values()))}
    counted = {row[0]: row[1] for row in db.session.execute(select(Invitation.id, STATE))}
    assert counted == rows
    assert {name: rows[one.id] for name, one in made.items()} == {
        **{state: state for state in STATES}, "writing": "interested", "asked long ago": "sent",
        "asked and passed": "passed_on",
    }  # fmt: skip
    assert counts_by_state(round) == {**dict.fromkeys(STATES, 1), "sent": 2, "interested": 2, "passed_on": 2}


@pytest.mark.parametrize("shown", SHOWN)
def test_each_tab_shows_the_states_it_names(round: Round, coordinator: Account, at: Stop, shown: str) -> None:
    in_every_state(round, coordinator, at)
    rows = rows_of(round, db.session.scalars(invitations_shown(round, shown)).all())
    assert {row.state for row in rows} == set(SHOWN[shown][1])


def test_the_list_goes_by_the_name_of_the_district(round: Round) -> None:
    for name in ("Salem", "Beverly", "Lynn"):
        an_invitation(round, an_invited_district(name=name))
    assert [one.district.name for one in db.session.scalars(invitations_shown(round, ""))] == [
        "Beverly",
        "Lynn",
        "Salem",
    ]


def test_a_withdrawn_invitation_is_in_no_list(round: Round, community: Community, coordinator: Account) -> None:
    gone = an_invitation(round)
    withdraw_invitation(gone, by=coordinator)
    assert (counts_by_state(round), find_invited(community.id, gone.id), chosen_of(round, [str(gone.id)])) == (
        {},
        None,
        [],
    )
    assert invited_in(round, [gone.district_id]) == {}


def test_who_has_not_answered_stands_in_the_order_of_who_needs_a_call_most(
    round: Round, coordinator: Account, at: Stop
) -> None:
    in_every_state(round, coordinator, at)
    rows = rows_of(round, db.session.scalars(unanswered(round)).all())
    assert [row.state for row in rows][:4] == ["bounced", "asked", "sent", "sent"]
    assert {row.state for row in rows} == set(UNANSWERED)


def test_reminders_go_to_the_silent_and_the_others_are_counted_by_why_not(
    round: Round, coordinator: Account, at: Stop
) -> None:
    made = in_every_state(round, coordinator, at)
    silent, left_out = reminding(round)
    assert {one.id for one in silent} == {made["sent"].id, made["opened"].id}
    # Whose question was asked before the letter went to somebody else waits for us all the same.
    assert left_out == {"bounced": 1, "asked": 3, "passed_on": 1}
    assert waiting_for_us(list(made.values())) == {
        made[name].id for name in ("asked", "asked long ago", "asked and passed", "writing")
    }
    remind(silent, by=coordinator)
    assert reminding(round)[1] == {"bounced": 1, "asked": 3, "passed_on": 1, "reminded": 2}


def test_once_the_question_is_answered_a_reminder_may_go(round: Round, coordinator: Account) -> None:
    invitation = a_sent_invitation(round)
    question = an_asked_question(round, invitation)
    answer_question(question, Reply("Yes."), by=coordinator)
    assert reminding(round) == ([invitation], {})


def test_the_mails_of_a_round_are_counted(round: Round, coordinator: Account, mailbox: Callable, at: Stop) -> None:
    an_invitation(round)
    first, second, back = (a_sent_invitation(round) for _ in range(3))
    assert leaving(round) == Leaving(left=0, waiting=3, bounced=0)
    mailbox()
    mark_bounced(back, "Full", by=coordinator)
    assert leaving(round) == Leaving(left=2, waiting=0, bounced=1)
    resend(second, by=coordinator)
    assert leaving(round) == Leaving(left=1, waiting=1, bounced=1)
    assert {one.id for one in db.session.scalars(not_left(round))} == {second.id, back.id}
    assert first.mailed_at is not None


def test_a_card_tells_what_happened_in_its_order(round: Round, coordinator: Account, at: Stop) -> None:
    invitation = a_sent_invitation(round)
    at("2026-10-02 09:00")
    an_asked_question(round, invitation, text="What does it cost?")
    at("2026-10-03 09:00")
    note_call(invitation, "Back next week", by=coordinator)
    [card] = cards_of(round, [invitation])
    assert [(step.words, step.note, step.who) for step in card.steps] == [
        ("Prepared", "", ""), ("Sent", "", ""), ("Asked", "What does it cost?", "Principal"),
        ("Phone", "Back next week", "Coordinator"),
    ]  # fmt: skip
    assert (card.waits, card.may("resend"), card.may("withdraw")) == (True, True, False)


def test_a_contact_is_known_from_the_last_letter_or_the_job(
    round: Round, community: Community, coordinator: Account
) -> None:
    earlier = a_round(community, slug="earlier")
    written, led, unknown = (an_invited_district() for _ in range(3))
    person = find_or_open_account(email="boss@example.org", name="Superintendent, Example 2")
    for district in (written, led):
        affiliate(person, community.id, district, "superintendent", date(2024, 7, 1), None)
    grant_lead(person, community.id, led, None)
    an_invitation(earlier, written, to_name="Head", to_email="head@example.org")
    assert known_contacts(community.id, [written.id, led.id, unknown.id]) == {
        written.id: Contact("Head", "head@example.org"),
        led.id: Contact("Superintendent", "boss@example.org"),
    }
    other = create_community(slug="other", name="Other", kind="district_network")
    assert known_contacts(other.id, [written.id, led.id]) == {}


def refused(work: Callable[[], Any], words: str) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match=words):
        work()
    assert trace() == before


def test_not_this_year_is_said_on_the_phone_and_confirmed_by_mail(
    round: Round, coordinator: Account, mailbox: Callable
) -> None:
    invitation = a_sent_invitation(round)
    mailbox()
    decline_by_phone(invitation, "A new building", by=coordinator)
    [mail] = mailbox()
    assert (mail.to, "You told us: A new building" in mail.text) == ("superintendent@example.org", True)
    assert (invitation.answer, invitation.reason) == ("not_this_year", "A new building")
    assert verbs(invitation) == ["prepare", "send", "not this year", "call"]
    refused(lambda: decline_by_phone(invitation, "Again", by=coordinator), "has answered already")


def test_the_confirmation_never_carries_a_link_that_is_somebody_elses(
    round: Round, coordinator: Account, mailbox: Callable
) -> None:
    invitation = a_sent_invitation(round)
    mailbox()
    decline_by_phone(invitation, "A new building", by=coordinator)
    readdress(invitation, Contact("New", "new@example.org"), by=coordinator)
    assert [mail.to for mail in mailbox()] == ["new@example.org"]


def test_who_was_never_written_to_gets_no_mail_about_a_call(round: Round, coordinator: Account) -> None:
    decline_by_phone(an_invitation(round), "No", by=coordinator)
    assert db.session.query(Outgoing).count() == 0


def test_a_district_that_writes_is_not_marked_on_the_phone(round: Round, coordinator: Account) -> None:
    invitation = a_sent_invitation(round)
    letter = start_letter(round, invitation.district, coordinator)
    letter.status = "endorsing"
    db.session.commit()
    refused(lambda: decline_by_phone(invitation, "No", by=coordinator), "has begun its letter")


def test_a_refusal_needs_a_reason_and_an_open_round(round: Round, coordinator: Account, at: Stop) -> None:
    invitation = a_sent_invitation(round)
    refused(lambda: decline_by_phone(invitation, " ", by=coordinator), "Write the reason")
    at(AFTER)
    refused(lambda: decline_by_phone(invitation, "No", by=coordinator), "This letter takes no answer now")


def test_lists_need_as_many_queries_for_one_as_for_many(round: Round, count_queries: Callable) -> None:
    def asked(work: Callable[[], Any]) -> list[int]:
        db.session.rollback()
        with count_queries() as statements:
            work()
        return [len(statements)]

    def everything() -> None:
        rows = db.session.scalars(invitations_shown(round, "")).all()
        rows_of(round, rows)
        for card in cards_of(round, rows):
            assert card.steps
        reminding(round)

    a_sent_invitation(round)
    few = asked(everything)
    for _ in range(20):
        an_asked_question(round, a_sent_invitation(round))
    assert asked(everything) == few
