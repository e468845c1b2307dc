"""The pages on which a coordinator plans the agenda, in a real browser: at a desk, on a phone, at night."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

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
