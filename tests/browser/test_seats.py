"""Seats in a real browser, with scripts and without: asked for, answered, offered, changed, given up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.core.db import db
from portal.enrollments.queries import find_enrollment
from portal.enrollments.question_queries import answers_of
from tests.browser import seats
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.seats import FIRST, SECOND, THIRD
from tests.postbox import Mail

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
FOOD: dict[str, Any] = {"kind": "dietary", "label": "Food", "options": ["Vegan", "Halal"], "is_required": True}
NEEDS: dict[str, Any] = {"kind": "access", "label": "What do you need to take part?", "help": "A lift, a quiet room."}

both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


@both
def test_two_clicks_lead_from_the_agenda_to_a_seat(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    live.inside(seats.a_gathering, "quick", days=2)
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/eclc/agenda")
    page.get_by_role("link", name="The quick day").click()
    page.get_by_role("button", name="Take a seat").click()
    expect(aside(page).get_by_role("heading")).to_have_text("You have a seat")
    expect(page.locator("#said")).to_have_text("You have a seat.")
    look(page, script)
    [mail] = [mail for mail in deliver() if mail.to == FIRST]
    assert (mail.subject, [name for name, _, _ in mail.files]) == ("You have a seat: The quick day", ["quick.ics"])
    with page.expect_download() as download:
        aside(page).get_by_role("link", name="File (.ics)").click()
    assert download.value.suggested_filename == "quick.ics"


@both
def test_questions_are_asked_on_the_page_and_what_was_typed_is_never_lost(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    page = sign_in_as(open_page(script=script), FIRST)
    path = live.inside(seats.a_gathering, "asking")
    live.inside(seats.ask, "asking", FOOD, NEEDS)
    page.goto(path)
    page.get_by_label("What do you need to take part?").fill("My number is 219-09-9999")
    page.get_by_role("button", name="Take a seat").click()
    expect(page.get_by_text("Answer “Food”. It is needed to plan your seat.")).to_be_visible()
    expect(page.get_by_text("This looks like a Social Security number.")).to_be_visible()
    expect(page.get_by_label("What do you need to take part?")).to_have_value("My number is 219-09-9999")
    look(page, script)
    page.get_by_label("Food").select_option("Halal")
    page.get_by_label("What do you need to take part?").fill("A lift")
    page.get_by_role("button", name="Take a seat").click()
    expect(aside(page).get_by_role("heading")).to_have_text("You have a seat")
    assert sorted(live.inside(answered, "asking", FIRST)) == ["A lift", "Halal"]
    page.get_by_text("Your answers").click()
    expect(page.get_by_label("Food")).to_have_value("Halal")
    look(page, script)
    page.get_by_label("Food").select_option("Vegan")
    page.get_by_role("button", name="Save my answers").click()
    expect(page.locator("#said")).to_have_text("Your answers are saved.")
    assert sorted(live.inside(answered, "asking", FIRST)) == ["A lift", "Vegan"]


@both
def test_an_online_seat_is_kept_until_one_in_the_room_is_free(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    path = live.inside(seats.a_gathering, "blended", mode="blended", session_mode="blended")
    live.inside(seats.seat_people, "blended", [SECOND], mode="in_person")
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto(path)
    expect(page.get_by_label("Online", exact=False).first).to_be_checked()
    expect(page.get_by_text("You join the line")).to_be_visible()
    page.get_by_role("button", name="Take a seat").click()
    page.get_by_role("button", name="Wait for a seat in the room").click()
    expect(page.get_by_text("You are 1st in line for a seat in the room.")).to_be_visible()
    expect(aside(page).get_by_role("heading", level=2)).to_have_text("You have an online seat")
    look(page, script)
    deliver()
    live.inside(seats.give_up, "blended", SECOND)
    [mail] = [mail for mail in deliver() if mail.to == FIRST]
    assert mail.subject == "Your seat has changed: The blended day"
    page.reload()
    expect(page.get_by_text("In person. See you there")).to_be_visible()
    expect(page.get_by_text("0 of 1 seats taken, online")).to_be_visible()
    page.get_by_role("button", name="Come online instead").click()
    expect(page.get_by_text("Online. See you there")).to_be_visible()
    page.get_by_role("link", name="Give up my seat").click()
    page.get_by_role("button", name="Give up my seat").click()
    expect(page.locator("#said")).to_have_text("Your seat is given up.")


@both
def test_a_seat_that_is_kept_is_taken_from_ones_own_page(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    live.inside(a_seat_kept_for_first, "kept")
    assert any(mail.to == FIRST and "A seat is kept for you until" in mail.subject for mail in deliver())
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/my")
    look(page, script)
    page.get_by_role("link", name="Take or leave the seat in The kept day").click()
    expect(aside(page).get_by_role("heading")).to_have_text("A seat is kept for you")
    expect(aside(page).get_by_text("Answer by")).to_be_visible()
    look(page, script)
    page.get_by_role("button", name="Take this seat").click()
    expect(aside(page).get_by_role("heading")).to_have_text("You have a seat")


@both
def test_a_seat_that_is_not_wanted_goes_to_the_next_in_line(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    live.inside(a_seat_kept_for_first, "left")
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/eclc/agenda/left")
    page.get_by_role("link", name="I cannot take it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Let this seat go?")
    look(page, script)
    page.get_by_role("button", name="Let it go").click()
    expect(page.locator("#said")).to_contain_text("you are not in line any more")
    assert live.inside(state_of, "left", FIRST) == "given_up"


@both
def test_a_press_after_somebody_was_faster_is_answered_by_a_place_in_line(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    path = live.inside(seats.a_gathering, "last")
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto(path)
    live.inside(seats.seat_people, "last", [SECOND])
    page.get_by_role("button", name="Take a seat").click()
    expect(aside(page).get_by_role("heading", level=2)).to_have_text("You are 1st in line")
    expect(aside(page).get_by_text("goes to the next in line at once")).to_be_visible()
    look(page, script)
    page.get_by_role("link", name="Leave the line").click()
    page.get_by_role("button", name="Leave the line").click()
    expect(page.locator("#said")).to_have_text("You left the line.")
    assert live.inside(state_of, "last", FIRST) == "given_up"


@both
def test_a_refusal_says_why_and_takes_nothing(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    path = live.inside(seats.a_gathering, "shut")
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto(path)
    live.inside(cancel, "shut")
    page.get_by_role("button", name="Take a seat").click()
    expect(page.locator("#refusal")).to_contain_text("This was cancelled. The agenda shows what else is coming up.")
    assert live.inside(state_of, "shut", FIRST) is None


def test_the_keyboard_alone_takes_a_seat_and_stays_where_it_was(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs
) -> None:
    path = live.inside(seats.a_gathering, "keys", mode="blended", session_mode="blended")
    page = sign_in_as(open_page(), FIRST)
    page.goto(path)
    page.get_by_label("In person").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Online", exact=False).first).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take a seat")).to_be_focused()
    page.keyboard.press("Enter")
    expect(aside(page).get_by_role("heading", level=2)).to_have_text("You have a seat")
    expect(aside(page).get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Tab")
    expect(aside(page).get_by_role("link", name="File (.ics)")).to_be_focused()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_state_is_readable(live: Live, open_page: OpenPage, sign_in_as: SignInAs, width: int, dark: bool) -> None:
    path = live.inside(seats.a_space_of_every_state, "states")
    page = sign_in_as(open_page(width=width, dark=dark), FIRST)
    page.goto(path)
    titles = ["You have a seat", "You are 1st in line", "A seat is kept for you", "All seats are taken", "Take a seat"]
    expect(aside(page).get_by_role("heading", level=2)).to_have_text(titles)
    look(page, script=True)
    page.goto("/my")
    look(page, script=True)


def test_pressing_twice_takes_one_seat(live: Live, open_page: OpenPage, sign_in_as: SignInAs) -> None:
    path = live.inside(seats.a_gathering, "twice", capacity=5)
    page = sign_in_as(open_page(), FIRST)
    page.goto(path)
    page.get_by_role("button", name="Take a seat").dblclick()
    expect(aside(page).get_by_role("heading")).to_have_text("You have a seat")
    expect(page.get_by_text(re.compile("1 of 5 seats taken"))).to_be_visible()


def aside(page: Page) -> Any:
    """The reader's seat on the page."""
    return page.locator("#seat")


def look(page: Page, script: bool) -> None:
    """What every page must be: accessible (axe needs scripts) and not wider than the window."""
    if script:
        assert axe(page) == []
        assert sideways(page) == 0


def a_seat_kept_for_first(slug: str) -> None:
    seats.a_gathering(slug, days=5, offer_within_hours=24 * 30, offer_hold_hours=48)
    seats.seat_people(slug, [SECOND, FIRST, THIRD])
    seats.give_up(slug, SECOND)


def answered(slug: str, email: str) -> list[str]:
    return list(answers_of(seats.gathering(slug).id, seats.person(email).id)[None].values())


def state_of(slug: str, email: str) -> str | None:
    mine = find_enrollment(seats.gathering(slug).id, None, seats.person(email).id)
    return mine.state if mine else None


def cancel(slug: str) -> None:
    seats.gathering(slug).cancelled_at = seats.last_evening()
    db.session.commit()
