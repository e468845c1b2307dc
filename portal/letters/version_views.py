"""Doors of what was sent: every version to read, to print, to take away and to compare."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.uploads import send_kept

from .models import Letter, Submission
from .pages import file_url, found_letter, may_here
from .printing import title_of
from .queries import version_that_counts
from .submitting import whole_content
from .versions import find_version, versions_page
from .views import LETTER, bp

VERSION = f"{LETTER}/versions/<id:number>"


@bp.get(f"{LETTER}/versions")
def versions(letter_id: int) -> ResponseReturnValue:
    letter = found_letter(letter_id)
    live = whole_content(letter) if may_here("write", letter) or may_here("take back", letter) else None
    shown = versions_page(letter, {key: request.args.get(key, type=int) for key in ("from", "to")}, live)
    if not shown["versions"]:
        abort(404)
    return render_template("letters/versions.html", here="district", **shown, **_addresses(letter, shown["versions"]))


@bp.get(VERSION)
def version(letter_id: int, number: int) -> ResponseReturnValue:
    letter, sent = _found(letter_id, number)
    return render_template(
        "letters/whole.html", letter=letter, submission=sent, content=sent.content, here="district",
        file_url=file_url(letter),
    )  # fmt: skip


@bp.get(f"{VERSION}.pdf")
def version_file(letter_id: int, number: int) -> Response:
    _, sent = _found(letter_id, number)
    return send_kept(sent.pdf_key or abort(404), f"{title_of(sent)}.pdf")


def _found(letter_id: int, number: int) -> tuple[Letter, Submission]:
    letter = found_letter(letter_id)
    return letter, find_version(letter, number) or abort(404)


def _addresses(letter: Letter, versions: Any) -> dict[str, Any]:
    return {
        name: {
            one.number: url_for(f"letters.{endpoint}", letter_id=letter.id, number=one.number) for one in versions
        }
        for name, endpoint in (("read", "version"), ("file", "version_file"))
    } | {"counts": version_that_counts(letter) is not None}  # fmt: skip
