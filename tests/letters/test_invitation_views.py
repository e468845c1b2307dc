"""The page behind an invitation's private link: looking does nothing, pressing a button answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import SignIn, SignInLink
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import History, history_of
from portal.core.outbox import Outgoing
from portal.core.tokens import issue, token_of
from portal.letters.models import Answer, Letter
from portal.rounds.models import Invitation
from portal.rounds.operations import close_now
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_round, a_sent_invitation
from tests.rounds.pages import lines_of

Stop = Callable[[str], datetime]
INTERESTED = {"answer": "interested", "name": "Director", "email": "director@example.org"}
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
    return f"/eclc/invitations/{token_of(invitation, 'invitation')}"


def answer(client: FlaskClient, address: str, **typed: str) -> TestResponse:
    return client.post(f"{address}/answer", data=typed)


def trace() -> tuple[int, ...]:
    return tuple(db.session.query(table).count() for table in (Letter, History, Outgoing, SignIn, SignInLink))


def test_the_page_is_the_letter_addressed_to_person_and_district(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    shown = lines_of(client.get(address).text)
    assert "Dear Superintendent," in shown
    assert invitation.district.name in shown
    assert f"We ask {invitation.district.label} to join us. Letters close Fri, Oct 30, 2026, 5:00 PM ET." in shown
    assert f"How does {invitation.district.label} answer?" in shown


def test_scanners_that_look_change_nothing_and_are_not_signed_in(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    before = trace()
    for look in (client.get, client.head, client.get, client.get):
        assert look(address).status_code == 200
    assert (invitation.opened_at, trace()) == (None, before)
    assert client.get("/my").status_code == 303


def test_interested_starts_the_letter_and_says_where_the_link_went(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    response = answer(client, address, **INTERESTED)
    assert (response.status_code, response.headers["Location"]) == (303, address)
    shown = client.get(address).text
    assert "a link to it is on its way to director@example.org" in shown
    assert f"{invitation.district.label} is interested" in lines_of(shown)
    assert (invitation.answer, db.session.query(Letter).count()) == ("interested", 1)


def test_not_this_year_keeps_the_reason_and_shows_it_again(
    client: FlaskClient, invitation: Invitation, address: str
) -> None:
    assert answer(client, address, answer="not_this_year", reason="A new superintendent.").status_code == 303
    shown = lines_of(client.get(address).text)
    assert ("Not this year" in shown, "A new superintendent." in shown) == (True, True)
    assert (invitation.answer, invitation.reason) == ("not_this_year", "A new superintendent.")


def test_with_scripts_the_answer_comes_back_as_a_part(client: FlaskClient, address: str) -> None:
    response = client.post(f"{address}/answer", data=INTERESTED, headers=PART)
    assert response.status_code == 200
    assert response.text.lstrip().startswith('<section class="panel flow" id="reply"')
    assert 'hx-target="#said"' in response.text


def test_the_first_press_counts_as_opened_even_if_something_is_missing(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    answer(client, address)
    first = invitation.opened_at
    at("2026-10-02 09:00")
    answer(client, address)
    assert (first, invitation.opened_at) == (at(OPEN), first)
    assert [row.verb for row in history_of(invitation)] == ["prepare", "send", "open"]


def test_a_district_can_say_that_it_answers_later(client: FlaskClient, invitation: Invitation, address: str) -> None:
    assert "We have it, and will answer later" in lines_of(client.get(address).text)
    assert client.post(f"{address}/opening").status_code == 303
    assert (invitation.opened_at is not None, invitation.answer) == (True, "")
    assert "We have it, and will answer later" not in lines_of(client.get(address).text)


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({}, "Choose one of the answers."),
        ({"answer": "perhaps"}, "Choose one of the answers."),
        ({"answer": "interested", "email": "d@example.org"}, "Give the name of the person who will write."),
        ({"answer": "interested", "name": "Director"}, "Give one mail address, such as name@example.org."),
        ({**INTERESTED, "email": "director"}, "Give one mail address, such as name@example.org."),
        ({**INTERESTED, "name": "x" * 121}, "Shorten the name to 120 characters."),
        ({"answer": "not_this_year", "reason": "x" * 1001}, "Shorten the reason to 1,000 characters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: FlaskClient, invitation: Invitation, address: str, typed: dict[str, str], sentence: str,
    headers: dict[str, str],
) -> None:  # fmt: skip
    response = client.post(f"{address}/answer", data=typed, headers=headers)
    assert response.status_code == 422
    assert sentence in lines_of(response.text)
    assert [value for name, value in typed.items() if name != "answer" and value not in response.text] == []
    assert (invitation.answer, db.session.query(Letter).count()) == ("", 0)


@pytest.mark.parametrize("field", ["name", "reason"])
def test_signs_that_no_field_holds_are_refused(client: FlaskClient, address: str, field: str) -> None:
    assert answer(client, address, **{**INTERESTED, field: "a\x00b"}).status_code == 400


def test_what_is_typed_as_markup_is_shown_as_text(client: FlaskClient, address: str) -> None:
    answer(client, address, answer="not_this_year", reason="<script>alert(1)</script> {{7*191}}")
    shown = client.get(address).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*191}}" in shown


def test_extra_fields_change_nothing_else(client: FlaskClient, invitation: Invitation, address: str) -> None:
    answer(client, address, answer="not_this_year", to_email="x@example.org", round_id="9", sent_at="2020-01-01")
    assert (invitation.to_email, invitation.sent_at) == ("superintendent@example.org", invitation.prepared_at)


def test_pressing_twice_is_one_letter_and_one_link(client: FlaskClient, address: str) -> None:
    answers = [answer(client, address, **INTERESTED).status_code for _ in range(3)]
    assert (answers, db.session.query(Letter).count(), db.session.query(SignInLink).count()) == ([303] * 3, 1, 1)


def test_the_mind_can_be_changed_until_something_is_written(client: FlaskClient, address: str) -> None:
    answer(client, address, answer="not_this_year")
    assert "Change the answer" in lines_of(client.get(address).text)
    answer(client, address, **INTERESTED)
    assert "Change the answer" in lines_of(client.get(address).text)


def begin(invitation: Invitation) -> None:
    letter = db.session.query(Letter).one()
    question = letter.round.sections[0].questions[0]
    db.session.add(Answer(letter_id=letter.id, question_id=question.id, value="x", saved_at=letter.started_at))
    db.session.commit()


@pytest.mark.parametrize("headers", [{}, PART])
def test_not_this_year_after_the_letter_has_begun_is_refused_with_a_way_on(
    client: FlaskClient, invitation: Invitation, address: str, headers: dict[str, str]
) -> None:
    answer(client, address, **INTERESTED)
    begin(invitation)
    response = client.post(f"{address}/answer", data={"answer": "not_this_year"}, headers=headers)
    assert response.status_code == 409
    assert "so this answer stays. Ask Director, who acts for the district," in response.text
    assert invitation.answer == "interested"


def test_once_begun_the_page_names_the_writer_and_mails_a_new_link(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    answer(client, address, **INTERESTED)
    begin(invitation)
    at("2026-10-02 09:00")
    shown = lines_of(client.get(address).text)
    assert "Change the answer" not in shown
    assert "Mail a new link to the people who write" in shown
    assert client.post(f"{address}/link").status_code == 303
    assert db.session.query(SignInLink).count() == 2


def test_after_closing_the_writers_still_get_a_link_to_their_letter(
    client: FlaskClient, address: str, at: Stop, mailbox: Callable
) -> None:
    answer(client, address, **INTERESTED)
    mailbox()
    at(AFTER)
    assert "Mail a new link to the people who write" in lines_of(client.get(address).text)
    assert client.post(f"{address}/link").status_code == 303
    assert [mail.to for mail in mailbox()] == ["director@example.org"]


def test_no_new_link_before_an_answer(client: FlaskClient, address: str) -> None:
    response = client.post(f"{address}/link", headers=PART)
    assert (response.status_code, response.headers["HX-Retarget"]) == (409, "#refusal")
    assert db.session.query(SignInLink).count() == 0


def test_before_opening_the_letter_can_be_read_but_not_answered(
    client: FlaskClient, community: Community, at: Stop
) -> None:
    at(BEFORE)
    early = a_sent_invitation(a_round(community))
    place = f"/eclc/invitations/{token_of(early, 'invitation')}"
    assert "You can answer from Mon, Sep 14, 2026, 9:00 AM ET on" in lines_of(client.get(place).text)
    assert answer(client, place, **INTERESTED).status_code == 409
    assert (early.opened_at is not None, early.answer) == (True, "")


def test_in_the_grace_minutes_the_page_still_takes_an_answer(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    at(LATE)
    assert "Closing time has passed. Answers arrive until Fri, Oct 30, 2026, 6:00 PM ET" in lines_of(
        client.get(address).text
    )
    assert answer(client, address, **INTERESTED).status_code == 303


def test_after_closing_the_page_says_what_is_next_and_takes_no_answer(
    client: FlaskClient, invitation: Invitation, address: str, at: Stop
) -> None:
    at(AFTER)
    before = trace()
    shown = lines_of(client.get(address).text)
    assert "Letters closed on Fri, Oct 30, 2026, 6:00 PM ET" in shown
    assert "Districts that sent a letter hear from us on Fri, Dec 18, 2026." in shown
    assert answer(client, address, **INTERESTED).status_code == 409
    assert (invitation.opened_at, trace()) == (None, before)


def test_an_early_close_ends_answering_at_once(client: FlaskClient, invitation: Invitation, address: str) -> None:
    close_now(invitation.round, reason="Enough", confirmation="Letter of Invitation 2026", by=None)
    assert answer(client, address, **INTERESTED).status_code == 409
    assert invitation.answer == ""


def test_after_closing_the_next_letter_is_offered(
    client: FlaskClient, community: Community, invitation: Invitation, address: str, at: Stop
) -> None:
    at("2026-11-15 09:00")
    later = {"opens_at": at("2026-12-01 09:00"), "closes_at": at("2026-12-05 09:00"), "intent_by": None}
    at("2026-11-15 09:00")
    a_round(community, slug="next", questions_until=None, review_from=None, review_to=None,
            conversations_from=None, conversations_to=None, **later)  # fmt: skip
    assert "Read the next letter" in lines_of(client.get(address).text)


def test_links_that_are_not_ours_lead_to_a_page_that_helps(
    client: FlaskClient, community: Community, invitation: Invitation, address: str
) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    stranger = token_of(invitation, "endorsement")
    for path in (address[:-1], address + "x", "/eclc/invitations/x", f"/eclc/invitations/{stranger}",
                 address.replace("eclc", "other")):  # fmt: skip
        response = client.get(path)
        assert (path, response.status_code) == (path, 404)
        assert "Write to us for a new link" in lines_of(response.text)
        assert client.post(f"{path}/answer", data=INTERESTED).status_code == 404
        assert client.post(f"{path}/opening").status_code == 404
        assert client.post(f"{path}/link").status_code == 404
    assert (invitation.opened_at, db.session.query(Letter).count()) == (None, 0)


def test_a_link_that_was_replaced_stops_working(client: FlaskClient, invitation: Invitation, address: str) -> None:
    issue(invitation, "invitation")
    db.session.commit()
    assert client.get(address).status_code == 404


def test_every_field_has_one_label_and_every_form_a_way_without_scripts(client: FlaskClient, address: str) -> None:
    shown = client.get(address).text
    ids = re.findall(r'\sid="([^"]+)"', shown)
    assert sorted(set(ids)) == sorted(ids)
    for form in re.findall(r"<form[^>]*hx-post[^>]*>", shown):
        assert ('method="post"' in form, re.search(r' action="/', form) is not None) == (True, True)


def test_the_page_needs_the_same_few_queries_with_one_letter_or_many(
    client: FlaskClient, invitation: Invitation, address: str, count_queries: Callable
) -> None:
    with count_queries() as few:
        client.get(address)
    for number in range(5):
        a_sent_invitation(invitation.round, to_email=f"s{number}@example.org")
    with count_queries() as many:
        client.get(address)
    assert len(many) == len(few)
    assert len(many) <= 12
