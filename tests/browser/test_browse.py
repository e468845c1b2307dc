"""Finding one's way on the agenda in a real browser: filters, words, the month, who leads, one's own calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.agenda.operations import create_experience, publish_experience
from portal.communities.queries import find_community
from portal.core import clock
from tests.browser.live import Live
from tests.browser.pages import axe, sideways

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]

FIRST = "teacher-general.danvers@example.org"

both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


@both
def test_filters_narrow_the_list_and_stand_in_the_address(
    open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/eclc/agenda")
    page.get_by_label("Search", exact=True).fill("gathring")
    page.get_by_label("Has a seat for me").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"q=gathring.*seats=1"))
    expect(page.get_by_role("article")).not_to_have_count(0)
    found = [one.inner_text() for one in page.get_by_role("article").get_by_role("heading").all()]
    assert all("Gathering" in title for title in found)
    address = page.url
    page.goto("/eclc/agenda")
    page.goto(address)
    expect(page.get_by_label("Search", exact=True)).to_have_value("gathring")
    expect(page.get_by_label("Has a seat for me")).to_be_checked()
    look(page, script)


def test_a_choice_is_followed_at_once_and_the_way_back_is_open(page_js: Page) -> None:
    page_js.goto("/eclc/agenda")
    page_js.get_by_label("Kind", exact=True).select_option("series")
    expect(page_js).to_have_url(re.compile("kind=series"))
    rows = page_js.get_by_role("article")
    expect(rows.first).to_contain_text("Series")
    some = rows.count()
    page_js.get_by_label("How", exact=True).select_option("online")
    expect(page_js).to_have_url(re.compile("mode=online"))
    page_js.go_back()
    expect(page_js).to_have_url(re.compile(r"kind=series(?!.*mode=online)"))
    expect(rows).to_have_count(some)


@both
def test_the_month_is_read_and_walked_by_keyboard(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    live.inside(a_gathering, "monthly", days=40)
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/eclc/agenda")
    page.get_by_role("link", name="Month", exact=True).focus()
    page.keyboard.press("Enter")
    month = page.get_by_role("heading", level=2).first
    name = month.inner_text()
    for _ in range(3):
        if page.get_by_role("link", name="The monthly day").count():
            break
        page.get_by_role("navigation", name="Months").get_by_role("link").last.focus()
        page.keyboard.press("Enter")
        expect(month).not_to_have_text(name)
        name = month.inner_text()
    expect(page.get_by_role("table", name=name).get_by_role("columnheader")).to_have_count(7)
    look(page, script)
    page.get_by_role("link", name="The monthly day").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The monthly day")


def test_on_a_phone_the_month_is_a_list_of_days(live: Live, page_phone: Page) -> None:
    live.inside(a_gathering, "soon", days=2)
    page_phone.goto("/eclc/agenda?view=month")
    link = page_phone.get_by_role("link", name="The soon day")
    if not link.count():  # two days from now may be in the next month
        page_phone.get_by_role("navigation", name="Months").get_by_role("link").last.click()
    expect(link).to_be_visible()
    box = link.bounding_box()
    assert box is not None
    assert box["width"] > 80
    assert page_phone.locator("td.bare:visible").count() == 0
    look(page_phone, script=True)


def test_who_leads_is_found_from_the_agenda(page_js: Page) -> None:
    page_js.goto("/eclc/agenda")
    page_js.get_by_role("link", name="Who leads it").click()
    page_js.get_by_role("main").get_by_role("listitem").first.get_by_role("link").click()
    expect(page_js.get_by_role("article")).not_to_have_count(0)
    look(page_js, script=True)


@both
def test_a_calendar_of_ones_own_is_made_and_made_anew(open_page: OpenPage, sign_in_as: SignInAs, script: bool) -> None:
    page = sign_in_as(open_page(script=script), FIRST)
    page.goto("/my/calendar")
    look(page, script)
    page.get_by_role("button", name="Make my address").click()
    address = page.get_by_label("The address of your calendar")
    expect(address).to_have_value(re.compile(r"/calendar/[\w-]{40,}\.ics$"))
    first = address.input_value()
    expect(page.locator("#said")).to_have_text("Your calendar has an address now.")
    page.get_by_role("button", name="Make a new address").click()
    expect(address).not_to_have_value(first)
    look(page, script)


def a_gathering(slug: str, *, days: int) -> None:
    """A published gathering, so many days from now."""
    community = find_community("eclc")
    assert community is not None
    given = {"slug": slug, "title": f"The {slug} day", "kind": "gathering", "mode": "in_person", "capacity": 9}
    starts = clock.now() + timedelta(days=days)
    session = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    publish_experience(create_experience(community, None, given, [session]))


def look(page: Page, script: bool) -> None:
    """Nothing for axe to find (it needs scripts), no sideways scroll."""
    if script:
        assert axe(page) == []
        assert sideways(page) == 0
