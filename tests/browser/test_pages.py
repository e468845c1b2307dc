"""Every page of the demo world in a real browser: nothing for axe to find, no sideways scroll, no script error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from portal.accounts.queries import find_account
from tests.browser.live import Live, demo_people
from tests.browser.pages import axe, sideways
from tests.conftest import Visitor
from tests.house.crawl import walk

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
ROLES = ["visitor", "admin", "staff", "reviewer", "lead", "member"]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_fit_for_everybody(
    role: str, live: Live, open_page: OpenPage, sign_in_as: SignInAs
) -> None:
    emails = addresses_of(live, role)
    page, troubles = open_page(), []
    if emails:
        sign_in_as(page, emails[0])
    for path in paths_of(live, emails[0] if emails else None):
        page.goto(path)
        for width, dark in ((1280, False), (360, False), (1280, True)):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if dark else "light")
            wide, where = sideways(page), f"{path} at {width}{' dark' if dark else ''}"
            troubles += [f"{where}: {fault}" for fault in axe(page, colors_only=dark)]
            troubles += [f"{where}: {wide} pixels too wide"] if wide else []
    assert troubles == []


def addresses_of(live: Live, role: str) -> list[str]:
    if role == "visitor":
        return []
    found = [person["email"] for person in demo_people(live.app) if person["permission"] == role]
    assert found != [], f"the demo world has nobody who is {role}"
    return found


def paths_of(live: Live, email: str | None) -> list[str]:
    """The pages that this person can reach by links."""

    def collect() -> list[str]:
        client = Visitor(live.app, live.app.response_class, use_cookies=True)
        if email:
            cookie = live.cookie_of(email)
            client.set_cookie(cookie["name"], cookie["value"], domain="localhost")
            assert find_account(email) is not None
        found = walk(live.app, client, ["/", "/my"] if email else ["/"])
        return [path for path, answer in found if answer.status_code == 200 and answer.mimetype == "text/html"]

    return list(live.inside(collect))
