"""The pages of an experience: what each reader is offered, and the same deeds with and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.agenda.operations import add_faculty, create_experience, publish_experience
from portal.communities.models import Community
from portal.communities.operations import set_words
from portal.core.db import db
from tests.enrollments.builders import (
    a_community,
    a_person,
    a_series,
    a_space,
    an_experience,
    owed,
    people,
    seat,
    states,
    taken,
    weekly,
)

SignIn = Callable[[FlaskClient, Account], FlaskClient]
EARLY = datetime(2026, 10, 6, 13, tzinfo=UTC)
HOST = "http://127.0.0.1:8000"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "aside#seat"}


pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def teacher(community: Community, client: FlaskClient, sign_in: SignIn) -> Account:
    """A teacher of a member district, signed in."""
    [person] = people(community, 1)
    sign_in(client, person)
    return person


def test_a_visitor_reads_the_facts_and_is_led_to_sign_in(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, note="A staff day.", summary="A day together.")
    page = client.get(address(experience))
    assert page.status_code == 200
    for words in (
        "A day together.",
        "A staff day.",
        "A member high school",
        "All staff of member districts",
        "5½ hours",
        "0 of 3 seats",
    ):
        assert words in page.text
    assert f'href="/sign-in?next={address(experience)}"' in page.text
    assert "<form" not in page.text


def test_a_visitors_page_sets_no_cookie_and_is_kept(
    community: Community, client: FlaskClient, count_queries: Any
) -> None:
    page = address(an_experience(community))
    first = client.get(page)
    assert "Set-Cookie" not in first.headers
    with count_queries() as statements:
        again = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, len(statements)) == (304, b"", 1)


def test_a_seat_taken_makes_the_visitors_page_anew(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community)
    first = client.get(address(experience))
    seat(experience, *people(community, 1))
    again = client.get(address(experience), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, "1 of 3 seats taken" in again.text) == (200, True)


def test_a_change_of_words_makes_it_anew_for_everyone(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    assert "A new summary" not in client.get(address(experience)).text
    experience.summary = "A new summary"
    db.session.commit()
    set_words(community, headline="New")
    assert "A new summary" in client.get(address(experience)).text


def test_what_is_not_published_or_elsewhere_is_not_there(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    drafted, theirs = an_experience(community, is_published=False), an_experience(a_community("other"))
    for way, path in [("get", ""), ("post", "/seat"), ("get", "/seat/cancellation"), ("post", "/seat/cancellation")]:
        for experience in (drafted, theirs):
            assert getattr(client, way)(address(experience) + path).status_code == 404


def test_a_seat_is_taken_without_scripts(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community)
    assert "Take a seat" in client.get(address(experience)).text
    answer = client.post(address(experience) + "/seat")
    assert (answer.status_code, answer.location) == (303, address(experience))
    page = client.get(answer.location).text
    assert "You have a seat." in page
    assert "Give up my seat" in page
    assert states(experience) == ["seated"]


def test_a_seat_is_taken_with_htmx_in_its_place(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community)
    answer = client.post(address(experience) + "/seat", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<aside class="panel stick flow" id="seat"')
    assert '<h2 class="say" id="seat-1" tabindex="-1" autofocus>You have a seat</h2>' in answer.text
    assert (
        '<hx-partial id="said-news" hx-target="#said" hx-swap="innerHTML">You have a seat.</hx-partial>' in answer.text
    )
    assert "1 of 3 seats taken" in answer.text


def test_a_double_click_takes_one_seat(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community)
    answers = [client.post(address(experience) + "/seat", headers=HTMX).text for _ in range(2)]
    assert answers[0] == answers[1]
    assert (taken(experience), len(owed())) == ([1], 1)


def test_when_it_is_full_the_line_is_offered_and_the_place_in_it_shown(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, capacity=1)
    seat(experience, *people(community, 2))
    page = client.get(address(experience)).text
    assert "1 of 1 seats taken · 1 waiting" in page
    assert "Join the line" in page
    answer = client.post(address(experience) + "/seat", headers=HTMX).text
    for words in (
        "You are 2nd in line",
        "You asked: 2nd in line",
        "Last moment to be moved up",
        "Leave the line",
    ):
        assert words in answer


def test_giving_up_is_asked_about_first(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    page = client.get(address(experience) + "/seat/cancellation").text
    assert ("Give up your seat?" in page, "Nov" in page, "The seat is free for others then." in page) == (True,) * 3
    assert states(experience) == ["seated"]
    answer = client.post(address(experience) + "/seat/cancellation")
    assert (answer.status_code, answer.location) == (303, address(experience))
    assert "Your seat is given up." in client.get(answer.location).text
    assert states(experience) == ["given_up"]


def test_the_question_names_all_dates_of_a_series_and_who_waits(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, kind="series", starts=weekly(2), capacity=1)
    seat(experience, teacher, *people(community, 1))
    page = client.get(address(experience) + "/seat/cancellation").text
    assert "Your seat in all two sessions goes to the next in line at once." in page
    assert [words in page for words in ("Nov\xa03", "Nov\xa010")] == [True, True]


def test_giving_up_with_htmx_leads_back(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    answer = client.post(address(experience) + "/seat/cancellation", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, address(experience))


def test_giving_up_again_says_that_there_is_no_seat(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    seat(experience, teacher)
    for _ in range(2):
        client.post(address(experience) + "/seat/cancellation")
    assert "You have no seat here." in client.get(address(experience)).text
    answer = client.get(address(experience) + "/seat/cancellation")
    assert (answer.status_code, answer.location) == (303, address(experience))


def test_whoever_never_asked_has_nothing_to_give_up(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community)
    seat(experience, *people(community, 1))
    assert client.get(address(experience) + "/seat/cancellation").status_code == 404
    assert client.post(address(experience) + "/seat/cancellation").status_code == 404
    assert states(experience) == ["seated"]


def test_leaving_the_line_is_asked_about_too(community: Community, client: FlaskClient, teacher: Account) -> None:
    experience = an_experience(community, capacity=0)
    seat(experience, teacher)
    assert "Leave the line?" in client.get(address(experience) + "/seat/cancellation").text
    client.post(address(experience) + "/seat/cancellation")
    assert "You left the line." in client.get(address(experience)).text


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"audience": ["principal"]}, "Seats here are for other roles"),
        ({"opens_at": datetime(2026, 10, 2, 4, tzinfo=UTC)}, "Sign-up opens on Fri"),
        ({"closes_at": datetime(2026, 9, 30, tzinfo=UTC)}, "Sign-up was open until"),
        ({"cancelled_at": datetime(2026, 9, 30, tzinfo=UTC)}, "This was cancelled."),
        ({"starts": [datetime(2026, 10, 1, 12, tzinfo=UTC)]}, "This has started"),
        ({"capacity": 0, "has_waitlist": False}, "there is no waitlist here"),
    ],
)
def test_a_refusal_is_said_on_the_page_and_again_at_the_door(
    community: Community, client: FlaskClient, teacher: Account, fields: dict[str, Any], words: str
) -> None:
    experience = an_experience(community, **fields)
    page = client.get(address(experience)).text
    assert words in page
    assert 'name="csrf_token"' not in page[page.index("<main") : page.index("</main")]
    answer = client.post(address(experience) + "/seat", headers=HTMX)
    assert (answer.status_code, words in answer.text, answer.headers["HX-Retarget"]) == (409, True, "#refusal")
    plain = client.post(address(experience) + "/seat", headers={"Referer": f"{HOST}{address(experience)}"})
    assert (plain.status_code, plain.location) == (303, address(experience))
    assert words in client.get(plain.location).text
    assert states(experience) == []


def test_somebody_of_no_member_district_is_told_what_would_help(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, a_person())
    assert "Ask your district’s lead" in client.get(address(an_experience(community))).text


def test_a_visitor_who_asks_is_sent_to_sign_in_and_back(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community)
    answer = client.post(address(experience) + "/seat", headers={"Referer": f"{HOST}{address(experience)}"})
    assert (answer.status_code, answer.location) == (303, f"/sign-in?next={address(experience)}")
    assert states(experience) == []


def test_a_space_offers_each_coming_meeting(
    community: Community, client: FlaskClient, teacher: Account, in_october: Callable[[str], datetime]
) -> None:
    space = an_experience(community, kind="space", joined_by="session", starts=weekly(3, EARLY))
    in_october("2026-10-07 09:00")
    page = client.get(address(space)).text
    assert page.count('<button class="btn') - page.count("Sign out</button>") == 2
    chosen = space.sessions[2].id
    answer = client.post(address(space) + "/seat", data={"session": chosen}, headers=HTMX)
    assert "autofocus>You have a seat</h2>" in answer.text
    assert (taken(space), f"/seat/cancellation?session={chosen}" in answer.text) == ([0, 0, 1], True)
    client.post(address(space) + "/seat/cancellation", data={"session": chosen})
    assert taken(space) == [0, 0, 0]


def test_a_space_asks_which_meeting(community: Community, client: FlaskClient, teacher: Account) -> None:
    answer = client.post(address(a_space(community)) + "/seat", headers=HTMX)
    assert (answer.status_code, "Choose the meeting that you can come to" in answer.text) == (409, True)


@pytest.mark.parametrize(
    "session, status",
    [
        ("abc", 422),
        ("-1", 422),
        ("0", 422),
        ("9" * 20, 422),
        ("²", 422),
        ("9" * 19, 422),
        ("9223372036854775807", 404),
        ("\x00", 400),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(
    community: Community, client: FlaskClient, teacher: Account, session: str, status: int
) -> None:
    space = a_space(community)
    assert client.post(address(space) + "/seat", data={"session": session}).status_code == status
    assert taken(space) == [0, 0, 0]


def test_another_spaces_meeting_is_not_found_here(community: Community, client: FlaskClient, teacher: Account) -> None:
    space, other = a_space(community), a_space(community)
    assert client.post(address(space) + "/seat", data={"session": other.sessions[0].id}).status_code == 404
    assert taken(other) == [0, 0, 0]


def test_a_mode_is_chosen_where_two_stand_side_by_side(
    community: Community, client: FlaskClient, teacher: Account
) -> None:
    experience = an_experience(community, session_mode="blended")
    assert "How will you come?" in client.get(address(experience)).text
    assert client.post(address(experience) + "/seat", data={"mode": "by boat"}).status_code == 422
    client.post(address(experience) + "/seat", data={"mode": "online"})
    assert taken(experience) == [0, 1]


def test_a_private_space_shows_its_place_only_to_its_people(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    leader, [principal], [teacher] = a_person(), people(community, 1, role="principal"), people(community, 1)
    space = a_space(community, audience=["principal"], is_private=True, place="Room 12", facilitator_id=leader.id)
    hidden = "The place is shared with the people it is for."
    assert hidden in client.get(address(space)).text
    for person, sees in [(principal, True), (teacher, False), (leader, True)]:
        page = sign_in(client, person).get(address(space)).text
        assert ("Room 12" in page, hidden in page) == (sees, not sees)


def test_dates_at_places_of_their_own_each_name_theirs(
    community: Community, client: FlaskClient, sign_in: SignIn
) -> None:
    series = a_series(community, "in_person", "online", "in_person", place="Room 4", is_private=True)
    [insider] = people(community, 1)
    places = [f'<span class="soft">{place}</span>' for place in ("Room 4", "Town hall, 1 Example Square")]
    sign_in(client, insider)
    assert [place in client.get(address(series)).text for place in places] == [False, False]
    series.sessions[2].place = "Town hall, 1 Example Square"
    db.session.commit()
    page = client.get(address(series)).text
    assert [page.count(place) for place in places] == [1, 1]
    assert "Town hall" not in sign_in(client, a_person()).get(address(series)).text


def test_the_seat_comes_before_the_long_description(community: Community, client: FlaskClient) -> None:
    page = client.get(address(an_experience(community, description="A long story."))).text
    assert page.index("<dt>When") < page.index('id="seat"') < page.index("A long story.")


def test_whoever_leads_it_sees_that(community: Community, client: FlaskClient, sign_in: SignIn) -> None:
    leader = a_person()
    experience = an_experience(community, facilitator_id=leader.id)
    assert "You lead this" in sign_in(client, leader).get(address(experience)).text
    assert "You lead this" not in sign_in(client, a_person()).get(address(experience)).text


def test_a_series_lists_its_sessions_and_faculty(
    community: Community, client: FlaskClient, in_october: Callable[[str], datetime]
) -> None:
    artist = add_faculty(community, slug="artist", title="Teaching artist", topics=["UDL", "movement"])
    sessions = [{"starts_at": at, "ends_at": at.replace(hour=20)} for at in weekly(2)]
    fields = {"slug": "series", "title": "Series", "kind": "series", "mode": "online", "capacity": 9, "min_to_run": 4}
    experience = create_experience(community, None, fields, sessions, [artist])
    publish_experience(experience)
    in_october("2026-11-04 09:00")
    page = client.get(address(experience)).text
    for words in (
        "Two sessions",
        "<td>Held</td>",
        "Teaching artist",
        "UDL, movement",
        "Tue, Nov\u00a010, 2026",
        "4\u00a0people",
    ):
        assert words in page


def test_the_page_asks_few_questions_however_many_sessions_and_people(
    community: Community, client: FlaskClient, teacher: Account, count_queries: Any
) -> None:
    small, large = an_experience(community), an_experience(community, capacity=9, starts=weekly(6))
    seat(large, *people(community, 12))
    counts = []
    for page in (address(small), address(large)):
        client.get(page)
        with count_queries() as statements:
            client.get(page)
        counts.append(len(statements))
    assert counts == [3, 3]


def test_words_that_look_like_markup_stay_words(community: Community, client: FlaskClient) -> None:
    experience = an_experience(community, title="<b>Bold</b> & <!--seat-->", summary="<script>alert(1)</script>")
    page = client.get(address(experience)).text
    assert "<script>alert" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; &lt;!--seat--&gt;" in page


def test_times_are_those_of_the_community(client: FlaskClient, app: Flask) -> None:
    west = a_community("west", time_zone="America/Los_Angeles")
    assert "Tue, Nov\u00a03, 2026, 5:30–11:30\u00a0AM\u00a0PT" in client.get(address(an_experience(west), "west")).text


def address(experience: Experience, community: str = "example") -> str:
    return f"/{community}/agenda/{experience.slug}"
