"""From giving letters out to a reader's queue, in a real browser, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from portal.core.db import db, transaction
from portal.rounds.models import Round
from tests.browser.live import Live
from tests.browser.pages import axe, go, sideways
from tests.postbox import Mail

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
COORDINATOR, READER = "coordinator.hub@example.org", "reviewer-a.hub@example.org"


def fit(page: Page, *, script: bool = True) -> None:
    """Nothing for axe to find, which works with scripts alone, and no sideways scroll."""
    assert not script or (axe(page), sideways(page)) == ([], 0)


def to_readers(page: Page) -> Page:
    """The readers of the round with letters that nobody reads yet."""
    page.goto("/eclc/staff/letters")
    page.locator("a[href$='/readers']").first.click()
    expect(page.get_by_role("heading", name="Readers", exact=True)).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "script"), [(1280, True), (360, False)])
def test_letters_are_given_out_told_read_and_given_back_for_a_conflict(
    open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], width: int, script: bool
) -> None:
    desk = to_readers(sign_in_as(open_page(width=width, script=script), COORDINATOR))
    desk.get_by_label("Readers for each letter").fill("2")
    desk.get_by_role("button", name="Give letters out").click()
    expect(desk.get_by_text(re.compile("readings? (was|were) given out"))).to_be_visible()
    desk.get_by_role("link", name=re.compile("^Tell [0-9]+.readers?$")).click()
    desk.get_by_role("button", name=re.compile("^Send [0-9]+.mails?$")).click()
    expect(desk.get_by_text(re.compile("will have a mail in a minute"))).to_be_visible()
    told = [mail for mail in deliver() if mail.to == READER and "place in Cohort 4" in mail.subject]
    [link] = [path for mail in told for path in mail.paths if "/staff/queue" in path]
    page = sign_in_as(open_page(width=width, script=script), READER)
    page.goto(link)
    rows = page.locator("#queue tbody tr")
    count = rows.count()
    assert count >= 1
    fit(page, script=script)
    district = rows.first.get_by_role("rowheader").inner_text()
    go(rows.first.get_by_role("link", name="I have a conflict"))
    fit(page, script=script)
    page.get_by_label("What is the conflict?").fill("My sister teaches there.")
    page.get_by_role("button", name="I have a conflict").click()
    expect(page.get_by_text("Thank you. Somebody else reads this letter.")).to_be_visible()
    expect(page.locator("#main").get_by_text(district, exact=True)).to_have_count(0)
    assert page.locator("#queue tbody tr").count() == count - 1
    desk.goto("/eclc/staff/letters")
    to_readers(desk)
    expect(desk.get_by_text("declared a conflict")).to_be_visible()
    fit(desk, script=script)


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (768, False), (360, False)])
def test_a_blind_round_is_read_without_names(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, width: int, dark: bool
) -> None:
    def hide_names() -> None:
        with transaction():
            for round in db.session.query(Round):
                round.is_blind = True

    live.inside(hide_names)
    page = sign_in_as(open_page(width=width, dark=dark), READER)
    page.goto("/eclc/staff/queue")
    fit(page)
    assert re.search(r"Letter [0-9]+", page.locator("#queue").inner_text())
    page.locator("#queue tbody a").first.click()
    expect(page.get_by_text("This round is read without names.")).to_be_visible()
    assert not re.search("Fable Point|Fiction Ridge|Pretend Pines|Sketch Island", page.content())
    fit(page)
