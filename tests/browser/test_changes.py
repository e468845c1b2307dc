"""A date moves, and one district is closed, in a real browser: staff see whom it concerns, people answer by a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from portal.enrollments.queries import find_enrollment
from tests.browser import seats
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.seats import FIRST, SECOND
from tests.postbox import Mail

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
STAFF = "coordinator.hub@example.org"

both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


@both
def test_staff_move_a_date_and_whoever_cannot_come_says_so_by_the_link(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    live.inside(seats.a_gathering, "snowy")
    live.inside(seats.seat_people, "snowy", [FIRST, SECOND])
    deliver()
    page = sign_in_as(open_page(script=script), STAFF)
    page.goto(live.inside(changes_of, "snowy"))
    expect(page.get_by_role("heading", name="Whom it concerns")).to_be_visible()
    look(page, script)
    page.get_by_role("link", name="Move it").click()
    day = live.inside(later, "snowy")
    page.get_by_label("Starts").fill(f"{day}T10:00")
    page.get_by_label("Ends").fill(f"{day}T12:00")
    page.get_by_role("button", name="Show whom it concerns").click()
    page.get_by_label("Ask everybody").check()
    page.get_by_label("Why?").fill("Snow is coming.")
    page.get_by_role("button", name="Move the session").click()
    expect(page.get_by_text("Check the box once you have seen whom it concerns.").first).to_be_visible()
    expect(page.get_by_label("Why?")).to_have_value("Snow is coming.")
    look(page, script)
    page.get_by_label("I have seen whom this concerns").check()
    page.get_by_role("button", name="Move the session").click()
    expect(page.locator("#said")).to_contain_text("1\u00a0person is asked whether they can come.")
    look(page, script)

    mails = {mail.to: mail for mail in deliver() if mail.subject == "New date: The snowy day"}
    assert set(mails) == {FIRST, SECOND}
    [link] = [path for path in mails[FIRST].paths if "/dates/" in path]
    visitor = open_page(width=360, script=script)
    visitor.goto(link)
    look(visitor, script)
    visitor.get_by_role("button", name="No, I cannot come").click()
    expect(visitor.get_by_text("You said that you cannot come")).to_be_visible()
    assert live.inside(state_of, "snowy", SECOND) == "seated"
    visitor.get_by_role("link", name="The snowy day").click()
    expect(visitor.get_by_text(re.compile("Moved from"))).to_be_visible()


@both
def test_staff_note_that_a_district_is_closed(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    live.inside(seats.a_gathering, "stormy")
    live.inside(seats.seat_people, "stormy", [FIRST])
    deliver()
    page = sign_in_as(open_page(script=script, width=360), STAFF)
    page.goto("/eclc/staff/closings")
    page.get_by_label("District", exact=True).select_option("Danvers")
    page.get_by_label("Day", exact=True).fill(live.inside(day_of, "stormy"))
    page.get_by_role("button", name="Show whom it concerns").click()
    expect(page.get_by_role("rowheader", name="The stormy day")).to_be_visible()
    look(page, script)
    page.get_by_role("button", name="Note it and tell them").click()
    expect(page.locator("#said")).to_contain_text("Danvers: it is closed.")
    assert FIRST in {mail.to for mail in deliver() if mail.subject.endswith("The stormy day")}
    mine = sign_in_as(open_page(script=script, width=360), FIRST)
    mine.goto("/eclc/agenda/stormy")
    expect(mine.get_by_text("Optional for you:")).to_be_visible()
    look(mine, script)


def look(page: Page, script: bool) -> None:
    """Nobody is kept out, and nothing has to be pushed sideways."""
    if script:
        assert axe(page) == []
    assert sideways(page) == 0


def changes_of(slug: str) -> str:
    return f"/eclc/staff/agenda/{slug}/sessions/{seats.gathering(slug).sessions[0].id}/changes"


def later(slug: str) -> str:
    """A day ten weeks after it, as a form takes it."""
    return f"{seats.gathering(slug).sessions[0].starts_at + timedelta(weeks=10):%Y-%m-%d}"


def day_of(slug: str) -> str:
    return seats.gathering(slug).sessions[0].starts_at.astimezone(ZoneInfo("America/New_York")).date().isoformat()


def state_of(slug: str, email: str) -> str:
    mine = find_enrollment(seats.gathering(slug).id, None, seats.person(email).id)
    return mine.state if mine is not None else ""
