"""Doors to the feedback on a letter, for staff."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed
from portal.letters.models import Letter
from portal.letters.queries import version_that_counts
from portal.reviews.queries import find_readable

from . import advising
from .feedback_pages import feedback_page
from .views import bp

FEEDBACK = "/<slug:community>/staff/letters/<id:letter_id>/feedback"
PAGE = "cohorts/feedback.html"


@bp.get(FEEDBACK)
@staff
def feedback(letter_id: int) -> ResponseReturnValue:
    return render_template(PAGE, here="staff", **feedback_page(me(), _letter(letter_id)))


@bp.post(FEEDBACK)
@staff
def feedback_words(letter_id: int) -> ResponseReturnValue:
    letter, to = _letter(letter_id), url_for("cohorts.feedback", letter_id=letter_id)
    typed, seen, approve = _typed(letter, "text"), _typed(letter, "seen"), "approve" in request.form
    again(PAGE, here="staff", **feedback_page(me(), letter, typed))
    if "hold" in request.form:
        advising.hold_feedback(letter, by=me(), texts=typed, seen=seen)
        return changed(to=to, said="The district reads none of it now.")
    advising.draft_feedback(letter, typed, by=me(), seen=seen, approve=approve)
    if approve:
        audit("approved feedback", subject=letter)
    return changed(to=to, said="Approved for the district." if approve else "Saved. The district does not see drafts.")


def _typed(letter: Letter, name: str) -> dict[int, str]:
    numbers = [one.id for one in letter.round.criteria]
    return {number: request.form[f"{name}-{number}"] for number in numbers if f"{name}-{number}" in request.form}


def _letter(letter_id: int) -> Letter:
    found = find_readable(me(), community().id, letter_id)
    return found if found is not None and version_that_counts(found) is not None else abort(404)
