"""One's own learning, and what the mails about it say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core.db import db
from portal.districts.operations import affiliate, begin_membership
from portal.enrollments.operations import give_up_seat, take_seat
from tests.enrollments.builders import (
    FALL,
    LONG_AGO,
    a_community,
    a_district,
    a_person,
    a_series,
    an_experience,
    people,
    seat,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture(autouse=True)
def in_october(app: Flask, at: Callable[[str], datetime]) -> Callable[[str], datetime]:
    at("2026-10-20 09:00")
    return at


def test_whoever_has_nothing_yet_is_led_to_the_agenda(client: FlaskClient, sign_in: SignIn, teacher: Account) -> None:
    a_community("other")
    page = sign_in(client, teacher).get("/my").text
    assert "You have no seat yet." in page
    assert 'href="/example/agenda"' in page
    assert 'href="/other/agenda"' not in page


def test_whoever_leads_something_finds_it_first(
    client: FlaskClient, sign_in: SignIn, community: Community, teacher: Account
) -> None:
    ahead, over, off = (
        an_experience(community),
        an_experience(community, starts=[FALL - timedelta(weeks=4)]),
        an_experience(community),
    )
    draft, others = an_experience(community, is_published=False), an_experience(community)
    for one in (ahead, over, off, draft):
        one.facilitator_id = teacher.id
    off.cancelled_at = FALL - timedelta(weeks=4)
    db.session.commit()
    page = sign_in(client, teacher).get("/my").text
    assert "You lead" in page
    assert "You have no seat yet." not in page
    assert f"/example/staff/agenda/{ahead.slug}/people" in page
    assert [one.slug in page for one in (over, off, draft, others)] == [False] * 4


def test_whoever_works_nowhere_yet_sees_every_agenda(
    client: FlaskClient, sign_in: SignIn, community: Community
) -> None:
    a_community("other")
    page = sign_in(client, a_person()).get("/my").text
    assert ('href="/example/agenda"' in page, 'href="/other/agenda"' in page) == (True, True)


def test_what_comes_first_stands_apart_from_seats_lines_and_what_is_over(
    community: Community, client: FlaskClient, sign_in: SignIn, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    over = an_experience(community, title="Over", starts=[FALL - timedelta(days=10)])
    series = an_experience(community, title="Series", kind="series", starts=weekly(3, FALL - timedelta(days=9)))
    later = an_experience(community, title="Later", starts=[FALL + timedelta(days=30)])
    full = an_experience(community, title="Full", capacity=0)
    gone = an_experience(community, title="Given up")
    mine = [seat(one, teacher)[0] for one in (over, series, later, full, gone)]
    give_up_seat(mine[4], by=teacher)
    in_october("2026-10-26 09:00")
    sections = sections_of(sign_in(client, teacher).get("/my").text)
    assert [name for name in ("Series", "Later", "Full", "Over") if name in sections["next"]] == ["Series"]
    assert "Next up, in 6\u00a0days" in sections["next"]
    assert "In person, 2 of 3" in sections["next"]
    assert [name for name in ("Later", "Full", "Over") if name in sections["coming"]] == ["Later", "Full"]
    assert "1st in line. We write to you" in sections["coming"]
    assert [name for name in ("Later", "Full", "Over") if name in sections["past"]] == ["Over"]
    assert "Given up" not in "".join(sections.values())


def test_somebody_of_two_communities_sees_whose_each_thing_is(
    community: Community, client: FlaskClient, sign_in: SignIn, teacher: Account
) -> None:
    other = a_community("other")
    home = a_district(other)
    affiliate(teacher, other.id, home, "teacher", LONG_AGO, None)
    seat(an_experience(community, title="Here"), teacher)
    assert "Example Community" not in sections_of(sign_in(client, teacher).get("/my").text)["next"]
    seat(an_experience(other, title="There", starts=[FALL + timedelta(days=3)]), teacher)
    sections = sections_of(client.get("/my").text)
    assert "A member high school, Example Community" in sections["next"]
    assert ("There" in sections["coming"], "/other/agenda/" in sections["coming"]) == (True, True)


def test_a_cancelled_thing_is_never_next(
    community: Community, client: FlaskClient, sign_in: SignIn, teacher: Account
) -> None:
    seat(an_experience(community, title="Kept", starts=[FALL + timedelta(days=9)]), teacher)
    [mine] = seat(an_experience(community, title="Off"), teacher)
    mine.experience.cancelled_at = FALL - timedelta(days=14)
    db.session.commit()  # what staff will do by an operation of their own later
    sections = sections_of(sign_in(client, teacher).get("/my").text)
    assert ("Kept" in sections["next"], "Off" in sections["coming"], "Cancelled" in sections["coming"]) == (
        True,
        True,
        True,
    )


def test_the_page_asks_as_few_questions_for_ten_things_as_for_one(
    community: Community, client: FlaskClient, sign_in: SignIn, teacher: Account, count_queries: Any
) -> None:
    sign_in(client, teacher)
    counts = []
    for number in (1, 9):
        for _ in range(number):
            seat(an_experience(community, starts=weekly(3), capacity=number % 2), teacher)
        with count_queries() as statements:
            client.get("/my")
        counts.append(len(statements))
    assert counts == [5, 5]


def test_a_visitor_is_asked_to_sign_in(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/my")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/my")


def test_the_mail_of_a_seat_names_all_dates_the_place_and_the_way_out(
    community: Community, teacher: Account, mailbox: Any
) -> None:
    experience = an_experience(community, title="Series", kind="series", starts=weekly(2))
    seat(experience, teacher)
    [mail] = mailbox()
    assert (mail.to, mail.subject) == (teacher.email, "You have a seat: Series")
    for words in (
        "Tue, Nov\u00a03, 2026, 8:30\u00a0AM\u00a0ET\r\nTue, Nov\u00a010",
        "Place: A member high school",
        teacher.name,
    ):
        assert words in mail.text
    assert mail.paths == [f"/example/agenda/{experience.slug}", "/my"]


@pytest.mark.parametrize(
    ("mode", "lines", "words"),
    [
        ("in_person", ["", ", online"], "Where it says “online”, you come online. The button to join"),
        ("online", ["", ""], "You come online. The button to join"),
    ],
)
def test_a_series_is_told_date_by_date_as_one_comes_to_it(
    community: Community, client: FlaskClient, teacher: Account, mailbox: Any, sign_in: SignIn, mode: str,
    lines: list[str], words: str,
) -> None:  # fmt: skip
    series = a_series(community, "blended", "online")
    take_seat(series, teacher, by=teacher, mode=mode)
    [mail] = mailbox()
    is_mixed = mode == "in_person"
    dates = [line for line in mail.text.splitlines() if line.startswith("Tue, Nov")]
    assert [line.partition("ET")[2] for line in dates] == lines
    assert (words in mail.text, "Place: A member high school" in mail.text) == (True, is_mixed)
    where = "In person, 1 of 2, A member high school" if is_mixed else "Online, 1 of 2"
    assert where in sign_in(client, teacher).get("/my").text


def test_a_session_in_the_room_is_no_online_one_for_whoever_comes_online_to_the_others(
    community: Community, client: FlaskClient, teacher: Account, mailbox: Any, sign_in: SignIn
) -> None:
    series = a_series(community, "in_person", "blended")
    take_seat(series, teacher, by=teacher, mode="online")
    [mail] = mailbox()
    dates = [line for line in mail.text.splitlines() if line.startswith("Tue, Nov")]
    assert [line.partition("ET")[2] for line in dates] == ["", ", online"]
    assert "Place: A member high school" in mail.text
    assert "In person, 1 of 2, A member high school" in sign_in(client, teacher).get("/my").text


def test_a_meetings_mail_names_that_meeting(community: Community, teacher: Account, mailbox: Any) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(2))
    take_seat(space, teacher, by=teacher, session=space.sessions[1])
    [mail] = mailbox()
    assert ("Nov\u00a010" in mail.text, "Nov\u00a03" in mail.text) == (True, False)


def test_each_turn_of_the_line_is_mailed_once(community: Community, teacher: Account, mailbox: Any) -> None:
    experience, others = an_experience(community, title="Full", capacity=1), people(community, 2)
    mine = seat(experience, *others, teacher)
    assert [mail.subject for mail in mailbox()] == [
        "You have a seat: Full", "You are 1st in line: Full", "You are 2nd in line: Full",
    ]  # fmt: skip
    give_up_seat(mine[0], by=others[0])
    give_up_seat(mine[2], by=teacher)
    assert sorted((mail.to, mail.subject) for mail in mailbox()) == sorted(
        [
            (others[0].email, "Your seat is given up: Full"),
            (others[1].email, "A seat came free, and it is yours: Full"),
            (teacher.email, "You left the line: Full"),
        ]
    )
    assert mailbox() == []


def test_mail_that_is_no_longer_true_does_not_leave(community: Community, teacher: Account, mailbox: Any) -> None:
    experience = an_experience(community)
    [mine] = seat(experience, teacher)
    give_up_seat(mine, by=teacher)
    assert [mail.subject.partition(":")[0] for mail in mailbox()] == ["Your seat is given up"]


def test_a_district_that_joins_later_opens_the_door(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    district = a_district(community, is_member=False)
    newcomer = a_person(community, district)
    page = f"/example/agenda/{an_experience(community).slug}"
    assert "Take a seat" not in sign_in(client, newcomer).get(page).text
    begin_membership(community.id, district, LONG_AGO, None)
    assert "Take a seat" in client.get(page).text


def sections_of(page: str) -> dict[str, str]:
    """The page cut at its headings: next, coming, past."""
    marks = {"next": 'id="next-title"', "coming": 'id="coming-title"', "past": 'id="past-title"'}
    body = page[page.index("<main") : page.index("</main")]
    return {name: next((part for part in body.split("<section") if mark in part), "") for name, mark in marks.items()}
