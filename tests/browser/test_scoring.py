"""Scoring on a tablet, with scripts and without; a meeting from the agenda to prepared decisions."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.core.db import db
from portal.letters.models import Letter
from portal.reviews.reading_models import Assignment, Review
from tests.browser.live import Live
from tests.browser.pages import axe, go, sideways

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
READER, STAFF = "reviewer-c.hub@example.org", "coordinator.hub@example.org"


def waiting(live: Live) -> tuple[int, int]:
    """A letter that the reader has begun and not handed in, and its round."""

    def find() -> tuple[int, int]:
        same = (Review.letter_id == Assignment.letter_id) & (Review.account_id == Assignment.account_id)
        chosen = select(Letter.id, Letter.round_id).join(Assignment, Assignment.letter_id == Letter.id)
        chosen = chosen.join(Review, same).where(Review.handed_in_at.is_(None), Assignment.ended_at.is_(None))
        row = db.session.execute(chosen.order_by(Letter.id)).first()
        assert row is not None
        return row.id, row.round_id

    found: tuple[int, int] = live.inside(find)
    return found


def fields(page: Page) -> list[str]:
    """The keys of the criteria on the page."""
    names = [str(one.get_attribute("id")) for one in page.locator("#scores fieldset").all()]
    return [name.removesuffix("-level") for name in names]


def is_side_by_side(page: Page) -> bool:
    """Whether the rubric stands beside the letter, both in sight at the top of what is read."""
    letter, rubric = (page.locator(f".reading > :{which}-child").bounding_box() for which in ("first", "last"))
    assert letter is not None
    assert rubric is not None
    return rubric["x"] >= letter["x"] + letter["width"] and rubric["y"] < letter["y"] + 200


@pytest.mark.parametrize("width", [768, 1024, 360])
def test_scores_save_themselves_and_are_handed_in(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs, width: int
) -> None:
    page = sign_in_as(open_page(width=width), READER)
    letter, _ = waiting(live)
    page.goto("/eclc/staff/queue")
    go(page.locator(f"a[href$='/letters/{letter}']").first)  # measured once it is all there, its style too
    assert is_side_by_side(page) == (width >= 768)
    for key in fields(page):
        with page.expect_response(re.compile("/scores/")):
            page.locator(f"#{key}-level-3").check()
        with page.expect_response(re.compile("/scores/")):
            page.locator(f"#{key}-comment").fill("It stands in the second section.")
        expect(page.locator(f"#{key}-field-saved")).to_contain_text(re.compile(r"Saved \d"))
    page.reload()
    assert page.locator("#scores input:checked").count() == len(fields(page))
    assert (axe(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name=re.compile("^Hand in")).click()
    expect(page.locator("#said")).to_contain_text("Handed in.")
    page.goto(f"/eclc/staff/letters/{letter}")
    expect(page.locator("#others-title")).to_be_visible()
    page.get_by_label("Your remark").fill("Ask about the second year.")
    page.get_by_role("button", name="Post for staff and readers").click()
    expect(page.locator("#talk")).to_contain_text("Ask about the second year.")
    expect(page.locator("#said")).to_contain_text("Posted.")
    assert (axe(page), sideways(page)) == ([], 0)


def test_without_scripts_buttons_save_and_hand_in(live: Live, open_page: OpenPage, sign_in_as: SignInAs) -> None:
    page = sign_in_as(open_page(width=360, script=False), READER)
    letter, _ = waiting(live)
    page.goto(f"/eclc/staff/letters/{letter}")
    first = str(page.locator("#scores fieldset").first.get_attribute("id"))
    page.locator(f"#{first}-1").check()
    page.locator(f"#{first.removesuffix('-level')}-comment").fill("")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#said")).to_contain_text("Saved, not handed in yet.")
    page.get_by_role("button", name=re.compile("^Hand in")).click()
    expect(page.locator("#errors")).to_contain_text("Say why")
    for one in page.locator("#scores fieldset").all():
        name = str(one.get_attribute("id"))
        page.locator(f"#{name}-4").check()
    page.get_by_role("button", name=re.compile("^Hand in")).click()
    expect(page.locator("#said")).to_contain_text("Handed in.")


def test_staff_go_through_a_meeting_and_print_its_minutes(
    live: Live, open_page: OpenPage, sign_in_as: SignInAs
) -> None:
    page = sign_in_as(open_page(), STAFF)
    _, round_id = waiting(live)
    page.goto(f"/eclc/staff/rounds/{round_id}/agenda")
    assert (axe(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name="Open the meeting").click()
    expect(page.get_by_role("button", name="Note it and go on")).to_be_visible()
    for outcome in ("Offer a place", "Waitlist"):
        assert (axe(page), sideways(page)) == ([], 0)
        page.get_by_label(outcome).check()
        page.get_by_label("Why?").fill(f"We say: {outcome}.")
        page.get_by_role("button", name="Note it and go on").click()
        expect(page.locator("#said")).to_contain_text("Noted.")
    go(page.get_by_role("link", name=re.compile("^Meeting of")))
    assert (axe(page), sideways(page)) == ([], 0)
    page.emulate_media(media="print")
    expect(page.get_by_text("We say: Waitlist.")).to_be_visible()
    for hidden in ("Close the meeting", "Add missing letters"):
        expect(page.get_by_role("button", name=hidden)).to_be_hidden()
    page.emulate_media(media="screen")
    go(page.get_by_role("link", name="Turn outcomes into prepared decisions"))
    assert (axe(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name=re.compile("^Prepare 2")).click()
    expect(page.locator("#said")).to_contain_text("No district knows yet.")
