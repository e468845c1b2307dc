"""The join link: for people with an online seat, while the session is on, through the portal, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Session
from portal.communities.models import Community
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.enrollments.attending_models import Joining
from portal.enrollments.joining import join_session
from portal.enrollments.joining_rules import (
    CANCELLED,
    NO_LINK,
    NO_ONLINE_SEAT,
    OVER,
    SEAT_IN_ROOM,
    is_web_address,
    joins_online,
)
from portal.enrollments.operations import give_up_seat, take_seat
from tests.enrollments.builders import FALL, an_experience, people, weekly

At = Callable[[str], datetime]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
LINK = "https://meet.example.org/room-4711?pwd=aB,c;d"


pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def online(community: Community) -> Experience:
    """An online session on November 3, 8:30 AM to 2:30 PM, whose link opens a quarter of an hour before."""
    return an_online(community)


@pytest.fixture
def learner(community: Community, online: Experience) -> Account:
    """Somebody with an online seat there."""
    return a_learner(community, online)


@pytest.mark.parametrize("moment", ["2026-11-03 08:15", "2026-11-03 12:00", "2026-11-03 14:29:59"])
def test_people_with_an_online_seat_get_the_address_and_it_is_noted(
    online: Experience, learner: Account, at: At, moment: str
) -> None:
    at(moment)
    assert join_session(online.sessions[0], learner) == LINK
    assert [(row.enrollment_id, row.joined_at) for row in joinings()] == [(1, at(moment))]


def test_joining_again_keeps_the_first_moment(online: Experience, learner: Account, at: At) -> None:
    first = at("2026-11-03 08:20")
    join_session(online.sessions[0], learner)
    at("2026-11-03 09:40")
    assert join_session(online.sessions[0], learner) == LINK
    assert [row.joined_at for row in joinings()] == [first]


def test_two_presses_at_one_instant_are_one_joining(
    online: Experience, learner: Account, at: At, two_at_once: Callable[..., list[Any]]
) -> None:
    at("2026-11-03 08:20")
    number, who = online.sessions[0].id, learner.id
    answers = two_at_once(lambda n: join_session(db.session.get_one(Session, number), Somebody(who)), 4)
    assert (answers, len(joinings())) == ([LINK] * 4, 1)


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2026-11-03 08:14:59", "The session opens on Tue, Nov\u00a03, 2026, 8:15\u00a0AM\u00a0ET. Come back then."),
        ("2026-11-03 14:30", OVER),
    ],
)
def test_too_early_and_too_late_nobody_joins(
    online: Experience, learner: Account, at: At, moment: str, sentence: str
) -> None:
    at(moment)
    refused(online, learner, sentence)


def test_somebody_without_a_seat_is_told_what_to_do(online: Experience, community: Community, at: At) -> None:
    at("2026-11-03 08:30")
    refused(online, people(community, 1)[0], NO_ONLINE_SEAT)


def test_whoever_gave_up_or_waits_does_not_join(online: Experience, community: Community, at: At) -> None:
    everyone = people(community, 4)
    mine = [take_seat(online, one, by=one) for one in everyone]
    assert mine[3].state == "waiting"
    at("2026-11-03 08:30")
    refused(online, everyone[3], NO_ONLINE_SEAT)
    give_up_seat(mine[0], by=everyone[0])
    refused(online, everyone[0], NO_ONLINE_SEAT)


def test_a_seat_in_the_room_is_not_for_the_link(community: Community, at: At) -> None:
    both = an_online(community, mode="blended")
    here, there = people(community, 2)
    take_seat(both, here, by=here, mode="in_person")
    take_seat(both, there, by=there, mode="online")
    at("2026-11-03 08:30")
    refused(both, here, SEAT_IN_ROOM)
    assert join_session(both.sessions[0], there) == LINK


def test_a_seat_in_one_meeting_opens_no_other(community: Community, at: At) -> None:
    space = an_online(community, kind="space", joined_by="session", starts=weekly(2))
    [person] = people(community, 1)
    take_seat(space, person, by=person, session=space.sessions[1])
    at("2026-11-03 08:30")
    refused(space, person, NO_ONLINE_SEAT)


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_cancelled_has_no_way_in(online: Experience, learner: Account, at: At, whole: bool) -> None:
    moment = at("2026-11-03 08:30")
    with transaction():
        (online if whole else online.sessions[0]).cancelled_at = moment
    refused(online, learner, CANCELLED)


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "the usual room", "https://a b", 'https://a"b'])
def test_without_an_address_of_the_web_nobody_is_sent_anywhere(
    online: Experience, learner: Account, at: At, link: str
) -> None:
    with transaction():
        online.sessions[0].join_url = link
    at("2026-11-03 08:30")
    refused(online, learner, NO_LINK)


def test_whoever_leads_joins_without_a_seat(online: Experience, community: Community, at: At) -> None:
    leader = lead(online, community)
    at("2026-11-03 08:30")
    assert (join_session(online.sessions[0], leader), joinings()) == (LINK, [])


def test_leading_another_experience_opens_nothing_here(online: Experience, community: Community, at: At) -> None:
    leader = lead(an_online(community), community)
    at("2026-11-03 08:30")
    refused(online, leader, NO_ONLINE_SEAT)


@pytest.mark.parametrize(
    ("session", "seat", "expected"),
    [("online", "", True), ("blended", "online", True), ("blended", "in_person", False), ("in_person", "", False)],
)
def test_who_joins_online(session: str, seat: str, expected: bool) -> None:
    assert joins_online(session, seat) is expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://x.example.org/j/1", True),
        ("http://x", True),
        ("HTTPS", False),
        ("https://", False),
        ("ftp://x", False),
    ],
)
def test_an_address_of_the_web(link: str, expected: bool) -> None:
    assert is_web_address(link) is expected


def test_the_press_answers_with_the_way_on(
    online: Experience, learner: Account, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at("2026-11-03 08:30")
    sign_in(client, learner)
    answer = client.post(door(online))
    assert (answer.status_code, answer.headers["Refresh"]) == (200, f"0; url={LINK}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert f'href="{LINK}" rel="noreferrer"' in answer.text


def test_a_look_joins_nobody(
    online: Experience, learner: Account, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at("2026-11-03 08:30")
    sign_in(client, learner)
    assert (client.get(door(online)).status_code, joinings()) == (405, [])


def test_a_refused_press_leads_back_with_the_sentence(
    online: Experience, learner: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, learner)
    answer = client.post(door(online), headers={"HX-Request": "true"})
    assert (answer.status_code, "The session opens on Tue, Nov\u00a03" in answer.text) == (409, True)
    assert "meet.example.org" not in answer.text


def test_another_experiences_session_is_not_found(
    online: Experience, learner: Account, community: Community, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    other = an_online(community)
    at("2026-11-03 08:30")
    sign_in(client, learner)
    crossed = f"/example/agenda/{other.slug}/sessions/{online.sessions[0].id}/joining"
    assert (client.post(crossed).status_code, joinings()) == (404, [])


def test_a_draft_has_no_way_in(
    community: Community, learner: Account, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    draft = an_online(community, is_published=False)
    at("2026-11-03 08:30")
    sign_in(client, learner)
    assert client.post(door(draft)).status_code == 404


def test_a_visitor_is_led_to_sign_in(online: Experience, client: FlaskClient, at: At) -> None:
    at("2026-11-03 08:30")
    answer = client.post(door(online))
    assert (answer.status_code, answer.headers["Location"].startswith("/sign-in?")) == (303, True)


@pytest.mark.parametrize(
    "path", ["/my", "/example/agenda", "/example/agenda/{slug}", "/example/agenda/{slug}/seat/cancellation"]
)
def test_the_address_is_on_no_page(
    online: Experience, learner: Account, at: At, client: FlaskClient, sign_in: SignIn, path: str
) -> None:
    at("2026-11-03 08:30")
    sign_in(client, learner)
    page = client.get(path.format(slug=online.slug))
    assert (page.status_code, "meet.example.org" in page.text) == (200, False)


@pytest.mark.parametrize(
    ("moment", "has_button", "says"),
    [
        ("2026-11-03 08:14", False, "the button to join comes here"),
        ("2026-11-03 08:15", True, "Join online"),
        ("2026-11-03 14:29", True, "Join online"),
        ("2026-11-03 14:30", False, "This is over"),
    ],
)
def test_the_button_stands_on_the_page_while_it_works(
    online: Experience, learner: Account, at: At, client: FlaskClient, sign_in: SignIn,
    moment: str, has_button: bool, says: str,
) -> None:  # fmt: skip
    at(moment)
    sign_in(client, learner)
    page = client.get(f"/example/agenda/{online.slug}").text
    assert (f'action="{door(online)}"' in page, says in page) == (has_button, True)


def test_whoever_leads_has_the_button_too(
    online: Experience, community: Community, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at("2026-11-03 08:30")
    sign_in(client, lead(online, community))
    assert f'action="{door(online)}"' in client.get(f"/example/agenda/{online.slug}").text


def test_without_a_seat_or_a_link_there_is_no_button(
    online: Experience, community: Community, learner: Account, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    at("2026-11-03 08:30")
    page = f"/example/agenda/{online.slug}"
    sign_in(client, people(community, 1)[0])
    assert "/joining" not in client.get(page).text
    with transaction():
        online.sessions[0].join_url = ""
    sign_in(client, learner)
    assert "/joining" not in client.get(page).text


def test_the_button_of_a_series_leads_to_the_next_online_session(
    community: Community, at: At, client: FlaskClient, sign_in: SignIn
) -> None:
    series = an_online(community, kind="series", starts=weekly(3))
    with transaction():
        series.sessions[1].cancelled_at = datetime(2026, 11, 1, tzinfo=UTC)
    learner = a_learner(community, series)
    at("2026-11-04 09:00")
    sign_in(client, learner)
    shown = client.get(f"/example/agenda/{series.slug}").text
    day, _, rest = shown.partition(" is online: the button to join comes here ")
    assert (day.endswith("Nov\xa017, 2026</time>"), rest.partition(".")[0]) == (True, "15\xa0minutes before")
    at("2026-11-17 08:30")
    third = f"/example/agenda/{series.slug}/sessions/{series.sessions[2].id}/joining"
    assert f'action="{third}"' in client.get(f"/example/agenda/{series.slug}").text


class Somebody:
    """A learner as a door knows them, in another thread."""

    def __init__(self, account_id: int) -> None:
        self.account_id, self.email = account_id, ""


def an_online(community: Community, **fields: Any) -> Experience:
    """A published online experience with a link in each session."""
    experience = an_experience(community, **{"mode": "online", "place": "", "starts": (FALL,), **fields})
    with transaction():
        for session in experience.sessions:
            session.join_url = LINK
    return experience


def a_learner(community: Community, experience: Experience) -> Account:
    """Somebody with a seat in it."""
    [person] = people(community, 1)
    take_seat(experience, person, by=person)
    return person


def lead(experience: Experience, community: Community) -> Account:
    """Somebody who leads it, without a seat."""
    [person] = people(community, 1)
    with transaction():
        experience.facilitator_id = person.id
    return person


def joinings() -> list[Joining]:
    """All that were noted, in order."""
    return list(db.session.scalars(select(Joining).order_by(Joining.id)))


def refused(experience: Experience, person: Account, sentence: str) -> None:
    """The person does not join, is told why, and nothing is noted."""
    with pytest.raises(RuleBroken) as refusal:
        join_session(experience.sessions[0], person)
    assert (refusal.value.sentence, joinings()) == (sentence, [])


def door(experience: Experience) -> str:
    """Where the press goes."""
    return f"/example/agenda/{experience.slug}/sessions/{experience.sessions[0].id}/joining"
