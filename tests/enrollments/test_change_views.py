"""The pages on which staff change dates, and those on which people answer: what they show, and what a slip leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.planning_models import SessionChange
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.enrollments.changing import cancel_session, move_session, take_online
from portal.enrollments.closing import close_district
from tests.enrollments.builders import (
    FALL,
    a_community,
    a_district,
    a_person,
    an_experience,
    owed,
    people,
    seat,
    states,
    weekly,
)
from tests.postbox import Mail

SNOW_DATE = FALL + timedelta(weeks=1)
WHEN = {"starts": "2026-11-10T08:30", "ends": "2026-11-10T14:30"}
MOVE = {**WHEN, "reason": "Snow is coming.", "asks": "all", "sure": "y", "place": "", "seen": "0"}
Desk = Callable[[FlaskClient, Account], FlaskClient]


pytestmark = pytest.mark.usefixtures("in_october")


def page_of(experience: Experience, page: str = "changes") -> str:
    return f"/example/staff/agenda/{experience.slug}/sessions/{experience.sessions[0].id}/{page}"


def test_the_choices_stand_side_by_side_with_whom_they_concern(community: Community, desk: FlaskClient) -> None:
    experience = an_experience(
        community, snow_date=date(2026, 11, 10), fallback_capacity=2, fallback_minutes=240, capacity=5
    )
    closed, other = a_district(community), a_district(community)
    everyone = [a_person(community, closed), a_person(community, closed), a_person(community, other)]
    seat(experience, *everyone)
    seat(an_experience(community, starts=[SNOW_DATE]), everyone[0])
    close_district(community, closed, date(2026, 11, 3), kind="closed", by=everyone[0])
    shown = desk.get(page_of(experience)).text
    assert "3\u00a0people have a seat" in shown
    assert "Tue, Nov\u00a010, 2026, 8:30\u00a0AM–2:30\u00a0PM\u00a0ET" in shown
    assert "2 carry over, 1 is asked" in shown
    assert "3 of 2 taken; nobody loses a seat" in shown
    assert "4 hours" in shown
    row = f'<td><b>{closed.label}</b></td><td class="num" data-l="With a seat:">2</td>'
    assert row in shown
    assert shown.count('data-l="Excused:">2</td>') == 2


def test_a_date_that_is_over_says_so_and_offers_nothing(community: Community, desk: FlaskClient) -> None:
    experience = an_experience(community, starts=[FALL - timedelta(days=60)])
    shown = desk.get(page_of(experience)).text
    assert "This session is over. What has happened is not changed any more." in shown
    for offered in ("What each choice means", "a seat", "Cancel this session", "Cancel all of it"):
        assert offered not in shown


def test_the_page_asks_the_database_as_often_for_many_districts_as_for_one(
    community: Community, desk: FlaskClient, count_queries: Callable[[], object]
) -> None:
    counted = []
    for many in (1, 4):
        experience = an_experience(community, snow_date=date(2026, 11, 10), capacity=9)
        seat(experience, *[people(community, 1)[0] for _ in range(many)])
        with count_queries() as statements:  # type: ignore[attr-defined]
            desk.get(page_of(experience))
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_staff_move_a_session_and_are_told_how_many_are_asked(community: Community, desk: FlaskClient) -> None:
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, *everyone)
    shown = desk.get(page_of(experience, "moving"), query_string=WHEN).text
    assert "Move it to <time" in shown
    answer = followed(desk, desk.post(page_of(experience, "moving"), data=MOVE))
    assert "2\u00a0people are asked whether they can come." in answer
    assert "2 were asked: 0 said yes, 0 said no, 2 have not answered and keep the seat." in answer
    assert experience.sessions[0].starts_at == SNOW_DATE


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": ""}, "Say why."),
        ({"sure": ""}, "Check the box once you have seen whom it concerns."),
        ({"starts": ""}, "Give the day and the time at which it starts."),
        ({"starts": "2027-03-14T02:30", "ends": "2027-03-14T05:00"}, "does not exist"),
        ({"starts": "2026-11-01T01:30", "ends": "2026-11-01T05:00"}, "comes twice"),
    ],
)
def test_a_slip_shows_the_form_again_and_moves_nothing(
    community: Community, desk: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    experience, everyone = an_experience(community), people(community, 1)
    seat(experience, *everyone)
    answer = desk.post(page_of(experience, "moving"), data={**MOVE, **typed})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (experience.sessions[0].starts_at, db.session.scalars(select(SessionChange)).all()) == (FALL, [])


def test_the_second_half_past_one_can_be_chosen(community: Community, desk: FlaskClient) -> None:
    experience = an_experience(community)
    twice = {**MOVE, "starts": "2026-11-01T01:30", "starts-fold": "1", "ends": "2026-11-01T05:00"}
    assert desk.post(page_of(experience, "moving"), data=twice).status_code == 303
    assert experience.sessions[0].starts_at == datetime.fromisoformat("2026-11-01T06:30+00:00")


def test_a_date_that_a_colleague_just_changed_is_not_changed_over_them(community: Community, desk: FlaskClient) -> None:
    experience = an_experience(community)
    desk.post(page_of(experience, "moving"), data=MOVE)
    answer = desk.post(page_of(experience, "online"), data={**ONLINE, "seen": "0"})
    assert (answer.status_code, "Somebody changed this session" in answer.text) == (409, True)
    assert experience.sessions[0].mode == "in_person"


def followed(client: FlaskClient, answer: TestResponse) -> str:
    """The page to which an answer leads."""
    assert answer.status_code == 303
    return client.get(answer.location).text


ONLINE = {
    "capacity": "500", "hours": "4", "reason": "Snow.", "sure": "y", "join_url": "https://meet.example.org/9",
    "seen": "0",
}  # fmt: skip


def test_staff_take_a_session_online(community: Community, desk: FlaskClient) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    assert 'value="5.5"' in desk.get(page_of(experience, "online")).text
    answer = followed(desk, desk.post(page_of(experience, "online"), data=ONLINE))
    assert "Taken online" in answer
    session = experience.sessions[0]
    assert (session.mode, session.credit_minutes, session.join_url) == ("online", 240, "https://meet.example.org/9")
    assert "meet.example.org" not in desk.get(f"/example/agenda/{experience.slug}").text


def test_a_session_or_all_of_it_is_cancelled(community: Community, desk: FlaskClient) -> None:
    experience, [one] = an_experience(community, kind="series", starts=weekly(2)), people(community, 1)
    seat(experience, one)
    sent = {"reason": "Snow.", "sure": "y", "seen": "0"}
    desk.get(page_of(experience, "cancellation"))
    desk.post(page_of(experience, "cancellation"), data=sent)
    assert [row.cancelled_at is None for row in experience.sessions] == [False, True]
    whole = f"/example/staff/agenda/{experience.slug}/cancellation"
    assert desk.post(whole, data=sent).status_code == 422
    assert experience.cancelled_at is None
    assert "1\u00a0person with a seat" in desk.get(whole).text
    plan = f"/example/staff/agenda/{experience.slug}"
    assert f'href="{plan}/size"' in desk.get(plan).text
    assert desk.post(whole, data={**sent, "typed": " Cancel "}).location == plan
    assert experience.cancelled_at is not None
    assert f'href="{plan}/size"' not in desk.get(plan).text
    assert "Snow." in desk.get(f"/example/agenda/{experience.slug}").text


def test_cancelling_the_only_session_leads_to_cancelling_all_of_it(community: Community, desk: FlaskClient) -> None:
    one, two = an_experience(community), an_experience(community, kind="series", starts=weekly(2))
    answer = desk.get(page_of(one, "cancellation"))
    assert (answer.status_code, answer.location) == (303, f"/example/staff/agenda/{one.slug}/cancellation")
    assert desk.get(page_of(two, "cancellation")).status_code == 200


def test_another_communitys_session_and_another_experiences_are_not_found(
    community: Community, desk: FlaskClient
) -> None:
    other = an_experience(a_community("other"))
    mine = an_experience(community)
    assert desk.get(f"/example/staff/agenda/{other.slug}/cancellation").status_code == 404
    path = f"/example/staff/agenda/{mine.slug}/sessions/{other.sessions[0].id}"
    assert [desk.get(f"{path}/{page}").status_code for page in ("changes", "moving", "online")] == [404] * 3
    assert desk.post(f"{path}/moving", data=MOVE).status_code == 404


def test_the_old_date_stays_on_the_page_as_moved(community: Community, desk: FlaskClient, client: FlaskClient) -> None:
    experience = an_experience(community)
    client.get(f"/example/agenda/{experience.slug}")
    desk.post(page_of(experience, "moving"), data=MOVE)
    shown = client.get(f"/example/agenda/{experience.slug}").text
    assert "Moved from" in shown
    assert "Tue, Nov\u00a03, 2026" in shown
    assert "Snow is coming." in shown


def test_the_private_link_answers_without_a_sign_in_and_looking_changes_nothing(
    community: Community, desk: FlaskClient, client: FlaskClient, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, everyone = an_experience(community), people(community, 4)
    seat(experience, *everyone)
    desk.post(page_of(experience, "moving"), data=MOVE)
    mails = [mail for mail in mailbox() if mail.subject.startswith("New date") and "/dates/" in mail.text]
    assert [mail.to for mail in mails] == [one.email for one in everyone[:3]]
    [(name, kind, content)] = mails[0].files
    assert (name, kind, b"SEQUENCE:" in content) == (f"{experience.slug}.ics", "text/calendar", True)
    assert b"DTSTART;TZID=America/New_York:20261110T083000" in content
    [link] = [path for path in mails[0].paths if "/dates/" in path]
    assert "Yes, I can come" in client.get(link).text
    client.head(link)
    assert states(experience) == ["seated"] * 3 + ["waiting"]
    assert client.post(link, data={"answer": "perhaps"}).status_code == 422
    said = followed(client, client.post(link, data={"answer": "no"}))
    assert "Your seat goes to the next in line." in said
    assert "You said that you cannot come" in said
    assert states(experience) == ["given_up", "seated", "seated", "seated"]
    assert client.get(link.replace("/example/", "/other/")).status_code == 404


def test_signed_in_the_answer_is_ones_own_and_nobody_elses(
    community: Community, desk: FlaskClient, app: Flask, sign_in: Desk
) -> None:
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, everyone[0])
    desk.post(page_of(experience, "moving"), data=MOVE)
    mine, other = (sign_in(app.test_client(), one) for one in everyone)
    path = f"/example/agenda/{experience.slug}/seat/confirmation"
    assert (other.get(path).status_code, other.post(path, data={"answer": "no"}).status_code) == (404, 404)
    assert [mine.get(f"{path}?change={number}").status_code for number in ("9" * 20, "-1", "7")] == [404] * 3
    assert "Can you come on the new date?" in mine.get(path).text
    assert "You keep your seat on the new date." in followed(mine, mine.post(path, data={"answer": "yes"}))
    assert states(experience) == ["seated"]


def test_after_the_time_to_answer_is_over_the_seat_is_kept(
    community: Community, desk: FlaskClient, app: Flask, sign_in: Desk, in_october: Callable[[str], datetime]
) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    desk.post(page_of(experience, "moving"), data=MOVE)
    in_october("2026-11-08 08:30")
    mine = sign_in(app.test_client(), one)
    path = f"/example/agenda/{experience.slug}/seat/confirmation"
    assert "The time to answer is over, so you keep your seat." in mine.get(path).text
    answer = mine.post(path, data={"answer": "no"}, headers={"HX-Request": "true"})
    assert (answer.status_code, states(experience)) == (409, ["seated"])


def test_a_question_about_a_date_that_changed_again_is_not_asked_any_more(
    community: Community, desk: FlaskClient, app: Flask, sign_in: Desk, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    desk.post(page_of(experience, "moving"), data=MOVE)
    again = {**MOVE, "starts": "2026-11-12T08:30", "ends": "2026-11-12T14:30", "asks": "none", "seen": "1"}
    desk.post(page_of(experience, "moving"), data=again)
    mails = [mail.text for mail in mailbox() if mail.subject.startswith("New date")]
    assert (len(mails), "Nov\u00a012" in mails[0]) == (1, True)
    assert len([template for template, _ in owed() if template == "session_moved"]) == 2
    mine = sign_in(app.test_client(), one)
    assert "The date changed again" in mine.get(f"/example/agenda/{experience.slug}/seat/confirmation").text


def test_mails_and_the_page_of_a_date_elsewhere_tell_its_time_as_the_clocks_there_do(
    community: Community, client: FlaskClient, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [one, by] = an_experience(community, starts=weekly(3)), people(community, 2)
    with transaction():
        experience.facilitator_id = by.id
        for session in experience.sessions:
            session.time_zone = "America/Los_Angeles"
    seat(experience, one)
    mailbox()
    first, second, third = experience.sessions
    move_session(first, FALL + timedelta(hours=2), FALL + timedelta(hours=8), reason="Snow.", by=one, asks="all")
    take_online(second, reason="Snow.", by=one)
    cancel_session(third, reason="Snow.", by=one)
    mails = mailbox()
    assert sorted(mail.to for mail in mails) == sorted([one.email, by.email] * 3)
    assert [mail.subject for mail in mails if "\u00a0PT" not in mail.text or "\u00a0ET" in mail.text] == []
    [moved] = [mail for mail in mails if "/dates/" in mail.text]
    assert all(words in moved.text for words in ("7:30\u00a0AM\u00a0PT", "5:30\u00a0AM\u00a0PT"))
    [link] = [path for path in moved.paths if "/dates/" in path]
    page = client.get(link).text
    assert "\u00a0PT" in page
    assert "\u00a0ET" not in page


def test_the_place_of_a_date_changes_where_it_moves_and_everyone_with_a_seat_is_told(
    community: Community, desk: FlaskClient
) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    same = {**MOVE, "starts": "2026-11-03T08:30", "ends": "2026-11-03T14:30", "place": "The library"}
    assert desk.post(page_of(experience, "moving"), data=same).status_code == 303
    [session] = experience.sessions
    assert (session.starts_at, session.place, session.sequence) == (FALL, "The library", 1)
    assert [address for template, address in owed() if template.startswith("session_")] == [one.email]
