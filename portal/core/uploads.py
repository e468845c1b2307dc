"""What people hand in as files, and how it goes out again: checked by its content, served so that it cannot act."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, abort, current_app
from werkzeug.datastructures import FileStorage

from .errors import RuleBroken
from .storage import is_there, pieces_of
from .text import one_line

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE  # of one file, whatever a round allows: the settings take 12 MB at once, the form around it too
LONGEST = 120  # characters of a name
HEAD = re.compile(rb"%PDF-[12]\.\d")
TAIL = 1024  # bytes at the end in which a PDF says that it is whole. Source: ISO 32000-1, implementation notes
POLICY = "sandbox; default-src 'none'"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # line ends, and marks that turn "fdp.exe" around


@dataclass(frozen=True)
class Upload:
    """A file that may be kept: the name to show, and its content."""

    name: str
    content: bytes


def checked_pdf(file: FileStorage | None, most_bytes: int) -> Upload:
    """The PDF that was handed in. Raises RuleBroken with the reason: none, empty, too large, no PDF, a part of one."""
    if file is None or not file.filename:
        raise RuleBroken("Choose a PDF file first.")
    most = min(most_bytes, LARGEST)
    content = file.stream.read(most + 1)
    if not content:
        raise RuleBroken("This file is empty. Choose the PDF again.")
    if len(content) > most:
        raise RuleBroken(f"This file is larger than {megabytes(most)}. Save it smaller, or leave pages out.")
    if not HEAD.match(content):
        raise RuleBroken("This file is not a PDF, whatever its name says. Save it as a PDF, then choose it again.")
    if b"%%EOF" not in content[-TAIL:]:
        raise RuleBroken("The end of this PDF is missing. Save it once more, then choose it again.")
    return Upload(clean_name(file.filename), content)


def clean_name(text: str) -> str:
    """A name to show and to save under: one line, no folders, no control characters, at most 120 characters, .pdf."""
    stem = re.sub(r"(\s*\.pdf)+$", "", _plain(re.split(r"[/\\]", text)[-1]), flags=re.IGNORECASE).strip(". ")
    return f"{stem[: LONGEST - 4].rstrip('. ') or 'file'}.pdf"


def send_kept(key: str, name: str) -> Response:
    """The kept PDF, to be saved as `name` and never shown or run inside the portal. 404 where it is gone."""
    if not is_there(key):
        current_app.logger.error("a kept file is missing: %s", key)
        abort(404)
    return attached(Response(pieces_of(key), mimetype="application/pdf"), name)


def attached(response: Response, name: str) -> Response:
    """Make `response` a file to save as `name`: no browser guesses its kind, runs what is in it, or keeps a copy."""
    response.headers["Content-Disposition"] = _disposition(_plain(name))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def megabytes(count: int) -> str:
    """A number of bytes as people read it on their own machine, such as 10 MB."""
    return f"{count / MEGABYTE:.1f}".removesuffix(".0") + " MB"


def _plain(text: str) -> str:
    line = one_line(unicodedata.normalize("NFC", text))
    return one_line("".join(sign for sign in line if unicodedata.category(sign) not in UNSEEN))


def _disposition(name: str) -> str:
    """The name in plain letters for old programs, then as it is. Source: RFC 6266, appendix D."""
    simple = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    simple = re.sub(r"^(?=\.|$)", "file", re.sub(r'["\\%;]', "_", simple).strip())
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='')}"
