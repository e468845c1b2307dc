"""A coordinator plans a weekly series in a real browser, a visitor finds it, and an educator enrolls: by keyboard alone
with scripts, and by pointer without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from portal.agenda.models import Faculty
from portal.agenda.school_queries import school_days
from portal.agenda.school_rules import is_school_day
from portal.core.db import db
from portal.enrollments.question_queries import answers_of
from tests.browser import seats
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.seats import FIRST
from tests.postbox import Mail

COORDINATOR = "coordinator.hub@example.org"
TITLE, SLUG = "Wood and clay after school", "wood-and-clay-after-school"
PAGE, TAKE = f"/eclc/agenda/{SLUG}", "Take a seat in all four"
ZONE = ZoneInfo("America/New_York")
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)
FAR = 150  # steps of the Tab key
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


class Pointer:
    """Somebody with a mouse, whose browser runs no scripts."""

    script = False

    def __init__(self, page: Page) -> None:
        self.page, self.main = page, page.locator("#main")

    def follow(self, name: str) -> None:
        self._link(name).click()

    def press(self, name: str) -> None:
        self._button(name).click()

    def fill(self, label: str, text: str) -> None:
        self._field(label).fill(text)

    def give_day(self, label: str, day: date) -> None:
        self._field(label).fill(day.isoformat())

    def give_time(self, label: str, time: str) -> None:
        self._field(label).fill(time)

    def choose(self, label: str, words: str) -> None:
        self._field(label).select_option(label=words)

    def pick(self, words: str) -> None:
        """One of several, or a box."""
        self._choice(words).check()

    def look(self, heading: str) -> None:
        """This page has come; a phone shows it without sideways scroll, and axe (it needs scripts) finds nothing."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.page.wait_for_load_state()
        self.page.set_viewport_size(PHONE)
        assert (heading, sideways(self.page), axe(self.page) if self.script else []) == (heading, 0, [])
        self.page.set_viewport_size(DESK)

    def _link(self, name: str) -> Locator:
        return self.main.get_by_role("link", name=name, exact=True)

    def _button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    def _field(self, label: str) -> Locator:
        must, may = (self.main.get_by_label(words, exact=True) for words in (label, f"{label} (optional)"))
        return must.or_(may)

    def _choice(self, words: str) -> Locator:
        """What it says may be followed by a hint."""
        return self.main.locator(".choice").filter(has_text=re.compile(rf"^{re.escape(words)}")).locator("input")


