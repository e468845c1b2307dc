"""The pages about readers, in a browser without scripts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core import clock
from portal.core.audit import Audit
from portal.core.db import db
from portal.reviews.conflicts import declare_conflict
from portal.reviews.reading_models import Assignment, Conflict
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_staff_member, decided, everything, owed
from tests.house.html import faults_of
from tests.letters.pages import words
from tests.reviews.builders import Desk, a_desk, a_reader, given, handed_in, readers_of, running

SignIn = Callable[..., FlaskClient]
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def desk(app: Flask, at: Callable[[str], Any]) -> Desk:
    at(DECIDING)
    return a_desk(3)


@pytest.fixture
def staff(desk: Desk, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, desk.staff)


def of_round(desk: Desk, path: str = "readers") -> str:
    return f"/eclc/staff/rounds/{desk.round.id}/{path}"


def of_letter(desk: Desk, path: str = "readers", number: int = 0) -> str:
    return f"/eclc/staff/letters/{desk.letters[number].id}/{path}"


def told(page: Any) -> str:
    return words(page).replace("\xa0", " ")


def test_staff_give_letters_out_evenly_and_see_who_has_what(desk: Desk, staff: FlaskClient) -> None:
    people = readers_of(desk.community, 3)
    declare_conflict(desk.letters[0], "", by=people[0])
    form = staff.get(of_round(desk)).text
    assert [f'value="{person.id}"' in form and "checked" in form for person in people] == [True] * 3
    answer = staff.post(of_round(desk), data={"per_letter": "3", "readers": [str(one.id) for one in people]})
    assert (answer.status_code, answer.location) == (303, of_round(desk))
    page = told(staff.get(of_round(desk)))
    said = "8 readings were given out. No mail was sent yet. 1 letter still lacks readers"
    assert [said in page, "Nobody gets a mail until you tell readers." in page] == [True, True]
    assert [word in page for word in ("1 missing", "Reader A declared a conflict", "Has its readers")] == [True] * 3
    assert (len(running(desk.letters[0])), owed("reader_queue")) == (2, [])


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"per_letter": "1", "readers": []}, 422, "Choose at least one reader."),
        ({"per_letter": "0", "readers": ["A"]}, 422, "Give a number from 1 to 20."),
        ({"per_letter": "many", "readers": ["A"]}, 422, "Give a number from 1 to 20."),
        ({"per_letter": "1", "readers": ["999999"]}, 422, "does not read letters here"),
        ({"per_letter": "3", "readers": ["A"]}, 409, "need at least 3 readers"),
    ],
)
def test_a_form_that_lacks_something_comes_back_as_typed(
    desk: Desk, staff: FlaskClient, typed: dict[str, Any], status: int, sentence: str
) -> None:
    number = str(a_reader(desk.community).id)
    before = everything()
    data = {**typed, "readers": [number if one == "A" else one for one in typed["readers"]]}
    answer = staff.post(of_round(desk), data=data)
    assert (answer.status_code, sentence in answer.text, everything() == before) == (status, True, True)
    assert "Not a valid" not in answer.text
    assert f'value="{typed["per_letter"]}"' in answer.text


def test_staff_give_one_letter_by_hand_and_take_it_back(desk: Desk, staff: FlaskClient) -> None:
    reader = a_reader(desk.community)
    page = staff.get(of_letter(desk)).text
    assert ["Reader A (0\xa0letters)" in page, '<option selected value="">Choose a reader</option>' in page] == [
        True
    ] * 2
    staff.post(of_letter(desk), data={"reader": reader.id})
    page = told(staff.get(of_letter(desk)))
    assert ["Reader A Not started" in page, running(desk.letters[0])] == [True, ["Reader A"]]
    assignment = db.session.query(Assignment).one()
    question = told(staff.get(of_letter(desk, f"readers/{assignment.id}/ending")))
    assert ["Take this letter from Reader A?" in question, running(desk.letters[0])] == [True, ["Reader A"]]
    answer = staff.post(of_letter(desk, f"readers/{assignment.id}/ending"))
    assert (answer.status_code, running(desk.letters[0])) == (303, [])
    actions = ["gave letters to readers", "took a letter from a reader"]
    assert db.session.query(Audit).filter(Audit.action.in_(actions)).count() == 2


def test_an_assignment_of_another_letter_or_a_stranger_leads_nowhere(desk: Desk, staff: FlaskClient) -> None:
    reader, stranger = a_reader(desk.community), a_staff_member(a_community("other"), email="s@example.org")
    given(desk.letters[1], reader)
    number = db.session.query(Assignment).one().id
    before = everything()
    codes = [
        staff.get(of_letter(desk, f"readers/{number}/ending")).status_code,
        staff.post(of_letter(desk, f"readers/{number}/ending")).status_code,
        staff.post(of_letter(desk), data={"reader": stranger.id}).status_code,
        staff.post(of_letter(desk), data={"reader": ""}).status_code,
        staff.post(of_letter(desk), data={"reader": "x"}).status_code,
        staff.get(of_round(desk, f"readers/{stranger.id}/leaving")).status_code,
    ]
    assert (codes, everything()) == ([404, 404, 404, 422, 422, 404], before)


def test_a_reader_who_drops_out_leaves_their_letters_to_others(desk: Desk, staff: FlaskClient) -> None:
    a, b, c = readers_of(desk.community, 3)
    for letter in desk.letters:
        given(letter, a)
    handed_in(desk.letters[2], a)
    path = of_round(desk, f"readers/{a.id}/leaving")
    page = told(staff.get(path))
    assert "They go to those you choose here, evenly" in page
    assert ["2 letters are not handed in" in page, "Reader B" in page] == [True, True]
    assert staff.post(path, data={"readers": []}).status_code == 422
    assert staff.post(path, data={"readers": [str(a.id)]}).status_code == 422
    staff.post(path, data={"readers": [str(b.id), str(c.id)]})
    assert sorted(name for letter in desk.letters for name in running(letter)) == ["Reader A", "Reader B", "Reader C"]
    assert "Nothing is left" in staff.get(path).text


def test_readers_are_told_after_a_look_at_who_gets_the_mail(desk: Desk, staff: FlaskClient) -> None:
    assert "Everybody was told" in staff.get(of_round(desk, "readers/mail")).text
    given(desk.letters[0], *readers_of(desk.community, 2))
    page = told(staff.get(of_round(desk, "readers/mail")))
    shown = ("2 readers get one mail each", "reader-a@example.org, 1 new letter", "Send 2 mails", "Dear Reader A,")
    assert [word in page for word in shown] == [True] * 4
    assert "Tell 2 readers" in told(staff.get(of_round(desk)))
    for _ in range(2):
        staff.post(of_round(desk, "readers/mail"))
    assert (len(owed("reader_queue")), "Tell 2" in told(staff.get(of_round(desk)))) == (2, False)


def test_the_mail_that_staff_look_at_leaves_out_a_letter_in_conflict_with_them(
    desk: Desk, staff: FlaskClient, mailbox: Callable[[], list[Any]]
) -> None:
    reader = a_reader(desk.community)
    for letter in desk.letters[:2]:
        given(letter, reader)
    declare_conflict(desk.letters[0], "", by=desk.staff)
    page = told(staff.get(of_round(desk, "readers/mail")))
    shown = ("River", "asks you to read 1 letter", "Harbor")
    assert [word in page for word in shown] == [True, True, False]
    staff.post(of_round(desk, "readers/mail"))
    [mail] = [one for one in mailbox() if one.to == reader.email]
    assert ["- Harbor" in mail.text, "- River" in mail.text] == [True, True]


def test_a_reader_sees_their_queue_how_far_they_are_and_the_next_letter(
    desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    reader = a_reader(desk.community)
    for letter in desk.letters:
        given(letter, reader)
    handed_in(desk.letters[0], reader)
    page = told(sign_in(client, reader).get("/eclc/staff/queue"))
    shown = ("1 of 3 handed in", "by the end of Fri, Nov 20, 2026", "Read Hill", "Handed in", "I have a conflict")
    assert [word in page for word in shown] == [True] * 5
    for letter in desk.letters[1:]:
        handed_in(letter, reader)
    assert "All of them are handed in." in told(client.get("/eclc/staff/queue"))


def test_a_letter_that_is_decided_leaves_the_queue_the_counts_and_what_is_spread_or_told(
    desk: Desk, staff: FlaskClient, app: Flask, sign_in: SignIn
) -> None:
    reader = a_reader(desk.community)
    for letter in desk.letters:
        given(letter, reader)
    handed_in(desk.letters[0], reader)
    decided(desk.letters[0], "decline", desk.staff)
    decided(desk.letters[1], "decline", desk.staff)
    own = sign_in(app.test_client(), reader)
    page = told(own.get("/eclc/staff/queue"))
    assert [word in page for word in ("1 of 2 handed in", "Read Hill", "River")] == [True, True, False]
    assert "Decided. Your reading is no longer needed." in told(own.get(of_letter(desk, "", 1).rstrip("/")))
    assert "Reader A 1 of 2 0 1 Drops out" in told(staff.get(of_round(desk)))
    leaving = told(staff.get(of_round(desk, f"readers/{reader.id}/leaving")))
    assert ["River" in leaving, "Hill" in leaving] == [False, True]
    assert "1 new letter" in told(staff.get(of_round(desk, "readers/mail")))
    decided(desk.letters[2], "decline", desk.staff)
    assert "All of them are handed in." in told(own.get("/eclc/staff/queue"))
    assert ["Drops out" in told(staff.get(of_round(desk))), "Tell 1" in told(staff.get(of_round(desk)))] == [False] * 2


def test_an_empty_queue_and_another_round_say_so(desk: Desk, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, a_reader(desk.community))
    assert "Nothing to read now." in client.get("/eclc/staff/queue").text
    assert client.get("/eclc/staff/queue?round=nowhere").status_code == 404


def test_a_reader_declares_a_conflict_and_the_letter_is_gone(desk: Desk, client: FlaskClient, sign_in: SignIn) -> None:
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    sign_in(client, reader)
    path = of_letter(desk, "conflict")
    assert "Only staff can take that back." in client.get(path).text
    assert client.post(path, data={"note": "x" * 1001}).status_code == 422
    answer = client.post(path, data={"note": "My sister teaches there."})
    assert (answer.status_code, answer.location) == (303, "/eclc/staff/queue?round=round-2026")
    assert [client.get(path).status_code, client.post(path).status_code] == [404, 404]
    assert db.session.query(Conflict).one().note == "My sister teaches there."


def test_staff_note_and_lift_a_conflict(desk: Desk, staff: FlaskClient) -> None:
    reader, district = a_reader(desk.community), desk.letters[0].district
    given(desk.letters[0], reader)
    path = of_round(desk, "conflicts")
    assert f'<option selected value="{district.id}">' in staff.get(f"{path}?district={district.id}").text
    typed = {"reader": reader.id, "district": district.id, "note": "Their child goes to school there."}
    assert staff.post(path, data={**typed, "note": ""}).status_code == 422
    assert staff.post(path, data={**typed, "reader": 999_999}).status_code == 422
    for name, wish in (("reader", "Choose a person"), ("district", "Choose a district")):
        assert f'<option selected value="">{wish}</option>' in staff.get(path).text
        answer = staff.post(path, data={**typed, name: ""})
        assert (answer.status_code, f"{wish}." in answer.text) == (422, True)
    assert staff.post(path, data=typed).status_code == 303
    page = told(staff.get(path))
    assert ["Their child goes to school there." in page, running(desk.letters[0])] == [True, []]
    assert "Reader A has a conflict" in told(staff.get(of_letter(desk)))
    number = db.session.query(Conflict).one().id
    assert "Lift the conflict of Reader A?" in told(staff.get(f"{path}/{number}/lifting"))
    assert staff.post(f"{path}/{number}/lifting").status_code == 303
    assert "No conflict was noted." in staff.get(path).text
    assert staff.post(f"{path}/{number}/lifting").status_code == 404


def test_staff_neither_see_nor_lift_conflicts_with_a_district_of_their_own(desk: Desk, staff: FlaskClient) -> None:
    declare_conflict(desk.letters[0], "A secret reason.", by=a_reader(desk.community))
    number = db.session.query(Conflict).one().id
    declare_conflict(desk.letters[0], "", by=desk.staff)
    path = of_round(desk, "conflicts")
    assert "A secret reason." not in staff.get(path).text
    before = everything()
    assert staff.get(f"{path}/{number}/lifting").status_code == 404
    assert (staff.post(f"{path}/{number}/lifting").status_code, everything()) == (404, before)
    page = staff.get(of_round(desk)).text
    assert ["Harbor" in page, "River" in page] == [False, True]


def test_a_reviewer_gives_nothing_out(desk: Desk, client: FlaskClient, sign_in: SignIn) -> None:
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    sign_in(client, reader)
    before = everything()
    gets = [of_round(desk), of_round(desk, "readers/mail"), of_round(desk, "conflicts"), of_letter(desk)]
    posts = [*gets, of_round(desk, f"readers/{reader.id}/leaving"), of_letter(desk, "readers/1/ending")]
    codes = [client.get(path).status_code for path in gets] + [client.post(path).status_code for path in posts]
    assert (set(codes), everything()) == ({403}, before)


def test_the_pages_ask_as_often_for_one_letter_as_for_three(
    desk: Desk, staff: FlaskClient, count_queries: Count
) -> None:
    people = readers_of(desk.community, 3)
    pages = [of_round(desk), "/eclc/staff/queue"]
    counts = []
    for letter in (None, *desk.letters):
        if letter is not None:
            given(letter, *people, desk.staff)
        for path in pages:
            staff.get(path)
        with count_queries() as asked:
            for path in pages:
                staff.get(path)
        counts.append(len(asked))
    assert counts[1] == counts[3]


def test_the_pages_are_sound(desk: Desk, staff: FlaskClient, tmp_path: Path) -> None:
    reader = a_reader(desk.community)
    given(desk.letters[0], reader, desk.staff)
    declare_conflict(desk.letters[1], "Why.", by=reader)
    paths = [of_round(desk), of_round(desk, "readers/mail"), of_round(desk, "conflicts"), of_letter(desk)]
    paths += [of_round(desk, f"readers/{reader.id}/leaving"), of_letter(desk, "conflict"), "/eclc/staff/queue"]
    paths += ["/eclc/staff/letters?q=harbor"]
    assert faults_of({path: staff.get(path).text for path in paths}, tmp_path) == []


def test_a_reviewer_s_list_opens_on_the_round_with_letters_to_hand_in(
    desk: Desk, client: FlaskClient, sign_in: SignIn
) -> None:
    reader = a_reader(desk.community)
    given(desk.letters[0], reader)
    later = a_closing_round(desk.community, slug="later")
    later.closes_at = clock.now() + timedelta(days=30)
    db.session.commit()
    page = sign_in(client, reader).get("/eclc/staff/letters").text
    assert ["Harbor" in page, "No letters here yet" in page] == [True, False]
