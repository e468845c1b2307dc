"""Many at once: never oversold, in any interleaving, and only because of the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.core.db import Row, db
from portal.enrollments import operations, running_out
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat, take_seat
from portal.enrollments.queries import count_waiting, find_enrollment
from tests.enrollments.builders import a_community, an_experience, miscounted, owed, people, seat, states, taken

Rush = Callable[..., list[Any]]


pytestmark = pytest.mark.usefixtures("in_october")


def test_of_fifty_people_who_ask_twice_three_get_the_three_seats(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community), people(community, 50)
    answers = two_at_once(asking(experience, everyone), 100)
    assert {type(answer) for answer in answers} == {str}
    assert [answers[n] == answers[n + 50] for n in range(50)] == [True] * 50
    assert (taken(experience), states(experience)) == ([3], ["seated"] * 3 + ["waiting"] * 47)
    assert (miscounted(), len(owed())) == ([], 50)


def test_with_people_giving_up_meanwhile_the_seats_are_full_and_the_line_keeps_its_order(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community), people(community, 50)
    seat(experience, *everyone[:10])
    answers = two_at_once(mixed(experience, everyone), 100)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    in_order = [state for state in states(experience) if state != "given_up"]
    assert (in_order, taken(experience)) == (["seated"] * 3 + ["waiting"] * 42, [3])
    assert miscounted() == []


def test_without_the_lock_the_same_rush_oversells(two_at_once: Rush, monkeypatch: pytest.MonkeyPatch) -> None:
    community = a_community()
    experience, everyone = an_experience(community), people(community, 8)
    everyone_looked = threading.Barrier(8)
    monkeypatch.setattr(running_out, "lock", read_only)
    monkeypatch.setattr(operations, "transaction", unguarded)
    monkeypatch.setattr(operations, "count_waiting", lambda *line: look_first(everyone_looked, *line))
    two_at_once(asking(experience, everyone), 8)
    db.session.rollback()
    assert taken(experience) == [8]


def test_a_seat_freed_twice_at_once_seats_one_person_with_one_mail(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=1), people(community, 4)
    held, holder = seat(experience, *everyone)[0].id, everyone[0].id
    assert two_at_once(lambda number: give_up(held, holder), 4) == ["given up"] * 4
    assert (states(experience), taken(experience)) == (["given_up", "seated", "waiting", "waiting"], [1])
    assert [mail for mail, _ in owed()].count("seat_freed") == 1
    assert miscounted() == []


def test_the_last_seat_freed_while_the_next_two_leave_or_stay_goes_to_one_of_them(two_at_once: Rush) -> None:
    community = a_community()
    experience, everyone = an_experience(community, capacity=1), people(community, 3)
    mine = [(one.id, one.account_id) for one in seat(experience, *everyone)]
    assert two_at_once(lambda number: give_up(*mine[number]), 2) == ["given up"] * 2
    assert (states(experience), taken(experience)) == (["given_up", "given_up", "seated"], [1])
    assert [address for mail, address in owed() if mail == "seat_freed"][-1] == everyone[2].email
    assert miscounted() == []


def asking(experience: Experience, everyone: list[Account]) -> Callable[[int], str]:
    """work(n): person n (of as many as there are) asks for a seat, and says whose enrollment came of it."""
    number, ids = experience.id, [one.id for one in everyone]

    def work(n: int) -> str:
        person = db.session.get_one(Account, ids[n % len(ids)])
        mine = take_seat(db.session.get_one(Experience, number), person, by=person)
        return f"enrollment {mine.id}"

    return work


def mixed(experience: Experience, everyone: list[Account]) -> Callable[[int], str]:
    """The same, but each of the first five gives up what they have, at once and twice."""
    ask, number, ids = asking(experience, everyone), experience.id, [one.id for one in everyone]

    def work(n: int) -> str:
        if n % 50 >= 5:
            return ask(n)
        mine = find_enrollment(number, None, ids[n % 50])
        assert mine is not None
        return give_up(mine.id, ids[n % 50])

    return work


def give_up(enrollment_id: int, account_id: int) -> str:
    person = db.session.get_one(Account, account_id)
    give_up_seat(db.session.get_one(Enrollment, enrollment_id), by=person)
    return "given up"


def read_only(row: Row) -> Row:
    """What stands in for the lock: the row is read, and nobody is kept out."""
    db.session.refresh(row)
    return row


@contextmanager
def unguarded() -> Iterator[None]:
    """A transaction as one writes it without thinking of others."""
    session = db.session()
    session.rollback()
    session.info.update(changing=True, afterwards=[], before=[])
    yield
    session.commit()
    session.info["changing"] = False


def look_first(everyone_looked: threading.Barrier, *line: Any) -> int:
    """Count, and write only after that: what the lock forbids. Everybody counts before anybody writes."""
    counted = count_waiting(*line)
    db.session.rollback()
    everyone_looked.wait(timeout=30)
    db.session.connection(execution_options={"immediate": True})
    return counted
