"""The staff's desk: what waits on it, what a press does with it, and who may not see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.rounds.models import AnswerRequest, AskedQuestion, Inquiry, Invitation, Round
from tests.districts.builders import a_district
from tests.letters.staff_pages import PART, a_coordinator, audited, outsiders, row_of
from tests.rounds.builders import (
    AFTER,
    OPEN,
    a_round,
    a_sent_invitation,
    an_answer_request,
    an_asked_question,
    an_inquiry,
    an_invited_district,
)
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace

DESK = "/eclc/staff/desk"
NUMBERS = ["{foreign}", "0", "-1", str(2**63), "9" * 20, "²", "x"]


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def staff(client: FlaskClient, community: Community, sign_in: Callable) -> FlaskClient:
    return a_coordinator(community, client, sign_in)


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def asked(round: Round) -> AskedQuestion:
    return an_asked_question(round, a_sent_invitation(round))


@pytest.fixture
def inquiry(community: Community) -> Inquiry:
    return an_inquiry(community, district_text="Bevrely")


@pytest.fixture
def wanted(round: Round) -> AnswerRequest:
    return an_answer_request(round, an_invited_district(name="Beverly", short_name="", phone="(978) 555-0100"))


def templates() -> list[str]:
    db.session.rollback()
    return [row.template for row in db.session.query(Outgoing).order_by(Outgoing.id) if row.template != "invitation"]


def test_the_desk_counts_what_waits_and_every_page_of_staff_shows_how_much(
    staff: FlaskClient, community: Community, asked: AskedQuestion, inquiry: Inquiry, wanted: AnswerRequest
) -> None:
    shown = lines_of(staff.get(DESK).text)
    counted = ("Desk", "Questions", "Inquiries", "Requests")
    assert [line for line in shown if line.startswith(counted) and line[-1].isdigit()] == [
        "Desk 3", "Questions 1", "Inquiries 1", "Requests 1",
    ]  # fmt: skip
    assert "May a charter school answer?" in shown
    assert "Who may join?" in lines_of(staff.get(f"{DESK}?kind=inquiries").text)
    assert "Beverly: Coach" in lines_of(staff.get(f"{DESK}?kind=requests").text)
    glance = lines_of(staff.get("/eclc/staff/").text)
    assert ("Desk 3" in glance, "3 things wait on the desk" in glance) == (True, True)


@pytest.mark.parametrize("query", ["", "?kind=inquiries", "?kind=requests", "?kind=nonsense", "?settled=1", "?page=²"])
def test_an_empty_desk_says_what_will_lie_there(staff: FlaskClient, query: str) -> None:
    page = staff.get(f"{DESK}{query}")
    assert (page.status_code, 'class="empty' in page.text) == (200, True)


def test_it_opens_at_what_waits(staff: FlaskClient, inquiry: Inquiry) -> None:
    assert "Who may join?" in lines_of(staff.get(DESK).text)


@pytest.mark.parametrize("headers", [{}, PART])
def test_a_question_is_answered_by_mail_and_published(
    staff: FlaskClient, asked: AskedQuestion, headers: dict[str, str], client: FlaskClient, app: Flask
) -> None:
    path = f"{DESK}/questions/{asked.id}"
    typed = {"answer": "Yes.", "mail": "y", "publish": "y", "public_text": "May charter schools answer?"}
    answer = staff.post(f"{path}/answer", data=typed, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    assert templates() == ["question_answered"]
    assert "Answered by Coordinator" in lines_of((answer if headers else staff.get(path)).text)
    letter = app.test_client().get("/eclc/letter").text
    assert ("May charter schools answer?" in letter, "May a charter school answer?" in letter) == (True, False)
    assert lines_of(staff.get(f"{DESK}?kind=questions&settled=1").text).count("Published") == 1


def test_an_answer_without_marks_is_only_kept(staff: FlaskClient, asked: AskedQuestion) -> None:
    staff.post(f"{DESK}/questions/{asked.id}/answer", data={"answer": "Said on the phone."})
    assert (row_of(asked).answer, asked.published_at, templates()) == ("Said on the phone.", None, [])


@pytest.mark.parametrize("headers", [{}, PART])
@pytest.mark.parametrize(
    "typed, status, sentence",
    [
        ({"answer": ""}, 422, "Write the answer."),
        ({"answer": " "}, 409, "Write the answer."),
        ({"answer": "x" * 4001}, 422, "Shorten the text to 4,000 characters."),
        ({"answer": "Yes.", "publish": "y"}, 422, "Write the question as everybody may read it, or do not publish it."),
        ({"answer": "My number is 123-45-6789."}, 422, "Social Security number"),
        ({"answer": "Yes.", "publish": "y", "public_text": "May Example 1 answer?"}, 409, "it names Example 1"),
    ],
)
def test_a_slip_in_an_answer_changes_nothing_and_loses_nothing(
    staff: FlaskClient, asked: AskedQuestion, typed: dict[str, str], status: int, sentence: str, headers: dict[str, str]
) -> None:
    before = trace()
    answer = staff.post(f"{DESK}/questions/{asked.id}/answer", data=typed, headers=headers)
    assert (answer.status_code, sentence in answer.text, typed["answer"].strip() in answer.text) == (status, True, True)
    assert (trace(), row_of(asked).answered_at) == (before, None)


def test_two_who_answer_the_second_is_told_and_keeps_their_text(staff: FlaskClient, asked: AskedQuestion) -> None:
    path = f"{DESK}/questions/{asked.id}/answer"
    staff.post(path, data={"answer": "Yes."})
    answer = staff.post(path, data={"answer": "No."}, headers=PART)
    assert (answer.status_code, "A colleague answered this question already." in answer.text) == (409, True)
    assert row_of(asked).answer == "Yes."


def test_an_answer_is_published_later_and_taken_back_without_any_mail(
    staff: FlaskClient, asked: AskedQuestion, app: Flask
) -> None:
    path = f"{DESK}/questions/{asked.id}"
    staff.post(f"{path}/answer", data={"answer": "Yes."})
    assert staff.post(f"{path}/publication", data={"public_text": "May we?", "answer": "Yes, all."}).status_code == 303
    assert "Yes, all." in app.test_client().get("/eclc/letter").text
    assert staff.post(f"{path}/publication", data={"public_text": "", "answer": "x"}, headers=PART).status_code == 422
    assert staff.post(f"{path}/removal").status_code == 303
    assert "Yes, all." not in app.test_client().get("/eclc/letter").text
    assert (row_of(asked).published_at, templates()) == (None, [])


def test_staff_write_a_question_themselves(staff: FlaskClient, round: Round, app: Flask) -> None:
    typed = {"round_id": str(round.id), "public_text": "Does it cost?", "answer": "No."}
    assert staff.post(f"{DESK}/questions/new", data={**typed, "answer": ""}).status_code == 422
    assert staff.post(f"{DESK}/questions/new", data=typed).status_code == 303
    assert "Does it cost?" in app.test_client().get("/eclc/letter").text
    made = db.session.query(AskedQuestion).one()
    assert "A question of your own" in lines_of(staff.get(f"{DESK}/questions/{made.id}").text)


def test_a_question_is_not_written_into_a_round_of_elsewhere(staff: FlaskClient, round: Round) -> None:
    other = a_round(create_community(slug="other", name="Other", kind="district_network"))
    typed = {"round_id": str(other.id), "public_text": "Does it cost?", "answer": "No."}
    assert staff.post(f"{DESK}/questions/new", data=typed).status_code == 422
    assert db.session.query(AskedQuestion).count() == 0


def test_an_inquiry_is_answered_set_aside_and_put_back(staff: FlaskClient, inquiry: Inquiry) -> None:
    path = f"{DESK}/inquiries/{inquiry.id}"
    assert staff.post(f"{path}/setting-aside", data={"note": ""}, headers=PART).status_code == 422
    assert staff.post(f"{path}/setting-aside", data={"note": "Sells chairs"}).status_code == 303
    assert (row_of(inquiry).state, templates()) == ("set_aside", [])
    assert staff.post(f"{path}/return", headers=PART).status_code == 200
    assert staff.post(f"{path}/answer", data={"answer": ""}, headers=PART).status_code == 422
    assert staff.post(f"{path}/answer", data={"answer": "Everybody."}).status_code == 303
    assert (row_of(inquiry).state, templates()) == ("answered", ["inquiry_answered"])
    again = staff.post(f"{path}/answer", data={"answer": "Twice."}, headers=PART)
    assert (again.status_code, "This inquiry is settled already." in again.text) == (409, True)


def test_an_inquiry_becomes_an_invitation_of_the_district_that_was_meant(
    staff: FlaskClient, inquiry: Inquiry, round: Round
) -> None:
    beverly = a_district("Beverly", leaid="2502640")
    path = f"{DESK}/inquiries/{inquiry.id}"
    page = staff.get(path)
    assert "Beverly, Beverly, MA" in lines_of(page.text)
    assert ('value="Visitor"' in page.text, 'value="visitor@example.org"' in page.text) == (True, True)
    typed = {
        "q": "Bevrely", "district": str(beverly.id), "round_id": str(round.id), "to_name": "Jane Doe",
        "to_email": "jane@example.org",
    }  # fmt: skip
    assert staff.post(f"{path}/invitation", data=typed).status_code == 303
    [made] = db.session.query(Invitation)
    assert (made.district_id, made.to_email, made.sent_at, row_of(inquiry).invitation_id) == (
        beverly.id, "jane@example.org", None, made.id,
    )  # fmt: skip
    assert "Became an invitation" in lines_of(staff.get(path).text)


@pytest.mark.parametrize(
    "changed",
    [{"district": "999"}, {"district": ""}, {"round_id": "999"}, {"to_email": "x"}, {"to_name": ""}, {"q": "Nowhere"}],
)
def test_an_invitation_from_an_inquiry_with_a_slip_is_not_prepared(
    staff: FlaskClient, inquiry: Inquiry, round: Round, changed: dict[str, str]
) -> None:
    beverly = a_district("Beverly", leaid="2502640")
    typed = {
        "q": "Beverly",
        "district": str(beverly.id),
        "round_id": str(round.id),
        "to_name": "J",
        "to_email": "j@x.org",
    }
    answer = staff.post(f"{DESK}/inquiries/{inquiry.id}/invitation", data={**typed, **changed}, headers=PART)
    assert (answer.status_code, db.session.query(Invitation).count()) == (422, 0)


def test_other_words_find_other_districts(staff: FlaskClient, inquiry: Inquiry, round: Round) -> None:
    a_district("Salem")
    shown = lines_of(staff.get(f"{DESK}/inquiries/{inquiry.id}?q=salem").text)
    assert "Salem, Salem, MA" in shown


def test_after_closing_an_inquiry_is_answered_and_not_invited(
    staff: FlaskClient, inquiry: Inquiry, round: Round, at: Stop
) -> None:
    at(AFTER)
    shown = lines_of(staff.get(f"{DESK}/inquiries/{inquiry.id}").text)
    assert any(line.startswith("No round takes invitations now.") for line in shown)


def test_a_request_is_granted_and_audited(staff: FlaskClient, wanted: AnswerRequest, mailbox: Callable) -> None:
    path = f"{DESK}/requests/{wanted.id}"
    shown = lines_of(staff.get(path).text)
    assert ("May Coach answer for Beverly?" in shown, "(978) 555-0100" in shown) == (True, True)
    assert staff.post(f"{path}/approval").status_code == 303
    assert [mail.to for mail in mailbox()] == ["coach@example.org"]
    assert [line.note for line in audited("let somebody answer for a district")] == ["coach@example.org for Beverly"]
    again = staff.post(f"{path}/approval", headers=PART)
    assert (again.status_code, "This request was decided already." in again.text) == (409, True)


def test_a_request_is_declined_with_a_reason(staff: FlaskClient, wanted: AnswerRequest) -> None:
    path = f"{DESK}/requests/{wanted.id}"
    assert staff.post(f"{path}/refusal", data={"reason": ""}, headers=PART).status_code == 422
    assert staff.post(f"{path}/refusal", data={"reason": "Ask them."}).status_code == 303
    assert (row_of(wanted).outcome, templates()) == ("declined", ["request_declined"])
    assert "Declined" in lines_of(staff.get(f"{DESK}?kind=requests&settled=1").text)


def test_who_has_the_letter_now_is_shown_before_it_goes_to_somebody_else(
    staff: FlaskClient, wanted: AnswerRequest
) -> None:
    a_sent_invitation(wanted.round, wanted.district)
    page = staff.get(f"{DESK}/requests/{wanted.id}")
    assert any("is addressed to Superintendent, superintendent@example.org" in line for line in lines_of(page.text))


PAGES = ["", "/questions/new", "/questions/{q}", "/inquiries/{i}", "/requests/{r}"]
BUTTONS = ["/questions/new", "/questions/{q}/answer", "/questions/{q}/publication", "/questions/{q}/removal",
           "/inquiries/{i}/answer", "/inquiries/{i}/setting-aside", "/inquiries/{i}/return",
           "/inquiries/{i}/invitation", "/requests/{r}/approval", "/requests/{r}/refusal"]  # fmt: skip
TYPED = {"answer": "x", "note": "x", "reason": "x", "public_text": "x"}


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_look(
    client: FlaskClient, community: Community, sign_in: Callable, path: str,
    asked: AskedQuestion, inquiry: Inquiry, wanted: AnswerRequest,
) -> None:  # fmt: skip
    address = DESK + path.format(q=asked.id, i=inquiry.id, r=wanted.id)
    assert [one.get(address).status_code for one in outsiders(community, client, sign_in)] == [303, 403, 403, 403]


@pytest.mark.parametrize("path", BUTTONS)
def test_only_staff_press(
    client: FlaskClient, community: Community, sign_in: Callable, path: str,
    asked: AskedQuestion, inquiry: Inquiry, wanted: AnswerRequest,
) -> None:  # fmt: skip
    address = DESK + path.format(q=asked.id, i=inquiry.id, r=wanted.id)
    codes = [one.post(address, data=TYPED).status_code for one in outsiders(community, client, sign_in)]
    assert codes == [303, 403, 403, 403]
    assert (row_of(asked).answered_at, row_of(inquiry).state, row_of(wanted).outcome) == (None, "open", "")


@pytest.mark.parametrize("path", [*PAGES[2:], *BUTTONS[1:]])
@pytest.mark.parametrize("number", NUMBERS)
def test_what_lies_on_another_desk_is_not_there(
    staff: FlaskClient, community: Community, path: str, number: str
) -> None:
    other = create_community(slug="other", name="Other", kind="district_network")
    there = a_round(other)
    rows = {"q": an_asked_question(there), "i": an_inquiry(other), "r": an_answer_request(there)}
    address = DESK + path.format(**{key: number.format(foreign=row.id) for key, row in rows.items()})
    before = trace()
    if path in PAGES:
        assert staff.get(address).status_code == 404
    else:
        assert staff.post(address, data=TYPED).status_code == 404
    assert trace() == before


def test_the_desk_needs_as_many_queries_for_one_as_for_many(
    staff: FlaskClient, round: Round, count_queries: Callable
) -> None:
    an_asked_question(round, a_sent_invitation(round))
    with count_queries() as few:
        staff.get(DESK)
    for _ in range(20):
        an_asked_question(round, a_sent_invitation(round))
    with count_queries() as many:
        assert staff.get(DESK).status_code == 200
    assert (len(many) <= len(few), len(many) <= 8) == (True, True)
