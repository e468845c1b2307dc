"""The sheet around every page: what a visitor gets, what a signed-in person gets, and what is said at the top."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask, flash, g, render_template_string, session

from portal.communities.models import Community
from tests.components.gallery import STATIC

PAGE = '{% extends "base.html" %}{% block title %}{{ title }}{% endblock %}{% block main %}<h1>Here</h1>{% endblock %}'
Sheet = Callable[..., str]


@dataclass(frozen=True)
class Teacher:
    """Somebody signed in who belongs to no community yet."""

    name: str = "Teacher <of> Beverly"
    is_signed_in: bool = True

    def communities(self) -> set[int]:
        return set()


@pytest.fixture
def sheet(app: Flask) -> Sheet:
    """sheet(heard=[(kind, sentence)], actor=…, **context): a page with nothing on it but its frame."""

    def one(heard: tuple[tuple[str, str], ...] = (), actor: Teacher | None = None, **context: object) -> str:
        with app.test_request_context("/"):
            if actor:
                g.actor = actor
            for kind, sentence in heard:
                flash(sentence, kind)
            return render_template_string(PAGE, **{"title": "Agenda", **context})

    return one


def test_a_visitor_gets_no_form_and_no_session(app: Flask) -> None:
    with app.test_request_context("/"):
        html = render_template_string(PAGE, title="Agenda")
        assert (session.modified, "<form" in html, "csrf" in html) == (False, False, False)
    assert "You are reading as a visitor." in html


def test_who_is_signed_in_can_sign_out_by_a_form(sheet: Sheet) -> None:
    html = sheet(actor=Teacher())
    assert "Signed in as Teacher &lt;of&gt; Beverly." in html
    assert re.search(r'<form class="row" action="([^"]+)" method="post" hx-post="\1"', html)
    assert '<input type="hidden" name="csrf_token"' in html


def test_a_page_says_its_name_and_its_community(sheet: Sheet) -> None:
    community = Community(slug="eclc", name="Essex & Friends", hue=222)
    html = sheet(community=community)
    assert "<title>Agenda · Essex &amp; Friends</title>" in html
    assert '<html lang="en-US" data-hue="210">' in html
    assert '<a class="mark" href="/eclc/">' in html


def test_a_page_of_the_portal_needs_no_community(sheet: Sheet) -> None:
    html = sheet()
    assert "<title>Agenda · Learning communities</title>" in html
    assert '<a class="mark" href="/">' in html


def test_every_hue_is_one_of_those_in_the_stylesheet(sheet: Sheet) -> None:
    styled = set(re.findall(r'\[data-hue="(\d+)"\]', (STATIC / "app.css").read_text()))
    pages = [sheet(community=Community(slug="a", name="A", hue=hue)) for hue in range(360)]
    assert {found for page in pages for found in re.findall(r'<html lang="en-US" data-hue="(\d+)"', page)} == styled


def test_the_menu_marks_where_one_is(sheet: Sheet) -> None:
    assert 'aria-current="page">Sign in</a>' in sheet(here="sign-in")
    assert "aria-current" not in sheet()


def test_what_was_done_is_said_politely_and_what_was_refused_at_once(sheet: Sheet) -> None:
    html = sheet(heard=(("said", "You have a <seat>"), ("refusal", "The round is closed.")))
    assert 'role="status" aria-live="polite">You have a &lt;seat&gt;</p>' in html
    assert 'id="refusal" role="alert"><p class="wrap">The round is closed.</p></div>' in html


def test_nothing_to_say_leaves_both_places_empty(sheet: Sheet) -> None:
    html = sheet()
    assert 'role="status" aria-live="polite"></p>' in html
    assert 'id="refusal" role="alert"></div>' in html


def test_the_refusal_of_a_form_stands_on_its_page(sheet: Sheet) -> None:
    assert '<p class="wrap">Choose another day.</p>' in sheet(refusal="Choose another day.")
