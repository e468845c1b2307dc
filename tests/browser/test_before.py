"""Before a letter begins, in a real browser: an invitation goes to a colleague, and a district answers without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.operations import add_district
from portal.rounds.models import InfoSession
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.postbox import Mail

Open = Callable[..., Page]
Deliver = Callable[[], list[Mail]]
MEADOW = "superintendent.trial-meadow@example.org"
both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
sizes = pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True)])


@pytest.fixture
def letter(deliver: Deliver) -> str:
    """The private link of the letter to Trial Meadow."""
    [mail] = [mail for mail in deliver() if mail.to == MEADOW]
    return mail.paths[0]


@pytest.fixture
def harbor(live: Live) -> str:
    """A district that was not invited: its name."""
    live.inside(
        add_district, name="Pelican Harbor Public Schools", short_name="Pelican Harbor", city="Pelican Harbor",
        state="MA", website="https://pelican-harbor.example.org",
    )  # fmt: skip
    return "Pelican Harbor"


@pytest.fixture
def meeting(live: Live) -> str:
    """The address of a meeting in five days: how far the demo's own are away depends on the weekday."""

    def move() -> int:
        with transaction():
            session = db.session.scalars(select(InfoSession).order_by(InfoSession.id)).first()
            assert session is not None
            session.at = clock.now() + timedelta(days=5)
            refresh_public(session.round.community_id)
        return session.id

    return f"/eclc/letter/info-sessions/{live.inside(move)}"


def give(page: Page, letter: str, name: str, email: str) -> None:
    page.goto(letter)
    page.get_by_label("Somebody else here should answer").check()
    page.get_by_label("Name of your colleague").fill(name)
    page.get_by_label("Your colleague’s work e-mail").fill(email)
    page.get_by_role("button", name="Send this answer").click()


def is_fit(page: Page) -> None:
    assert (axe(page), sideways(page)) == ([], 0)


@both
def test_a_letter_is_passed_on_and_the_colleague_answers(
    open_page: Open, deliver: Deliver, letter: str, script: bool
) -> None:
    page, other = open_page(script=script), open_page(script=script)
    give(page, letter, "Director of learning", "director@example.org")
    expect(page.get_by_role("heading", level=1)).to_have_text("This letter is with Director of learning now")
    page.goto(letter)
    expect(page.get_by_text("You passed it on to Director of learning")).to_be_visible()
    [mail] = [mail for mail in deliver() if mail.to == "director@example.org"]
    other.goto(mail.paths[0])
    expect(other.get_by_text("Superintendent passed this letter on to you")).to_be_visible()
    other.get_by_label("Not this year").check()
    other.get_by_label("What stands in the way?").fill("A new superintendent comes.")
    other.get_by_role("button", name="Send this answer").click()
    expect(other.locator("blockquote")).to_have_text("A new superintendent comes.")


@both
def test_a_district_answers_without_an_invitation(open_page: Open, deliver: Deliver, harbor: str, script: bool) -> None:
    page = open_page(script=script)
    page.goto("/eclc/letter")
    page.get_by_role("link", name="Answer for your district").click()
    page.get_by_label("Name or town").fill("Pelikan Harbour")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("link", name="Pelican Harbor Public Schools").click()
    page.get_by_label("Your name").fill("Assistant superintendent")
    page.get_by_label("Your work e-mail").fill("assistant@pelican-harbor.example.org")
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(deliver()[-1].paths[0])
    page.get_by_role("button", name="Yes, start the letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"The letter of {harbor} is started")
    page.goto(deliver()[-1].paths[0])
    page.get_by_role("button", name="Sign me in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("interest letter")
    assert urlsplit(page.url).path.startswith("/eclc/letters/")


@both
def test_a_work_mail_leads_to_its_district(open_page: Open, harbor: str, script: bool) -> None:
    page = open_page(script=script)
    page.goto("/eclc/letter/answer")
    page.get_by_label("Your work e-mail").fill("assistant@pelican-harbor.example.org")
    page.get_by_role("button", name="Find my district").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Answer for {harbor}")
    expect(page.get_by_label("Your work e-mail")).to_have_value("assistant@pelican-harbor.example.org")


@sizes
def test_the_private_pages_before_a_letter_are_fit_for_everybody(
    open_page: Open, deliver: Deliver, letter: str, harbor: str, width: int, dark: bool
) -> None:
    page = open_page(width=width, dark=dark)
    page.goto(letter)
    for answer in ("Somebody else here should answer", "I have a question"):
        page.get_by_label(answer).check()
        page.get_by_role("button", name="Send this answer").click()
        expect(page.locator("#errors")).to_be_focused()
        is_fit(page)
    give(page, letter, "Director of learning", "director@example.org")
    expect(page.get_by_role("heading", level=1)).to_contain_text("This letter is with")
    is_fit(page)
    page.goto(next(mail.paths[0] for mail in deliver() if mail.to == "director@example.org"))
    is_fit(page)
    page.goto("/eclc/letter/answer")
    page.get_by_label("Your work e-mail").fill("assistant@pelican-harbor.example.org")
    page.get_by_role("button", name="Find my district").click()
    page.get_by_label("Your name").fill("Assistant superintendent")
    page.get_by_role("button", name="Mail me the link").click()
    page.wait_for_url("**/letter/answer/sent")
    is_fit(page)
    page.goto(deliver()[-1].paths[0])
    is_fit(page)
    page.get_by_role("button", name="Yes, start the letter").click()
    expect(page.get_by_role("button", name="Mail me a new link")).to_be_visible()
    is_fit(page)


@sizes
def test_a_seat_at_a_meeting_is_taken_and_given_up(
    open_page: Open, deliver: Deliver, meeting: str, width: int, dark: bool
) -> None:
    deliver()
    page = open_page(width=width, dark=dark)
    page.goto("/eclc/letter")
    page.locator(f'a[href="{meeting}"]').click()
    page.get_by_label("Your name").fill("Assistant superintendent")
    page.get_by_label("Your e-mail").fill("assistant@example.org")
    is_fit(page)
    page.get_by_role("button", name="Take a seat").click()
    expect(page.locator("#said")).to_contain_text("A seat is held for assistant@example.org.")
    page.goto(deliver()[-1].paths[-1])
    is_fit(page)
    page.get_by_role("button", name="Give the seat up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You gave this seat up")
    is_fit(page)
