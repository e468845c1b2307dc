"""What letter.js does with a text, each thing tried on a page of its own: no portal behind it, only chosen answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from portal.core.headers import HTMX_URL, POLICY
from tests.browser.pages import HTMX_FILE, axe, first_of, sideways
from tests.components.gallery import STATIC

HOME = "http://portal.test"
TYPES = {".css": "text/css", ".js": "application/javascript", ".svg": "image/svg+xml"}
DAY = 86_400_000  # milliseconds
Answer = Callable[[Route], None]
Open = Callable[..., Page]
SOURCE = """{% extends "base.html" %}{% block title %}Try{% endblock %}
{% block scripts %}<script src="{{ asset('letter.js') }}" defer data-who="7" data-letter="1" data-page="/page"
 data-token="/token" data-sign-in="/sign-in"></script>{% endblock %}
{% block main %}<div class="wrap flow"><h1>Time</h1><form action="/page" method="post">
<input type="hidden" name="csrf_token" value="old">
<div class="field" id="q1-field" data-saves="true" hx-post="/save/q1" hx-trigger="input changed delay:50ms, change"
 hx-target="#saved-q1" hx-swap="outerHTML" hx-sync="this:queue last"><label for="q1">Why now?</label>
<textarea id="q1" name="q1">{{ stored }}</textarea><div id="saved-q1"><input type="hidden" name="q1-base" value="1:a">
<p class="saved"><span id="q1-field-saved"></span></p></div></div>
<fieldset class="field" id="q2-field" data-saves="true" hx-post="/save/q2" hx-trigger="change" hx-target="#saved-q2"
 hx-swap="outerHTML"><legend>Which?</legend>
<label class="choice" for="q2-0"><input type="radio" id="q2-0" name="q2" value="0"><span>All schools</span></label>
<label class="choice" for="q2-1"><input type="radio" id="q2-1" name="q2" value="1"><span>Some schools</span></label>
<div id="saved-q2"><input type="hidden" name="q2-base" value="0:b">
<p class="saved"><span id="q2-field-saved"></span></p></div></fieldset>
<button>Go on</button></form></div>{% endblock %}"""


def part(code: str = "q1", words: str = "Saved 2:02 PM", base: str = "2:c") -> str:
    """The server's answer to a save."""
    return (
        f'<div id="saved-{code}"><input type="hidden" name="{code}-base" value="{base}">'
        f'<p class="saved"><span id="{code}-field-saved">{words}</span></p></div>'
    )


def saved(route: Route) -> None:
    route.fulfill(body=part(route.request.url.rpartition("/")[2]), headers={"Content-Type": "text/html"})


def cut(route: Route) -> None:
    route.abort()


def answers(status: int, body: str = "") -> Answer:
    return lambda route: route.fulfill(status=status, body=body, headers={"Content-Type": "text/html"})


class Desk:
    """A browser of one person; `answer` is what the server says to every save, and may be changed."""

    def __init__(self, app: Flask, context: BrowserContext) -> None:
        self.app, self.context = app, context
        self.answer: Answer = saved
        self.sent: list[str] = []
        self.token: Answer = answers(401)
        self.stored = ""

    def open(self) -> Page:
        page = self.context.new_page()
        page.goto(f"{HOME}/page")
        ready(page)
        page.evaluate("console.error = () => {}")
        return page

    def route(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOME).partition("?")[0]
        if route.request.url == HTMX_URL:
            headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
            route.fulfill(path=HTMX_FILE, headers=headers)
        elif path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(path=file, headers={"Content-Type": TYPES[file.suffix]})
        elif path.startswith("/save/"):
            self.sent.append(route.request.post_data or "")
            self.answer(route)
        elif path == "/token":
            self.token(route)
        else:
            with self.app.test_request_context("/page"):
                html = render_template_string(SOURCE, stored=self.stored)
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            route.fulfill(body=html, headers=headers)


