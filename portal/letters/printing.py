"""The letter on paper: the very page that is read on the screen, as a PDF."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import render_template

from portal.core import storage
from portal.core.db import after_commit, db, lock, transaction
from portal.core.errors import CannotKeep
from portal.core.pdf import pdf_of

from .models import Submission

log = logging.getLogger("portal.letters")
PRINT_TRIES = 3  # how often the worker tries to print a submission before it gives up


def pdf_of_submission(submission: Submission) -> bytes:
    """The letter as it was sent, as a tagged PDF. Raises RuleBroken where this machine makes none (core/pdf)."""
    return print_letter(submission.content, submission, submission.letter.round.community, title_of(submission))


def print_letter(content: Mapping[str, Any], version: Any, community: Any, title: str) -> bytes:
    """The content of a letter as a tagged PDF; of the version it says the reference and when it was sent."""
    page = render_template(
        "letters/_whole.html", content=content, submission=version, community=community, zone=community.time_zone
    )  # fmt: skip
    return pdf_of(page, title)


def title_of(submission: Submission) -> str:
    """What the document is called, inside and as a file: district, reference."""
    return f"Interest letter of {submission.content['district']['name']}, {submission.reference}"


def keep_pdf(submission_id: int) -> bool:
    """Make the PDF of a submission once, and keep it. Says whether it did.

    What goes wrong is logged; after PRINT_TRIES the page offers print alone. A disk that is full costs no try.
    """
    if not _count_try(submission_id, 1):
        return False
    try:
        content = pdf_of_submission(db.session.get_one(Submission, submission_id))
        with storage.keeping(content) as kept, transaction():
            return _take(submission_id, kept.key)
    except CannotKeep:
        _count_try(submission_id, -1)
        raise
    except Exception:
        log.exception("submission %s could not be printed", submission_id)
        return False


def _count_try(submission_id: int, count: int) -> bool:
    # Counted before it begins: a letter that brings the worker down does so three times at most.
    with transaction():
        submission = lock(db.session.get_one(Submission, submission_id))
        if submission.pdf_key or (count > 0 and submission.pdf_tries >= PRINT_TRIES):
            return False
        submission.pdf_tries += count
    return True


def _take(submission_id: int, key: str) -> bool:
    submission = lock(db.session.get_one(Submission, submission_id))
    if submission.pdf_key:  # another worker was quicker
        after_commit(storage.forget, key)
        return False
    submission.pdf_key = key
    return True
