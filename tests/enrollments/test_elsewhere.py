"""What people have in another community is theirs: the staff of this one learn that there is something, never what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask

from portal.districts.operations import affiliate
from portal.enrollments.change_queries import answers_to
from portal.enrollments.changing import move_session
from tests.enrollments.builders import FALL, LONG_AGO, a_community, a_district, an_experience, people, seat

SNOW_DATE = FALL + timedelta(weeks=1)


def test_what_somebody_has_in_another_community_is_not_named_to_this_ones_staff(
    app: Flask, at: Callable[[str], datetime]
) -> None:
    at("2026-10-01 09:00")
    community, elsewhere = a_community(), a_community("other")
    experience, [person] = an_experience(community), people(community, 1)
    affiliate(person, elsewhere.id, a_district(elsewhere), "teacher", LONG_AGO, None)
    seat(experience, person)
    seat(an_experience(elsewhere, title="Board only", is_private=True, starts=[SNOW_DATE]), person)
    ends = SNOW_DATE + timedelta(hours=6)
    change = move_session(experience.sessions[0], SNOW_DATE, ends, reason="Snow is coming.", by=person)
    assert [row.why for row in answers_to(change.id)] == ["You have another seat at that time."]