@pytest.fixture
def desk(app: Flask, browser: Browser) -> Iterator[Desk]:
    """A writer's browser at a page with two questions."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = Desk(app, context)
    context.route("**/*", made.route)
    yield made
    context.close()


def state(page: Page, code: str = "q1") -> Locator:
    return page.locator(f"#{code}-field-saved")


def kept(page: Page) -> list[dict[str, Any]]:
    found = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('kept:')).sort()")
    return [{"key": key, **json.loads(value)} for key, value in found]


def test_a_saved_text_says_what_the_server_says(desk: Desk) -> None:
    page = desk.open()
    page.fill("#q1", "August")
    expect(page.locator("#q1-field-saved:not([role])")).to_have_text("Saved 2:02 PM")
    assert ("q1=August" in desk.sent[-1], "csrf_token=old" in desk.sent[-1], "q1-base=1%3Aa" in desk.sent[-1]) == (
        True, True, True,
    )  # fmt: skip
    assert kept(page) == []


def test_an_answer_without_words_is_saved_too(desk: Desk) -> None:
    desk.answer = answers(204)
    page = desk.open()
    page.fill("#q1", "August")
    expect(state(page)).to_have_text("Saved")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (cut, "Not saved, kept on this computer. Check the connection."),
        (answers(503), "Not saved, kept on this computer. We try again in a moment."),
        (answers(401), "Not saved, kept on this computer. You are signed out."),
        (answers(404), "Not saved, kept on this computer."),
    ],
    ids=["no network", "our side", "signed out", "refused"],
)
def test_a_text_that_is_not_saved_says_so_aloud_and_is_kept(desk: Desk, answer: Answer, words: str) -> None:
    desk.answer = answer
    page = desk.open()
    page.fill("#q1", "August")
    expect(page.locator("#q1-field-saved[role=alert].bad-t")).to_have_text(words)
    expect(page.locator("#q1")).to_have_value("August")
    [entry] = kept(page)
    assert (entry["key"].startswith("kept:7:1:q1-field:1:a:"), entry["inputs"], entry["base"]) == (
        True, [["q1", "August"]], "1:a",
    )  # fmt: skip


def test_what_could_not_be_kept_stays_on_the_page_and_the_page_asks_before_it_closes(desk: Desk) -> None:
    desk.answer = cut
    page = desk.open()
    page.evaluate("void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') })")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#q1").press_sequentially("August")
    expect(state(page)).to_have_text("Not saved. Your text stays here. Check the connection.")
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


def test_it_saves_itself_once_the_network_is_back(desk: Desk) -> None:
    desk.answer = cut
    page = desk.open()
    page.fill("#q1", "August")
    expect(state(page)).to_contain_text("Check the connection.")
    desk.answer = saved
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page)).to_have_text("Saved 2:02 PM")
    assert kept(page) == []


def test_what_was_typed_while_a_save_was_on_its_way_is_kept_under_the_new_base(desk: Desk) -> None:
    held: list[Route] = []
    desk.answer = held.append
    page = desk.open()
    page.fill("#q1", "August")
    expect(state(page)).to_have_text("Saving…")
    slow, desk.answer = first_of(page, held), cut
    page.fill("#q1", "August and May")
    saved(slow)
    expect(state(page)).to_contain_text("Check the connection.")
    assert [(entry["base"], entry["inputs"]) for entry in kept(page)] == [("2:c", [["q1", "August and May"]])]


def test_a_closed_window_offers_its_text_back_and_it_is_saved_from_its_old_base(desk: Desk) -> None:
    desk.answer = cut
    first = desk.open()
    first.fill("#q1", "August\nand May")
    expect(state(first)).to_contain_text("kept on this computer")
    first.close()
    desk.answer = saved
    page = desk.open()
    note = page.locator("#q1-field-kept")
    expect(note).to_contain_text("You wrote this on")
    # A check mark stands before what is said here: the good news comes first.
    expect(page.locator("#said")).to_have_text("Kept on this computer, not saved yet: 1. See the notes on this page.")
    assert (axe(page), sideways(page)) == ([], 0)
    note.get_by_text("Show it").press("Enter")
    expect(note.locator("blockquote p")).to_have_text(["August", "and May"])
    page.locator("#saved-q1 [name=q1-base]").evaluate("input => { input.value = '5:z' }")
    note.get_by_role("button", name="Use it").press("Enter")
    expect(page.locator("#q1")).to_have_value("August\nand May")
    expect(page.locator("#q1")).to_be_focused()
    expect(state(page)).to_have_text("Saved 2:02 PM")
    assert "q1-base=1%3Aa" in desk.sent[-1]
    assert (note.count(), kept(page)) == (0, [])


def test_a_choice_is_offered_in_its_words_and_taken(desk: Desk) -> None:
    desk.answer = cut
    first = desk.open()
    first.check("#q2-1")
    expect(state(first, "q2")).to_contain_text("kept on this computer")
    first.close()
    desk.answer = saved
    page = desk.open()
    note = page.locator("#q2-field-kept")
    note.get_by_text("Show it").click()
    expect(note.locator("blockquote")).to_have_text("Some schools")
    note.get_by_role("button", name="Use it").click()
    expect(page.locator("#q2-1")).to_be_checked()
    expect(state(page, "q2")).to_have_text("Saved 2:02 PM")


def test_a_dropped_text_does_not_come_back(desk: Desk) -> None:
    left_behind(desk, "August")
    page = desk.open()
    page.get_by_role("button", name="Drop it").click()
    expect(page.locator("#q1")).to_be_focused()
    assert (page.locator("#q1-field-kept").count(), kept(page)) == (0, [])
    page.reload()
    assert page.locator("#q1-field-kept").count() == 0


def test_one_note_a_field_and_the_older_text_after_it(desk: Desk) -> None:
    for text in ("Older", "Newer"):
        left_behind(desk, text)
    page = desk.open()
    note = page.locator("#q1-field-kept")
    expect(note).to_have_count(1)
    expect(note.locator("blockquote")).to_have_text("Newer")
    page.get_by_role("button", name="Drop it").click()
    expect(note.locator("blockquote")).to_have_text("Older")


def test_what_the_server_has_meanwhile_is_not_offered(desk: Desk) -> None:
    left_behind(desk, "August ")
    desk.stored = "August"
    page = desk.open()
    assert (page.locator("#q1-field-kept").count(), kept(page)) == (0, [])


@pytest.mark.parametrize(
    ("key", "at"),
    [("kept:8:1:q1-field:1:a:x", 0), ("kept:7:2:q1-field:1:a:x", 0), ("kept:7:1:q1-field:1:a:x", -61 * DAY)],
    ids=["another person", "another letter", "long ago"],
)
def test_nobody_else_is_offered_it_and_nothing_old(desk: Desk, key: str, at: int) -> None:
    page = desk.open()
    page.evaluate(
        "([key, at]) => localStorage.setItem(key, JSON.stringify("
        "{at: Date.now() + at, page: '/page', id: 'q1-field', base: '1:a', inputs: [['q1', 'August']]}))",
        [key, at],
    )
    page.reload()
    assert page.locator("#q1-field-kept").count() == 0
    assert len(kept(page)) == (0 if at else 1)


def test_the_text_of_a_field_that_is_gone_can_be_read_and_dropped(desk: Desk) -> None:
    page = desk.open()
    page.evaluate(
        "localStorage.setItem('kept:7:1:row-5-field:1:a:x', JSON.stringify({at: Date.now(), page: '/page',"
        " id: 'row-5-field', base: '1:a', inputs: [['row-5-name', '<b>Nurse</b>']]}))"
    )
    page.reload()
    note = page.locator("#row-5-field-kept")
    expect(note.locator("blockquote")).to_have_text("<b>Nurse</b>")
    assert note.get_by_role("button").all_inner_texts() == ["Drop it"]
    note.get_by_role("button").click()
    assert kept(page) == []


def test_damaged_entries_disturb_nobody(desk: Desk) -> None:
    page = desk.open()
    page.evaluate("localStorage.setItem('kept:7:1:q1-field:1:a:x', '{half')")
    page.reload()
    page.fill("#q1", "August")
    expect(state(page)).to_have_text("Saved 2:02 PM")
    assert kept(page) == []


def test_after_signing_in_elsewhere_saving_goes_on_with_the_new_token(desk: Desk) -> None:
    desk.answer = answers(401)
    page = desk.open()
    page.fill("#q1", "August")
    expect(page.get_by_role("link", name="Sign in in another window")).to_have_attribute("href", "/sign-in")
    assert (axe(page), sideways(page)) == ([], 0)
    desk.token = answers(200, '<input type="hidden" name="csrf_token" value="new" data-who="7">')
    desk.answer = saved
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(page)).to_have_text("Saved 2:02 PM")
    expect(page.locator("#refusal")).to_be_empty()
    assert "csrf_token=new" in desk.sent[-1]


def test_under_somebody_elses_sign_in_nothing_is_saved(desk: Desk) -> None:
    desk.answer = answers(401)
    page = desk.open()
    page.fill("#q1", "August")
    expect(state(page)).to_contain_text("You are signed out.")
    desk.token = answers(200, '<input type="hidden" name="csrf_token" value="new" data-who="8">')
    sent = len(desk.sent)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#refusal")).to_contain_text("Somebody else is signed in here now.")
    assert (len(desk.sent), len(kept(page))) == (sent, 1)


def test_a_token_of_another_sign_in_is_renewed_once(desk: Desk) -> None:
    desk.answer = answers(400)
    desk.token = answers(200, '<input type="hidden" name="csrf_token" value="new" data-who="7">')
    page = desk.open()
    with page.expect_response(lambda answer: "csrf_token=new" in (answer.request.post_data or "")):
        page.fill("#q1", "August")
    expect(state(page)).to_have_text("Not saved, kept on this computer.")
    assert ["csrf_token=new" in body for body in desk.sent] == [False, True]


def test_a_form_waits_until_its_texts_are_saved(desk: Desk) -> None:
    held: list[Route] = []
    desk.answer = held.append
    page = desk.open()
    page.fill("#q1", "August")
    page.get_by_role("button", name="Go on").click()
    expect(state(page)).to_have_text("Saving…")
    slow, desk.answer = first_of(page, held), saved
    saved(slow)
    expect(page.locator("#q1")).to_have_value("")  # the next page
    assert ({"q1=August" in body for body in desk.sent}, kept(page)) == ({True}, [])


def test_a_form_whose_text_cannot_be_saved_stays(desk: Desk) -> None:
    desk.answer = cut
    page = desk.open()
    page.locator("#q1").press_sequentially("August")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#refusal")).to_have_text(
        "This did not go through. Check the connection; your text is kept here."
    )
    expect(page.locator("#q1")).to_have_value("August")


def ready(page: Page) -> None:
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")


def left_behind(desk: Desk, text: str) -> None:
    """A window in which `text` was typed without a network, and which was closed."""
    answer, desk.answer = desk.answer, cut
    page = desk.open()
    page.fill("#q1", text)
    expect(state(page)).to_contain_text("kept on this computer")
    page.close()
    desk.answer = answer
