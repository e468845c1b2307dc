"""A letter as a PDF that screen readers can read. Where the machine lacks the libraries, pages offer print instead.

Ask `is_available()` where a page offers the PDF; make it in the worker, or behind a door that `core/limits` guards.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

SHEET = "print.css"
FRAME = Markup(
    '<!doctype html><html lang="en-US"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body><p class="running" aria-hidden="true">{title}</p><main>{body}</main></body></html>'
)
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
LOCK = Lock()  # Pango's and fontconfig's caches are shared by all threads


def is_available() -> bool:
    """Whether this machine can make PDFs."""
    return not why_not()


@cache
def why_not() -> str:
    """Why this machine makes no PDFs, for the operator; empty where it does."""
    try:
        _press()
    except (ImportError, OSError) as error:  # a missing library is an OSError of cffi
        return f"No PDFs are made: {str(error).partition(chr(10))[0]}"
    return ""


def pdf_of(html: str, title: str) -> bytes:
    """The part of a page `html` on paper: tagged, with `title`, page numbers and bookmarks from its headings.

    `html` is what stands in a page's <main>, from our own templates. Nothing that it names is fetched.
    """
    sheet = (Path(str(current_app.static_folder)) / SHEET).read_text()
    document = FRAME.format(title=title, body=Markup(html))
    with LOCK:
        return bytes(_press().print_out(document, sheet))


def _press() -> Any:
    # Only here: with its fonts and libraries the package would cost each web worker 30 MB from its start.
    return import_module("portal.core.press")
