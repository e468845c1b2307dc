"""What people hand in as files, and how it goes out again: checked by its content, served so that it cannot act."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from flask import Response, abort, current_app, send_file
from werkzeug.datastructures import FileStorage

from .errors import RuleBroken
from .storage import is_there, open_kept

MEGABYTE = 1024 * 1024
LONGEST = 120  # characters of a name
TAIL = 1024  # bytes at the end in which a PDF says that it is whole. Source: ISO 32000, implementation note 18
POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True)
class Upload:
    """A file that may be kept: the name to show, and its content."""

    name: str
    content: bytes


def checked_pdf(file: FileStorage | None, most_bytes: int) -> Upload:
    """The PDF that was handed in. Raises RuleBroken with the reason: none, empty, too large, no PDF, a part of one."""
    if file is None or not file.filename:
        raise RuleBroken("Choose a PDF file first.")
    content = file.stream.read(most_bytes + 1)
    if not content:
        raise RuleBroken("This file is empty. Choose the PDF again.")
    if len(content) > most_bytes:
        raise RuleBroken(f"This file is larger than {megabytes(most_bytes)}. Save it smaller, or leave pages out.")
    _check_content(content)
    return Upload(clean_name(file.filename), content)


def clean_name(text: str) -> str:
    """A name to show and to save under: one line, no folders, no control characters, at most 120 characters, .pdf."""
    last = re.split(r"[/\\]", text)[-1]
    plain = "".join(sign for sign in unicodedata.normalize("NFC", last) if _is_plain(sign))
    stem = re.sub(r"(\.pdf)+$", "", " ".join(plain.split()), flags=re.IGNORECASE).strip(". ")
    return f"{stem[: LONGEST - 4].rstrip('. ') or 'file'}.pdf"


def send_kept(key: str, name: str) -> Response:
    """The kept file under `name`, to be saved and never shown or run inside the portal. 404 where it is gone."""
    if not is_there(key):
        current_app.logger.error("a kept file is missing: %s", key)
        abort(404)
    return attached(send_file(open_kept(key), mimetype="application/pdf"), name)


def attached(response: Response, name: str) -> Response:
    """Make `response` a file to save as `name`: no browser guesses its kind, runs what is in it, or keeps a copy."""
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def megabytes(count: int) -> str:
    """A number of bytes as people read it on their own machine, such as 10 MB."""
    return f"{count / MEGABYTE:.1f}".removesuffix(".0") + " MB"


def _check_content(content: bytes) -> None:
    if not content.startswith(b"%PDF-"):
        raise RuleBroken("This is not a PDF, whatever its name says. Save it as a PDF and choose it again.")
    if b"%%EOF" not in content[-TAIL:]:
        raise RuleBroken("The end of this PDF is missing. Save it anew and choose it again.")


def _is_plain(sign: str) -> bool:
    # Cc and Cf hold line ends and the marks that turn the reading direction around: "exe.fdp" reads as "pdf.exe".
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
