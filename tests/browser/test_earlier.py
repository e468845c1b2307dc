"""A district that writes again, its earlier letter beside the new one, in a real browser; with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.core import clock
from portal.core.db import db
from portal.districts.queries import leads_of
from portal.letters.models import Letter, Submission
from portal.letters.operations import start_letter
from portal.rounds.models import Round
from portal.rounds.rules import stage_of
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.test_offers import Open, SignIn, shoot


def a_second_letter() -> tuple[int, str, str, str]:
    """A letter in the open round of a district that wrote one in the closed one: its number, its lead, and the section
    and words of the first long text of the earlier letter."""
    rounds = db.session.query(Round).order_by(Round.id).all()
    new, old = (next(one for one in rounds if stage_of(one, clock.now()) == stage) for stage in ("open", "closed"))
    earlier = db.session.query(Letter).filter_by(round_id=old.id, status="submitted").order_by(Letter.id).first()
    assert earlier is not None
    lead = leads_of(earlier.community_id, earlier.district_id)[0]
    letter = start_letter(new, earlier.district, by=lead)
    content = db.session.query(Submission).filter_by(letter_id=earlier.id).order_by(Submission.number.desc()).first()
    assert content is not None
    texts = [
        (section["slug"], question["lines"][0])
        for section in content.content["sections"]
        for question in section["questions"]
        if question["kind"] == "long_text"
    ]
    return letter.id, lead.email, *texts[0]


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_text_of_the_earlier_letter_is_used_and_taken_out_again(
    open_page: Open, sign_in_as: SignIn, live: Live, script: bool
) -> None:
    number, lead, slug, words = live.inside(a_second_letter)
    page = sign_in_as(open_page(script=script), lead)
    page.goto(f"/eclc/letters/{number}/sections/{slug}")
    beside = page.locator("#earlier")
    expect(beside.get_by_role("heading", name="Your earlier letter")).to_be_visible()
    box = page.locator("main textarea").first
    box.fill("What we say this year.")
    beside.get_by_role("button", name="text").first.click()
    expect(page.locator("#said")).to_contain_text("What you had is kept.")
    expect(page.locator("main textarea").first).to_have_value(starts_with(page, words))
    beside.get_by_role("button", name="Put back what stood here before").first.click()
    expect(page.locator("main textarea").first).to_have_value("What we say this year.")


def starts_with(page: Page, words: str) -> str:
    value = page.locator("main textarea").first.input_value()
    assert value.startswith(words[:40])
    return value


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (768, True)])
def test_both_letters_are_sound_in_every_light_and_width(
    open_page: Open, sign_in_as: SignIn, live: Live, width: int, dark: bool
) -> None:
    number, lead, slug, _ = live.inside(a_second_letter)
    page = sign_in_as(open_page(width=width, dark=dark), lead)
    page.goto(f"/eclc/letters/{number}/sections/{slug}")
    shoot(page, f"earlier-{width}-{'dark' if dark else 'light'}")
    assert (axe(page), sideways(page)) == ([], 0)
