"""The faculty: what is said of them, their pictures, and who may take them off the list."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda import building, faculty
from portal.agenda.faculty_queries import faculty_with_counts, keys_of_pictures
from portal.agenda.models import Faculty
from portal.agenda.operations import add_faculty
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.inventory import take_inventory
from portal.core.storage import is_there
from tests.agenda.builders import a_draft, typed
from tests.core.test_pictures import a_picture
from tests.enrollments.builders import a_community

LIST = "/example/staff/faculty"
PUBLIC = "/example/faculty/artist/picture"
FILLED = {"title": "Teaching artist", "kind": "guest", "topics": "arts\nmovement", "bio": "Dances.", "time_zone": ""}


@pytest.fixture
def artist(community: Community) -> Faculty:
    """Somebody who leads."""
    return add_faculty(community, slug="artist", title="Teaching artist")


def hand_in(staff: FlaskClient, content: bytes, name: str = "me.png") -> Any:
    return staff.post(f"{LIST}/artist/picture", data={"picture": (BytesIO(content), name)})


def test_somebody_is_added_with_what_is_said_of_them(staff: FlaskClient, community: Community, by: Account) -> None:
    answer = staff.post(f"{LIST}/new", data={**FILLED, "email": by.email, "time_zone": "America/Los_Angeles"})
    person = db.session.scalars(select(Faculty)).one()
    assert (answer.status_code, answer.location) == (303, f"{LIST}/teaching-artist")
    assert (person.topics, person.bio, person.account_id) == (["arts", "movement"], "Dances.", by.id)
    assert person.time_zone == "America/Los_Angeles"
    assert by.email in staff.get(f"{LIST}/teaching-artist").text


def test_an_address_without_an_account_is_told_at_its_field(staff: FlaskClient, artist: Faculty) -> None:
    answer = staff.post(f"{LIST}/artist", data={**FILLED, "title": "Other", "email": "nobody@example.org"})
    assert (answer.status_code, "Nobody has an account with this address" in answer.text) == (422, True)
    assert (artist.title, artist.account_id) == ("Teaching artist", None)


def test_what_is_changed_shows_to_visitors_and_saving_the_same_does_nothing(by: Account, artist: Faculty) -> None:
    before = public_version("example")
    faculty.change_faculty(artist, {"bio": "Dances."}, by=by)
    faculty.change_faculty(artist, {"bio": "Dances."}, by=by)
    assert public_version("example") == before + 1
    assert [row.verb for row in history_of(artist)] == ["add", "change"]


def test_a_picture_is_kept_small_and_everyone_sees_it(staff: FlaskClient, client: FlaskClient, artist: Faculty) -> None:
    assert hand_in(staff, a_picture()).status_code == 303
    answer = client.get(f"{PUBLIC}?v={artist.picture_key[:10]}")
    assert (answer.status_code, answer.mimetype, answer.data[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get(PUBLIC).headers["Cache-Control"]
    assert f"v={artist.picture_key[:10]}" in staff.get(f"{LIST}/artist").text


def test_a_new_picture_takes_the_place_of_the_old_one_and_no_file_is_left(
    staff: FlaskClient, by: Account, artist: Faculty
) -> None:
    hand_in(staff, a_picture())
    first = artist.picture_key
    hand_in(staff, a_picture(size=(10, 10)))
    assert (is_there(first), is_there(artist.picture_key), list(keys_of_pictures())) == (
        False, True, [artist.picture_key],
    )  # fmt: skip
    faculty.remove_picture(artist, by=by)
    faculty.remove_picture(artist, by=by)
    assert (list(keys_of_pictures()), take_inventory().missing) == ([], [])
    assert [row.verb for row in history_of(artist)] == [
        "add",
        "set the picture",
        "set the picture",
        "remove the picture",
    ]


def test_what_is_no_picture_is_told_and_nothing_is_kept(staff: FlaskClient, artist: Faculty) -> None:
    answer = hand_in(staff, b"<svg onload=alert(1)>", "me.png")
    assert (answer.status_code, "not a PNG, JPEG or WebP picture" in answer.text) == (422, True)
    assert (artist.picture_key, hand_in(staff, b"", "").status_code) == ("", 422)


def test_a_picture_is_found_in_its_own_community_only(staff: FlaskClient, artist: Faculty) -> None:
    assert staff.get(PUBLIC).status_code == 404
    hand_in(staff, a_picture())
    a_community("other")
    assert staff.get("/other/faculty/artist/picture").status_code == 404


def test_whoever_leads_something_stays_on_the_list(community: Community, by: Account, artist: Faculty) -> None:
    made = a_draft(community, by, title="Dance")
    building.change_leaders(made, typed(faculty=[artist.id]), by=by)
    with pytest.raises(RuleBroken, match="leads “Dance”"):
        faculty.remove_faculty(artist, by=by)
    building.change_leaders(made, typed(faculty=[]), by=by)
    faculty.remove_faculty(artist, by=by)
    assert faculty_with_counts(community.id) == []


def test_the_list_takes_the_same_questions_for_one_and_many(
    staff: FlaskClient, community: Community, count_queries: Callable[[], Any], artist: Faculty
) -> None:
    staff.get(LIST)
    with count_queries() as one:
        staff.get(LIST)
    for number in range(3):
        add_faculty(community, slug=f"more-{number}", title=f"More {number}")
    with count_queries() as many:
        staff.get(LIST)
    assert len(many) == len(one)
