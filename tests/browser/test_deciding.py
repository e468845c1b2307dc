"""From the board to the last mail in a real browser: choose, prepare, rehearse, send; with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.cohorts.releasing import carry_out_releases
from tests.browser.live import Live
from tests.browser.pages import axe, go, sideways
from tests.postbox import Mail

COORDINATOR = "coordinator.hub@example.org"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


def choose(page: Page, names: list[str], button: str) -> None:
    """Check the boxes of these districts and press a button of the bar."""
    for name in names:
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    page.get_by_role("button", name=button, exact=True).click()


def to_districts(mails: list[Mail]) -> list[str]:
    """Whom the mails went to, without those to the community's own people."""
    return [mail.to for mail in mails if ".hub@" not in mail.to]


def undecided(page: Page) -> list[str]:
    boxes = page.get_by_role("checkbox").all()
    return [(box.get_attribute("aria-label") or "").removeprefix("Choose ") for box in boxes]


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_staff_decide_rehearse_and_send_and_every_district_hears_once(
    open_page: Open, sign_in_as: SignIn, live: Live, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    deliver()  # what the demo owes
    page = sign_in_as(open_page(script=script), COORDINATOR)
    page.goto("/eclc/staff/board")
    names = undecided(page)
    choose(page, names[:2], "Offer a place")
    expect(page.locator("#said")).to_contain_text("2\u00a0decisions prepared. Nothing is sent yet.")
    if script:
        expect(page.locator("#board-news")).to_contain_text("2\u00a0decisions prepared.")
        expect(page.locator("#board-news")).to_be_in_viewport()
    choose(page, names[2:4], "Waitlist")
    expect(page.locator("#said")).to_contain_text("2\u00a0decisions prepared.")
    up = page.get_by_role("button", name=re.compile("up in line$")).first  # who is first has no such button
    second = (up.get_attribute("aria-label") or "").removeprefix("Move ").removesuffix(" up in line")
    up.click()
    expect(page.locator("#said")).to_contain_text(f"{second} moved up in line.")
    choose(page, names[4:], "Not this time")
    expect(page.locator("#board-places")).to_contain_text("2 of 2 places")
    assert to_districts(deliver()) == []
    page.get_by_role("link", name="Rehearse the release").click()
    expect(page.get_by_role("heading", name="Every mail as it would leave")).to_be_visible()
    assert page.locator("article").count() == len(names)
    page.get_by_role("button", name=re.compile("^Send")).click()
    expect(page.get_by_text("Starts within a minute")).to_be_visible()
    assert live.inside(carry_out_releases) == len(names)
    assert len(to_districts(deliver())) == len(names)
    page.get_by_role("link", name="Look again").click() if not script else None
    expect(page.get_by_text(f"{len(names)} of {len(names)}\u00a0mails sent")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (768, True)])
def test_the_pages_of_deciding_are_sound_in_every_light_and_width(
    open_page: Open, sign_in_as: SignIn, width: int, dark: bool
) -> None:
    page = sign_in_as(open_page(width=width, dark=dark, script=True), COORDINATOR)
    page.goto("/eclc/staff/board")
    choose(page, undecided(page)[:2], "Waitlist")
    expect(page.locator("#said")).to_contain_text("prepared")
    assert (axe(page), sideways(page)) == ([], 0)
    go(page.get_by_role("link", name="Rehearse the release"))
    assert (axe(page), sideways(page)) == ([], 0)
    rehearsal = page.url
    go(page.get_by_role("link", name="Change this mail").first)
    assert (axe(page), sideways(page)) == ([], 0)
    page.goto(rehearsal)
    page.locator("article h3 a").first.click()
    page.get_by_role("link", name="Feedback for the district").click()
    page.get_by_label("What the district reads").first.fill("Say how many days the team is free.")
    page.get_by_role("button", name="Save and approve for the district").click()
    expect(page.locator("#said")).to_contain_text("Approved for the district.")
    assert (axe(page), sideways(page)) == ([], 0)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus, as somebody does who has no mouse."""
    for _ in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_the_board_is_worked_by_keyboard_alone(open_page: Open, sign_in_as: SignIn) -> None:
    page = sign_in_as(open_page(), COORDINATOR)
    page.goto("/eclc/staff/board")
    tab_to(page, page.get_by_role("checkbox").first)
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # decides nothing: what is meant has to be said by a button
    expect(page.locator("#board")).to_contain_text("Press the button that says what you mean")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    tab_to(page, page.get_by_role("button", name="Not this time", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("1\u00a0decision prepared.")
    assert page.evaluate("document.activeElement.id") == "board-decline"


def test_the_second_of_two_who_decide_is_told(open_page: Open, sign_in_as: SignIn) -> None:
    one = sign_in_as(open_page(), COORDINATOR)
    other = sign_in_as(open_page(), "director.hub@example.org")
    for page in (one, other):
        page.goto("/eclc/staff/board")
    name = undecided(one)[0]
    choose(one, [name], "Offer a place")
    expect(one.locator("#said")).to_contain_text("1\u00a0decision prepared.")
    choose(other, [name], "Not this time")
    expect(other.locator("body")).to_contain_text(f"{name}: Already decided by")
