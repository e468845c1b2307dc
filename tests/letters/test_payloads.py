"""What nobody should type, into every field of every kind: a sentence, never a mistake of ours, and nothing lost."""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.letters.builders import SETTINGS, Place
from tests.letters.kind_pages import PART, PDF, the_letter
from tests.letters.kinds import with_new_kinds
from tests.letters.pages import at_letter

PAYLOADS: list[str] = [
    "",
    " \t ",
    "\r\n\r\n",
    "0",
    "-1",
    "1e309",
    "nan",
    "inf",
    "9" * 20,
    str(2**63),
    "0x10",
    "1_000",
    "²",
    "٣٤",
    "½",
    "true",
    "null",
    "[]",
    "{}",
    "__proto__",
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</textarea><b>",
    "{{7*191}}",
    "{% if x %}",
    "{event.__class__}",
    "%s%n",
    "'; drop table answers; --",
    "../../etc/passwd",
    "name\r\nBcc: other@example.org",
    "=HYPERLINK(1)",
    "javascript:alert(1)",
    "http://example.org/",
    "a\u202egnp.exe",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "Ünïcödé 漢字 🎒",
    "a\u0300" * 50,
    "x" * 6_000,
    "word " * 4_100,
]
FIELDS: dict[str, tuple[str, ...]] = {  # question of the newer kinds: the names of its inputs
    "q1": ("q1",), "q2": ("q2",), "q3": ("q3",), "q4": ("q4", "q4-other", "q4-more"), "q5": ("q5", "q5-shows"),
    "q6": ("q6", "q6-other"), "q8": ("q8",), "q10": ("q10", "q10-file", "do", "keep"),
    "q12": ("q12-c1", "q12-c1-why", "q12-c9"),
}  # fmt: skip
OLDER: dict[str, tuple[str, ...]] = {
    "q1": ("q1", "q1-students"), "q2": ("q2-name", "q2-email", "q2-phone"), "q3": ("q3",), "q4": ("q4", "q4-other"),
    "q6": ("q6-0", "q6-4"), "q8": ("q8", "q8-more"), "q9": ("q9",), "q10": ("q10", "keep", "do"),
}  # fmt: skip
RIGHT = {200, 303, 400, 409, 422}


def test_there_are_as_many_as_are_tried_from_outside() -> None:
    assert (len(PAYLOADS), set(OLDER) < set(SETTINGS)) == (39, True)


@pytest.mark.parametrize("code", FIELDS)
def test_no_payload_breaks_one_of_the_newer_kinds(writer: FlaskClient, place: Place, code: str) -> None:
    here = with_new_kinds(place)
    assert broken(writer, here, code, FIELDS[code]) == []


@pytest.mark.parametrize("code", OLDER)
def test_no_payload_breaks_one_of_the_older_kinds(writer: FlaskClient, place: Place, code: str) -> None:
    assert broken(writer, place, code, OLDER[code]) == []


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_name_of_a_file_breaks_anything(writer: FlaskClient, place: Place, name: str) -> None:
    here = with_new_kinds(place)
    path = at_letter(the_letter(here), f"/answers/{here.questions()['q10'].id}")
    answer = writer.post(path, data={"q10-base": "0:", "q10-file": (BytesIO(PDF), name)}, headers=PART)
    assert answer.status_code in RIGHT


@pytest.mark.parametrize("file", ["q1", "q1-base", "q12-c1", "keep"])
def test_a_file_where_a_text_belongs_is_no_mistake_of_ours(writer: FlaskClient, place: Place, file: str) -> None:
    here = with_new_kinds(place)
    data = {"q1-base": "0:", file: (BytesIO(PDF), "Plan.pdf")}
    assert writer.post(at_letter(the_letter(here), "/sections/basics"), data=data).status_code in RIGHT


@pytest.mark.parametrize("base", PAYLOADS)
def test_no_base_breaks_anything(writer: FlaskClient, place: Place, base: str) -> None:
    here = with_new_kinds(place)
    path = at_letter(the_letter(here), f"/answers/{here.questions()['q1'].id}")
    assert writer.post(path, data={"q1-base": base, "q1": "Reading"}, headers=PART).status_code in RIGHT


def broken(client: FlaskClient, here: Place, code: str, names: tuple[str, ...]) -> list[str]:
    """What went wrong with each payload in these inputs, saved by itself and by the section's form."""
    letter, question = the_letter(here), here.questions()[code]
    paths = [at_letter(letter, f"/answers/{question.id}"), at_letter(letter, f"/sections/{question.section.slug}")]
    found = []
    for text in PAYLOADS:
        for path in paths:
            data = {f"{code}-base": "0:", **dict.fromkeys(names, text)}
            answer = client.post(path, data=data, headers=headers_of(path))
            found += [f"{path} {text[:40]!r}: {fault}" for fault in faults(answer.status_code, answer.text, text)]
    pages = [paths[1], *(at_letter(letter, path) for path in ("", "/check", "/whole"))]
    codes = {path: client.get(path).status_code for path in pages}
    return found + [f"{path}: {status}" for path, status in codes.items() if status != 200]


def faults(status: int, html: str, text: str) -> list[str]:
    found = [] if status in RIGHT else [f"status {status}"]
    if any(sign in html for sign in ("<script>alert", "<img src=x", "</textarea><b>")):
        found.append("markup came through")
    if "{{7*191}}" in text and "1337" in html:
        found.append("a template was run")
    if (
        status == 422
        and "<textarea" in html
        and len(text) > 5_000
        and "q5-1" not in html
        and escape(text.strip()) not in html
    ):
        found.append("what was typed is gone")
    return found


def headers_of(path: str) -> dict[str, Any]:
    return PART if "/answers/" in path else {}
