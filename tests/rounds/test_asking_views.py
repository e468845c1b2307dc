"""The pages on which visitors ask: a question about the letter, an inquiry, and what all read below the letter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community, refresh_public
from portal.core.db import db, transaction
from portal.districts.operations import add_district
from portal.rounds.models import AskedQuestion, Inquiry
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, OPEN, a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace

QUESTION, CONTACT = "/eclc/letter/question", "/eclc/contact"
ASKED = {"text": "How many days?", "name": "Director", "email": "director@example.org"}
INQUIRY = {"message": "Who are you?", "name": "Teacher", "email": "teacher@example.org"}
PART = {"HX-Request": "true"}
SSN = "My number is 123-45-6789."


def count(table: type = AskedQuestion) -> int:
    return db.session.query(table).count()


def publish(community: Community, **words: str) -> None:
    [round] = community_rounds(community)
    with transaction():
        db.session.add(
            AskedQuestion(
                community_id=community.id, round_id=round, asked_at=moment_of(OPEN), published_at=moment_of(OPEN),
                **{"text": "Secret name asks", "public_text": "How many?", "answer": "*Twelve*.", **words},
            )
        )  # fmt: skip
        refresh_public(community.id)


def community_rounds(community: Community) -> list[int]:
    return [a_round(community).id]


def test_a_question_is_asked_and_thanked_for(client: FlaskClient, community: Community) -> None:
    a_round(community)
    assert "Questions until Fri, Oct 23, 2026, 5:00 PM ET" in lines_of(client.get(QUESTION).text)
    response = client.post(QUESTION, data=ASKED)
    assert (response.status_code, response.location, count()) == (303, "/eclc/letter", 1)
    assert "We have your question and answer director@example.org." in client.get("/eclc/letter").text


def test_with_scripts_the_browser_is_told_to_go_on(client: FlaskClient, community: Community) -> None:
    a_round(community)
    response = client.post(QUESTION, data=ASKED, headers=PART)
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, "/eclc/letter")


@pytest.mark.parametrize("path", [QUESTION, CONTACT])
def test_looking_at_a_form_changes_nothing(client: FlaskClient, community: Community, path: str) -> None:
    a_round(community)
    before = trace()
    for look in (client.get, client.head, client.get):
        assert look(path).status_code == 200
    assert trace() == before


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        (QUESTION, {**ASKED, "text": " "}, "Write your question."),
        (QUESTION, {**ASKED, "text": "x" * 2001}, "Shorten it to 2,000 characters."),
        (QUESTION, {**ASKED, "name": ""}, "Give a name."),
        (
            QUESTION,
            {**ASKED, "name": "see www.evil"},
            "Leave out links and web addresses. They do not go into the mail.",
        ),
        (QUESTION, {**ASKED, "email": "director"}, "Give one mail address, such as name@example.org."),
        (CONTACT, {**INQUIRY, "message": ""}, "Write what you would like to know."),
        (CONTACT, {**INQUIRY, "role": "x" * 121}, "Shorten this to 120 characters."),
        (CONTACT, {**INQUIRY, "email": ""}, "Give one mail address, such as name@example.org."),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, community: Community, path: str, typed: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    a_round(community)
    response = client.post(path, data=typed, headers=headers)
    assert response.status_code == 422
    assert sentence in lines_of(response.text)
    assert [value for value in typed.values() if value.strip() and value not in response.text] == []
    assert (count(), count(Inquiry)) == (0, 0)


@pytest.mark.parametrize(("path", "typed", "field"), [(QUESTION, ASKED, "text"), (CONTACT, INQUIRY, "message")])
def test_a_number_of_a_person_is_warned_about_before_it_is_kept(
    client: FlaskClient, community: Community, path: str, typed: dict[str, str], field: str
) -> None:
    a_round(community)
    response = client.post(path, data={**typed, field: SSN})
    assert response.status_code == 422
    assert "This looks like a Social Security number." in response.text
    assert "It is no such number. Keep the text as it is." in lines_of(response.text)
    assert (count(), count(Inquiry), SSN in response.text) == (0, 0, True)
    assert client.post(path, data={**typed, field: SSN, "sure": "y"}).status_code == 303
    assert count() + count(Inquiry) == 1


def test_after_the_last_moment_the_page_says_what_to_do_instead(
    client: FlaskClient, community: Community, at: Stop
) -> None:
    a_round(community)
    at("2026-10-23 17:00:01")
    shown = client.get(QUESTION).text
    assert "The time for questions is over" in lines_of(shown)
    assert ('href="/eclc/contact"' in shown, "<textarea" in shown) == (True, False)
    assert client.post(QUESTION, data=ASKED).status_code == 409
    assert count() == 0


def test_without_a_letter_the_page_leads_to_a_person(client: FlaskClient, community: Community) -> None:
    shown = client.get(QUESTION).text
    assert "No letter is open for questions now." in lines_of(shown)
    assert client.post(QUESTION, data=ASKED).status_code == 409


def test_many_questions_from_one_network_are_slowed_down_and_stay_on_the_page(
    client: FlaskClient, community: Community
) -> None:
    a_round(community)
    answers = [client.post(QUESTION, data={**ASKED, "email": ""}) for _ in range(41)]
    assert (answers[0].status_code, answers[-1].status_code) == (422, 429)
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "How many days?" in answers[-1].text


def test_before_the_round_opens_questions_are_welcome(client: FlaskClient, community: Community, at: Stop) -> None:
    a_round(community)
    at(BEFORE)
    assert client.post(QUESTION, data=ASKED).status_code == 303


def test_questions_and_answers_stand_below_the_letter_without_the_name(
    client: FlaskClient, community: Community
) -> None:
    publish(community)
    shown = client.get("/eclc/letter").text
    assert ("<h3>How many?</h3>" in shown, "<em>Twelve</em>" in shown, "Secret name" in shown) == (True, True, False)


def test_what_is_published_is_shown_at_once_on_a_kept_page(client: FlaskClient, community: Community) -> None:
    a_round(community)
    assert "Nobody has asked yet." in client.get("/eclc/letter").text
    a_question = AskedQuestion(
        community_id=community.id, round_id=1, text="x", public_text="Where do we meet?", answer="In Beverly.",
        asked_at=moment_of(OPEN), published_at=moment_of(OPEN),
    )  # fmt: skip
    with transaction():
        db.session.add(a_question)
        refresh_public(community.id)
    assert "Where do we meet?" in client.get("/eclc/letter").text


def test_markup_in_a_published_question_is_text(client: FlaskClient, community: Community) -> None:
    publish(community, public_text="<b canary>{{7*191}}", answer="<img src=x onerror=alert(1)>")
    shown = client.get("/eclc/letter").text
    assert ("<b canary" in shown, "<img" in shown, "&lt;b canary&gt;{{7*191}}" in shown) == (False, False, True)


def test_when_questions_have_ended_the_letter_says_where_to_write(
    client: FlaskClient, community: Community, at: Stop
) -> None:
    publish(community)
    at(AFTER)
    shown = client.get("/eclc/letter").text
    assert "Questions ended on" in shown
    assert 'href="/eclc/contact"' in shown


def test_an_inquiry_is_thanked_for(client: FlaskClient, community: Community) -> None:
    response = client.post(CONTACT, data={**INQUIRY, "role": "Principal"})
    assert (response.status_code, response.location) == (303, "/eclc/")
    inquiry = db.session.query(Inquiry).one()
    assert (inquiry.role, inquiry.district_id, inquiry.message) == ("Principal", None, "Who are you?")
    assert "Thank you for writing. We answer teacher@example.org." in client.get("/eclc/").text


def test_a_district_that_is_named_exactly_is_known(client: FlaskClient, community: Community) -> None:
    harbor = add_district(name="Example Harbor Public Schools", short_name="Example Harbor", city="Harbor", state="MA")
    client.post(CONTACT, data={**INQUIRY, "district_text": "example harbor"})
    assert db.session.query(Inquiry).one().district_id == harbor.id


def test_a_name_that_several_could_have_is_asked_back_once(client: FlaskClient, community: Community) -> None:
    first, second = (add_district(name=f"Lincoln {kind}", city="Lincoln", state="NE") for kind in ("East", "West"))
    response = client.post(CONTACT, data={**INQUIRY, "district_text": "Lincon"})
    assert response.status_code == 422
    assert "Choose the one you mean, or “None of these”." in lines_of(response.text)
    assert {f"{first.name}, Lincoln, NE", f"{second.name}, Lincoln, NE"} <= set(lines_of(response.text))
    client.post(CONTACT, data={**INQUIRY, "district_text": "Lincon", "district": str(second.id)})
    client.post(CONTACT, data={**INQUIRY, "message": "And?", "district_text": "Lincon", "district": "0"})
    kept = [(row.district_id, row.district_text) for row in db.session.query(Inquiry).order_by(Inquiry.id)]
    assert kept == [(second.id, "Lincon"), (None, "Lincon")]


@pytest.mark.parametrize("number", ["999", "-1", "²", "x"])
def test_a_district_that_was_not_offered_is_no_choice(client: FlaskClient, community: Community, number: str) -> None:
    add_district(name="Lincoln East", city="Lincoln", state="NE")
    response = client.post(CONTACT, data={**INQUIRY, "district_text": "Lincon", "district": number})
    assert (response.status_code, count(Inquiry)) == (422, 0)


def test_a_place_that_the_directory_does_not_know_is_kept_as_it_was_typed(
    client: FlaskClient, community: Community
) -> None:
    add_district(name="Lincoln East", city="Lincoln", state="NE")
    client.post(CONTACT, data={**INQUIRY, "district_text": "École du Nord", "district": "999"})
    inquiry = db.session.query(Inquiry).one()
    assert (inquiry.district_id, inquiry.district_text) == (None, "École du Nord")


def test_a_teacher_network_has_words_of_its_own(client: FlaskClient, community: Community) -> None:
    create_community(slug="teachers", name="Example Teachers", kind="teacher_network")
    shown = client.get("/teachers/contact").text
    assert ("Would you like to come to a convening" in shown, "Would your district" in shown) == (True, False)
    assert client.post("/teachers/contact", data=INQUIRY).location == "/teachers/"
    assert db.session.query(Inquiry).one().community_id != community.id


def test_who_is_signed_in_finds_name_and_address_filled_in(
    client: FlaskClient, coordinator: Account, sign_in: Callable
) -> None:
    shown = sign_in(client, coordinator).get(CONTACT).text
    assert ('value="Coordinator"' in shown, 'value="coordinator@example.org"' in shown) == (True, True)


@pytest.mark.parametrize("path", ["/eclc/", "/eclc/letter", "/eclc/members", "/eclc/contact", "/eclc/no-such-page"])
def test_every_page_of_a_community_leads_to_a_person(client: FlaskClient, community: Community, path: str) -> None:
    assert 'href="/eclc/contact"' in client.get(path).text


def test_extra_fields_change_nothing_else(client: FlaskClient, community: Community) -> None:
    client.post(CONTACT, data={**INQUIRY, "state": "invited", "community_id": "9", "answer": "x", "district_id": "1"})
    inquiry = db.session.query(Inquiry).one()
    assert (inquiry.state, inquiry.community_id, inquiry.answer, inquiry.district_id) == (
        "open",
        community.id,
        "",
        None,
    )
