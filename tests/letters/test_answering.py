"""Answering an open round without an invitation: who may, what starts, who is told, and what stays unsaid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask

from portal.accounts.models import Account, SignInLink
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.districts.models import District, DistrictPermission
from portal.districts.operations import add_district, begin_membership
from portal.districts.queries import leads_of
from portal.letters.answering import Asker, confirm_request, request_answer, send_request_link
from portal.letters.answering_queries import find_answer_request
from portal.letters.answering_rules import reply_day, standing_of, unknown_words
from portal.letters.invitations import answer_interested
from portal.letters.models import Answer, Letter
from portal.rounds.models import AnswerRequest, Extension, Invitation, Round
from portal.rounds.operations import invite, send_invitation
from tests.cohorts.rush import meet_at, no_lock
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_bare_round, a_draft, a_round
from tests.rounds.traces import verbs

Stop = Callable[[str], datetime]
ROOM = "portal.letters.answering"
DIRECTOR = Asker("Director", "director@harbor.example.org", "Director of learning")
STRANGER = Asker("Stranger", "stranger@gmail.com")


@pytest.fixture
def round(app: Flask, at: Stop) -> Round:
    at(OPEN)
    return a_round(create_community(slug="eclc", name="Example Learning Community", kind="district_network"))


@pytest.fixture
def harbor(round: Round) -> District:
    return add_district(
        name="Example Harbor Public Schools", short_name="Example Harbor", city="Harbor", state="MA",
        website="https://www.harbor.example.org/about",
    )  # fmt: skip


def asked(round: Round, district: District, asker: Asker = DIRECTOR) -> AnswerRequest:
    """The request that somebody made."""
    request_answer(round, district, asker)
    return db.session.query(AnswerRequest).order_by(AnswerRequest.id.desc()).first()


def confirmed(round: Round, district: District, asker: Asker = DIRECTOR) -> AnswerRequest:
    request = asked(round, district, asker)
    confirm_request(request)
    return request


def begun(round: Round, district: District) -> Letter:
    """A letter of which something is written already, by a lead of the district."""
    invitation = invite(round, district, to_name="Superintendent", to_email="superintendent@harbor.example.org")
    send_invitation(invitation)
    letter = answer_interested(invitation, name="Assistant", email="assistant@harbor.example.org")
    question = letter.round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="x", saved_at=letter.started_at))
    db.session.commit()
    return letter


def left() -> tuple[int, ...]:
    tables = (AnswerRequest, Invitation, Account, DistrictPermission, Letter, SignInLink, History, Outgoing)
    return tuple(db.session.query(table).count() for table in tables)


def owed(template: str) -> list[str]:
    return [row.to_address for row in db.session.query(Outgoing).filter_by(template=template).order_by(Outgoing.id)]


def test_asking_mails_a_private_link_and_starts_nothing(round: Round, harbor: District, mailbox: Callable) -> None:
    request = asked(round, harbor, Asker(" The  Director ", "Director@Harbor.Example.org", " Director "))
    assert (request.name, request.email, request.role) == ("The Director", "director@harbor.example.org", "Director")
    assert (request.fits, request.confirmed_at, request.outcome) == (True, None, "")
    assert (verbs(request), db.session.query(Letter).count(), db.session.query(Account).count()) == (["ask"], 0, 0)
    [mail] = mailbox()
    assert (mail.to, mail.subject) == ("director@harbor.example.org", "Answer for Example Harbor: one press")
    assert mail.paths == [f"/eclc/answers/{token_of(request, 'answer-request')}"]
    assert find_answer_request(token_of(request, "answer-request")) == request


def test_the_mail_repeats_nothing_that_was_typed(round: Round, harbor: District, mailbox: Callable) -> None:
    asked(round, harbor, Asker("evil.com", "victim@example.org", "see evil.com"))
    [mail] = mailbox()
    assert "evil" not in mail.text + mail.html


def test_the_same_again_is_one_request_and_the_same_link(round: Round, harbor: District, at: Stop) -> None:
    first = asked(round, harbor)
    before = left()
    assert (asked(round, harbor), left()) == (first, before)
    at("2026-10-01 10:00")
    assert asked(round, harbor) == first
    assert owed("answer_request") == ["director@harbor.example.org"] * 2


def test_five_presses_at_one_instant_are_one_request(round: Round, harbor: District, two_at_once: Callable) -> None:
    numbers = round.id, harbor.id

    def press(_: int) -> None:
        request_answer(db.session.get_one(Round, numbers[0]), db.session.get_one(District, numbers[1]), DIRECTOR)

    assert two_at_once(press, 5) == [None] * 5
    assert (db.session.query(AnswerRequest).count(), len(owed("answer_request"))) == (1, 1)


def test_five_mails_an_hour_go_to_one_address_and_nobody_is_told(round: Round, harbor: District, at: Stop) -> None:
    for minute in range(20):
        at(f"2026-10-01 09:{minute:02d}")
        request_answer(round, harbor, DIRECTOR)
    assert len(owed("answer_request")) == 5


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("a@harbor.example.org", True),
        ("a@high.harbor.example.org", True),
        ("a@example.org", False),
        ("a@notharbor.example.org", False),
        ("a@gmail.com", False),
    ],
)
def test_an_address_fits_when_it_is_of_the_districts_domain(
    round: Round, harbor: District, address: str, fits: bool
) -> None:
    assert asked(round, harbor, Asker("A", address)).fits == fits


def test_no_free_mail_fits_even_a_district_that_keeps_its_site_there(round: Round) -> None:
    small = add_district(name="Small", city="Small", state="MA", website="https://gmail.com/small")
    assert asked(round, small, STRANGER).fits is False


@pytest.mark.parametrize(("moment", "words"), [(BEFORE, "Letters open on Mon, Sep"), (AFTER, "Letters closed on Fri")])
def test_outside_of_its_dates_a_round_takes_no_request(
    round: Round, harbor: District, at: Stop, moment: str, words: str
) -> None:
    at(moment)
    before = left()
    with pytest.raises(RuleBroken, match=words):
        request_answer(round, harbor, DIRECTOR)
    assert left() == before


def test_a_draft_takes_no_request(round: Round, harbor: District) -> None:
    with pytest.raises(RuleBroken, match="Letters closed"):
        request_answer(a_draft(round.community, slug="draft"), harbor, DIRECTOR)


def test_a_member_a_closed_district_and_a_service_agency_are_told_what_would_work(round: Round) -> None:
    member = add_district(name="Member", city="M", state="MA")
    begin_membership(round.community_id, member, date(2020, 7, 1), None)
    closed = add_district(name="Closed", city="C", state="MA", is_open=False)
    service = add_district(name="Collaborative", city="S", state="MA", kind="service")
    before = left()
    for district, words in (
        (member, "is a member already"),
        (closed, "Look for the district that its schools went to"),
        (service, "is a service agency, which does not fill in this letter. Write to us"),
    ):
        with pytest.raises(RuleBroken, match=words):
            request_answer(round, district, DIRECTOR)
    assert left() == before


def test_a_press_on_the_link_of_a_fitting_address_starts_the_letter(
    round: Round, harbor: District, mailbox: Callable
) -> None:
    request = asked(round, harbor)
    mailbox()
    confirm_request(request)
    assert (request.outcome, request.confirmed_at, verbs(request)) == (
        "started",
        moment_of(OPEN),
        ["ask", "confirm", "start"],
    )
    letter, invitation = db.session.query(Letter).one(), db.session.query(Invitation).one()
    assert (letter.district_id, letter.status, request.invitation_id) == (harbor.id, "draft", invitation.id)
    assert (invitation.answer, invitation.to_email, invitation.sent_at) == (
        "interested",
        "director@harbor.example.org",
        moment_of(OPEN),
    )
    assert [lead.name for lead in leads_of(round.community_id, harbor.id)] == ["Director"]
    assert [(mail.to, mail.subject) for mail in mailbox()] == [
        ("director@harbor.example.org", "Your sign-in link to the interest letter of Example Harbor")
    ]


def test_pressing_again_changes_nothing(round: Round, harbor: District) -> None:
    request = confirmed(round, harbor)
    before = left()
    confirm_request(request)
    assert left() == before


def test_two_presses_at_once_start_one_letter(round: Round, harbor: District, two_at_once: Callable) -> None:
    number = asked(round, harbor).id
    answers = two_at_once(lambda _: confirm_request(db.session.get_one(AnswerRequest, number)), 4)
    assert answers == [None] * 4
    assert (db.session.query(Letter).count(), db.session.query(SignInLink).count()) == (1, 1)


def test_an_invited_district_answers_its_invitation_and_the_addressee_is_told(
    round: Round, harbor: District, mailbox: Callable
) -> None:
    invitation = invite(round, harbor, to_name="Superintendent", to_email="superintendent@harbor.example.org")
    send_invitation(invitation)
    request = asked(round, harbor)
    mailbox()
    confirm_request(request)
    assert (invitation.answer, invitation.to_name, request.invitation_id) == (
        "interested",
        "Superintendent",
        invitation.id,
    )
    told = {mail.to: mail.subject for mail in mailbox()}
    assert told["superintendent@harbor.example.org"] == "Example Harbor answered: interested"


def test_a_letter_that_was_prepared_counts_as_sent_from_then_on(round: Round, harbor: District) -> None:
    prepared = invite(round, harbor, to_name="Superintendent", to_email="superintendent@harbor.example.org")
    confirmed(round, harbor)
    assert (prepared.sent_at, prepared.token_hash is not None) == (moment_of(OPEN), True)
    assert owed("invitation") == []


def test_an_invitation_that_was_withdrawn_becomes_the_askers(round: Round, harbor: District) -> None:
    withdrawn = invite(round, harbor, to_name="Wrong", to_email="wrong@example.org")
    withdrawn.withdrawn_at = moment_of(OPEN)
    db.session.commit()
    confirmed(round, harbor)
    assert (withdrawn.to_email, withdrawn.withdrawn_at) == ("director@harbor.example.org", None)


def test_an_address_that_does_not_fit_goes_to_the_desk(round: Round, harbor: District) -> None:
    request = confirmed(round, harbor, STRANGER)
    assert (request.outcome, request.confirmed_at, request.fits) == ("", moment_of(OPEN), False)
    assert (db.session.query(Letter).count(), db.session.query(Invitation).count()) == (0, 0)
    assert standing_of(request, has_letter=False) == "waiting"


def test_where_colleagues_write_already_they_are_told_and_nothing_starts(
    round: Round, harbor: District, mailbox: Callable
) -> None:
    begun(round, harbor)
    request = asked(round, harbor)
    mailbox()
    confirm_request(request)
    assert (request.outcome, request.confirmed_at) == ("", moment_of(OPEN))
    assert [lead.name for lead in leads_of(round.community_id, harbor.id)] == ["Assistant"]
    [mail] = mailbox()
    assert mail.to == "assistant@harbor.example.org"
    assert "Director, Director of learning, asked to answer" in mail.text
    assert "It is one of your district, and it was confirmed." in mail.text
    assert mail.paths == ["/eclc/letters/1"]


def test_writers_are_told_of_a_stranger_too_and_that_we_do_not_know_them(
    round: Round, harbor: District, mailbox: Callable
) -> None:
    begun(round, harbor)
    request = asked(round, harbor, STRANGER)
    mailbox()
    confirm_request(request)
    [mail] = mailbox()
    assert "We do not know whether they work with you." in mail.text
    assert standing_of(request, has_letter=True) == "taken"


def test_who_leads_the_district_already_gets_in(round: Round, harbor: District) -> None:
    letter = begun(round, harbor)
    request = confirmed(round, harbor, Asker("Assistant", "assistant@harbor.example.org"))
    assert (request.outcome, db.session.query(Letter).one()) == ("started", letter)


def test_beyond_the_limit_of_writers_nobody_more_starts(round: Round, harbor: District) -> None:
    round.max_co_editors = 0
    db.session.commit()
    confirmed(round, harbor, Asker("First", "first@harbor.example.org"))
    second = confirmed(round, harbor)
    assert (second.outcome, [lead.name for lead in leads_of(round.community_id, harbor.id)]) == ("", ["First"])
    assert owed("writing_wanted") == ["first@harbor.example.org"]


@pytest.mark.parametrize(("moment", "may"), [(LATE, True), (AFTER, False)])
def test_the_link_works_until_the_grace_is_over(
    round: Round, harbor: District, at: Stop, moment: str, may: bool
) -> None:
    request = asked(round, harbor)
    at(moment)
    if may:
        confirm_request(request)
        assert request.outcome == "started"
        return
    before = left()
    with pytest.raises(RuleBroken, match="Letters closed on"):
        confirm_request(request)
    assert (request.confirmed_at, left()) == (None, before)


def test_a_district_with_more_time_starts_until_then(round: Round, harbor: District, at: Stop) -> None:
    db.session.add(
        Extension(
            round_id=round.id, district_id=harbor.id, until=moment_of("2026-11-06 17:00"), reason="Snow",
            granted_at=moment_of(OPEN),
        )
    )  # fmt: skip
    db.session.commit()
    at(AFTER)
    assert confirmed(round, harbor).outcome == "started"


def test_a_district_that_became_a_member_meanwhile_starts_nothing(round: Round, harbor: District) -> None:
    request = asked(round, harbor)
    begin_membership(round.community_id, harbor, date(2026, 9, 1), None)
    before = left()
    with pytest.raises(RuleBroken, match="is a member already"):
        confirm_request(request)
    assert (request.confirmed_at, left()) == (None, before)


def test_a_mail_that_is_late_beyond_the_end_does_not_leave(
    round: Round, harbor: District, at: Stop, mailbox: Callable
) -> None:
    asked(round, harbor)
    at(AFTER)
    assert mailbox() == []


def test_a_new_sign_in_link_for_whom_the_letter_was_started(round: Round, harbor: District, at: Stop) -> None:
    request = confirmed(round, harbor)
    at("2026-10-01 10:00")
    send_request_link(request)
    assert owed("sign_in_link") == ["director@harbor.example.org"] * 2


def test_no_sign_in_link_for_anybody_else(round: Round, harbor: District) -> None:
    request = confirmed(round, harbor, STRANGER)
    before = left()
    with pytest.raises(RuleBroken, match="There is no letter to go to yet"):
        send_request_link(request)
    assert left() == before


def test_a_link_for_another_purpose_is_no_request(round: Round, harbor: District) -> None:
    request = asked(round, harbor)
    assert [find_answer_request(text) for text in ("", "x", token_of(request, "invitation"))] == [None] * 3


@pytest.mark.parametrize(
    ("asked_at", "day"),
    [
        ("2026-10-01 09:00", date(2026, 10, 8)),
        ("2026-10-03 23:59", date(2026, 10, 10)),
        ("2026-10-29 09:00", date(2026, 10, 30)),  # not after the letters close
        ("2026-11-02 09:00", date(2026, 11, 2)),  # with more time, after everybody's closing
    ],
)
def test_staff_look_at_a_request_within_a_week_and_before_letters_close(asked_at: str, day: date) -> None:
    assert reply_day(moment_of(asked_at), a_bare_round(), "America/New_York") == day


def test_an_address_of_anybody_is_told_from_one_that_is_not_known() -> None:
    assert unknown_words("a@gmail.com").startswith("Anybody can have an address such as a@gmail.com")
    assert unknown_words("a@nowhere.example").startswith("No district of the directory has the address of")


def two_confirm(round: Round, harbor: District, two_at_once: Callable) -> list[str]:
    """Two people of one district press at one instant, in a round that allows one writer: what became of each."""
    round.max_co_editors = 0
    db.session.commit()
    people = [Asker(f"Writer {n}", f"w{n}@harbor.example.org") for n in range(2)]
    numbers = [asked(round, harbor, person).id for person in people]

    def press(person: int) -> str:
        request = db.session.get_one(AnswerRequest, numbers[person])
        confirm_request(request)
        return request.outcome

    return sorted(answer if isinstance(answer, str) else type(answer).__name__ for answer in two_at_once(press))


def test_of_two_at_once_one_starts_and_the_other_is_told_whom_to_ask(
    round: Round, harbor: District, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ROOM, "writer_refusal")
    assert two_confirm(round, harbor, two_at_once) == ["", "started"]
    assert (db.session.query(Letter).count(), len(leads_of(round.community_id, harbor.id))) == (1, 1)
    assert len(owed("writing_wanted")) == 1


def test_without_the_lock_two_at_once_stumble_over_each_other(
    round: Round, harbor: District, two_at_once: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, ROOM, "writer_refusal", seconds=10)
    with no_lock(monkeypatch, ROOM):
        assert two_confirm(round, harbor, two_at_once) != ["", "started"]
