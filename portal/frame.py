"""What the frame around every page needs: names, files with their version, and where one can go from here."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from .communities.queries import words_named, words_of
from .core.access import me
from .core.headers import HTMX_INTEGRITY, HTMX_URL
from .core.inputs import SlugConverter
from .enrollments.ahead import seats_asked, team_ahead
from .letters.team_queries import edited_letters
from .rounds.desk import waiting_on
from .settings import ROOT

SITE_NAME = "Learning communities"
NavItem = tuple[str, str, str]
SLUG = re.compile(SlugConverter.regex)


class Sheet(Template):
    """A template as Jinja knows it, but what it imports is put together once.

    Jinja looks at each import anew whether the importing page was given globals that the imported macros lack. All
    templates have the same here, and a section of a letter imports fifty times: looking took a twentieth of the page.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def install(app: Flask) -> None:
    """Give every template the frame's words and functions."""
    app.jinja_env.template_class = Sheet
    app.jinja_env.globals.update(
        asset=asset, me=me, nav_items=nav_items, site_name=SITE_NAME, htmx_url=HTMX_URL, htmx_integrity=HTMX_INTEGRITY,
        desk_waiting=desk_waiting, team_ahead=team_ahead, seats_asked=seats_asked,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_names)
    app.extensions["landing"] = landing


def asset(name: str) -> str:
    """The address of a static file, with its version, so that browsers may keep it for good."""
    return _address(name, _root())


def nav_items() -> list[NavItem]:
    """Where this person can go from here: address, words, key. A page marks its own key with `here`."""
    place = shown_community()
    if place is None:
        return _own_items()
    pages = [("home.community", "Home", "home"), ("enrollments.agenda", "Agenda", "agenda")]
    if place.kind == "district_network":
        pages.append(("rounds.letter", "Letter", "letter"))
    if me().is_signed_in and (me().led_districts(place.id) or me().roles_at_members(place.id)):
        pages.append(("cohorts.district", "Our district", "district"))
    if me().has_permission(place.id, "staff", "admin"):
        pages.append(("letters.glance", "Staff", "staff"))
    elif me().has_permission(place.id, "reviewer"):
        pages.append(("reviews.queue", "Letters to read", "staff"))
    return [(_place(endpoint, place.slug, _root()), words, key) for endpoint, words, key in pages] + _own_items()


def desk_waiting() -> int:
    """How many things wait on the desk of the community's staff, for the way between their pages."""
    if "desk_waiting" not in g:
        g.desk_waiting = waiting_on(g.community.id).all
    return int(g.desk_waiting)


def landing() -> str:
    """Where somebody begins who signed in without a page in mind: staff at their round, leads at their district,
    co-editors at their letter."""
    place = shown_community()
    if place is None:
        return _own_letter() or url_for("enrollments.my")
    if me().has_permission(place.id, "staff", "admin"):
        return url_for("letters.glance", community=place.slug)
    if me().has_permission(place.id, "reviewer"):
        return url_for("reviews.queue", community=place.slug)
    if me().led_districts(place.id):
        return url_for("cohorts.district", community=place.slug)
    return _own_letter() or url_for("enrollments.my")


def shown_community() -> Any:
    """The community in whose frame a page is shown: the one in the address, also of a page that does not exist, else
    the only one the person belongs to.
    """
    if g.get("community") is not None:
        return g.community
    if "own_community" not in g:
        g.own_community = _where_it_led_nowhere() or _only_own()
    return g.own_community


def _where_it_led_nowhere() -> Any:
    if not has_request_context() or request.routing_exception is None:
        return None
    slug = request.path.split("/")[1]
    return words_named(slug) if SLUG.fullmatch(slug) else None


def _only_own() -> Any:
    known = me().communities() if has_request_context() and me().is_signed_in else set()
    return words_of(next(iter(known))) if len(known) == 1 else None


def _own_letter() -> str:
    """The letter that somebody writes who was asked to; empty for others."""
    for letter in edited_letters(me().account_id):
        return url_for("letters.show", community=letter.round.community.slug, letter_id=letter.id)
    return ""


def _own_items() -> list[NavItem]:
    if not me().is_signed_in:
        return [(url_for("accounts.sign_in"), "Sign in", "sign-in")]
    pages = [("enrollments.my", "My learning", "my"), ("accounts.account", "You", "you")]
    return [(_place(endpoint, None, _root()), words, key) for endpoint, words, key in pages]


def _names() -> dict[str, Any]:
    place = shown_community()
    return {
        "community": place,
        "zone": place.time_zone if place else "America/New_York",
        "is_demo": bool(current_app.config["DEMO_PASSWORD"]),
        "refusal": "",
    }


def _root() -> str:
    return request.script_root if request else str(current_app.config["BASE_URL"])


# Kept, as addresses of files are: the same handful stands on every page, and putting them together took 4 % of it.
@cache
def _place(endpoint: str, slug: str | None, root: str) -> str:
    return url_for(endpoint, community=slug) if slug else url_for(endpoint)


@cache
def _address(name: str, root: str) -> str:
    return url_for("static", filename=name, v=_version(Path(current_app.static_folder or ROOT / "static") / name))


def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
