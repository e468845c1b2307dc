"""One form that goes out twice at one instant, over HTTP: two presses give what one gives, because of the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Experience
from portal.communities.models import Community
from portal.core.db import db
from portal.core.history import History
from portal.enrollments.operations import give_up_seat
from tests.enrollments.builders import (
    a_question,
    address,
    an_experience,
    counted,
    miscounted,
    owed,
    people,
    seat,
    states,
)
from tests.enrollments.overtaking import Overtaking

Rush = Callable[..., list[Any]]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Browser = tuple[FlaskClient, FlaskClient]
LOOKED = "portal.enrollments.operations.find_enrollment"


pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def reader(community: Community) -> Account:
    return people(community, 1)[0]


@pytest.fixture
def browser(app: Flask, sign_in: SignIn, reader: Account) -> Browser:
    """The reader's browser, which can wait for two answers at once: both carry the cookie of one sign-in."""
    first, second = sign_in(app.test_client(), reader), app.test_client()
    with first.session_transaction() as session:
        signed_in = dict(session)
    with second.session_transaction() as session:
        session.update(signed_in)
    return first, second


@pytest.mark.parametrize("asks", [False, True], ids=["without questions", "with a question"])
def test_a_form_that_goes_out_twice_is_one_enrollment_one_line_of_history_and_one_mail(
    community: Community, browser: Browser, two_at_once: Rush, asks: bool
) -> None:
    experience = an_experience(community)
    form = {f"q{a_question(experience, is_required=True).id}": "Vegan"} if asks else {}
    assert two_at_once(pressing(browser, experience, form)) == [f"303 {address(experience)}"] * 2
    assert (states(experience), counted(experience), miscounted()) == (["seated"], [(1, 0)], [])
    assert (steps(), mails()) == (["take seat"], ["seat_taken"])


@pytest.mark.parametrize("asks", [False, True], ids=["without questions", "with a question"])
def test_without_the_lock_the_second_press_meets_an_error(
    community: Community, browser: Browser, overtaking: Overtaking, asks: bool
) -> None:
    """The table lets nobody be enrolled twice in one thing: that wall holds, and one press is answered by an error."""
    experience = an_experience(community)
    form = {f"q{a_question(experience, is_required=True).id}": "Vegan"} if asks else {}
    press = pressing(browser, experience, form)
    answers = overtaking.unlocked(LOOKED, lambda: press(0), lambda: press(1))
    assert answers == ["500 ", f"303 {address(experience)}"]


def asked_anew(community: Community, reader: Account) -> Experience:
    """They had a seat and gave it up: their row is there already, so that no table stops a second press."""
    experience = an_experience(community)
    give_up_seat(seat(experience, reader)[0], by=reader)
    return experience


def test_whoever_asks_anew_by_two_presses_has_one_seat_and_one_mail(
    community: Community, reader: Account, browser: Browser, overtaking: Overtaking
) -> None:
    experience = asked_anew(community, reader)
    press = pressing(browser, experience)
    answers = overtaking.locked(LOOKED, lambda: press(0), lambda: press(1))
    assert answers == [f"303 {address(experience)}"] * 2
    assert (states(experience), counted(experience), miscounted()) == (["seated"], [(1, 0)], [])
    assert (steps()[2:], mails()[2:]) == (["take seat"], ["seat_taken"])


def test_without_the_lock_they_are_told_twice(
    community: Community, reader: Account, browser: Browser, overtaking: Overtaking
) -> None:
    press = pressing(browser, asked_anew(community, reader))
    overtaking.unlocked(LOOKED, lambda: press(0), lambda: press(1))
    assert (steps()[2:], mails()[2:]) == (["take seat"] * 2, ["seat_taken"] * 2)


def pressing(browser: Browser, experience: Experience, form: dict[str, str] | None = None) -> Callable[[int], str]:
    """press(0), press(1): the form goes out; says how the browser is answered."""
    page = address(experience)

    def press(n: int) -> str:
        answer = browser[n].post(f"{page}/seat", data=form)
        return f"{answer.status_code} {answer.headers.get('Location', '')}"

    return press


def steps() -> list[str]:
    """What happened to enrollments, in order."""
    mine = select(History.verb).where(History.subject_table == "enrollments")
    return list(db.session.scalars(mine.order_by(History.id)))


def mails() -> list[str]:
    return [template for template, _ in owed()]
