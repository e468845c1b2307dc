"""The letter on paper: the very page that is read on the screen, as a PDF."""

from __future__ import annotations

from flask import render_template

from portal.core.pdf import pdf_of

from .models import Submission

PRINT_TRIES = 3  # how often the worker tries to print a submission before it gives up


def pdf_of_submission(submission: Submission) -> bytes:
    """The letter as it was sent, as a tagged PDF. Raises RuleBroken where this machine makes none (core/pdf)."""
    community = submission.letter.round.community
    page = render_template(
        "letters/_whole.html", content=submission.content, submission=submission, community=community,
        zone=community.time_zone,
    )  # fmt: skip
    return pdf_of(page, title_of(submission))


def title_of(submission: Submission) -> str:
    """What the document is called, inside and as a file: district, reference."""
    return f"Interest letter of {submission.content['district']['name']}, {submission.reference}"
