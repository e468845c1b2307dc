"""Other people's seats: added by staff past every limit, passed on by leads, taken back by both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.accounts.queries import find_account
from portal.communities.models import Community
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.history import history_of
from portal.enrollments.adding import add_person, cancel_for, remove_person, substitute
from portal.enrollments.changing import cancel_experience, cancel_session
from portal.enrollments.holding import hold_seats, name_person, share_seats
from portal.enrollments.models import Enrollment, SeatHold
from portal.enrollments.operations import take_seat, wait_for_room
from tests.enrollments.builders import (
    a_person,
    an_experience,
    colleagues,
    counted,
    miscounted,
    owed,
    people,
    refused,
    seat,
    states,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
At = Callable[[str], datetime]
OCTOBER_20 = date(2026, 10, 20)


pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def staff(community: Community) -> Account:
    return grant_permission(community, email="staff@example.org", kind="staff", name="Coordinator")


def test_staff_add_somebody_though_all_seats_are_taken_and_people_wait(community: Community, staff: Account) -> None:
    experience, speaker = an_experience(community, capacity=1), a_person()
    seat(experience, *people(community, 2))
    mine = add_person(experience, speaker, "  Opens  the day ", by=staff)
    assert (mine.state, mine.extra_reason, mine.district_id) == ("seated", "Opens the day", None)
    assert (counted(experience), states(experience), miscounted()) == ([(2, 0)], ["seated", "waiting", "seated"], [])
    assert owed()[-1] == ("seat_for_you", speaker.email)


def test_who_is_added_needs_no_role_and_no_open_window(community: Community, staff: Account, in_october: At) -> None:
    experience = an_experience(community, audience=["principal"], closes_at=date(2026, 10, 5))
    in_october("2026-10-30 09:00")
    assert add_person(experience, people(community, 1)[0], "A helper", by=staff).state == "seated"


def test_who_waits_and_is_added_leaves_the_line(community: Community, staff: Account) -> None:
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = seat(experience, *everyone)
    add_person(experience, everyone[2], "Reads from the book", by=staff)
    assert [(one.state, one.waits_for) for one in mine] == [("seated", None), ("waiting", ""), ("seated", None)]


def test_a_seat_over_the_number_that_is_given_up_frees_none(community: Community, staff: Account) -> None:
    experience, [first, waiting] = an_experience(community, capacity=1), people(community, 2)
    seat(experience, first, waiting)
    cancel_for(add_person(experience, a_person(), "A speaker", by=staff), by=staff)
    assert (counted(experience), states(experience)) == ([(1, 0)], ["seated", "waiting", "given_up"])


def test_nobody_is_added_without_a_reason_twice_or_after_the_end(
    community: Community, staff: Account, in_october: At
) -> None:
    experience, [person, other] = an_experience(community), people(community, 2)
    seat(experience, person)
    refused(lambda: add_person(experience, other, " ", by=staff), experience, "Write a reason")
    refused(lambda: add_person(experience, person, "Again", by=staff), experience, "has a seat here already")
    in_october("2026-11-03 14:30")
    refused(lambda: add_person(experience, other, "Late", by=staff), experience, "This is over")


def test_a_seat_online_becomes_one_in_the_room_for_who_is_added_there(community: Community, staff: Account) -> None:
    experience, [person] = an_experience(community, mode="blended", capacity=2), people(community, 1)
    take_seat(experience, person, by=person, mode="online")
    mine = add_person(experience, person, "Speaks in the room", by=staff, mode="in_person")
    assert (mine.mode, counted(experience), miscounted()) == ("in_person", [(1, 0), (0, 0)], [])


def test_a_colleague_gets_the_seat_and_nobody_in_line_is_passed_by(
    community: Community, mailbox: Callable[[], list[Any]]
) -> None:
    _, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community, starts=weekly(3), kind="series", capacity=1)
    [mine, waiting] = seat(experience, sick, *people(community, 1))
    mailbox()
    comes = substitute(mine, fit, by=lead)
    assert [(one.state, len(one.seats)) for one in (mine, comes, waiting)] == [
        ("given_up", 0), ("seated", 3), ("waiting", 0),
    ]  # fmt: skip
    assert (counted(experience), miscounted()) == ([(1, 0)] * 3, [])
    mails = mailbox()
    told = {mail.to: mail.text for mail in mails}
    assert [len(mail.files) for mail in mails] == [1, 1]  # the calendars of both follow
    assert f"{lead.name} gave your seat to {fit.name}." in told[sick.email]
    assert [mail.subject.partition(":")[0] for mail in mails if mail.to == sick.email] == [
        "Your seat went to a colleague"
    ]
    assert f"{sick.name} cannot come, and {lead.name} gave you the seat." in told[fit.email]


def test_a_substitute_who_waited_leaves_the_line(community: Community) -> None:
    _, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community, capacity=1)
    [mine, theirs] = seat(experience, sick, fit)
    assert substitute(mine, fit, by=lead).id == theirs.id
    assert (states(experience), theirs.waits_for, counted(experience)) == (["given_up", "seated"], None, [(1, 0)])


def test_a_seat_out_of_a_hold_stays_one_when_it_is_passed_on(community: Community) -> None:
    district, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community)
    hold = hold_seats(experience, district.id, 2, OCTOBER_20, by=lead)
    comes = substitute(name_person(hold, sick, by=lead), fit, by=lead)
    assert (comes.hold_id, db.session.get_one(SeatHold, hold.id).remaining) == (hold.id, 1)
    assert (counted(experience), miscounted()) == ([(1, 1)], [])


def test_a_seat_online_that_waits_for_the_room_is_passed_on_without_its_place_in_line(community: Community) -> None:
    _, lead, [sick, fit] = colleagues(community, 2)
    experience = an_experience(community, mode="blended", capacity=1)
    take_seat(experience, people(community, 1)[0], by=lead, mode="in_person")
    mine = take_seat(experience, sick, by=sick, mode="online")
    wait_for_room(mine, by=sick)
    comes = substitute(mine, fit, by=lead)
    assert (comes.mode, comes.waits_for, mine.waits_for) == ("online", None, None)
    assert (counted(experience), miscounted()) == ([(1, 0), (1, 0)], [])


def test_a_seat_is_passed_on_on_the_morning_itself_but_not_after_the_end(community: Community, in_october: At) -> None:
    _, lead, [first, second, third] = colleagues(community, 3)
    experience = an_experience(community)
    [mine] = seat(experience, first)
    in_october("2026-11-03 08:40")
    comes = substitute(mine, second, by=lead)
    in_october("2026-11-03 14:30")
    refused(lambda: substitute(comes, third, by=lead), experience, "This is over")


def test_a_seat_goes_to_no_stranger_to_nobody_with_a_seat_and_to_nobody_it_is_not_for(community: Community) -> None:
    district, lead, [mine, other] = colleagues(community, 2)
    [stranger] = people(community, 1)
    principal = a_person(community, district, "principal")
    experience = an_experience(community, audience=["teacher"])
    [held, _] = seat(experience, mine, other)
    refused(lambda: substitute(held, stranger, by=lead), experience, "does not work in your district")
    refused(lambda: substitute(held, other, by=lead), experience, "has a seat here already")
    refused(lambda: substitute(held, principal, by=lead), experience, "This is not for Person")


def test_a_seat_that_was_given_up_meanwhile_is_not_passed_on(community: Community) -> None:
    _, lead, [first, second] = colleagues(community, 2)
    experience = an_experience(community)
    [mine] = seat(experience, first)
    cancel_for(mine, by=lead)
    refused(lambda: substitute(mine, second, by=lead), experience, "has no seat here any more")


def test_a_freed_share_goes_back_to_the_share(community: Community) -> None:
    district, lead, [person] = colleagues(community, 1)
    experience = an_experience(community, capacity=1)
    share = share_seats(experience, 1, OCTOBER_20, by=lead, district_id=district.id)
    [mine, waiting] = seat(experience, person, *people(community, 1))
    cancel_for(mine, by=lead)
    assert (waiting.state, db.session.get_one(SeatHold, share.id).remaining) == ("waiting", 1)
    assert (counted(experience), miscounted()) == ([(0, 1)], [])


def test_taking_somebody_out_serves_the_line_and_tells_them_why(
    community: Community, staff: Account, mailbox: Callable[[], list[Any]]
) -> None:
    experience, [person, next_one] = an_experience(community, capacity=1), people(community, 2)
    [mine, theirs] = seat(experience, person, next_one)
    mailbox()
    remove_person(mine, "You are on leave.", by=staff)
    remove_person(mine, "You are on leave.", by=staff)
    assert (mine.state, theirs.state) == ("given_up", "seated")
    told = {mail.to: mail.text for mail in mailbox()}
    assert "Coordinator took you out of it. The reason: You are on leave." in told[person.email]
    assert [row.verb for row in history_of(mine)] == ["take seat", "remove"]


def test_nobody_is_taken_out_without_a_reason(community: Community, staff: Account) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    [mine] = seat(experience, person)
    refused(lambda: remove_person(mine, "", by=staff), experience, "Write a reason")


def test_what_was_cancelled_has_no_seat_to_pass_on_or_to_take_away(community: Community, staff: Account) -> None:
    _, lead, [person, other] = colleagues(community, 2)
    whole = an_experience(community)
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    [mine] = seat(whole, person)
    there = take_seat(space, person, by=person, session=space.sessions[0])
    cancel_experience(whole, reason="Snow", by=staff)
    cancel_session(space.sessions[0], reason="Snow", by=staff)
    for one, experience in ((mine, whole), (there, space)):
        refused(lambda one=one: cancel_for(one, by=lead), experience, "This was cancelled")
        refused(lambda one=one: substitute(one, other, by=lead), experience, "This was cancelled")
        refused(lambda one=one: remove_person(one, "You are on leave.", by=staff), experience, "This was cancelled")


def test_staff_add_by_name_and_address_on_the_page(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    experience = an_experience(community, capacity=0)
    sign_in(client, staff)
    path = f"/example/staff/agenda/{experience.slug}/people"
    assert client.get(f"{path}/adding").status_code == 200
    assert client.post(f"{path}/adding", data={"name": "Guest Speaker"}).status_code == 422
    sent = {"name": "Guest Speaker", "email": "Guest@Example.org", "reason": "Opens the day"}
    answer = client.post(f"{path}/adding", data=sent)
    assert "Guest Speaker has a seat" in client.get(answer.location).text
    page = client.get(path).text
    assert ("Added by staff: Opens the day" in page, "1 more than there are seats" in page) == (
        True, True,
    )  # fmt: skip
    assert find_account("guest@example.org") is not None
    assert db.session.query(Audit).filter_by(action="added to an experience").count() == 1


def test_what_needs_another_look_stands_below_the_way_of_staff_in_the_order_of_the_form(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    experience = an_experience(community)
    sign_in(client, staff)
    page = client.post(f"/example/staff/agenda/{experience.slug}/people/shares", data={}).text
    found = [page.index(words) for words in (
        'id="staff-pages"', 'id="errors"', "Say for whom.</a>", "Give a whole number from 1 to 1000.</a>",
        "Give the whole date.</a>"
    )]  # fmt: skip
    assert found == sorted(found)


def test_what_is_cancelled_or_a_draft_offers_no_form_that_would_be_refused(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    off, draft = an_experience(community), an_experience(community, is_published=False)
    cancel_experience(off, reason="Snow", by=staff)
    sign_in(client, staff)
    people_of = "/example/staff/agenda/{}/people".format
    for page in (people_of(off.slug), f"{people_of(off.slug)}/adding", f"{people_of(off.slug)}/shares"):
        told = client.get(page).text
        assert ("This was cancelled on" in told, "Add somebody</a>" in told, "Why?" in told, "Until which" in told) == (
            True, False, False, False,
        )  # fmt: skip
    assert "3 left" not in client.get(people_of(off.slug)).text
    assert "missing" not in client.get(f"/example/staff/agenda/{off.slug}").text
    told = [client.get(f"{people_of(draft.slug)}/{page}").text for page in ("adding", "shares")]
    assert ["Publish it first" in page for page in told] == [True, True]
    assert ["Why?" in told[0], "Until which" in told[1]] == [False, False]


def test_the_facilitator_adds_and_takes_out_too_but_keeps_no_seats(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    facilitator = a_person()
    experience = an_experience(community, facilitator_id=facilitator.id)
    sign_in(client, facilitator)
    path = f"/example/staff/agenda/{experience.slug}/people"
    client.post(f"{path}/adding", data={"name": "A Helper", "email": "helper@example.org", "reason": "Helps"})
    mine = db.session.query(Enrollment).one()
    assert client.get(f"{path}/{mine.id}/removal").status_code == 200
    assert client.post(f"{path}/{mine.id}/removal", data={"reason": ""}).status_code == 422
    client.post(f"{path}/{mine.id}/removal", data={"reason": "Found somebody else"})
    assert (states(experience), client.get(f"{path}/shares").status_code) == (["given_up"], 403)


def test_somebody_of_another_experience_is_not_taken_out_here(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    here, there = an_experience(community), an_experience(community)
    [theirs] = seat(there, *people(community, 1))
    sign_in(client, staff)
    path = f"/example/staff/agenda/{here.slug}/people/{theirs.id}/removal"
    assert [client.get(path).status_code, client.post(path, data={"reason": "x"}).status_code] == [404, 404]
    assert states(there) == ["seated"]


def test_staff_keep_seats_for_a_district_and_a_job_change_and_end_them(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    district, _, _ = colleagues(community, 0)
    experience = an_experience(community, capacity=9)
    sign_in(client, staff)
    path = f"/example/staff/agenda/{experience.slug}/people/shares"
    assert "Nothing is kept" in client.get(path).text
    assert client.post(path, data={}).status_code == 422
    common = {"district": district.id, "role": "principal", "until": "2026-10-20"}
    client.post(path, data={**common, "kind": "district", "seats": "3"})
    client.post(path, data={**common, "kind": "role", "seats": "2"})
    holds = db.session.query(SeatHold).order_by(SeatHold.id).all()
    assert [(one.kind, one.district_id, one.role, one.seats) for one in holds] == [
        ("district", district.id, "", 3), ("role", None, "principal", 2),
    ]  # fmt: skip
    page = client.get(path).text
    assert [words in page for words in (district.name, "0 of 3\xa0seats taken, 3 kept until")] == [True, True]
    client.post(f"{path}/{holds[0].id}/size", data={"seats": "1"})
    assert counted(experience) == [(0, 3)]
    assert client.post(f"{path}/{holds[0].id}/size", data={"seats": "99"}).status_code == 409
    client.post(f"{path}/{holds[1].id}/release")
    assert counted(experience) == [(0, 1)]


def test_a_share_of_another_experience_is_not_there(
    community: Community, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    here, there = an_experience(community), an_experience(community)
    share = share_seats(there, 1, OCTOBER_20, by=staff, role="teacher")
    sign_in(client, staff)
    path = f"/example/staff/agenda/{here.slug}/people/shares/{share.id}"
    assert [client.post(f"{path}/{door}", data={"seats": "2"}).status_code for door in ("size", "release")] == [404] * 2
    assert counted(there) == [(0, 1)]
