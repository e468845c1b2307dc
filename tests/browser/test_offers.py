"""Offers in a real browser: a district waits for the next round, the next in line accepts; staff remind, give more
time, take back, and make more places; with scripts and without."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Account
from portal.cohorts.releasing import release_decision
from portal.core import clock
from portal.core.db import db
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Round
from portal.rounds.rules import stage_of
from tests.browser.live import Live
from tests.browser.pages import axe, go, sideways
from tests.postbox import Mail

COORDINATOR = "coordinator.hub@example.org"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


def decided(outcomes: list[str]) -> tuple[int, list[tuple[int, str, str]]]:
    """Decide the letters of the demo's closed round; gives the round and each letter with its district and lead."""
    by = db.session.query(Account).filter_by(email=COORDINATOR).one()
    round = next(one for one in db.session.query(Round) if stage_of(one, clock.now()) == "closed")
    letters = db.session.query(Letter).filter_by(round_id=round.id, status="submitted").order_by(Letter.id).all()
    for letter, outcome in zip(letters, outcomes, strict=False):
        prepare_decision(letter, outcome, "", by, seen=stamp_of(decision_of(letter)))
        release_decision(letter, by)
    shown = [
        (letter.id, letter.district.label, leads_of(letter.community_id, letter.district_id)[0].email)
        for letter in letters
    ]
    assert db.session.query(Decision).filter_by(status="released").count() == len(outcomes)
    return round.id, shown


def shoot(page: Page, name: str) -> None:
    """A picture of the page for whoever looks at it, where the environment names a folder."""
    if os.environ.get("SHOTS"):
        page.screenshot(path=Path(os.environ["SHOTS"]) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_place_that_one_district_leaves_is_taken_by_the_next(
    open_page: Open, sign_in_as: SignIn, live: Live, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    round_id, letters = live.inside(decided, ["accept", "accept", "waitlist"])
    (first, name, lead), _, (third, next_name, next_lead) = letters[:3]
    deliver()
    page = sign_in_as(open_page(script=script), lead)
    page.goto(f"/eclc/letters/{first}/standing")
    page.get_by_role("link", name="Wait for the next round").click()
    expect(page.get_by_text("A place in that round. Your new letter is read with all others.")).to_be_visible()
    page.get_by_label("Why does the next round suit you better?").fill("Our superintendent leaves in June.")
    page.get_by_role("button", name="Wait for the next round").click()
    expect(page.get_by_role("heading", name="Your district waits for the next round")).to_be_visible()
    mails = deliver()
    assert {mail.to for mail in mails} >= {lead, next_lead, COORDINATOR}
    page = sign_in_as(open_page(script=script), next_lead)
    page.goto(f"/eclc/letters/{third}/standing")
    expect(page.get_by_text("Answer by")).to_be_visible()
    page.get_by_role("button", name="Accept the place").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(next_name)
    staff = sign_in_as(open_page(script=script), COORDINATOR)
    staff.goto(f"/eclc/staff/rounds/{round_id}/offers")
    row = staff.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Waits for the next round")
    expect(row).to_contain_text("Our superintendent leaves in June.")


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_staff_remind_give_time_take_back_and_make_more_places(
    open_page: Open, sign_in_as: SignIn, live: Live, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    round_id, letters = live.inside(decided, ["accept", "accept", "waitlist", "waitlist"])
    deliver()
    page = sign_in_as(open_page(script=script), COORDINATOR)
    page.goto(f"/eclc/staff/rounds/{round_id}/offers")
    page.get_by_role("link", name="Remind 2\u00a0districts").click()
    page.get_by_role("checkbox", name=letters[0][1]).uncheck()
    page.get_by_role("button", name="Send the reminders").click()
    expect(page.locator("#said")).to_contain_text("1\u00a0district is reminded by mail.")
    assert [mail.to for mail in deliver() if "Please answer by" in mail.subject] == [letters[1][2]]
    page.get_by_role("link", name=f"More time for {letters[0][1]}").click()
    page.get_by_label("Until which day?").fill((clock.now() + timedelta(days=60)).date().isoformat())
    page.get_by_label("Why?").fill("The board meets later.")
    page.get_by_role("button", name="Give more time").click()
    expect(page.locator("#said")).to_contain_text("has more time")
    page.get_by_role("link", name=f"Take back the offer to {letters[1][1]}").click()
    page.get_by_role("button", name="Take the offer back").click()
    expect(page.locator("#errors")).to_contain_text("Say why the offer is taken back.")
    page.get_by_label("Why?").fill("It was meant for another district.")
    page.get_by_role("button", name="Take the offer back").click()
    expect(page.get_by_role("row").filter(has_text=letters[2][1])).to_contain_text("Waits for an answer")
    page.get_by_role("link", name="Change the number of places").click()
    page.get_by_label("Places", exact=True).fill("3")
    page.get_by_label("Why?").fill("A gift.")
    page.get_by_role("button", name="Change the places").click()
    expect(page.locator("#said")).to_contain_text("1\u00a0district from the waitlist got an offer.")
    expect(page.get_by_text("Nobody waits in line.")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (768, True)])
def test_the_pages_of_offers_are_sound_in_every_light_and_width(
    open_page: Open, sign_in_as: SignIn, live: Live, width: int, dark: bool
) -> None:
    round_id, letters = live.inside(decided, ["accept", "accept", "waitlist", "waitlist"])
    look = f"{width}-{'dark' if dark else 'light'}"
    staff = sign_in_as(open_page(width=width, dark=dark), COORDINATOR)
    staff.goto(f"/eclc/staff/rounds/{round_id}/offers")
    first = letters[0][1]
    ways = {
        "reminders": "Remind 2\u00a0districts", "places": "Change the number of places",
        "time": f"More time for {first}", "take-back": f"Take back the offer to {first}",
    }  # fmt: skip
    shoot(staff, f"offers-{look}")
    assert (axe(staff), sideways(staff)) == ([], 0)
    for name, link in ways.items():
        staff.goto(f"/eclc/staff/rounds/{round_id}/offers")
        go(staff.get_by_role("link", name=link))
        shoot(staff, f"{name}-{look}")
        assert (axe(staff), sideways(staff)) == ([], 0)
    lead = sign_in_as(open_page(width=width, dark=dark), letters[0][2])
    for path in ("standing", "offer/deferral", "offer/refusal"):
        lead.goto(f"/eclc/letters/{letters[0][0]}/{path}")
        shoot(lead, f"{path.replace('/', '-')}-{look}")
        assert (axe(lead), sideways(lead)) == ([], 0)
