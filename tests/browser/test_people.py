"""Other people's seats in a real browser: a lead answers, enrolls, keeps, passes on; staff look, add, keep seats."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.agenda.models import Experience
from portal.core.db import db
from portal.enrollments.models import Enrollment, SeatHold
from tests.browser.live import Live
from tests.browser.pages import axe, sideways

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
LEAD, STAFF = "superintendent.beverly@example.org", "coordinator.hub@example.org"
WINTER = "winter-gathering-2027"


def numbers_of(live: Live) -> dict[str, int]:
    """The numbers of Beverly's request, one of its seats, what its lead keeps, and the district."""

    def read() -> dict[str, int]:
        hold = db.session.scalars(select(SeatHold).where(SeatHold.kind == "lead")).one()
        mine = select(Enrollment.id).where(Enrollment.district_id == hold.district_id)
        winter = mine.join(Experience, Experience.id == Enrollment.experience_id).where(Experience.slug == WINTER)
        return {
            "hold": hold.id,
            "district": hold.district_id or 0,
            "asked": db.session.scalars(mine.where(Enrollment.state == "pending")).one(),
            "seated": db.session.scalars(winter.where(Enrollment.state == "seated").order_by(Enrollment.id)).first()
            or 0,
        }

    found: dict[str, int] = live.inside(read)
    return found


@pytest.mark.parametrize("script", [True, False])
def test_a_lead_says_yes_enrolls_two_colleagues_and_passes_a_seat_on(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Any]], script: bool
) -> None:
    page = sign_in_as(open_page(script=script), LEAD)
    page.goto("/eclc/district")
    page.get_by_role("link", name="Seats: who comes to what").click()
    page.get_by_role("button", name="Say yes").click()
    expect(page.get_by_role("heading", name="Who asks you")).to_have_count(0)
    page.get_by_label("In what?").select_option(WINTER)
    page.get_by_role("button", name="Choose colleagues").click()
    boxes = page.get_by_role("group", name="Who comes?").locator("input:not([disabled])")
    names = page.get_by_role("group", name="Who comes?").locator("label:not(:has([disabled])) > span:first-of-type")
    first, second = names.nth(0).inner_text(), names.nth(1).inner_text()
    boxes.nth(0).check()
    page.get_by_label("Find a colleague").fill(second)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))
    expect(page.get_by_label(first)).to_be_checked()  # who is chosen stays so while another is looked for
    page.get_by_label(second).check()
    page.get_by_role("button", name="Enroll them").click()
    expect(page.get_by_role("status")).to_contain_text("Each is told by mail.")
    winter = page.locator("details", has_text="Winter Gathering")
    winter.locator("summary").click()
    expect(winter).to_contain_text(second)
    winter.get_by_role("link", name="Give to a colleague").filter(has_text=f"seat of {first}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Who comes instead of {first}?")
    page.locator("main select").select_option(index=1)
    page.get_by_role("button", name="Give them the seat").click()
    expect(page.get_by_role("status")).to_contain_text("has the seat now")
    assert sum("enrolled you" in mail.text for mail in deliver()) == 1  # the other's seat went on before the mail left


@pytest.mark.parametrize("script", [True, False])
def test_a_lead_keeps_two_seats_names_somebody_and_gives_the_rest_back(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    page = sign_in_as(open_page(script=script), LEAD)
    page.goto(f"/eclc/district/seats?district={numbers_of(live)['district']}")
    page.get_by_role("region", name="Seats you keep").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Seats you keep")
    page.locator("main select").select_option(index=1)
    page.get_by_role("button", name="Give the seat").click()
    expect(page.get_by_role("status")).to_contain_text("has a seat and is told by mail")
    page.get_by_label("Seats in all").fill("99")
    page.get_by_role("button", name="Change the number").click()
    expect(page.get_by_role("alert").first).to_contain_text("Give a whole number from 1 to 10.")
    page.get_by_role("link", name="Give back what is left").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Give back \d+.seats?\?"))
    page.get_by_role("button", name="Give back what is left").click()
    expect(page.get_by_role("status")).to_contain_text("given back")


@pytest.mark.parametrize("script", [True, False])
def test_staff_filter_the_people_add_one_and_see_it_said(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    page = sign_in_as(open_page(script=script), STAFF)
    page.goto(f"/eclc/staff/agenda/{WINTER}/people")
    page.get_by_label("District").select_option(label="Beverly")
    if not script:
        page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("district="))
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Their name").fill("Guest Speaker")
    page.get_by_label("Their work e-mail").fill("speaker@example.org")
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("alert").first).to_contain_text("Write a reason")
    page.get_by_label("Why?").fill("Opens the day")
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("status")).to_contain_text("Guest Speaker has a seat")
    page.get_by_label("Name or e-mail").fill("Guest")
    page.get_by_label("Name or e-mail").press("Enter")
    expect(page.get_by_role("cell", name=re.compile("Added by staff: Opens the day"))).to_be_visible()


@pytest.mark.parametrize("how", [{}, {"width": 360}, {"dark": True}, {"width": 360, "script": False}])
def test_every_page_is_sound_wide_narrow_dark_and_without_scripts(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, how: dict[str, Any]
) -> None:
    number, page = numbers_of(live), open_page(**how)
    look = partial(look_at, page, how.get("script", True))
    sign_in_as(page, LEAD)
    own, people = f"/eclc/district/{number['district']}", f"/eclc/staff/agenda/{WINTER}/people"
    one = f"{own}/enrollments/{number['seated']}"
    look(f"/eclc/district/seats?district={number['district']}", f"{own}/enrolling?experience={WINTER}")
    look(f"{own}/holds/{number['hold']}", f"{own}/enrollments/{number['asked']}/refusal")
    look(f"{one}/substitution", f"{one}/cancellation", f"{own}/holds/{number['hold']}/return")
    sign_in_as(page, STAFF)
    look(people, f"{people}?show=line", f"{people}?show=gone&q=nobody", f"{people}/answers")
    look(f"{people}/adding", f"{people}/shares", f"{people}/{number['seated']}/removal")
    look("/eclc/staff/agenda/popup-visit/people?show=asked")


def look_at(page: Page, script: bool, *paths: str) -> None:
    """Each page is there, accessible (without scripts axe never answers), and no wider than the window."""
    for path in paths:
        response = page.goto(path)
        assert response is not None
        faults = axe(page) if script else []
        assert (path, response.status, faults, sideways(page)) == (path, 200, [], 0)
