"""Joining an online session in a real browser: the press leads on by itself, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.core import clock
from portal.core.db import transaction
from portal.enrollments.operations import take_seat
from tests.browser import seats
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.seats import FIRST

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
ROOM = "/eclc/members?room=4711"  # a page of our own stands in for the other side: no test asks a foreign address


def an_online_hour(link: str, minutes: int) -> str:
    """An online hour that starts in so many minutes, in which FIRST has a seat; its address."""
    path = seats.a_gathering("online-hour", mode="online", place="")
    experience = seats.gathering("online-hour")
    [session] = experience.sessions
    person = seats.person(FIRST)
    take_seat(experience, person, by=person)
    with transaction():
        session.starts_at = clock.now() + timedelta(minutes=minutes)
        session.ends_at, session.join_url = session.starts_at + timedelta(hours=1), link
    return path


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_one_press_on_the_page_leads_into_the_session(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    path = live.inside(an_online_hour, live.url + ROOM, 10)
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto(path)
    assert "room=4711" not in page.content()
    assert (axe(page) if script else [], sideways(page) if script else 0) == ([], 0)
    page.get_by_role("button", name="Join online").click()
    page.wait_for_url(f"**{ROOM}")


def test_the_button_on_ones_own_page_leads_there_too(live: Live, open_page: OpenPage, sign_in_as: SignInAs) -> None:
    live.inside(an_online_hour, live.url + ROOM, 10)
    page = sign_in_as(open_page(), FIRST)
    page.goto("/my")
    page.get_by_role("button", name="Join online").first.click()
    page.wait_for_url(f"**{ROOM}")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_where_the_browser_stays_the_answer_has_the_link(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, width: int, dark: bool
) -> None:
    path = live.inside(an_online_hour, live.url + ROOM, 10)
    page = sign_in_as(open_page(width=width, dark=dark), FIRST)
    page.route(f"**{ROOM}", lambda route: route.fulfill(status=204))  # nothing to show: the browser stays
    page.goto(path)
    page.get_by_role("button", name="Join online").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are on your way in")
    link = page.get_by_role("link", name="Open the session")
    expect(link).to_have_attribute("href", live.url + ROOM)
    expect(link).to_have_attribute("rel", "noreferrer")
    assert (axe(page), sideways(page)) == ([], 0)


def test_before_the_time_the_page_says_when(live: Live, open_page: OpenPage, sign_in_as: SignInAs) -> None:
    path = live.inside(an_online_hour, live.url + ROOM, 180)
    page = sign_in_as(open_page(width=360), FIRST)
    page.goto(path)
    expect(page.get_by_text("the button to join comes here")).to_be_visible()
    expect(page.get_by_role("button", name="Join online")).to_have_count(0)
    assert (axe(page), sideways(page)) == ([], 0)
