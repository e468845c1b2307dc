"""A form of a page as a browser without scripts would send it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from portal.rounds.models import Round

ROUNDS = "/eclc/staff/rounds/"


def path_of(round: Round, rest: str = "") -> str:
    return f"{ROUNDS}{round.id}/{rest}"


class Inputs(HTMLParser):
    """What a browser would send for the form that carries `seen`: every input as it stands, checked boxes as lists."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.area = self.menu = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            if "checked" in given:
                self.forms[-1].setdefault(name, []).append(value)
        elif tag == "input":
            self.forms[-1][name] = value
        elif tag == "textarea":
            self.area, self.forms[-1][name] = name, ""
        elif tag == "select":
            self.menu = name
        elif tag == "option" and "selected" in given:
            self.forms[-1][self.menu] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1][self.area] = data.removeprefix("\r").removeprefix("\n")


def form_of(page: TestResponse) -> dict[str, Any]:
    [form] = [form for form in Inputs(page.text).forms if "seen" in form]
    return form
