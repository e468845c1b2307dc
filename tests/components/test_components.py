"""The parts pages are made of: they name themselves, they say where they stand, and they let no markup through."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict

from portal.core.web import Page
from portal.home.pebbles import Pebble, cluster
from tests.components import gallery

EVIL = '<b onclick="x">"evil"</b>'
SAFE = "&lt;b onclick=&#34;x&#34;&gt;&#34;evil&#34;&lt;/b&gt;"
Draw = Callable[..., str]


@pytest.fixture
def draw(app: Flask) -> Draw:
    """draw("ui", "btn('Go')", name=value): what a macro of a component file makes."""

    def one(file: str, call: str, path: str = "/somewhere", **context: object) -> str:
        with app.test_request_context(path):
            return render_template_string(
                '{% import "components/' + file + '.html" as m %}{{ m.' + call + " }}", **context
            )

    return one


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("ui", "btn(evil, name=evil)"),
        ("ui", "link(evil, '/there')"),
        ("ui", "status('check', evil, 'good')"),
        ("ui", "seats(1, 2, evil)"),
        ("ui", "note(evil)"),
        ("ui", "track(evil, 'now', evil, evil)"),
        ("ui", "crumb([('/there', evil)], evil)"),
        ("ui", "facts([(evil, evil)])"),
        ("ui", "tabs([('/there', evil, 1, true)], evil)"),
        ("lists", "empty(evil, evil, ('/there', evil))"),
        ("errors", "error_summary([('a', evil)])"),
        ("fields", "text_field('a', 'a', evil, evil, hint=evil, error=evil)"),
        ("fields", "text_area('a', 'a', evil, evil, hint=evil, error=evil)"),
        ("fields", "select_field('a', 'a', evil, [(evil, evil)])"),
        ("fields", "choice('a', 'a', evil, evil, evil)"),
        ("confirm", "confirm(evil, evil, '/there', evil, '/back', typed=evil)"),
    ],
)
def test_words_of_people_are_never_markup(draw: Draw, file: str, call: str) -> None:
    html = draw(file, call, evil=EVIL)
    assert EVIL not in html
    assert SAFE in html


def test_an_icon_is_hidden_from_those_who_listen(draw: Draw) -> None:
    assert re.fullmatch(
        r'<svg class="i" aria-hidden="true"><use href="/static/icons\.svg\?v=\w+#check"/></svg>',
        draw("ui", "icon('check')"),
    )


@pytest.mark.parametrize(("tone", "classes"), [("", "st"), ("good", "st good"), ("now", "st now"), ("bad", "st bad-t")])
def test_a_status_is_a_word_with_an_icon(draw: Draw, tone: str, classes: str) -> None:
    html = draw("ui", "status('clock', 'Waits', tone)", tone=tone)
    assert html.startswith(f'<span class="{classes}"><svg')
    assert html.endswith("<span>Waits</span></span>")


def test_a_leaf_is_a_time_in_the_zone_of_the_community(draw: Draw) -> None:
    html = draw("ui", "leaf(moment, 'Asia/Tokyo')", moment=gallery.MOMENT.replace(hour=20))
    assert html == '<time class="leaf" datetime="2026-11-04"><span>Nov</span> <b>4</b> <span>Wed</span></time>'


def test_a_leaf_takes_a_plain_date(draw: Draw) -> None:
    html = draw("ui", "leaf(day, 'Asia/Tokyo', big=true)", day=date(2026, 11, 3))
    assert html == '<time class="leaf big" datetime="2026-11-03"><span>Nov</span> <b>3</b> <span>Tue</span></time>'


@pytest.mark.parametrize(
    ("taken", "capacity", "cls", "drawn", "of"),
    [(31, 36, "bar", 31, 36), (36, 36, "bar w", 36, 36), (38, 36, "bar w", 36, 36), (0, 0, "bar w", 0, 1)],
)
def test_seats_are_a_bar_with_words(draw: Draw, taken: int, capacity: int, cls: str, drawn: int, of: int) -> None:
    html = draw("ui", "seats(taken, capacity)", taken=taken, capacity=capacity)
    assert f'class="{cls}" viewBox="0 0 {of} 1"' in html
    assert f'<rect width="{drawn}" height="1"/>' in html
    assert f"{taken} of {capacity} seats taken" in html


@pytest.mark.parametrize(
    ("state", "start"), [("done", '<li class="done">'), ("now", '<li aria-current="step">'), ("next", "<li>")]
)
def test_a_track_says_what_is_done_and_where_one_is(draw: Draw, state: str, start: str) -> None:
    assert draw("ui", "track('Submitted', state)", state=state) == f"{start}<h3>Submitted</h3></li>"


def test_facts_leave_out_what_is_not_known(draw: Draw) -> None:
    html = draw("ui", "facts([('Where', ''), ('When', 'Now')])")
    assert html == '<dl class="facts"><div><dt>When</dt><dd>Now</dd></div></dl>'


@pytest.mark.parametrize(
    ("count", "title"),
    [(1, "One answer needs another look"), (2, "Two answers need another look"), (13, "13 answers need another look")],
)
def test_the_error_summary_counts_in_words_and_takes_the_cursor(draw: Draw, count: int, title: str) -> None:
    html = draw("errors", "error_summary(errors)", errors=[(f"q{n}", "Give a number") for n in range(count)])
    assert 'role="alert" tabindex="-1" autofocus aria-labelledby="errors-title"' in html
    assert f'<h2 class="say" id="errors-title">{title}</h2>' in html
    assert html.count("<li>") == count
    assert '<a href="#q0">Give a number</a>' in html


def test_without_errors_there_is_no_summary(draw: Draw) -> None:
    assert draw("errors", "error_summary([])") == ""


def test_the_summary_of_a_form_leads_to_each_field(draw: Draw) -> None:
    html = draw("errors", "summary_of(form)", form=gallery.filled_form())
    assert re.findall(r'href="#([^"]+)"', html) == ["days", "learners-0", "accept"]


def test_a_field_with_a_slip_says_so_to_everyone(draw: Draw) -> None:
    html = draw("fields", "field(form.days, cls='w6', inputmode='numeric')", form=gallery.filled_form())
    assert '<label for="days">Days a year' in html
    assert '<p class="hint" id="days-hint">From 0 to 12</p>' in html
    assert re.search(r'<p class="err" id="days-error"><svg.*</svg> Give a number of days from 0 to 12</p>', html)
    expected = {'aria-describedby="days-hint days-error"', 'aria-invalid="true"', 'inputmode="numeric"', 'value="15"'}
    assert expected - attributes_of("input", html) == set()


def test_a_field_without_a_slip_says_nothing_more(draw: Draw) -> None:
    html = draw("fields", "field(form.kind)", form=gallery.filled_form())
    assert "aria-" not in html
    assert "(optional)" not in html


def test_only_what_may_stay_empty_is_called_optional(draw: Draw) -> None:
    form = gallery.filled_form()
    assert "(optional)" not in draw("fields", "field(form.email)", form=form)
    assert "(optional)" in draw("fields", "field(form.which)", form=form)
    assert "(optional)" not in draw("fields", "field(form.which, optional=false)", form=form)


def test_the_browser_never_refuses_a_form_by_itself(draw: Draw) -> None:
    assert " required" not in draw("fields", "field(form.email)", form=gallery.filled_form())


def test_a_text_with_a_limit_has_a_place_for_its_words(draw: Draw) -> None:
    call = "field(form.why, words=4, count=6, **{'hx-post': '/there'})"
    html = draw("fields", call, form=gallery.filled_form())
    expected = {'data-words="4"', 'hx-post="/there"', 'aria-describedby="why-count"'}
    assert expected - attributes_of("textarea", html) == set()
    assert '<span id="why-count" class="bad-t">6 of 4 words</span>' in html


def test_choices_are_a_group_with_a_name(draw: Draw) -> None:
    html = draw("fields", "choices(form.learners)", form=gallery.filled_form())
    assert html.startswith(
        '<fieldset id="learners" class="bad" aria-describedby="learners-hint learners-error"><legend>Which'
    )
    assert re.findall(r'<label class="choice" for="([^"]+)"', html) == [f"learners-{n}" for n in range(4)]
    assert html.count(" checked ") == 4


def test_what_follows_a_choice_stands_right_after_it(draw: Draw) -> None:
    html = draw("fields", "choices(form.scope, more={'some': 'Which?'})", form=gallery.filled_form())
    assert '</label>\n<div class="more">Which?</div>' in html
    assert html.count('class="more"') == 1


def test_a_box_to_tick_keeps_what_was_ticked(draw: Draw) -> None:
    form = gallery.GalleryForm(MultiDict({"accept": "y"}))
    html = draw("fields", "check(form.accept)", form=form)
    assert '<input type="checkbox" id="accept" name="accept" value="y" checked>' in html


def test_a_box_with_a_slip_names_its_error(draw: Draw) -> None:
    html = draw("fields", "check(form.accept)", form=gallery.filled_form())
    assert 'aria-invalid="true" aria-describedby="accept-error"' in html
    assert 'id="accept-error"' in html


def test_a_plain_text_keeps_its_first_empty_line(draw: Draw) -> None:
    html = draw("fields", "text_area('a', 'a', 'Text', value)", value="\nbelow an empty line")
    assert ">\n\nbelow an empty line</textarea>" in html


def test_a_plain_select_shows_what_was_chosen(draw: Draw) -> None:
    html = draw("fields", "select_field('a', 'a', 'How many', [(1, 'One'), (2, 'Two')], '2')")
    assert '<option value="2" selected>Two</option>' in html
    assert '<option value="1">One</option>' in html


def test_a_pager_keeps_the_filters_and_nothing_that_could_lead_away(draw: Draw) -> None:
    page = Page(list(range(12)), 2, 12, 40)
    html = draw(
        "lists", "pager(page, 'rows')", path="/list?kind=series&kind=space&page=2&_scheme=javascript", page=page
    )
    assert "13–24 of 40" in html
    assert 'href="?kind=series&amp;kind=space&amp;_scheme=javascript&amp;page=1" rel="prev"' in html
    assert 'hx-get="/list?kind=series&amp;kind=space&amp;_scheme=javascript&amp;page=3" hx-select="#rows"' in html


def test_a_short_list_has_no_pager(draw: Draw) -> None:
    assert draw("lists", "pager(page)", page=Page([1], 1, 12, 1)) == ""


def test_pebbles_are_drawn_with_plain_numbers_and_titles(draw: Draw) -> None:
    html = draw("lists", "pebbles(drawn)", drawn=cluster([Pebble("Essex & Sons", 2500)]))
    assert '<circle cx="21.5" cy="21.5" r="20.0"><title>Essex &amp; Sons, 2,500 students</title></circle>' in html


def test_equal_scores_stand_side_by_side(draw: Draw) -> None:
    html = draw("lists", "strip([4, 3, 3])")
    assert re.findall(r'cx="([\d.]+)"', html) == ["77.5", "86.5", "118.0"]


def test_a_confirmation_names_what_to_type_and_has_a_way_back(draw: Draw) -> None:
    html = draw(
        "confirm",
        "confirm('Withdraw?', 'Readers stop.', '/there', 'Withdraw', '/back', typed='EH-1', error='Type EH-1')",
    )
    assert 'action="/there" method="post" novalidate hx-post="/there" hx-target="#confirm"' in html
    assert 'id="confirm-typed" name="typed"' in html
    assert 'aria-invalid="true"' in html
    assert '<button class="btn stop" type="submit">Withdraw</button>' in html
    assert '<a class="btn quiet" href="/back">Go back</a>' in html


def test_the_gallery_has_unique_ids_and_no_inline_style_or_script(app: Flask) -> None:
    html = gallery.render(app)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    assert re.findall(r"\sstyle=|<style|<script(?![^>]*src=)|\son\w+=", html) == []


def test_what_a_page_points_to_is_there(app: Flask) -> None:
    html = gallery.render(app)
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    named = re.findall(r'(?:for|aria-labelledby|aria-describedby)="([^"]+)"', html)
    assert [one for words in named for one in words.split() if one not in ids] == []


def test_every_icon_that_templates_name_is_in_the_sprite(app: Flask) -> None:
    with app.test_request_context():
        html = gallery.render(app)
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (gallery.STATIC / "icons.svg").read_text()))
    assert set(re.findall(r"icons\.svg\?v=\w+#([\w-]+)", html)) - drawn == set()


@pytest.mark.parametrize(
    ("name", "raw", "packed"), [("app.css", 24_000, 7_000), ("app.js", 8_500, 3_300), ("letter.js", 12_000, 4_500)]
)
def test_what_a_page_loads_stays_small(name: str, raw: int, packed: int) -> None:
    content = (gallery.STATIC / name).read_bytes()
    assert (len(content) <= raw, len(gzip.compress(content)) <= packed) == (True, True)


def attributes_of(tag: str, html: str) -> set[str]:
    """The attributes of the first `tag` in `html`, as they are written."""
    found = re.search(rf"<{tag}\b([^>]*)>", html)
    return set(re.findall(r'[\w-]+(?:="[^"]*")?', found[1])) if found else set()
