"""What the worker needs to write the mails about letters."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core.clock import now
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .content import content_of
from .deadlines import ends_at, is_open
from .models import Endorsement, Letter, Submission
from .queries import PURPOSE, last_submission
from .rules import is_waiting


@writes("endorsement_request")
def endorsement_request(endorsement_id: int) -> dict[str, Any] | None:
    """The private link to sign; nothing when it was answered, taken back or too late before the mail could leave."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    letter = endorsement.letter
    if not is_waiting(endorsement) or not is_open(letter, now()):
        return None
    token = token_of(endorsement, PURPOSE)
    url = url_for("letters.endorsement", community=letter.round.community.slug, token=token, _external=True)
    return {**_about(letter), "endorsement": endorsement, "url": url, "until": ends_at(letter)}


@writes("endorsement_signed")
def endorsement_signed(endorsement_id: int) -> dict[str, Any] | None:
    """The news that the letter is signed and can be submitted; nothing when it was submitted already."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    if endorsement.letter.status == "submitted":
        return None
    return {**_about(endorsement.letter), "endorsement": endorsement}


@writes("endorsement_declined")
def endorsement_declined(endorsement_id: int) -> dict[str, Any] | None:
    """The reason why the letter was not signed."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    return {**_about(endorsement.letter), "endorsement": endorsement}


@writes("letter_submitted")
def letter_submitted(submission_id: int) -> dict[str, Any] | None:
    """The receipt, word for word what the database holds."""
    submission = db.session.get_one(Submission, submission_id)
    return {**_about(submission.letter), "submission": submission}


@writes("letter_not_submitted")
def letter_not_submitted(letter_id: int) -> dict[str, Any] | None:
    """The text of a letter that was not sent in time, so that nothing written is lost."""
    letter = db.session.get_one(Letter, letter_id)
    return {**_about(letter), "content": content_of(letter)}


@writes("letter_stands")
def letter_stands(letter_id: int) -> dict[str, Any] | None:
    """The news that the time is over and that the version sent last is the one that is read."""
    letter = db.session.get_one(Letter, letter_id)
    return {**_about(letter), "submission": last_submission(letter)}


def _about(letter: Letter) -> dict[str, Any]:
    community = letter.round.community
    url = url_for("letters.show", community=community.slug, letter_id=letter.id, _external=True)
    return {
        "community": community, "zone": community.time_zone, "letter": letter, "round": letter.round,
        "district": letter.district, "letter_url": url,
    }  # fmt: skip