class Keys(Pointer):
    """Somebody who uses Tab, Enter, Space and letters alone, in a browser with scripts."""

    script = True

    def follow(self, name: str) -> None:
        self._reach(self._link(name))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        self._reach(self._button(name))
        self.page.keyboard.press("Enter")

    def fill(self, label: str, text: str) -> None:
        self._reach(self._field(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def give_day(self, label: str, day: date) -> None:
        self._reach(self._field(label))
        self.page.keyboard.type(f"{day:%m%d%Y}")

    def give_time(self, label: str, time: str) -> None:
        self._reach(self._field(label))
        self.page.keyboard.type(f"{datetime.strptime(time, '%H:%M'):%I%M%p}")

    def choose(self, label: str, words: str) -> None:
        self._reach(self._field(label))
        self.page.keyboard.type(words)
        expect(self._field(label).locator("option:checked")).to_have_text(words)

    def pick(self, words: str) -> None:
        wanted = self._choice(words)
        if wanted.get_attribute("type") == "checkbox":
            self._reach(wanted)
            self.page.keyboard.press("Space")
        else:
            self._reach(self.main.locator(f"input[name={wanted.get_attribute('name')}]:checked"))
            for _ in range(FAR):
                if wanted.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        expect(wanted).to_be_checked()

    def _reach(self, wanted: Locator) -> None:
        """Go there with the Tab key alone."""
        expect(wanted).to_have_count(1)
        for _ in range(FAR):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key does not lead to {wanted}")


@pytest.mark.parametrize("way", [Keys, Pointer], ids=["by keyboard", "plain"])
def test_a_weekly_series_is_planned_found_and_joined(
    live: Live, open_page: Open, sign_in_as: SignIn, deliver: Callable[[], list[Mail]], way: type[Pointer]
) -> None:
    days, skipped, leader = live.inside(in_view)
    staff = way(sign_in_as(open_page(script=way.script), COORDINATOR))
    staff.page.goto("/eclc/staff/agenda")
    staff.follow("New experience")
    staff.look("New experience")
    staff.pick("Series")
    staff.fill("Title", TITLE)
    staff.press("Begin")
    staff.look("What it is")
    staff.fill("Summary", "Four afternoons at the bench.")
    staff.fill("Place", "A member high school, room 4")
    staff.press("Save and go on to Dates")
    a_row_of_dates(staff, days, skipped)
    staff.follow("Go on to Seats and sign-up")
    staff.look("Seats and sign-up")
    staff.fill("Seats", "2")
    staff.press("Save and go on to Who it is for")
    staff.look("Who it is for")
    staff.press("Save and go on to Questions")
    a_question(staff)
    staff.follow("Go on to Who leads it")
    staff.look("Who leads it")
    staff.pick(leader)
    staff.press("Save and go on to Snow and fallback")
    staff.look("Snow and fallback")
    staff.follow("Preview")
    staff.look(TITLE)
    expect(staff.main).to_contain_text("The buttons and links around the seat are off.")
    expect(staff.page.get_by_role("button", name=TAKE, exact=True)).to_be_disabled()
    staff.follow("Go on to Publish")
    staff.look("Publish this experience?")
    staff.press("Publish it")
    expect(staff.page.locator("#said")).to_have_text("It is published. Everyone sees it.")
    staff.look(TITLE)
    a_visitor_finds_it(way(open_page(script=way.script)), leader)
    an_educator_enrolls(way(sign_in_as(open_page(script=way.script), FIRST)))
    assert live.inside(made) == (days, 2, [leader], ["Stoneware"])
    assert [mail.subject for mail in deliver() if mail.to == FIRST] == [f"You have a seat: {TITLE}"]


def a_row_of_dates(staff: Pointer, days: list[date], skipped: list[date]) -> None:
    """Every week; what the school calendar says is off is not checked, and the row goes on after it."""
    staff.look("Dates")
    staff.follow("Repeat weekly")
    staff.look("Repeat weekly")
    staff.give_day("First day", days[0])
    staff.give_time("Starts", "15:30")
    staff.give_time("Ends", "17:00")
    staff.choose("How often", "Every week")
    staff.fill("How many dates", str(len(days)))
    staff.press("Show the dates")
    boxes = staff.main.get_by_role("group", name="Which of these?")
    expect(boxes.get_by_role("checkbox")).to_have_count(len(days) + len(skipped))
    assert [box.get_attribute("value") for box in boxes.get_by_role("checkbox", checked=True).all()] == [
        day.isoformat() for day in days
    ]
    staff.look("Repeat weekly")
    staff.press("Add the checked dates")
    staff.look("Dates")
    expect(staff.page.locator("#said")).to_have_text(f"{len(days)} dates added.")


def a_question(staff: Pointer) -> None:
    staff.look("Questions")
    staff.follow("Ask something")
    staff.look("Ask something")
    staff.pick("One of several answers")
    staff.fill("Question", "Which clay?")
    staff.fill("Answers to choose from", "Stoneware\nEarthenware")
    staff.pick("It has to be answered")
    staff.press("Add the question")
    staff.look("Questions")
    expect(staff.main.get_by_role("link", name="Which clay?")).to_be_visible()


def a_visitor_finds_it(visitor: Pointer, leader: str) -> None:
    """On the agenda, by a word of its title; its page says all that was planned."""
    visitor.page.goto("/eclc/agenda")
    visitor.fill("Search", "wood and clay")
    visitor.press("Show")
    visitor.page.wait_for_url("**q=wood*")
    visitor.look("Learning agenda")
    visitor.follow(TITLE)
    visitor.look(TITLE)
    for words in ("Four afternoons at the bench.", "A member high school, room 4", leader, "2 seats"):
        expect(visitor.main).to_contain_text(words)


def an_educator_enrolls(educator: Pointer) -> None:
    """What has to be answered is asked for, and what was chosen is kept with the seat."""
    educator.page.goto(PAGE)
    educator.press(TAKE)
    expect(educator.main.get_by_text("Answer “Which clay?”.")).to_be_visible()
    educator.look(TITLE)
    educator.choose("Which clay?", "Stoneware")
    educator.press(TAKE)
    expect(educator.page.locator("#said")).to_have_text("You have a seat.")
    educator.look(TITLE)


def in_view() -> tuple[list[date], list[date], str]:
    """The days of a row of four that meets a day off after its first, the days of it that are off, and who leads."""
    community = seats.eclc()
    today = datetime.now(ZONE).date()
    rows = school_days(community.id, today, today + timedelta(days=420))
    has_school = [is_school_day(day, rows) for day in (today + timedelta(days=n) for n in range(400))]
    first = next(n for n in range(21, 300) if has_school[n] and not has_school[n + 7])
    row = [today + timedelta(days=n) for n in range(first, 400, 7)]
    held = [day for day in row if is_school_day(day, rows)][:4]
    leader = db.session.query(Faculty).filter_by(community_id=community.id).order_by(Faculty.id).first()
    assert leader is not None
    return held, [day for day in row if day < held[-1] and day not in held], leader.title


def made() -> tuple[list[date], int, list[str], list[str]]:
    """What became of it: its days, its seats, who leads it, and what the educator answered."""
    found = seats.gathering(SLUG)
    answers = answers_of(found.id, seats.person(FIRST).id)[None]
    days = [one.starts_at.astimezone(ZONE).date() for one in found.sessions]
    return days, found.capacity, [one.title for one in found.faculty], list(answers.values())
