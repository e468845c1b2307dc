"""What people read before a seat is given up is what happens to it: back to kept seats, to the line, or to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.enrollments.holding import hold_seats, name_person, share_seats
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat
from portal.enrollments.seat_rules import Leaving, asked_again, where_it_goes
from tests.enrollments.builders import FALL, address, an_experience, colleagues, counted, people, seat

SignIn = Callable[[FlaskClient, Account], FlaskClient]
At = Callable[[str], datetime]
OCTOBER_20 = date(2026, 10, 20)
NEAR = "2026-11-02 12:00"  # the day before it begins

pytestmark = pytest.mark.usefixtures("in_october")


@pytest.mark.parametrize(
    "kept_for, phase, has_line, words",
    [
        ("lead", "given", True, "goes back to the seats kept for your district"),
        ("district", "offered", False, "goes back to the seats kept for your district"),
        ("role", "open", True, "goes back to the seats kept for people with this job"),
        ("", "given", True, "goes to the next in line at once"),
        ("", "offered", True, "is offered to the next in line"),
        ("", "open", True, "is there for whoever of the line takes it first"),
        ("", "given", False, "is free for others then"),
        ("", "open", False, "is free for others then"),
        ("", "started", True, "goes to nobody else any more"),
    ],
)
def test_where_a_seat_goes_that_is_given_up(kept_for: str, phase: str, has_line: bool, words: str) -> None:
    assert where_it_goes(Leaving(kept_for, phase, has_line)) == words


def test_whoever_asks_again_is_told_what_awaits_them() -> None:
    asked = [asked_again(Leaving("", *one)) for one in (("given", True), ("open", False), ("started", True))]
    assert [words.rpartition(" ")[2] for words in asked] == ["line.", "taken.", ""]


def test_a_seat_out_of_kept_ones_is_said_to_go_back_to_them_and_does(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, named, lead = named_of_a_lead(community, client, sign_in)
    before = counted(experience)
    page = client.get(address(experience) + "/seat/cancellation").text
    assert "The seat goes back to the seats kept for your district." in page
    sign_in(client, lead)
    page = client.get(given_back(named)).text
    assert "The seat goes back to the seats kept for your district." in page
    client.post(given_back(named))
    assert (before, counted(experience)) == ([(1, 1)], [(0, 2)])


def test_a_seat_out_of_a_role_s_share_goes_back_to_that(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    experience, [person, keeper] = an_experience(community, capacity=2), people(community, 2)
    share_seats(experience, 1, OCTOBER_20, role="teacher", by=keeper)
    seat(experience, person, *people(community, 2, "principal"))
    page = sign_in(client, person).get(address(experience) + "/seat/cancellation").text
    assert "The seat goes back to the seats kept for people with this job." in page


def test_kept_seats_whose_time_is_over_take_nothing_back(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At
) -> None:
    experience, _, _ = named_of_a_lead(community, client, sign_in)
    in_october("2026-10-22 12:00")
    assert "goes to the next in line at once." in client.get(address(experience) + "/seat/cancellation").text


@pytest.mark.parametrize(
    "moment, words",
    [
        ("2026-10-10 12:00", "goes to the next in line at once."),
        (NEAR, "is offered to the next in line."),
        ("2026-11-04 12:00", "goes to nobody else any more."),
    ],
)
def test_near_the_start_nothing_is_said_to_go_at_once(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At, moment: str, words: str
) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1, starts=[FALL, FALL.replace(day=20)], kind="series")
    [mine, _] = seat(experience, person, *people(community, 1))
    in_october(moment)
    page = sign_in(client, person).get(address(experience) + "/seat/cancellation").text
    assert f"Your seat in all two sessions {words}" in page or f"The seat {words}" in page
    assert f"The seat {words}" in sign_in(client, lead).get(given_back(mine)).text


def test_what_is_left_of_kept_seats_is_said_to_go_the_same_ways(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At
) -> None:
    district, lead, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=1)
    hold = hold_seats(experience, district.id, 1, date(2026, 11, 2), by=lead)
    page = f"/example/district/{district.id}/holds/{hold.id}/return"
    assert "What is left is free for others then." in sign_in(client, lead).get(page).text
    seat(experience, *people(community, 1))
    assert "What is left goes to the next in line at once." in client.get(page).text
    in_october(NEAR)
    assert "What is left is offered to the next in line." in sign_in(client, lead).get(page).text


def test_a_seat_that_is_offered_to_a_colleague_is_given_back_as_that(
    community: Community, client: FlaskClient, sign_in: SignIn, in_october: At
) -> None:
    _, lead, [person] = colleagues(community, 1)
    experience, others = an_experience(community, capacity=1), people(community, 2)
    first, mine, _ = seat(experience, others[0], person, others[1])
    in_october("2026-11-02 16:00")  # after school: then seats are offered
    give_up_seat(first, by=others[0])
    page = sign_in(client, lead).get(given_back(mine)).text
    assert f"Give back the offered seat of {person.name}?" in page
    assert "The seat is offered to the next in line." in page


def named_of_a_lead(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> tuple[Experience, Enrollment, Account]:
    """An experience of two seats that a lead keeps; a colleague, signed in, has one of them, and somebody waits."""
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=2)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    named = name_person(hold, person, by=lead)
    seat(experience, *people(community, 1))
    sign_in(client, person)
    return experience, named, lead


def given_back(one: Enrollment) -> str:
    """The page on which a lead gives back somebody's seat."""
    return f"/example/district/{one.district_id}/enrollments/{one.id}/cancellation"
