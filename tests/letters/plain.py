"""A browser without scripts, as small as it can be: reads a form off a page, fills it in, presses a button."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form as it stands on a page. `buttons`: their words, with the name and value that each sends."""

    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def has(self, button: str) -> bool:
        return any(words.startswith(button) for words in self.buttons)

    def sent_by(self, button: str) -> tuple[str, str]:
        return next(sent for words, sent in self.buttons.items() if words.startswith(button))


class Page(HTMLParser):
    """The forms of a page, what stands in their fields and what their buttons say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words = self.name = ""
        self.button = ("", "")
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if tag in ("textarea", "select"):
            self.name, self.words = given.get("name", ""), ""
        if tag == "button":
            self.button, self.words = (given.get("name", ""), given.get("value", "")), ""
        if self.forms and tag in ("input", "textarea", "select"):
            self.forms[-1].names.add(given.get("name", ""))
        if self.forms and is_filled(tag, given):
            self.forms[-1].values.append((given.get("name", self.name), given.get("value", "")))

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.forms:
            self.forms[-1].values.append((self.name, self.words.removeprefix("\n")))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons[" ".join(self.words.split())] = self.button


def is_filled(tag: str, given: dict[str, str]) -> bool:
    """Whether the browser would send what stands in this tag."""
    if tag == "option":
        return "selected" in given
    if given.get("type") in ("radio", "checkbox"):
        return "checked" in given
    return tag == "input" and given.get("type") != "file" and bool(given.get("name"))


class Plain:
    """Somebody's browser without scripts. `shown` is the page it is at."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.shown: TestResponse

    def go(self, path: str) -> TestResponse:
        """The page at `path`, or the one to which it sends on."""
        self.shown = self.client.get(path.partition("#")[0])
        return self.go(self.shown.location) if self.shown.status_code in (302, 303) else self.shown

    def press(self, button: str, **typed: Any) -> TestResponse:
        """Fill in the form that has a button with these words, and press it. Names may be written with _ for -."""
        form = next(one for one in Page(self.shown.text).forms if one.has(button))
        fields = {name if name in form.names else name.replace("_", "-"): value for name, value in typed.items()}
        assert set(fields) <= form.names, f"the page has no {set(fields) - form.names}"
        data: dict[str, Any] = {}
        for name, text in [*form.values, form.sent_by(button)]:
            if name and name not in fields:
                data.setdefault(name, []).append(text)
        files = {name: (BytesIO(file[1]), file[0]) for name, file in fields.items() if isinstance(file, tuple)}
        self.shown = self.client.post(form.action, data={**data, **fields, **files})
        return self.go(self.shown.location) if self.shown.status_code in (302, 303) else self.shown
