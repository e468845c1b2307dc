"""The list of who comes: for staff and the facilitator, filtered, paged, taken away as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.agenda.models import Experience, Pool
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Community
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.districts.models import District
from portal.enrollments.attending_models import EnrollmentAnswer
from portal.enrollments.changing import cancel_session
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.roster_rules import Room, rooms_of, stand_of
from portal.enrollments.sizing import set_capacity
from tests.enrollments.builders import (
    FALL,
    a_community,
    a_district,
    a_person,
    an_experience,
    colleagues,
    people,
    seat,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]


pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def staff(community: Community, client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, a_staff_member(community))


def a_staff_member(community: Community, kind: str = "staff") -> Account:
    return grant_permission(community, email=f"{kind}@{community.slug}.example.org", kind=kind, name="Coordinator")


def address(experience: Experience, more: str = "") -> str:
    return f"/example/staff/agenda/{experience.slug}/people{more}"


def test_staff_see_who_has_a_seat_with_district_and_job(community: Community, staff: FlaskClient) -> None:
    district = a_district(community)
    person = a_person(community, district, "principal")
    experience = an_experience(community)
    seat(experience, person)
    page = staff.get(address(experience)).text
    assert [word in page for word in (person.name, person.email, district.name, "Principal")] == [True] * 4
    assert "1 of 3\xa0seats taken, 2 left" in page


def test_those_in_line_stand_in_a_tab_of_their_own_in_their_order(community: Community, staff: FlaskClient) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    seat(experience, everyone[0], everyone[2], everyone[1])
    page = staff.get(address(experience, "?show=line")).text
    assert everyone[0].email not in page
    assert page.index(everyone[2].email) < page.index(everyone[1].email)


def test_who_gave_up_is_found_under_gone(community: Community, staff: FlaskClient) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    give_up_seat(seat(experience, person)[0], by=person)
    assert person.email not in staff.get(address(experience)).text
    assert person.email in staff.get(address(experience, "?show=gone")).text


def test_a_filter_shows_one_district_and_words_one_person(community: Community, staff: FlaskClient) -> None:
    experience, here, there = an_experience(community), people(community, 2), people(community, 1)
    mine = seat(experience, *here, *there)
    one_district = staff.get(address(experience, f"?district={mine[0].district_id}")).text
    assert [person.email in one_district for person in (*here, *there)] == [True, True, False]
    one_person = staff.get(address(experience, f"?q={here[1].name.upper()}")).text
    assert [person.email in one_person for person in (*here, *there)] == [False, True, False]


def test_nonsense_in_the_address_shows_the_whole_list(community: Community, staff: FlaskClient) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    page = staff.get(address(experience, "?show=x&mode=boat&district=9999999999999999999999&session=abc&page=-4"))
    assert (page.status_code, person.email in page.text) == (200, True)


def test_a_percent_sign_is_looked_for_as_itself(community: Community, staff: FlaskClient) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    assert person.email not in staff.get(address(experience, "?q=%25")).text


def test_the_list_turns_its_pages_at_fifty(community: Community, staff: FlaskClient) -> None:
    experience, everyone = an_experience(community, capacity=60), people(community, 51)
    seat(experience, *everyone)
    first, second = (staff.get(address(experience, f"?page={n}")).text for n in (1, 2))
    assert ("1–50 of 51" in first, "51–51 of 51" in second) == (True, True)


def test_the_list_asks_as_much_for_one_as_for_three_and_no_more_than_six_times(
    community: Community, staff: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    few, many = an_experience(community), an_experience(community)
    seat(few, *people(community, 1))
    seat(many, *people(community, 2), *people(community, 1))
    counts = []
    for experience in (few, many):
        path = address(experience)
        with count_queries() as statements:
            assert staff.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


def test_the_facilitator_sees_the_people_of_their_own_experience_only(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    facilitator = a_person()
    own, other = an_experience(community, facilitator_id=facilitator.id), an_experience(community)
    sign_in(client, facilitator)
    assert [client.get(address(one)).status_code for one in (own, other)] == [200, 404]
    assert [client.get(address(one, ".csv")).status_code for one in (own, other)] == [200, 404]
    assert [client.get(address(one, "/answers")).status_code for one in (own, other)] == [200, 404]


def test_the_page_of_the_experience_leads_its_facilitator_and_nobody_else_to_the_list(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    facilitator, [person] = a_person(), people(community, 1)
    experience = an_experience(community, facilitator_id=facilitator.id)
    shown = []
    for account in (facilitator, person):
        sign_in(client, account)
        shown.append(f'href="{address(experience)}"' in client.get(f"/example/agenda/{experience.slug}").text)
    assert shown == [True, False]


def test_a_participant_and_another_communitys_staff_see_no_list(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    stranger = a_staff_member(a_community("other"), "admin")
    for account in (person, stranger):
        sign_in(client, account)
        for more in ("", ".csv", ".xlsx", "/answers"):
            assert client.get(address(experience, more)).status_code == 404


def test_the_line_shows_places_and_until_when_a_seat_is_offered(community: Community, staff: FlaskClient) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 4)
    seat(experience, *everyone)
    page = staff.get(address(experience, "?show=line")).text
    assert ("Place 1" in page, "Place 2" in page, "Place 3" in page, "Number 3" in page) == (True, True, False, False)
    first = db.session.query(Enrollment).filter_by(account_id=everyone[2].id).one()
    with transaction():
        db.session.add(SeatOffer(enrollment_id=first.id, mode="in_person", made_at=FALL, until=FALL))
    page = staff.get(address(experience, "?show=line")).text
    assert page.count("Offered until") == 1


def test_the_file_holds_exactly_the_filtered_people_and_leaves_a_line_in_the_audit(
    community: Community, staff: FlaskClient
) -> None:
    experience, everyone = an_experience(community, capacity=2), people(community, 3)
    seat(experience, *everyone)
    rows = table_of(staff.get(address(experience, ".csv")).data)
    assert [row["E-mail"] for row in rows] == sorted(one.email for one in everyone[:2])
    waiting = table_of(staff.get(address(experience, ".csv?show=line")).data)
    assert [(row["E-mail"], row["Number in line"]) for row in waiting] == [(everyone[2].email, "3")]
    lines = db.session.query(Audit).filter_by(action="exported who comes").order_by(Audit.id)
    assert [(line.note, line.data["rows"]) for line in lines] == [("seats", 2), ("line", 1)]


def test_a_name_that_looks_like_a_formula_stays_a_text(community: Community, staff: FlaskClient) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    with transaction():
        person.name = "=HYPERLINK(1)"
    [row] = table_of(staff.get(address(experience, ".csv")).data)
    assert row["Name"] == "'=HYPERLINK(1)"
    sheet = load_workbook(io.BytesIO(staff.get(address(experience, ".xlsx")).data)).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=HYPERLINK(1)", "s")


def test_staff_read_the_answers_and_that_is_noted(community: Community, staff: FlaskClient) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 2)
    ask(experience, "Is there food that you cannot eat?", {one.id: word for one, word in zip(
        seat(experience, *everyone), ("No nuts", "Vegetarian"), strict=True)})  # fmt: skip
    page = staff.get(address(experience, "/answers")).text
    assert [word in page for word in ("Is there food", "No nuts", "Vegetarian", "In line")] == [True] * 4
    assert db.session.query(Audit).filter_by(action="read what people answered").count() == 1
    [row] = table_of(staff.get(address(experience, ".csv")).data)
    assert row["Is there food that you cannot eat?"] == "No nuts"


def test_where_nothing_is_asked_only_staff_are_led_to_the_questions(
    app: Flask, community: Community, staff: FlaskClient, sign_in: SignIn
) -> None:
    facilitator = a_person()
    experience = an_experience(community, facilitator_id=facilitator.id)
    led = sign_in(app.test_client(), facilitator)
    way = f'href="/example/staff/agenda/{experience.slug}/questions"'
    pages = [reader.get(address(experience, "/answers")).text for reader in (staff, led)]
    assert ["People are asked nothing here." in page for page in pages] == [True, True]
    assert [way in page for page in pages] == [True, False]


def test_answers_stay_off_the_list_itself(community: Community, staff: FlaskClient) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    ask(experience, "Food?", {seat(experience, person)[0].id: "No nuts"})
    assert "No nuts" not in staff.get(address(experience)).text


def test_a_space_shows_the_people_of_one_meeting(community: Community, staff: FlaskClient) -> None:
    space = an_experience(community, starts=weekly(2), joined_by="session", kind="space")
    first, second = people(community, 2)
    for person, session in zip((first, second), space.sessions, strict=True):
        join(space, person, session.id)
    page = staff.get(address(space, f"?session={space.sessions[1].id}")).text
    assert (first.email in page, second.email in page) == (False, True)


def test_more_people_than_seats_are_said(community: Community, staff: FlaskClient) -> None:
    experience = an_experience(community)
    with transaction():
        db.session.query(Pool).filter_by(experience_id=experience.id).one().taken = 5
    page = staff.get(address(experience)).text
    assert "5 of 3\xa0seats taken, 2 more than there are seats" in page


@pytest.mark.parametrize(
    ("taken", "held", "words"),
    [
        (0, 0, "0 of 4\xa0seats taken, 4 left"),
        (1, 2, "1 of 4\xa0seats taken, 2 kept, 1 left"),
        (4, 2, "4 of 4\xa0seats taken, 2 kept, 0 left"),
        (6, 0, "6 of 4\xa0seats taken, 2 more than there are seats"),
    ],
)
def test_a_room_is_told_in_words(taken: int, held: int, words: str) -> None:
    assert Room("in_person", taken, held, 4).words == words


def test_several_sessions_are_as_full_as_their_fullest() -> None:
    pools = [SimpleNamespace(mode="in_person", taken=n, held=0, capacity=4) for n in (1, 3, 2)]
    assert [room.taken for room in rooms_of(pools)] == [3]


@pytest.mark.parametrize(
    ("state", "waits_for", "tabs"),
    [
        ("seated", None, {""}),
        ("seated", "in_person", {"", "line"}),
        ("waiting", "", {"line"}),
        ("pending", None, {"asked"}),
        ("given_up", None, {"gone"}),
        ("refused", None, {"gone"}),
    ],
)
def test_a_tab_holds_who_stands_so(state: str, waits_for: str | None, tabs: set[str]) -> None:
    assert stand_of(state, waits_for) == tabs


def table_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def ask(experience: Experience, label: str, answers: dict[int, str]) -> None:
    """A question of the experience with what people answered, by enrollment."""
    with transaction():
        question = ExperienceQuestion(
            experience_id=experience.id, position=1, kind="dietary", label=label, erase_on=date(2026, 12, 1)
        )
        db.session.add(question)
        db.session.flush()
        db.session.add_all(
            EnrollmentAnswer(enrollment_id=number, question_id=question.id, value=value)
            for number, value in answers.items()
        )


def join(space: Experience, person: Account, session_id: int) -> None:
    """A seat in one meeting of a space."""
    with transaction():
        db.session.add(
            Enrollment(
                community_id=space.community_id,
                experience_id=space.id,
                session_id=session_id,
                account_id=person.id,
                state="seated",
                queue_number=person.id,
                asked_at=FALL,
                seated_at=FALL,
            )
        )


def test_a_space_tells_people_apart_from_their_seats(community: Community, staff: FlaskClient) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3), capacity=1)
    first, second = people(community, 2)
    for meeting in space.sessions:
        take_seat(space, first, session=meeting, by=first)
    take_seat(space, second, session=space.sessions[0], by=second)
    page = staff.get(address(space)).text
    assert ("1\xa0person, 3\xa0seats" in page, "Fullest meeting: 1 of 1\xa0seat taken" in page) == (True, True)
    assert "1\xa0person, 1\xa0place in line" in staff.get(address(space, "?show=line")).text
    assert "1\xa0person, 1\xa0seat<" in staff.get(address(space, f"?session={space.sessions[1].id}")).text


@pytest.mark.parametrize(
    "day, cancelled, taken",
    [("10-01", None, 2), ("11-05", None, 1), ("10-01", 0, 1), ("12-01", None, 2), ("12-01", 0, 1)],
)
def test_what_is_over_or_cancelled_has_no_seats_on_any_page(
    app: Flask, community: Community, sign_in: SignIn, in_october: Any, day: str, cancelled: int | None, taken: int
) -> None:
    """A space of two meetings: two people in the first, one in the second."""
    district, lead, [first, second] = colleagues(community, 2)
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2), capacity=3)
    for person, meeting in ((first, 0), (second, 0), (first, 1)):
        take_seat(space, person, session=space.sessions[meeting], by=person)
    if cancelled is not None:
        cancel_session(space.sessions[cancelled], reason="Snow", by=lead)
    in_october(f"2026-{day} 09:00")
    [roster, planned, enrolling] = how_full(app, sign_in, space, a_staff_member(community), lead, district)
    assert (roster, planned) == ([f"{taken} of 3"],) * 2
    assert enrolling == ([] if day == "12-01" else roster)  # nobody is enrolled in what is over


def test_the_dates_to_come_of_a_series_say_how_full_it_is_on_every_page(
    app: Flask, community: Community, sign_in: SignIn, in_october: Any
) -> None:
    desk, (district, lead, [person]) = a_staff_member(community), colleagues(community, 1)
    series = an_experience(community, kind="series", starts=weekly(2), capacity=3)
    seat(series, person)
    set_capacity(series, {"in_person": 5}, session=series.sessions[1], by=None)
    assert how_full(app, sign_in, series, desk, lead, district) == [["1 of 3"]] * 3
    in_october("2026-11-05 09:00")
    assert how_full(app, sign_in, series, desk, lead, district) == [["1 of 5"]] * 3


def how_full(
    app: Flask, sign_in: SignIn, experience: Experience, staff: Account, lead: Account, district: District
) -> list[list[str]]:
    """What the list of people, the list of what is planned and a lead's page say of its seats."""
    desk, led = (sign_in(app.test_client(), one) for one in (staff, lead))
    pages = (
        desk.get(address(experience)), desk.get("/example/staff/agenda"),
        led.get(f"/example/district/{district.id}/enrolling?experience={experience.slug}"),
    )  # fmt: skip
    return [re.findall(r"(\d of \d)(?:\xa0seats taken|</td>)", page.text) for page in pages]


def test_a_gathering_counts_its_people_alone(community: Community, staff: FlaskClient) -> None:
    experience = an_experience(community)
    seat(experience, *people(community, 2))
    page = staff.get(address(experience)).text
    assert ("Seats, 2\xa0people<" in page, "people, 2\xa0seats" in page, "Fullest" in page) == (True, False, False)


def test_a_request_is_answered_by_staff_and_not_by_the_facilitator(
    app: Flask, community: Community, staff: FlaskClient, sign_in: SignIn
) -> None:
    facilitator, [person] = a_person(), people(community, 1)
    experience = an_experience(community, facilitator_id=facilitator.id, needs_approval=True)
    [mine] = seat(experience, person)
    led = sign_in(app.test_client(), facilitator)
    pages = [reader.get(address(experience, "?show=asked")).text for reader in (staff, led)]
    assert [(">Say yes<" in page, ">Take out<" in page) for page in pages] == [(True, True), (False, True)]
    answers = [reader.post(address(experience, f"/{mine.id}/approval")).status_code for reader in (led, staff)]
    assert (answers[0], answers[1], mine.state) == (403, 303, "seated")
