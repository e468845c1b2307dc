"""Passing a letter on: the colleague's own link, the dead one that tells where the letter went, chains, and limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import hash_of, token_of
from portal.letters.invitations import answer_interested, answer_not_this_year
from portal.letters.models import Answer, Letter
from portal.letters.passing import Colleague, pass_on
from portal.rounds.models import Extension, Handover, Invitation
from portal.rounds.queries import find_invitation
from portal.rounds.showing import find_handover
from tests.cohorts.rush import meet_at, no_lock
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_round, a_sent_invitation
from tests.rounds.traces import verbs

Stop = Callable[[str], datetime]
DIRECTOR = Colleague("Director", "director@example.org", "You know this best.")
PRINCIPAL = Colleague("Principal", "principal@example.org")
ROOM = "portal.letters.passing"


@pytest.fixture
def invitation(app: Flask, at: Stop) -> Invitation:
    at(OPEN)
    community = create_community(slug="eclc", name="Example Learning Community", kind="district_network")
    return a_sent_invitation(a_round(community))


def link(invitation: Invitation) -> str:
    return token_of(invitation, "invitation")


def passed(invitation: Invitation, to: Colleague = DIRECTOR) -> Handover:
    return pass_on(invitation, to, token=link(invitation))


def left() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (Handover, History, Outgoing))


def test_the_colleague_has_the_letter_and_a_link_of_their_own(invitation: Invitation, at: Stop) -> None:
    old = link(invitation)
    now = at("2026-10-02 09:00")
    handover = passed(invitation, Colleague(" The  Director ", "Director@Example.org", " You know this. "))
    assert (invitation.to_name, invitation.to_email, invitation.passed_on_at) == (
        "The Director",
        "director@example.org",
        now,
    )
    assert (find_invitation(old), find_invitation(link(invitation))) == (None, invitation)
    assert (handover.kind, handover.from_name, handover.note) == ("passed_on", "Superintendent", "You know this.")
    assert (handover.old_token_hash, find_handover(old)) == (hash_of(old), handover)
    assert (verbs(invitation), invitation.opened_at) == (["prepare", "send", "pass on"], now)


def test_both_get_a_mail_and_only_one_of_them_a_link(invitation: Invitation, mailbox: Callable) -> None:
    mailbox()
    passed(invitation)
    colleague, passer = mailbox()
    assert (colleague.to, colleague.subject) == (
        "director@example.org",
        "Superintendent passed a letter on to you: Letter of Invitation 2026: a place in Cohort 4",
    )
    assert colleague.paths == [f"/eclc/invitations/{link(invitation)}"]
    assert "Superintendent adds: You know this best." in colleague.text
    assert "Letters are taken until Fri, Oct\u00a030, 2026, 5:00\u00a0PM\u00a0ET." in colleague.text
    assert (passer.to, passer.paths) == ("superintendent@example.org", ["/eclc/contact"])
    assert "Director\r\ndirector@example.org" in passer.text


def test_what_happened_to_the_mail_before_says_nothing_of_the_new_person(invitation: Invitation) -> None:
    invitation.bounced_at, invitation.bounce_note, invitation.mailed_at = (moment_of(OPEN), "full", moment_of(OPEN))
    db.session.commit()
    passed(invitation)
    assert (invitation.bounced_at, invitation.bounce_note, invitation.mailed_at) == (None, "", None)


def test_in_a_chain_every_old_link_tells_where_the_letter_went(invitation: Invitation, at: Stop) -> None:
    first = link(invitation)
    passed(invitation, DIRECTOR)
    second = link(invitation)
    at("2026-10-02 09:00")
    passed(invitation, PRINCIPAL)
    assert [(find_handover(old).from_name, find_handover(old).to_name) for old in (first, second)] == [
        ("Superintendent", "Director"),
        ("Director", "Principal"),
    ]
    assert (invitation.to_name, find_invitation(first), find_invitation(second)) == ("Principal", None, None)


def test_a_mail_to_somebody_who_passed_the_letter_on_meanwhile_does_not_leave(
    invitation: Invitation, mailbox: Callable
) -> None:
    mailbox()
    passed(invitation, DIRECTOR)
    passed(invitation, PRINCIPAL)
    assert [(mail.to, mail.subject.split()[0]) for mail in mailbox()] == [
        ("superintendent@example.org", "You"),
        ("principal@example.org", "Director"),
        ("director@example.org", "You"),
    ]


def test_the_letter_can_come_back(invitation: Invitation) -> None:
    passed(invitation, DIRECTOR)
    passed(invitation, Colleague("Superintendent", "superintendent@example.org"))
    assert (invitation.to_email, len(invitation.handovers)) == ("superintendent@example.org", 2)


def test_whoever_presses_the_old_link_again_gets_what_was_first_and_nothing_is_mailed(invitation: Invitation) -> None:
    old = link(invitation)
    first = passed(invitation)
    before = left()
    assert (pass_on(invitation, PRINCIPAL, token=old), left()) == (first, before)
    assert invitation.to_name == "Director"


def test_not_this_year_is_taken_back_for_the_colleague_to_say(invitation: Invitation) -> None:
    answer_not_this_year(invitation, reason="Busy")
    passed(invitation)
    assert (invitation.answer, invitation.reason, invitation.answered_at) == ("", "", None)


def test_interested_stays_and_so_does_whoever_writes(invitation: Invitation) -> None:
    answer_interested(invitation, name="Assistant", email="assistant@example.org")
    passed(invitation)
    assert (invitation.answer, db.session.query(Letter).count()) == ("interested", 1)


def test_once_something_is_written_nothing_is_passed_on(invitation: Invitation) -> None:
    letter = answer_interested(invitation, name="Assistant", email="assistant@example.org")
    question = letter.round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="x", saved_at=letter.started_at))
    db.session.commit()
    before = left()
    with pytest.raises(RuleBroken, match="has begun its letter. Ask Assistant, who acts for the district,"):
        passed(invitation)
    assert (invitation.to_name, left()) == ("Superintendent", before)


def test_to_the_same_address_nothing_is_passed_on(invitation: Invitation) -> None:
    before = left()
    with pytest.raises(RuleBroken, match="addressed to superintendent@example.org already"):
        passed(invitation, Colleague("Me", " Superintendent@example.org "))
    assert left() == before


@pytest.mark.parametrize("address", ["", "director", "a@example.org, b@example.org"])
def test_what_is_no_address_is_refused(invitation: Invitation, address: str) -> None:
    before = left()
    with pytest.raises(RuleBroken, match="Give one mail address"):
        passed(invitation, Colleague("Director", address))
    assert left() == before


@pytest.mark.parametrize(("moment", "may"), [(BEFORE, True), (LATE, True), (AFTER, False)])
def test_letters_are_passed_on_until_the_grace_is_over(
    invitation: Invitation, at: Stop, moment: str, may: bool
) -> None:
    at(moment)
    if may:
        assert passed(invitation).to_name == "Director"
        return
    before = left()
    with pytest.raises(RuleBroken, match="The letters are closed"):
        passed(invitation)
    assert left() == before


def test_with_more_time_a_letter_is_passed_on_until_then(invitation: Invitation, at: Stop, mailbox: Callable) -> None:
    mailbox()
    more = Extension(
        round_id=invitation.round_id, district_id=invitation.district_id, until=moment_of("2026-11-06 17:00"),
        reason="Snow", granted_at=moment_of(OPEN),
    )  # fmt: skip
    db.session.add(more)
    db.session.commit()
    at(AFTER)
    passed(invitation)
    assert "Letters are taken until Fri, Nov\u00a06, 2026, 5:00\u00a0PM\u00a0ET." in mailbox()[0].text


def test_a_letter_is_passed_on_five_times_a_day(invitation: Invitation, at: Stop) -> None:
    for number in range(5):
        passed(invitation, Colleague(f"Teacher {number}", f"t{number}@example.org"))
    before = left()
    with pytest.raises(TooManyTries, match="often enough for a day"):
        passed(invitation)
    assert left() == before
    at("2026-10-02 09:00:01")
    assert passed(invitation).to_name == "Director"


def test_answers_by_the_dead_link_change_nothing(invitation: Invitation) -> None:
    old = link(invitation)
    passed(invitation)
    before = left()
    for work in (
        lambda: answer_interested(invitation, name="Me", email="me@example.org", token=old),
        lambda: answer_not_this_year(invitation, reason="No", token=old),
    ):
        with pytest.raises(RuleBroken, match="This letter was passed on"):
            work()
    assert (invitation.answer, left(), db.session.query(Letter).count()) == ("", before, 0)


def two_who_pass_on(invitation: Invitation, two_at_once: Callable) -> list[str]:
    """Two people with the same link pass it on to two colleagues at one instant: who has it as each was told."""
    number, token = invitation.id, link(invitation)

    def press(person: int) -> str:
        found = db.session.get_one(Invitation, number)
        to = Colleague(f"Teacher {person}", f"t{person}@example.org")
        return pass_on(found, to, token=token).to_name

    return [str(answer) for answer in two_at_once(press)]


def test_of_two_at_once_one_wins_and_both_are_told_who_has_it(
    invitation: Invitation, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ROOM, "find_handover")
    told = two_who_pass_on(invitation, two_at_once)
    assert (len(set(told)), db.session.query(Handover).count()) == (1, 1)
    assert invitation.to_name == told[0]


def test_without_the_lock_two_at_once_are_told_different_things(
    invitation: Invitation, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ROOM, "find_handover", seconds=10)
    with no_lock(monkeypatch, ROOM):
        told = two_who_pass_on(invitation, two_at_once)
    assert len(set(told)) == 2
