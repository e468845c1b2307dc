"""A letter as a PDF that screen readers can read. Where the machine lacks the libraries, pages offer print instead.

Ask `is_available()` where a page offers the PDF. Make it in the worker, or behind a door that `core/limits` guards: a
page takes about 50 ms, and the process that makes the first one holds 30 MB more from then on.
"""

from __future__ import annotations

from ctypes.util import find_library
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from .errors import RuleBroken
from .text import one_line

SHEET = "print.css"
FRAME = Markup(
    '<!doctype html><html lang="en-US"><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><main>{body}</main></body></html>"
)
RUNNING = '\n@page {{ @top-left {{ content: "{title}" }} }}'
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
LOCK = Lock()  # Pango's and fontconfig's caches are shared by all threads


@cache
def is_available() -> bool:
    """Whether this machine can make PDFs, by what is installed: a web server that only offers them loads nothing."""
    return find_spec("weasyprint") is not None and all(map(find_library, LIBRARIES))


def why_not() -> str:
    """Why this machine makes no PDFs, for the operator; empty where it does."""
    try:
        _press()
    except (ImportError, OSError) as error:  # a library that is missing is an OSError
        return f"{str(error).partition(chr(10))[0]}. Install: {PACKAGES}"
    return ""


def pdf_of(html: str, title: str) -> bytes:
    """The part of a page `html` on paper: tagged, with `title`, page numbers and bookmarks from its headings.

    `html` is what stands in a page's <main>, from our own templates. Nothing that it names is fetched. Raises
    RuleBroken where this machine makes no PDFs.
    """
    if why_not():
        raise RuleBroken("This portal makes no PDFs just now. Print the page instead: it reads the same on paper.")
    title = one_line(title)
    sheet = (Path(str(current_app.static_folder)) / SHEET).read_text() + RUNNING.format(title=_quoted(title))
    with LOCK:
        return bytes(_press().print_out(FRAME.format(title=title, body=Markup(html)), sheet))


def _quoted(text: str) -> str:
    """`text` inside a string of CSS, where nothing in it ends the string."""
    return "".join(sign if sign.isalnum() or sign in " .,-" else f"\\{ord(sign):x} " for sign in text)


def _press() -> Any:
    return import_module("portal.core.press")  # only now, see above
