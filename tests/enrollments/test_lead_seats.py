"""The pages of a lead: own people and their seats, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.planning_models import ExperienceInvitee
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.history import History
from portal.districts.models import District
from portal.enrollments.approving import refuse
from portal.enrollments.changing import cancel_session
from portal.enrollments.holding import hold_seats, share_seats
from portal.enrollments.models import Enrollment, EnrollmentTeam, SeatHold
from portal.enrollments.operations import give_up_seat, take_online_meanwhile, take_seat
from portal.enrollments.teaming import enroll_together
from tests.enrollments.builders import (
    a_community,
    a_district,
    a_person,
    a_series,
    an_experience,
    colleagues,
    counted,
    owed,
    people,
    seat,
    states,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
OCTOBER_20 = date(2026, 10, 20)


@dataclass
class Place:
    """A district with its lead signed in, and two colleagues."""

    community: Community
    district: District
    lead: Account
    first: Account
    second: Account
    client: FlaskClient

    def at(self, more: str) -> str:
        return f"/example/district/{self.district.id}/{more}"

    def press(self, more: str, data: dict[str, Any] | None = None) -> str:
        """What the page says after the press."""
        answer = self.client.post(self.at(more), data=data)
        assert answer.status_code == 303
        return self.client.get(answer.location).text

    def page(self) -> str:
        return self.client.get(f"/example/district/seats?district={self.district.id}").text


@pytest.fixture(autouse=True)
def in_october(app: Flask, at: Callable[[str], datetime]) -> Callable[[str], datetime]:
    at("2026-10-01 09:00")
    return at


@pytest.fixture
def place(app: Flask, client: FlaskClient, sign_in: SignIn) -> Place:
    community = a_community()
    district, lead, [first, second] = colleagues(community, 2)
    return Place(community, district, lead, first, second, sign_in(client, lead))


def test_a_lead_sees_own_people_and_no_other_districts(place: Place) -> None:
    experience, [stranger] = an_experience(place.community), people(place.community, 1)
    seat(experience, place.first, stranger)
    page = place.page()
    assert [name in page for name in (experience.title, place.first.name, stranger.name)] == [True, True, False]


def test_a_seat_in_a_cancelled_meeting_is_not_shown(place: Place) -> None:
    space = an_experience(place.community, kind="space", joined_by="session", starts=weekly(2))
    take_seat(space, place.first, by=place.first, session=space.sessions[0])
    assert place.first.name in place.page()
    cancel_session(space.sessions[0], reason="Snow", by=place.lead)
    assert place.first.name not in place.page()


def test_a_person_without_a_district_to_lead_finds_no_such_page(place: Place, sign_in: SignIn) -> None:
    client = sign_in(place.client, place.first)
    assert client.get("/example/district/seats").status_code == 404
    assert client.get(place.at("enrolling?experience=x")).status_code == 404


def test_another_districts_seats_are_not_there(place: Place) -> None:
    other = a_district(place.community)
    assert place.client.get(f"/example/district/seats?district={other.id}").status_code == 404


def test_a_lead_enrolls_colleagues_in_one_go(place: Place) -> None:
    experience = an_experience(place.community)
    form = place.client.get(place.at(f"enrolling?experience={experience.slug}")).text
    assert [name in form for name in (place.first.name, place.second.name)] == [True, True]
    sent = {"experience": experience.slug, "people": [place.first.id, place.second.id]}
    assert "2\xa0people have a seat. Each is told by mail." in place.press("enrolling", sent)
    assert states(experience) == ["seated", "seated"]
    assert owed() == [("seat_for_you", place.first.email), ("seat_for_you", place.second.email)]


def test_nobody_chosen_shows_the_form_again(place: Place) -> None:
    experience = an_experience(place.community)
    answer = place.client.post(place.at("enrolling"), data={"experience": experience.slug})
    assert (answer.status_code, "Choose at least one person" in answer.text) == (422, True)
    assert states(experience) == []


def test_somebody_elses_people_cannot_be_enrolled(place: Place) -> None:
    experience, [stranger] = an_experience(place.community), people(place.community, 1)
    sent = {"experience": experience.slug, "people": [place.first.id, stranger.id]}
    assert place.client.post(place.at("enrolling"), data=sent).status_code == 404
    assert states(experience) == []


def test_an_experience_that_is_not_announced_is_not_there(place: Place) -> None:
    draft = an_experience(place.community, is_published=False)
    assert place.client.get(place.at(f"enrolling?experience={draft.slug}")).status_code == 404


def test_for_a_space_the_lead_chooses_a_meeting(place: Place) -> None:
    space = an_experience(place.community, starts=weekly(2), joined_by="session", kind="space")
    second = space.sessions[1].id
    sent = {"experience": space.slug, "session": second, "people": [place.first.id]}
    assert place.client.get(place.at(f"enrolling?experience={space.slug}&session={second}")).status_code == 200
    place.client.post(place.at("enrolling"), data=sent)
    assert [one.session_id for one in db.session.query(Enrollment)] == [second]
    assert place.client.get(place.at(f"enrolling?experience={space.slug}&session=999999")).status_code == 404


def test_colleagues_wait_together_and_are_let_go_one_by_one(place: Place) -> None:
    experience = an_experience(place.community, capacity=2)
    seat(experience, *people(place.community, 1))
    sent = {"experience": experience.slug, "people": [place.first.id, place.second.id], "together": "y"}
    place.client.post(place.at("enrolling"), data=sent)
    assert states(experience) == ["seated", "waiting", "waiting"]
    team = db.session.query(EnrollmentTeam).one()
    assert "2\xa0colleagues wait together" in place.page()
    place.client.post(place.at(f"teams/{team.id}/splitting"))
    assert states(experience) == ["seated", "seated", "waiting"]
    assert "wait together" not in place.page()


def test_the_list_says_the_place_in_line_and_until_when_a_seat_is_offered(
    place: Place, in_october: Callable[[str], datetime], sign_in: SignIn
) -> None:
    experience = an_experience(place.community, capacity=1, offer_within_hours=120, offer_hold_hours=24)
    [stranger] = people(place.community, 1)
    seat(experience, stranger, place.first, place.second)
    assert [words in place.page() for words in ("1st in line", "2nd in line")] == [True, True]
    in_october("2026-11-01 09:00")
    give_up_seat(db.session.query(Enrollment).filter_by(account_id=stranger.id).one(), by=stranger)
    sign_in(place.client, place.lead)
    assert [words in place.page() for words in ("Offered until ", "1st in line", "2nd in line")] == [True, False, True]


def test_seats_are_kept_named_changed_and_given_back(place: Place) -> None:
    experience = an_experience(place.community)
    sent = {"experience": experience.slug, "hold-seats": "2", "hold-until": "2026-10-20"}
    answer = place.client.post(place.at("holds"), data=sent)
    hold = db.session.query(SeatHold).one()
    assert (answer.status_code, answer.location.endswith(f"/holds/{hold.id}")) == (303, True)
    assert (
        "0 of 2\xa0seats taken, 2 kept until the end of Tue, Oct\xa020, 2026" in place.client.get(answer.location).text
    )
    place.client.post(place.at(f"holds/{hold.id}/naming"), data={"person": place.first.id})
    assert (states(experience), counted(experience)) == (["seated"], [(1, 1)])
    place.client.post(place.at(f"holds/{hold.id}/size"), data={"seats": "3"})
    assert counted(experience) == [(1, 2)]
    shown = place.client.get(answer.location).text
    assert ("Who has one" in shown, shown.count(f"{place.first.name}</span><span")) == (True, 1)
    asked = place.client.get(place.at(f"holds/{hold.id}/return")).text
    assert [words in asked for words in ("Give back 2\xa0seats?", "1\xa0colleague has a seat and keeps it")] == [
        True
    ] * 2
    assert counted(experience) == [(1, 2)]
    place.client.post(place.at(f"holds/{hold.id}/return"))
    assert counted(experience) == [(1, 0)]
    assert place.client.get(place.at(f"holds/{hold.id}/return")).status_code == 303
    assert "not kept any more" in place.client.get(answer.location).text


def test_too_many_seats_are_refused_with_the_form_as_typed(place: Place) -> None:
    experience = an_experience(place.community)
    sent = {"experience": experience.slug, "hold-seats": "9", "hold-until": "2026-10-20"}
    answer = place.client.post(place.at("holds"), data=sent)
    assert (answer.status_code, "3\xa0seats are left" in answer.text, 'value="9"' in answer.text) == (409, True, True)
    assert db.session.query(SeatHold).count() == 0


@pytest.mark.parametrize("typed", ["", "two", "2.5", "0", "11"])
def test_what_is_no_number_of_seats_is_said_once_at_the_field(place: Place, typed: str) -> None:
    experience = an_experience(place.community)
    sent = {"experience": experience.slug, "hold-seats": typed, "hold-until": "2026-10-20"}
    answer = place.client.post(place.at("holds"), data=sent)
    words = "Give a whole number from 1 to 10."
    assert (answer.status_code, answer.text.count(words)) == (422, 2)  # at the field, and above the page
    assert db.session.query(SeatHold).count() == 0


def test_a_request_is_approved_with_one_press(place: Place) -> None:
    experience = an_experience(place.community, needs_approval=True)
    mine = take_seat(experience, place.first, by=place.first)
    assert "Who asks you" in place.page()
    assert "has a seat and is told by mail" in place.press(f"enrollments/{mine.id}/approval")
    assert (states(experience), "Who asks you" in place.page()) == (["seated"], False)


def test_the_districts_page_says_to_its_lead_alone_how_many_ask(place: Place, sign_in: SignIn) -> None:
    words = "colleagues ask you for a yes"
    page = f"/example/district?district={place.district.id}"
    assert words not in place.client.get(page).text
    experience, gone = (an_experience(place.community, needs_approval=True) for _ in range(2))
    seat(gone, place.first)
    with transaction():
        gone.cancelled_at = datetime(2026, 10, 1, tzinfo=UTC)
    seat(experience, place.first, place.second, *people(place.community, 1))
    assert f"2\xa0{words}" in place.client.get(page).text
    assert words not in sign_in(place.client, place.first).get(page).text


def test_a_no_needs_a_reason_that_goes_into_the_mail(place: Place, mailbox: Callable[[], list[Any]]) -> None:
    experience = an_experience(place.community, needs_approval=True)
    mine = take_seat(experience, place.first, by=place.first)
    mailbox()
    path = place.at(f"enrollments/{mine.id}/refusal")
    assert (place.client.get(path).status_code, place.client.post(path).status_code) == (200, 422)
    assert states(experience) == ["pending"]
    place.client.post(path, data={"reason": "We have no cover that day."})
    [mail] = mailbox()
    assert (states(experience), mail.to) == (["refused"], place.first.email)
    assert "said no to your request. The reason: We have no cover that day." in mail.text


def test_a_no_becomes_a_yes_on_the_leads_page(place: Place) -> None:
    experience = an_experience(place.community, needs_approval=True)
    mine = take_seat(experience, place.first, by=place.first)
    said = place.press(f"enrollments/{mine.id}/refusal", {"reason": "We have no cover that day."})
    assert [words in said for words in ("You said no", "Say yes after all", "no cover that day”")] == [True] * 3
    assert "Nobody of your district has a seat yet." in said
    assert "has a seat and is told by mail" in place.press(f"enrollments/{mine.id}/approval")
    assert (states(experience), "You said no" in place.page()) == (["seated"], False)


def test_a_no_to_what_has_started_stays_one(
    place: Place, in_october: Callable[[str], datetime], sign_in: SignIn
) -> None:
    mine = take_seat(an_experience(place.community, needs_approval=True), place.first, by=place.first)
    refuse(mine, "We have no cover that day.", by=place.lead)
    assert "You said no" in place.page()
    in_october("2026-11-03 09:00")
    sign_in(place.client, place.lead)
    page = place.page()
    assert ("Seats of" in page, "You said no" in page) == (True, False)


def test_a_colleague_takes_the_seat_over_though_all_are_taken(place: Place) -> None:
    experience = an_experience(place.community, capacity=1)
    [mine, waiting] = seat(experience, place.first, *people(place.community, 1))
    path = f"enrollments/{mine.id}/substitution"
    assert f'<option value="{place.second.id}">' in place.client.get(place.at(path)).text
    assert f"{place.second.name} has the seat now" in place.press(path, {"person": place.second.id})
    assert (states(experience), waiting.state, counted(experience)) == (
        ["given_up", "waiting", "seated"], "waiting", [(1, 0)],
    )  # fmt: skip


def test_where_all_kept_seats_have_a_name_nothing_is_given_back(place: Place) -> None:
    experience = an_experience(place.community)
    hold = hold_seats(experience, place.district.id, 1, OCTOBER_20, by=place.lead)
    page = place.at(f"holds/{hold.id}")
    assert "Give back what is left" in place.client.get(page).text
    place.client.post(f"{page}/naming", data={"person": place.first.id})
    shown = place.client.get(page).text
    assert ("Seats you keep" in shown, "Give back what is left" in shown) == (True, False)


def test_nobody_is_chosen_before_the_lead_chooses(place: Place) -> None:
    experience = an_experience(place.community)
    [mine] = seat(experience, place.first)
    hold = hold_seats(experience, place.district.id, 1, OCTOBER_20, by=place.lead)
    doors = {f"enrollments/{mine.id}/substitution": "", f"holds/{hold.id}": "/naming"}
    for page, more in doors.items():
        assert '<option value="">Choose a person</option>' in place.client.get(place.at(page)).text
        answer = place.client.post(place.at(page + more), data={"person": ""})
        assert (answer.status_code, "Choose a person." in answer.text) == (422, True)
    assert states(experience) == ["seated"]


def test_a_seat_is_given_back_for_a_colleague_who_hears_of_it(place: Place, mailbox: Callable[[], list[Any]]) -> None:
    experience = an_experience(place.community, kind="series", starts=weekly(2))
    [mine] = seat(experience, place.first)
    mailbox()
    path = place.at(f"enrollments/{mine.id}/cancellation")
    asked = place.client.get(path).text
    assert [words in asked for words in ("Give back the seat of", "Nov\xa03", "Nov\xa010")] == [True] * 3
    place.client.post(path)
    place.client.post(path)
    [mail] = mailbox()
    assert (states(experience), mail.to, "as a lead of your district" in mail.text) == (
        ["given_up"], place.first.email, True,
    )  # fmt: skip


@pytest.mark.parametrize("door", ["approval", "refusal", "substitution", "cancellation"])
def test_another_districts_people_are_not_there(place: Place, door: str) -> None:
    experience, [stranger] = an_experience(place.community), people(place.community, 1)
    [theirs] = seat(experience, stranger)
    before = db.session.query(History).count()
    path = place.at(f"enrollments/{theirs.id}/{door}")
    sent = {"reason": "Because", "person": place.first.id}
    assert place.client.post(path, data=sent).status_code == 404
    if door != "approval":
        assert place.client.get(path).status_code == 404
    assert (states(experience), db.session.query(History).count()) == (["seated"], before)


@pytest.mark.parametrize("door", ["naming", "size", "return"])
def test_what_another_district_keeps_is_not_there(place: Place, door: str) -> None:
    other, lead, _ = colleagues(place.community, 0)
    hold = hold_seats(an_experience(place.community), other.id, 2, OCTOBER_20, by=lead)
    sent = {"seats": "1", "person": place.first.id}
    assert place.client.post(place.at(f"holds/{hold.id}/{door}"), data=sent).status_code == 404
    assert place.client.get(place.at(f"holds/{hold.id}")).status_code == 404
    assert place.client.get(place.at(f"holds/{hold.id}/return")).status_code == 404
    assert db.session.get_one(SeatHold, hold.id).remaining == 2


def test_another_districts_team_is_not_there(place: Place) -> None:
    other, lead, others = colleagues(place.community, 2)
    experience = an_experience(place.community, capacity=2)
    seat(experience, *people(place.community, 1))
    [theirs, _] = enroll_together(experience, others, by=lead, district_id=other.id, waits_together=True)
    team = db.session.query(EnrollmentTeam).one()
    assert place.client.post(place.at(f"teams/{team.id}/splitting")).status_code == 404
    assert place.client.get(place.at(f"enrollments/{theirs.id}/team")).status_code == 404
    assert place.client.post(place.at(f"enrollments/{theirs.id}/team")).status_code == 404
    assert (states(experience), theirs.team_id) == (["seated", "waiting", "waiting"], team.id)


def test_one_of_a_team_is_asked_about_and_waits_alone(place: Place) -> None:
    third = a_person(place.community, place.district)
    experience, everyone = an_experience(place.community), [place.first, place.second, third]
    seat(experience, *people(place.community, 2))
    mine = enroll_together(
        experience, everyone, by=place.lead, district_id=place.district.id, waits_together=True
    )  # fmt: skip
    path = place.at(f"enrollments/{mine[1].id}/team")
    assert place.page().count("Let wait alone") == 3
    asked = place.client.get(path).text
    assert [words in asked for words in (f"Let {place.second.name} wait alone?", "2nd in line", "other two")] == [
        True
    ] * 3
    assert states(experience)[2:] == ["waiting"] * 3
    assert f"{place.second.name} has a seat." in place.press(f"enrollments/{mine[1].id}/team")
    assert states(experience)[2:] == ["waiting", "seated", "waiting"]
    assert place.client.get(path).status_code == 303
    place.press(f"enrollments/{mine[0].id}/team")
    assert ("wait together" in place.page(), "Let wait alone" in place.page()) == (False, False)


def test_whoever_sits_online_meanwhile_leaves_the_team_too(place: Place) -> None:
    experience = an_experience(place.community, session_mode="blended", capacity=3)
    for one in people(place.community, 2):
        take_seat(experience, one, by=one, mode="in_person")
    mine, other = enroll_together(
        experience, [place.first, place.second], by=place.lead, district_id=place.district.id, mode="in_person",
        waits_together=True,
    )  # fmt: skip
    take_online_meanwhile(mine, by=place.first)
    assert "and keeps the online seat, but" in place.client.get(place.at(f"enrollments/{mine.id}/team")).text
    place.press(f"enrollments/{mine.id}/team")
    assert (mine.team_id, mine.mode, mine.waits_for, other.state) == (None, "in_person", None, "waiting")


def test_a_lead_of_another_community_reaches_nothing_here(place: Place, sign_in: SignIn) -> None:
    elsewhere = a_community("elsewhere")
    _, stranger, _ = colleagues(elsewhere, 0)
    [mine] = seat(an_experience(place.community), place.first)
    client = sign_in(place.client, stranger)
    assert client.get(f"/example/district/seats?district={place.district.id}").status_code == 404
    assert client.post(place.at(f"enrollments/{mine.id}/cancellation")).status_code == 404
    assert client.post(f"/elsewhere/district/{place.district.id}/enrollments/{mine.id}/cancellation").status_code == 404


def test_the_page_asks_as_much_for_one_colleague_as_for_three(place: Place, count_queries: Callable[[], Any]) -> None:
    counts = []
    for more in (0, 2):
        seat(an_experience(place.community), *(a_person(place.community, place.district) for _ in range(1 + more)))
        path = f"/example/district/seats?district={place.district.id}"
        with count_queries() as statements:
            assert place.client.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_in_a_large_district_a_colleague_is_found_by_name(place: Place) -> None:
    experience = an_experience(place.community)
    with transaction():
        place.second.name = "Zora Example"
    page = place.client.get(place.at(f"enrolling?experience={experience.slug}&q=zora")).text
    assert (place.first.name in page, "Zora Example" in page) == (False, True)


def test_whoever_is_chosen_stays_chosen_while_others_are_looked_for(place: Place) -> None:
    experience = an_experience(place.community)
    with transaction():
        place.second.name = "Zora Example"
    sent = {"experience": experience.slug, "people": [place.first.id], "together": "y", "q": "zora"}
    answer = place.client.post(place.at("enrolling/choice"), data=sent)
    assert (answer.status_code, states(experience)) == (303, [])
    page = place.client.get(answer.location).text
    checked = [bool(re.search(rf'value="{one.id}" checked', page)) for one in (place.first, place.second)]
    assert (checked, "Zora Example" in page) == ([True, False], True)
    assert re.search(r'name="together" value="y" checked', page)
    answer = place.client.post(place.at("enrolling/choice"), data={**sent, "q": "nobody of this name"})
    page = place.client.get(answer.location).text
    assert ("Nobody is found." in page, f'value="{place.first.id}" checked' in page) == (True, True)


def test_colleagues_of_others_are_not_chosen_by_an_address(place: Place) -> None:
    experience, [stranger] = an_experience(place.community), people(place.community, 1)
    path = place.at(f"enrolling?experience={experience.slug}")
    page = place.client.get(f"{path}&people={stranger.id}&people=x")
    assert (page.status_code, stranger.name in page.text) == (200, False)
    assert place.client.get(f"{path}&people={10**30}").status_code == 200
    sent = {"experience": experience.slug, "people": [place.first.id, 10**30]}
    assert place.client.post(place.at("enrolling"), data=sent).status_code == 404
    assert states(experience) == []


def test_more_than_a_page_of_colleagues_is_walked_with_the_choice(place: Place) -> None:
    experience = an_experience(place.community)
    with transaction():
        for number in range(52):
            one = a_person(place.community, place.district)
            one.name = f"Colleague {number:02}"
    sent = {"experience": experience.slug, "people": [place.first.id], "page": "2"}
    page = place.client.get(place.client.post(place.at("enrolling/choice"), data=sent).location).text
    assert [words in page for words in ("51–55 of 55", f'value="{place.first.id}" checked', "Colleague 00")] == [
        True, True, False,
    ]  # fmt: skip


def test_a_lead_chooses_among_those_it_is_meant_for_and_reads_whom(place: Place) -> None:
    experience = an_experience(place.community, audience=["principal"])
    principal = a_person(place.community, place.district, "principal")
    [mine] = seat(experience, principal)
    another = a_person(place.community, place.district, "principal")
    hold = hold_seats(experience, place.district.id, 1, OCTOBER_20, by=place.lead)
    doors = (f"enrolling?experience={experience.slug}", f"enrollments/{mine.id}/substitution", f"holds/{hold.id}")
    for door in doors:
        page = place.client.get(place.at(door)).text
        assert [f"{one.name}<" in page for one in (another, place.first)] == [True, False], door
        assert "Principal" in page


def test_a_lead_chooses_among_those_who_are_invited(place: Place) -> None:
    experience = an_experience(place.community, reach="invited")
    with transaction():
        db.session.add(
            ExperienceInvitee(experience_id=experience.id, email=place.first.email, invited_at=datetime.now(UTC))
        )
    page = place.client.get(place.at(f"enrolling?experience={experience.slug}")).text
    assert [f"{one.name}<" in page for one in (place.first, place.second)] == [True, False]


def test_where_the_room_is_full_the_seats_online_are_chosen_before(place: Place) -> None:
    experience = an_experience(place.community, mode="blended", capacity=1)
    path, chosen = place.at(f"enrolling?experience={experience.slug}"), '<option selected value="{}">{}'
    assert chosen.format("in_person", "In person (1 left)") in place.client.get(path).text
    [other] = people(place.community, 1)
    take_seat(experience, other, by=other, mode="in_person")
    page = place.client.get(path).text
    assert chosen.format("online", "Online (1 left)") in page
    assert "In person (all seats taken)" in page


def test_what_staff_keep_for_the_district_is_seen_and_counts_as_left(place: Place) -> None:
    experience = an_experience(place.community, mode="blended", capacity=1)
    other, _, _ = colleagues(place.community, 0)
    share_seats(experience, 1, OCTOBER_20, by=place.lead, district_id=place.district.id, mode="in_person")
    share_seats(an_experience(place.community), 1, OCTOBER_20, by=place.lead, district_id=other.id)
    page = place.client.get(place.at(f"enrolling?experience={experience.slug}")).text
    words = "0 of 1\xa0seat taken, 1 kept until"
    assert [part in page for part in (words, '<option selected value="in_person">In person (1 left)')] == [True] * 2
    assert place.page().count("kept until") == 1


def test_dates_that_alternate_are_one_way_to_come(place: Place) -> None:
    series = a_series(place.community, "in_person", "online")
    page = place.client.get(place.at(f"enrolling?experience={series.slug}")).text
    assert ("Who comes?" in page, "How will they come?" in page) == (True, False)


def test_a_meeting_whose_seats_are_kept_is_named(place: Place) -> None:
    space = an_experience(place.community, kind="space", joined_by="session", starts=weekly(2))
    hold = hold_seats(space, place.district.id, 1, OCTOBER_20, by=place.lead, session=space.sessions[1])
    for door in (f"holds/{hold.id}", f"holds/{hold.id}/return"):
        assert "Nov\xa010" in place.client.get(place.at(door)).text
    doors = [place.at(f"enrolling?experience={space.slug}&session={one.id}") for one in space.sessions]
    assert ["Seats that you keep" in place.client.get(door).text for door in doors] == [False, True]


def test_where_all_dates_are_cancelled_nobody_is_enrolled(place: Place) -> None:
    experience = an_experience(place.community)
    with transaction():
        experience.sessions[0].cancelled_at = datetime(2026, 9, 30, tzinfo=UTC)
    page = place.client.get(place.at(f"enrolling?experience={experience.slug}"))
    assert (page.status_code, "All of its dates are cancelled." in page.text, "Enroll them" in page.text) == (
        200, True, False,
    )  # fmt: skip


def test_what_sign_up_is_over_for_is_not_offered(
    place: Place, in_october: Callable[[str], datetime], sign_in: SignIn
) -> None:
    experience = an_experience(place.community, closes_at=date(2026, 10, 5))
    assert f'<option value="{experience.slug}">' in place.page()
    in_october("2026-10-07 09:00")
    sign_in(place.client, place.lead)
    assert f'<option value="{experience.slug}">' not in place.page()
    page = place.client.get(place.at(f"enrolling?experience={experience.slug}")).text
    assert ("Sign-up was open until" in page, "Enroll them" in page, "Keep seats<" in page) == (True, False, False)
    in_october("2026-11-04 09:00")
    sign_in(place.client, place.lead)
    assert "This is over." in place.client.get(place.at(f"enrolling?experience={experience.slug}")).text


def test_what_has_begun_or_opens_later_is_not_offered_and_meetings_to_come_are(
    place: Place, in_october: Callable[[str], datetime], sign_in: SignIn
) -> None:
    later = an_experience(place.community, opens_at=datetime(2026, 11, 10, tzinfo=UTC), starts=[weekly(3)[2]])
    series = an_experience(place.community, kind="series", starts=weekly(2))
    space = an_experience(place.community, kind="space", joined_by="session", starts=weekly(2))
    offered = [f'<option value="{one.slug}">' for one in (later, series, space)]
    assert [option in place.page() for option in offered] == [False, True, True]
    in_october("2026-11-04 09:00")
    sign_in(place.client, place.lead)
    assert [option in place.page() for option in offered] == [False, False, True]
