"""The pages of a district that answers without an invitation, from the public letter to the press that starts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.districts.models import District
from portal.districts.operations import add_district, begin_membership, grant_lead
from portal.letters.answering import Asker, confirm_request, request_answer
from portal.letters.models import Answer, Letter
from portal.letters.operations import start_letter
from portal.rounds.models import AnswerRequest, Round
from tests.rounds.builders import AFTER, BEFORE, OPEN, a_round
from tests.rounds.pages import lines_of

Stop = Callable[[str], datetime]
START = "/eclc/letter/answer"
DIRECTOR = {"name": "Director", "role": "Director of learning", "email": "director@harbor.example.org"}
PART = {"HX-Request": "true"}


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def harbor(round: Round) -> District:
    return a_district("Example Harbor", "harbor.example.org")


def a_district(name: str, site: str = "", **words: object) -> District:
    return add_district(name=f"{name} Public Schools", short_name=name, city=name, state="MA", website=site, **words)


def typed(district: District | int, **more: str) -> dict[str, str]:
    number = district if isinstance(district, int) else district.id
    return {"district": str(number), **DIRECTOR, **more}


def a_link(round: Round, district: District, email: str = DIRECTOR["email"]) -> str:
    request_answer(round, district, Asker("Director", email))
    request = db.session.query(AnswerRequest).order_by(AnswerRequest.id.desc()).first()
    return f"/eclc/answers/{token_of(request, 'answer-request')}"


def begin(round: Round, district: District) -> None:
    assistant = find_or_open_account(email="assistant@harbor.example.org", name="Assistant superintendent")
    grant_lead(assistant, round.community_id, district, None)
    letter = start_letter(round, district, assistant)
    question = round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="x", saved_at=letter.started_at))
    db.session.commit()


def left() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (AnswerRequest, Letter, History, Outgoing))


def test_the_public_letter_leads_to_answering(client: FlaskClient, round: Round) -> None:
    shown = client.get("/eclc/letter").text
    assert shown.count(f'href="{START}"') >= 2
    assert "coordinator" not in shown


def test_a_district_is_found_by_a_mistyped_name_without_scripts(client: FlaskClient, harbor: District) -> None:
    shown = client.get(f"{START}?q=Exampel+Habor").text
    assert f'href="{START}/{harbor.id}"' in shown
    assert "Example Harbor, MA" in lines_of(shown)


def test_a_name_that_no_district_has_gets_a_way_forward(client: FlaskClient, harbor: District) -> None:
    shown = client.get(f"{START}?q=Zzyzx").text
    assert "No district is like “Zzyzx”." in " ".join(lines_of(shown))
    assert 'href="/eclc/contact"' in shown


def test_closed_districts_are_not_offered(client: FlaskClient, round: Round) -> None:
    gone = a_district("Gone", is_open=False)
    assert f"{START}/{gone.id}" not in client.get(f"{START}?q=Gone").text


@pytest.mark.parametrize("headers", [{}, PART])
def test_a_work_mail_proposes_its_district_and_is_kept(
    client: FlaskClient, harbor: District, headers: dict[str, str]
) -> None:
    response = client.post(f"{START}/address", data={"email": "director@harbor.example.org"}, headers=headers)
    assert response.status_code == 200
    assert "Answer for Example Harbor" in lines_of(response.text)
    assert 'value="director@harbor.example.org"' in response.text
    assert f'name="district" value="{harbor.id}"' in response.text


def test_an_address_that_several_share_lets_one_choose(client: FlaskClient, harbor: District) -> None:
    other = a_district("North Harbor", "https://harbor.example.org/north")
    response = client.post(f"{START}/address", data={"email": "d@harbor.example.org"})
    shown = lines_of(response.text)
    assert {"Choose your district", "Example Harbor Public Schools, Example Harbor, MA"} <= set(shown)
    assert client.post(START, data=typed(other)).status_code == 303
    assert db.session.query(AnswerRequest).one().district_id == other.id


@pytest.mark.parametrize(
    ("address", "words"),
    [("d@gmail.com", "Anybody can have an address"), ("d@nowhere.example", "No district of the directory has")],
)
def test_an_address_that_tells_nothing_leads_to_the_search(
    client: FlaskClient, harbor: District, address: str, words: str
) -> None:
    response = client.post(f"{START}/address", data={"email": address})
    assert (response.status_code, words in response.text, 'name="q"' in response.text) == (200, True, True)
    assert f'value="{address}"' in response.text


def test_what_is_no_address_is_said(client: FlaskClient, round: Round) -> None:
    response = client.post(f"{START}/address", data={"email": "director"})
    assert response.status_code == 422
    assert "Give one mail address, such as name@example.org." in lines_of(response.text)


def test_asking_leads_to_the_mail_and_says_the_same_to_everybody(
    client: FlaskClient, round: Round, harbor: District
) -> None:
    begun, known = a_district("Begun", "begun.example.org"), a_district("Known", "known.example.org")
    begin(round, begun)
    find_or_open_account(email="director@known.example.org", name="Known")
    told = set()
    for district, place in ((harbor, "harbor"), (begun, "begun"), (known, "known"), (harbor, "gmail")):
        response = client.post(START, data=typed(district, email=f"director@{place}.example.org"))
        told.add((response.status_code, response.location, client.get(response.location).text))
    assert len(told) == 1
    assert next(iter(told))[:2] == (303, f"{START}/sent")


def test_with_scripts_the_browser_is_told_to_go_on(client: FlaskClient, harbor: District) -> None:
    response = client.post(START, data=typed(harbor), headers=PART)
    assert (response.status_code, response.headers["HX-Redirect"]) == (200, f"{START}/sent")


def test_twenty_requests_for_one_address_are_five_mails_and_no_error(
    client: FlaskClient, harbor: District, at: Stop
) -> None:
    codes = set()
    for minute in range(20):
        at(f"2026-10-01 09:{minute:02d}")
        codes.add(client.post(START, data=typed(harbor)).status_code)
    assert (codes, db.session.query(Outgoing).count()) == ({303}, 5)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Give a name."),
        ({"name": "see evil.com"}, "Leave out links and web addresses. They do not go into the mail."),
        ({"email": "x"}, "Give one mail address, such as name@example.org."),
        ({"role": "x" * 121}, "Shorten this to 120 characters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, harbor: District, wrong: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    response = client.post(START, data=typed(harbor, **wrong), headers=headers)
    assert response.status_code == 422
    assert sentence in lines_of(response.text)
    assert f'name="district" value="{harbor.id}"' in response.text
    assert db.session.query(AnswerRequest).count() == 0


@pytest.mark.parametrize("number", ["", "0", "999", "-1", "9" * 30, "²", "x"])
def test_a_district_that_does_not_exist_is_no_choice(client: FlaskClient, harbor: District, number: str) -> None:
    response = client.post(START, data={**typed(harbor), "district": number, "email": "d@gmail.com"})
    assert (response.status_code, db.session.query(AnswerRequest).count()) == (422, 0)
    assert "First say which district is yours." in lines_of(response.text)


def test_members_and_agencies_see_why_not_and_what_works(client: FlaskClient, round: Round) -> None:
    member, agency = a_district("Member"), a_district("Agency", kind="service")
    begin_membership(round.community_id, member, date(2020, 7, 1), None)
    for district, words in ((member, "Member is a member already."), (agency, "Agency is a service agency")):
        shown = client.get(f"{START}/{district.id}").text
        assert (words in shown, 'name="email"' in shown, 'href="/eclc/contact"' in shown) == (True, False, True)
        assert client.post(START, data=typed(district)).status_code == 409
    assert left()[0] == 0


@pytest.mark.parametrize(("moment", "words"), [(BEFORE, "Letters open on"), (AFTER, "Letters closed on")])
def test_outside_of_its_dates_the_page_says_what_works(
    client: FlaskClient, harbor: District, at: Stop, moment: str, words: str
) -> None:
    at(moment)
    for path in (START, f"{START}/{harbor.id}"):
        shown = client.get(path).text
        assert (words in shown, 'type="email"' in shown, 'href="/eclc/contact"' in shown) == (True, False, True)
    assert client.post(START, data=typed(harbor)).status_code == 409


def test_without_a_round_the_page_leads_to_a_person(client: FlaskClient, community: Community) -> None:
    shown = client.get(START)
    assert (shown.status_code, 'href="/eclc/contact"' in shown.text) == (200, True)
    assert client.post(START, data=typed(1)).status_code == 404


def test_looking_at_any_of_the_pages_changes_nothing(client: FlaskClient, round: Round, harbor: District) -> None:
    link = a_link(round, harbor)
    before = left()
    for path in (START, f"{START}?q=harbor", f"{START}/{harbor.id}", f"{START}/sent", link):
        for look in (client.get, client.head, client.get):
            assert look(path).status_code == 200
    assert (left(), db.session.query(AnswerRequest).one().confirmed_at) == (before, None)


def test_the_link_shows_who_asks_and_its_button_starts_the_letter(
    client: FlaskClient, round: Round, harbor: District
) -> None:
    link = a_link(round, harbor)
    shown = lines_of(client.get(link).text)
    assert {"Is it you?", "Director", "Yes, start the letter"} <= set(shown)
    response = client.post(f"{link}/confirmation")
    assert (response.status_code, response.location) == (303, link)
    shown = lines_of(client.get(link).text)
    assert {"The letter of Example Harbor is started", "Mail me a new link"} <= set(shown)
    assert db.session.query(Letter).one().district_id == harbor.id
    assert client.get("/my").status_code == 303  # the link itself signs nobody in


def test_with_scripts_the_answer_is_a_part(client: FlaskClient, round: Round, harbor: District) -> None:
    response = client.post(f"{a_link(round, harbor)}/confirmation", headers=PART)
    assert response.text.lstrip().startswith('<section class="flow" id="request"')


def test_an_address_that_does_not_fit_is_told_what_happens_and_by_when(
    client: FlaskClient, round: Round, harbor: District
) -> None:
    link = a_link(round, harbor, "stranger@gmail.com")
    assert "so a person looks at it first" in client.get(link).text
    client.post(f"{link}/confirmation")
    shown = " ".join(lines_of(client.get(link).text))
    assert "looks at it by Thu, Oct 8, 2026, and answers stranger@gmail.com." in shown
    assert db.session.query(Letter).count() == 0


def test_only_a_fitting_address_learns_who_writes(client: FlaskClient, round: Round, harbor: District) -> None:
    begin(round, harbor)
    for email, is_named in (("director@harbor.example.org", True), ("stranger@gmail.com", False)):
        link = a_link(round, harbor, email)
        assert "Assistant superintendent" not in client.get(link).text
        client.post(f"{link}/confirmation")
        shown = client.get(link).text
        assert ("Assistant superintendent" in shown, "We told them that you asked" in shown) == (is_named, True)


def test_what_staff_decided_stands_on_the_page(client: FlaskClient, round: Round, harbor: District) -> None:
    link = a_link(round, harbor, "stranger@gmail.com")
    client.post(f"{link}/confirmation")
    request = db.session.query(AnswerRequest).one()
    request.outcome, request.reason, request.settled_at = "declined", "<b canary>We know nobody.", request.asked_at
    db.session.commit()
    shown = client.get(link).text
    assert ("&lt;b canary&gt;We know nobody." in shown, "<b canary" in shown) == (True, False)
    request.outcome = "approved"
    db.session.commit()
    assert "The letter with a link of your own went to stranger@gmail.com" in client.get(link).text


def test_a_new_sign_in_link_is_mailed_from_the_page(
    client: FlaskClient, round: Round, harbor: District, at: Stop, mailbox: Callable
) -> None:
    link = a_link(round, harbor)
    client.post(f"{link}/confirmation")
    mailbox()
    at("2026-10-01 11:00")
    assert client.post(f"{link}/link").status_code == 303
    assert [mail.to for mail in mailbox()] == ["director@harbor.example.org"]


def test_no_sign_in_link_before_the_letter(client: FlaskClient, round: Round, harbor: District) -> None:
    assert client.post(f"{a_link(round, harbor)}/link", headers=PART).status_code == 409


def test_the_link_of_a_round_that_is_over_says_what_works(
    client: FlaskClient, round: Round, harbor: District, at: Stop
) -> None:
    link = a_link(round, harbor)
    at(AFTER)
    shown = client.get(link).text
    assert ("Letters closed on" in shown, "Yes, start the letter" in shown) == (True, False)
    assert client.post(f"{link}/confirmation", headers=PART).status_code == 409
    assert db.session.query(AnswerRequest).one().confirmed_at is None


def test_links_that_are_no_request_lead_nowhere(client: FlaskClient, round: Round, harbor: District) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    link = a_link(round, harbor)
    for path in (link + "x", "/eclc/answers/x", link.replace("eclc", "other")):
        answer = client.get(path)
        assert (answer.status_code, "Have a new link mailed" in answer.text) == (404, True)
        assert client.post(f"{path}/confirmation").status_code == 404
        assert client.post(f"{path}/link").status_code == 404
    assert db.session.query(Letter).count() == 0


def test_extra_fields_change_nothing_else(client: FlaskClient, harbor: District) -> None:
    client.post(START, data=typed(harbor, fits="1", outcome="approved", round_id="9", confirmed_at="2026-01-01"))
    request = db.session.query(AnswerRequest).one()
    assert (request.outcome, request.confirmed_at) == ("", None)


def test_the_page_of_the_search_takes_as_many_queries_for_many_as_for_one(
    client: FlaskClient, harbor: District, count_queries: Callable
) -> None:
    client.get(f"{START}?q=Harbor")  # what is asked once of a database is asked
    with count_queries() as few:
        client.get(f"{START}?q=Harbor")
    for number in range(9):
        a_district(f"Harbor {number}")
    with count_queries() as many:
        client.get(f"{START}?q=Harbor")
    assert len(many) == len(few)


def test_a_confirmed_request_is_not_asked_again(client: FlaskClient, round: Round, harbor: District) -> None:
    link = a_link(round, harbor)
    confirm_request(db.session.query(AnswerRequest).one())
    before = left()
    assert [client.post(f"{link}/confirmation").status_code for _ in range(3)] == [303] * 3
    assert left() == before
