"""Any order of asking and giving up, held against a model that is nothing but a list of names."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.queries import find_enrollment, place_in_line
from tests.enrollments.builders import a_community, an_experience, miscounted, people, taken, weekly

PEOPLE = 5
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, PEOPLE - 1)), max_size=25)


@pytest.mark.parametrize("sessions", [1, 2])
def test_seats_and_line_are_always_those_of_the_model(app: Flask, at: Any, sessions: int) -> None:
    at("2026-10-01 09:00")
    community = a_community()
    everyone = people(community, PEOPLE)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS, capacity=st.integers(0, 3))
    def walk(steps: list[tuple[bool, int]], capacity: int) -> None:
        experience, order = an_experience(community, capacity=capacity, starts=weekly(sessions)), list[int]()
        for is_asking, who in steps:
            person = everyone[who]
            if is_asking:
                take_seat(experience, person, by=person)
                order += [who] if who not in order else []
            elif (mine := find_enrollment(experience.id, None, person.id)) is not None:
                give_up_seat(mine, by=person)
                order = [one for one in order if one != who]
            assert held(experience, everyone) == {"seated": order[:capacity], "waiting": order[capacity:]}
        assert taken(experience) == [min(capacity, len(order))] * sessions
        assert miscounted() == []

    walk()


def held(experience: Any, everyone: list[Any]) -> dict[str, list[int]]:
    """Who has a seat and who waits, by number: each in the order of asking."""
    found = [(find_enrollment(experience.id, None, person.id), who) for who, person in enumerate(everyone)]
    known = sorted((one.queue_number, one.state, who) for one, who in found if one is not None)
    for place, (mine, _) in enumerate(waiting(found), 1):
        assert place_in_line(mine.id) == place
    return {state: [who for _, have, who in known if have == state] for state in ("seated", "waiting")}


def waiting(found: list[Any]) -> list[Any]:
    line = [(one, who) for one, who in found if one is not None and one.state == "waiting"]
    return sorted(line, key=lambda pair: pair[0].queue_number)
