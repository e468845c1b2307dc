"""Making a year: agenda, faculty, experiences, pools of seats."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.agenda.models import Agenda, Experience, Faculty, Pool, Session
from portal.agenda.operations import add_faculty, create_agenda, create_experience, publish_experience
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from tests.agenda.builders import count
from tests.enrollments.builders import FALL, a_community, a_person

DAY = {"starts_at": FALL, "ends_at": FALL + timedelta(hours=6)}


def test_an_agenda_is_a_year_of_one_community(app: Flask) -> None:
    community, staff = a_community(), a_person()
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda 2026–27", by=staff)
    assert (agenda.community_id, agenda.title) == (community.id, "Learning agenda 2026–27")
    assert [(row.verb, row.by_account_id) for row in history_of(agenda)] == [("create", staff.id)]


def test_two_agendas_cannot_have_one_address(app: Flask) -> None:
    community = a_community()
    create_agenda(community, slug="2026-27", title="One")
    with pytest.raises(RuleBroken, match="already"):
        create_agenda(community, slug="2026-27", title="Two")
    assert count(Agenda) == 1
    create_agenda(a_community("other"), slug="2026-27", title="Theirs")


def test_faculty_are_known_by_what_they_do(app: Flask) -> None:
    community = a_community()
    person = add_faculty(community, slug="artist", title="Teaching artist", topics=["arts", "movement"])
    assert (person.title, person.kind, person.topics) == ("Teaching artist", "guest", ["arts", "movement"])
    with pytest.raises(RuleBroken, match="already"):
        add_faculty(community, slug="artist", title="Another one")
    assert count(Faculty) == 1


def test_an_experience_gets_a_pool_of_seats_for_each_session_and_mode(app: Flask) -> None:
    days = [DAY, {**DAY, "mode": "online"}, {**DAY, "mode": "blended"}]
    experience = draft(a_community(), sessions=days, capacity=40)
    assert [(pool.mode, pool.capacity, pool.taken) for session in experience.sessions for pool in session.pools] == [
        ("in_person", 40, 0), ("online", 40, 0), ("in_person", 40, 0), ("online", 40, 0),
    ]  # fmt: skip


def test_who_leads_it_and_which_year_it_belongs_to_are_kept(app: Flask) -> None:
    community = a_community()
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda")
    artist = add_faculty(community, slug="artist", title="Teaching artist")
    experience = create_experience(community, agenda, fields(), [DAY], [artist])
    assert (experience.agenda, experience.faculty) == (agenda, [artist])


def test_a_plain_date_of_sign_up_counts_whole_in_the_communitys_zone(app: Flask) -> None:
    experience = draft(a_community(), opens_at=date(2026, 6, 1), closes_at=date(2026, 10, 23))
    assert experience.opens_at == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert experience.closes_at == datetime(2026, 10, 24, 4, tzinfo=UTC)


def test_a_moment_of_sign_up_is_taken_as_it_is(app: Flask) -> None:
    experience = draft(a_community(), closes_at=FALL)
    assert experience.closes_at == FALL


@pytest.mark.parametrize(
    "change, sessions, sentence",
    [
        ({"kind": "party"}, [DAY], "no kind"),
        ({"capacity": -1}, [DAY], "fewer than none"),
        ({}, [], "at least one session"),
        ({}, [{**DAY, "mode": "telepathy"}], "in person, online, or both"),
        ({}, [{**DAY, "ends_at": FALL}], "ends after it starts"),
        ({}, [{**DAY, "ends_at": FALL + timedelta(days=15)}], "Keep one date to 14 days"),
        ({}, [{**DAY, "join_url": "javascript:alert(1)"}], "beginning with https"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    app: Flask, change: dict[str, Any], sessions: list[dict[str, Any]], sentence: str
) -> None:
    community = a_community()
    with pytest.raises(RuleBroken, match=sentence):
        draft(community, sessions=sessions, **change)
    assert (count(Experience), count(Session), count(Pool)) == (0, 0, 0)


def test_two_experiences_of_a_community_cannot_have_one_address(app: Flask) -> None:
    community = a_community()
    draft(community)
    with pytest.raises(RuleBroken, match="already"):
        draft(community)
    assert count(Experience) == 1
    draft(a_community("other"))


def test_publishing_shows_it_to_visitors_once(app: Flask) -> None:
    experience = draft(a_community())
    before = public_version("example")
    publish_experience(experience)
    first = experience.published_at
    publish_experience(experience)
    assert first is not None
    assert (experience.published_at, public_version("example")) == (first, before + 1)
    assert [row.verb for row in history_of(experience)] == ["create", "publish"]


def draft(community: Community, sessions: list[dict[str, Any]] | None = None, **change: Any) -> Experience:
    return create_experience(community, None, fields(**change), [DAY] if sessions is None else sessions)


def fields(**change: Any) -> dict[str, Any]:
    return {
        "slug": "fall",
        "kind": "gathering",
        "title": "Fall Gathering",
        "mode": "in_person",
        "capacity": 3,
        **change,
    }
