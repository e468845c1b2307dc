"""A letter on paper: tagged for screen readers, and reaching for nothing outside of itself."""

from __future__ import annotations

import builtins
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from portal.core import pdf
from portal.core.errors import RuleBroken
from portal.doctor import notes

ROOT = Path(__file__).parents[2]
LETTER = """
<h1>Interest letter</h1><p>We are one of <b>nine</b> districts.</p>
<h2>Your team</h2><table><caption class="vh">The team</caption>
<thead><tr><th scope="col">Role</th></tr></thead><tbody><tr><td>Principal</td></tr></tbody></table>
<h2>What we promise</h2><ol><li>Come to every gathering.</li></ol><p class="noprint">Change this answer</p>
"""


def read(html: str = LETTER, title: str = "Interest letter of Sample River") -> PdfReader:
    return PdfReader(BytesIO(pdf.pdf_of(html, title)))


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def roles(node: Any) -> list[str]:
    """The tags of a PDF, read top-down."""
    node = node.get_object()
    if isinstance(node, list):
        return [role for child in node for role in roles(child)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/S"])] if "/S" in node else []
    return own + (roles(node["/K"]) if "/K" in node else [])


def test_a_pdf_says_what_it_is_to_a_screen_reader(app: Flask) -> None:
    reader = read()
    root = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Interest letter of Sample River"
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-US", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - a value of the PDF's own kind
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()


def test_headings_tables_and_lists_are_tagged_as_such(app: Flask) -> None:
    told = roles(read().trailer["/Root"]["/StructTreeRoot"])
    assert [role for role in told if role in {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/LI"}] == [
        "/H1", "/H2", "/Table", "/TH", "/TD", "/H2", "/L", "/LI",
    ]  # fmt: skip


def test_headings_become_bookmarks(app: Flask) -> None:
    outline = read().outline
    assert [entry.title for entry in outline if not isinstance(entry, list)] == ["Interest letter"]
    assert [entry.title for entry in outline[1]] == ["Your team", "What we promise"]


def test_a_pdf_shows_what_the_letter_says_and_no_buttons(app: Flask) -> None:
    shown = text_of(read())
    assert ("We are one of nine districts." in shown, "Principal" in shown) == (True, True)
    assert "Change this answer" not in shown


def test_every_page_has_its_number_and_all_but_the_first_the_title(app: Flask) -> None:
    reader = read(LETTER + "<p>And on it goes.</p>" * 60, 'Letter of "Sample" \\River; } @page { size: 1cm }')
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * 3
    assert ['Letter of "Sample" \\River; } @page { size: 1cm }' in page for page in pages] == [False, True, True]
    assert [round(float(page.mediabox.width)) for page in reader.pages] == [612] * 3


@pytest.mark.parametrize("typed", ["{{ 7*191 }}", '<b>bold</b> & "quoted"', "日本 Ürümqi"])
def test_a_title_is_only_text(app: Flask, typed: str) -> None:
    reader = read(title=typed)
    assert reader.metadata is not None
    assert reader.metadata.title == typed


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<img src="file:///etc/passwd" alt="x">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<style>@import "http://127.0.0.1:9/x.css"; p { background: url(file:///etc/passwd) }</style><p>x</p>',
        "<style>@font-face { font-family: x; src: url(http://127.0.0.1:9/x) } p { font-family: x }</style><p>x</p>",
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="file:///etc/passwd"/></svg>',
        '<object data="file:///etc/passwd"></object><embed src="file:///etc/passwd">',
        '<base href="file:///etc/"><img src="passwd" alt="x">',
    ],
)
def test_nothing_is_fetched_from_the_network_or_the_disk(
    app: Flask, html: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()  # its libraries and fonts are loaded now
    reached: list[object] = []
    real = builtins.open
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: reached.append(address))
    monkeypatch.setattr(builtins, "open", lambda name, *args, **kw: reached.append(name) or real(name, *args, **kw))
    reader = read(html)
    assert [place for place in reached if "passwd" in str(place) or "127.0.0.1" in str(place)] == []
    assert ("root:" in text_of(reader), dict(reader.attachments)) == (False, {})


def test_a_machine_without_the_libraries_offers_print(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_press", no_library)
    with pytest.raises(RuleBroken, match="Print the page instead"):
        pdf.pdf_of(LETTER, "Letter")
    assert pdf.why_not() == f"cannot load library 'libpango-1.0-0'. Install: {pdf.PACKAGES}"
    assert f"No PDFs are made: {pdf.why_not()}" in notes()


def test_a_machine_with_the_libraries_has_nothing_to_say_of_it(app: Flask) -> None:
    assert (pdf.is_available(), pdf.why_not()) == (True, "")
    assert [note for note in notes() if "PDF" in note] == []


@pytest.mark.parametrize("missing", ["pango-1.0", "pangoft2-1.0", "harfbuzz-subset"])
def test_a_page_knows_without_trying_that_a_library_is_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_library", lambda name: None if name == missing else f"lib{name}.so.0")
    pdf.is_available.cache_clear()
    try:
        assert pdf.is_available() is False
    finally:
        pdf.is_available.cache_clear()


def test_a_web_server_holds_neither_press_nor_workbooks_until_somebody_wants_them(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert asked.stdout == "True []\n"


STARTED = """
import sys
from pathlib import Path
from portal import create_app
from portal.core import pdf
from portal.settings import Settings

create_app(Settings.read({"SECRET_KEY": "for-tests-only"}, Path(sys.argv[1])))
heavy = {"weasyprint", "xlsxwriter", "fontTools", "PIL", "redis"}
print(pdf.is_available(), sorted(heavy & set(sys.modules)))
"""


def no_library() -> None:
    raise OSError("cannot load library 'libpango-1.0-0'\nAdditionally, ctypes.util.find_library() did not manage")
