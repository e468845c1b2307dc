"""The pages on which a coordinator plans the agenda, in a real browser: at a desk, on a phone, at night."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.pages import axe, sideways

COORDINATOR = "coordinator.hub@example.org"
PLANS = "/eclc/staff/agenda"
GATHERING = f"{PLANS}/winter-gathering-2027"
PAGES = (
    PLANS, f"{PLANS}/new", GATHERING, f"{GATHERING}/what", f"{GATHERING}/sessions", f"{GATHERING}/sessions/new",
    f"{GATHERING}/sessions/weekly", f"{GATHERING}/seats", f"{GATHERING}/who", f"{GATHERING}/questions",
    f"{GATHERING}/questions/new", f"{GATHERING}/faculty", f"{GATHERING}/weather", f"{GATHERING}/reminders",
    f"{GATHERING}/invited", f"{GATHERING}/preview", f"{GATHERING}/publish", f"{GATHERING}/copy", f"{GATHERING}/size",
    f"{PLANS}/years", f"{PLANS}/years/eclc-agenda-2026-27/copy", "/eclc/staff/calendar", "/eclc/staff/faculty",
    "/eclc/staff/faculty/new", "/eclc/staff/faculty/gf-arts",
)  # fmt: skip
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


@pytest.mark.parametrize("look", ["desk", "phone", "night"])
def test_every_page_of_planning_can_be_used_by_everyone(open_page: Open, sign_in_as: SignIn, look: str) -> None:
    page = sign_in_as(open_page(width=360 if look == "phone" else 1280, dark=look == "night"), COORDINATOR)
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert (answer.status, axe(page), sideways(page)) == (200, [], 0), path


def test_words_that_are_not_saved_are_asked_about_on_the_way_elsewhere(open_page: Open, sign_in_as: SignIn) -> None:
    page = sign_in_as(open_page(), COORDINATOR)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(f"{GATHERING}/faculty")
    page.goto(f"{GATHERING}/what")
    summary = page.get_by_label("Summary")
    before = summary.input_value()
    summary.press_sequentially("Come. ")
    page.get_by_role("link", name="Questions").first.click()
    expect(summary).to_have_value(f"Come. {before}" if summary.input_value().startswith("Come") else f"{before}Come. ")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save and go on to Dates").click()
    page.wait_for_url(f"**{GATHERING}/sessions")
    assert asked == ["beforeunload"]


def test_what_came_back_with_something_to_mend_is_asked_about_too(open_page: Open, sign_in_as: SignIn) -> None:
    page = sign_in_as(open_page(), COORDINATOR)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{GATHERING}/reminders")
    page.get_by_label("Remind people so many days before").fill("soon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("form[data-leaving=unsaved]")).to_be_visible()
    assert asked == []
    page.goto(f"{GATHERING}/what")
    assert asked == ["beforeunload"]


def test_words_whose_saving_was_lost_are_still_asked_about(open_page: Open, sign_in_as: SignIn) -> None:
    page = sign_in_as(open_page(), COORDINATOR)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{GATHERING}/what")
    page.evaluate("console.error = () => {}")  # htmx tells the console of it, which is no trouble here
    page.route(f"**{GATHERING}/what", lambda route: route.abort())
    page.get_by_label("Summary").press_sequentially("Come. ")
    page.get_by_role("button", name="Save and go on to Dates").click()
    expect(page.locator("#refusal")).to_contain_text("your text stays here")
    page.goto(f"{GATHERING}/faculty")
    assert asked == ["beforeunload"]
