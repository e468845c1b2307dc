"""Passing on, asking and coming too late on the page of an invitation, as the people with the links see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core import clock
from portal.core.db import db
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import issue, token_of
from portal.letters.models import Answer, Letter
from portal.rounds.models import AskedQuestion, Extension, Handover, Invitation, Round
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, OPEN, a_round, a_sent_invitation
from tests.rounds.pages import lines_of

Stop = Callable[[str], datetime]
PASS_ON = {"answer": "pass_on", "colleague": "Director", "colleague_email": "director@example.org", "note": "Yours"}
ASK = {
    "answer": "question", "question": "How many days?", "asker": "Superintendent",
    "asker_email": "superintendent@example.org",
}  # fmt: skip
PART = {"HX-Request": "true"}


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def invitation(community: Community) -> Invitation:
    return a_sent_invitation(a_round(community))


@pytest.fixture
def address(invitation: Invitation) -> str:
    return path_of(invitation)


def path_of(invitation: Invitation) -> str:
    return f"/eclc/invitations/{token_of(invitation, 'invitation')}"


def press(client: FlaskClient, address: str, typed: dict[str, str], **more: str) -> TestResponse:
    return client.post(f"{address}/answer", data={**typed, **more})


def left() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (Handover, AskedQuestion, Letter, History, Outgoing))


def more_time(invitation: Invitation, until: str) -> None:
    db.session.add(
        Extension(
            round_id=invitation.round_id, district_id=invitation.district_id, until=moment_of(until), reason="Snow",
            granted_at=clock.now(),
        )
    )  # fmt: skip
    db.session.commit()


def test_four_answers_are_offered(client: FlaskClient, address: str) -> None:
    shown = client.get(address).text
    for words in ("We are interested", "Not this year", "Somebody else here should answer", "I have a question"):
        assert f"<span>{words}</span>" in shown


def test_passing_on_leads_to_the_page_that_says_who_has_the_letter(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    response = press(client, address, PASS_ON)
    assert (response.status_code, response.location) == (303, address)
    told = client.get(address)
    assert told.status_code == 410
    lines = lines_of(told.text)
    assert "This letter is with Director now" in lines
    assert "You passed it on to Director on Thu, Oct 1, 2026, 9:00 AM ET." in lines
    assert "Wrong person, or was it not you? Write to us" in lines
    assert 'href="/eclc/contact"' in told.text
    assert "director@example.org" not in told.text


def test_with_scripts_the_browser_is_told_to_go_there(client: FlaskClient, address: str) -> None:
    response = client.post(f"{address}/answer", data=PASS_ON, headers=PART)
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, address)


def test_the_colleagues_page_says_who_passed_it_on(client: FlaskClient, invitation: Invitation, address: str) -> None:
    press(client, address, PASS_ON, note="<b canary>You know it")
    shown = client.get(path_of(invitation)).text
    assert "Superintendent passed this letter on to you on Thu, Oct 1, 2026, 9:00 AM ET." in lines_of(shown)
    assert ("Dear Director," in lines_of(shown), "<b canary" in shown) == (True, False)
    assert "&lt;b canary&gt;You know it" in shown


def test_in_a_chain_both_old_pages_tell_where_the_letter_is(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    press(client, address, PASS_ON)
    second = path_of(invitation)
    at("2026-10-02 09:00")
    press(client, second, PASS_ON, colleague="Principal", colleague_email="principal@example.org")
    first = lines_of(client.get(address).text)
    assert "This letter is with Principal now" in first
    assert (
        "You passed it on to Director on Thu, Oct 1, 2026, 9:00 AM ET. "
        "Since Fri, Oct 2, 2026, 9:00 AM ET it has been with Principal."
    ) in first
    assert "You passed it on to Principal on Fri, Oct 2, 2026, 9:00 AM ET." in lines_of(client.get(second).text)


def test_a_letter_that_came_back_leads_to_the_newest_mail(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    press(client, address, PASS_ON)
    back = {"colleague": "Superintendent", "colleague_email": "superintendent@example.org"}
    press(client, path_of(invitation), PASS_ON, **back)
    assert "This letter is with you again" in lines_of(client.get(address).text)
    assert client.get(path_of(invitation)).status_code == 200


def test_a_letter_that_staff_readdressed_names_nobody(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    db.session.add(
        Handover(
            invitation=invitation, kind="readdressed", old_token_hash=invitation.token_hash, from_name="Superintendent",
            from_email="superintendent@example.org", to_name="New superintendent", to_email="new@example.org",
            at=clock.now(),
        )
    )  # fmt: skip
    issue(invitation, "invitation")
    db.session.commit()
    told = client.get(address)
    assert (told.status_code, "New superintendent" in told.text) == (410, False)
    assert "This letter is with somebody else now" in lines_of(told.text)


@pytest.mark.parametrize("verb", ["answer", "opening", "link", "news"])
@pytest.mark.parametrize("headers", [{}, PART])
def test_buttons_of_a_page_from_before_change_nothing_and_say_why(
    client: FlaskClient, invitation: Invitation, address: str, verb: str, headers: dict[str, str]
) -> None:
    press(client, address, PASS_ON)
    before = left()
    response = client.post(
        f"{address}/{verb}", data=PASS_ON, headers={**headers, "Referer": f"http://localhost{address}"}
    )
    assert response.status_code == (409 if headers else 303)
    said = response.text if headers else client.get(response.location).text
    assert "This letter was passed on, so nothing was changed." in said
    assert (left(), invitation.to_name) == (before, "Director")


def test_the_dead_link_belongs_to_its_community(client: FlaskClient, address: str) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    press(client, address, PASS_ON)
    assert client.get(address.replace("eclc", "other")).status_code == 404


def test_a_mail_scanner_that_looks_three_times_changes_nothing(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    before = left()
    for _ in range(3):
        assert client.get(address, headers={"User-Agent": "Scanner"}).status_code == 200
        assert client.head(address, headers={"User-Agent": "Scanner"}).status_code == 200
    assert (left(), invitation.opened_at) == (before, None)
    assert press(client, address, PASS_ON).status_code == 303
    gone = left()
    for _ in range(3):
        assert client.get(address).status_code == client.head(address).status_code == 410
    assert left() == gone


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({**PASS_ON, "colleague": " "}, "Give the name of your colleague."),
        ({**PASS_ON, "colleague": "x" * 121}, "Shorten this to 120 characters."),
        ({**PASS_ON, "colleague_email": "director"}, "Give one mail address, such as name@example.org."),
        ({**PASS_ON, "note": "Look at evil.com"}, "Leave out links and web addresses. They do not go into the mail."),
        ({**PASS_ON, "note": "x" * 501}, "Shorten the note to 500 characters."),
        ({**ASK, "question": ""}, "Write your question."),
        ({**ASK, "asker": ""}, "Give a name."),
        ({**ASK, "asker_email": "x"}, "Give one mail address, such as name@example.org."),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, address: str, typed: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    response = client.post(f"{address}/answer", data=typed, headers=headers)
    assert response.status_code == 422
    assert sentence in lines_of(response.text)
    assert [text for name, text in typed.items() if name != "answer" and text.strip() not in response.text] == []
    assert db.session.query(Handover).count() + db.session.query(AskedQuestion).count() == 0


def test_what_was_typed_beside_another_answer_does_not_stand_in_the_way(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    typed = {"answer": "not_this_year", "note": "see evil.com", "colleague_email": "x", "question": "123-45-6789"}
    assert client.post(f"{address}/answer", data=typed).status_code == 303
    assert invitation.answer == "not_this_year"


def test_the_same_address_is_refused_with_the_form_as_it_was(client: FlaskClient, address: str) -> None:
    response = press(client, address, PASS_ON, colleague_email="superintendent@example.org")
    assert response.status_code == 409
    assert "Give the address of your colleague." in response.text
    assert "Yours</textarea>" in response.text


def test_a_question_goes_to_the_desk_and_stands_on_the_page(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    assert press(client, address, ASK).location == address
    shown = client.get(address).text
    assert "We have your question and answer superintendent@example.org." in shown
    assert ("How many days?" in shown, invitation.answer) == (True, "")
    question = db.session.query(AskedQuestion).one()
    assert (question.invitation_id, question.name) == (invitation.id, "Superintendent")
    question.answer, question.answered_at = "*Five* a year.", clock.now()
    db.session.commit()
    assert "<em>Five</em> a year." in client.get(address).text
    assert "How many days?" not in client.get("/eclc/letter").text


def test_a_private_number_in_a_question_is_warned_about(client: FlaskClient, address: str) -> None:
    response = press(client, address, ASK, question="I am 123-45-6789")
    assert (response.status_code, "This looks like a Social Security number." in response.text) == (422, True)
    assert press(client, address, ASK, question="I am 123-45-6789", sure="y").status_code == 303


def test_when_questions_have_ended_the_page_says_where_to_write(client: FlaskClient, address: str, at: Stop) -> None:
    at("2026-10-24 09:00")
    shown = client.get(address).text
    assert "I have a question" not in lines_of(shown)
    assert "Questions ended on Fri, Oct 23, 2026." in " ".join(lines_of(shown))
    assert press(client, address, ASK).status_code == 409


def test_published_answers_and_meetings_stand_below_the_letter(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    db.session.add(
        AskedQuestion(
            community_id=invitation.community_id, round_id=invitation.round_id, text="x",
            public_text="Where do we meet?", answer="In Beverly.", asked_at=clock.now(), published_at=clock.now(),
        )
    )  # fmt: skip
    db.session.commit()
    at("2026-09-20 09:00")
    shown = lines_of(client.get(address).text)
    assert {"Where do we meet?", "In Beverly.", "Online · 200 seats left"} <= set(shown)


def test_once_the_letter_has_begun_only_a_question_can_be_asked(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    press(client, address, {"answer": "interested", "name": "Director", "email": "director@example.org"})
    letter = db.session.query(Letter).one()
    question = letter.round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="x", saved_at=letter.started_at))
    db.session.commit()
    shown = lines_of(client.get(address).text)
    assert ("I have a question" in shown, "Somebody else here should answer" in shown) == (True, False)
    assert press(client, address, PASS_ON).status_code == 409
    assert press(client, address, ASK).status_code == 303


def test_before_opening_the_letter_is_passed_on_and_asked_about(
    client: FlaskClient, community: Community, at: Stop
) -> None:
    at(BEFORE)
    early = a_sent_invitation(a_round(community))
    shown = lines_of(client.get(path_of(early)).text)
    assert ("Somebody else here should answer" in shown, "We are interested" in shown) == (True, False)
    assert press(client, path_of(early), ASK).status_code == 303
    assert press(client, path_of(early), PASS_ON).status_code == 303
    assert early.to_name == "Director"


def test_more_time_is_shown_and_answers_are_taken_until_then(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    more_time(invitation, "2026-11-06 17:00")
    shown = lines_of(client.get(address).text)
    assert "More time for you: your letter is taken until then, 5:00 PM ET" in shown
    at("2026-11-06 17:00")
    name = invitation.district.label
    assert f"More time for {name}: by Fri, Nov 6, 2026, 5:00 PM ET · today" in lines_of(client.get(address).text)
    assert press(client, address, {"answer": "interested", "name": "D", "email": "d@example.org"}).status_code == 303
    assert db.session.query(Letter).count() == 1
    at("2026-11-06 17:00:01")
    assert press(client, address, {"answer": "not_this_year"}).status_code == 409


def test_everybody_elses_dates_stay_as_they_are(client: FlaskClient, invitation: Invitation, address: str) -> None:
    more_time(a_sent_invitation(invitation.round), "2026-11-06 17:00")
    assert "More time" not in client.get(address).text
    assert "More time" not in client.get("/eclc/letter").text


def test_after_the_end_one_button_mails_what_still_makes_sense(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop, mailbox: Callable
) -> None:
    mailbox()
    at(AFTER)
    assert "Mail me what I can do now" in lines_of(client.get(address).text)
    assert [client.post(f"{address}/news").status_code for _ in range(2)] == [303, 303]
    assert "A mail is on its way to superintendent@example.org." in client.get(address).text
    [mail] = mailbox()
    assert (mail.to, mail.paths) == ("superintendent@example.org", ["/eclc/contact"])
    assert f"{invitation.district.label} has not written one in this round." in mail.text


def test_that_mail_leads_writers_to_their_letter_and_to_the_next_round(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop, mailbox: Callable
) -> None:
    press(client, address, {"answer": "interested", "name": "Director", "email": "director@example.org"})
    invitation.answer = "not_this_year"  # by mistake; the letter is there all the same
    db.session.commit()
    mailbox()
    at("2026-11-15 09:00")
    a_next_round(invitation.round.community)
    client.post(f"{address}/news")
    [mail] = mailbox()
    assert mail.paths == ["/sign-in?next=/eclc/letters/1", "/eclc/letter"]
    assert "It can be answered from Tue, Dec\u00a01, 2026, 9:00\u00a0AM\u00a0ET on." in mail.text


def test_whoever_has_the_next_letter_too_gets_its_own_link(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop, mailbox: Callable
) -> None:
    at("2026-11-15 09:00")
    following = a_sent_invitation(a_next_round(invitation.round.community), invitation.district)
    mailbox()
    client.post(f"{address}/news")
    [mail] = mailbox()
    assert mail.paths == [path_of(following)]


def test_while_it_can_be_answered_no_such_mail_goes_out(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    before = left()
    assert client.post(f"{address}/news", headers=PART).status_code == 409
    assert left() == before


def a_next_round(community: Community) -> Round:
    return a_round(
        community, slug="next", opens_at=moment_of("2026-12-01 09:00"), closes_at=moment_of("2026-12-05 09:00"),
        intent_by=None, questions_until=None, review_from=None, review_to=None, conversations_from=None,
        conversations_to=None,
    )  # fmt: skip
