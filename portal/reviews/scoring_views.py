"""Doors for who scores a letter: what saves itself, the whole form, and standing by scores after a newer version."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer
from portal.core.audit import audit
from portal.core.limits import limited
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.queries import version_that_counts

from .queries import find_readable
from .scoring import hand_in, reaffirm, save_score
from .scoring_forms import Typed, typed_in
from .scoring_pages import lacks_of, line_page, queue_at, reading_page
from .views import bp

LETTER = "/<slug:community>/staff/letters/<id:letter_id>"
PAGE, PART = "reviews/letter.html", "reviews/_saved.html"


@bp.get(f"{LETTER}/<any(scores, remarks):pressed>")
@reviewer
def scores_again(letter_id: int, pressed: str) -> ResponseReturnValue:
    # What was refused stands at these addresses: Back and loading anew lead to the letter.
    return redirect(_address(_letter(letter_id).id), 303)


@bp.post(f"{LETTER}/scores")
@reviewer
def scores(letter_id: int) -> ResponseReturnValue:
    letter, is_final = _letter(letter_id), request.form.get("do") == "hand-in"
    typed = typed_in(request.form, letter.round.criteria)
    lacks = lacks_of(letter, me(), typed, is_final=is_final)
    sent = version_that_counts(letter) or abort(404)
    again(PAGE, **reading_page(me(), letter, sent, typed, lacks))
    if lacks:
        return invalid()
    keep = _hand_in if is_final else _save
    return keep(letter, typed)


@bp.post(f"{LETTER}/scores/<id:criterion_id>")
@reviewer
@limited("autosaves")
def score(letter_id: int, criterion_id: int) -> ResponseReturnValue:
    letter = _letter(letter_id)
    criteria = [one for one in letter.round.criteria if one.id == criterion_id] or abort(404)
    return _save_one(letter, typed_in(request.form, criteria), criterion_id)


@bp.post(f"{LETTER}/scores/whole")
@reviewer
@limited("autosaves")
def score_whole(letter_id: int) -> ResponseReturnValue:
    return _save_one(_letter(letter_id), typed_in(request.form, []), None)


@bp.post(f"{LETTER}/affirmation")
@reviewer
def affirmation(letter_id: int) -> ResponseReturnValue:
    letter = _letter(letter_id)
    review = reaffirm(letter, seen=typed_in(request.form, []).seen, by=me())
    audit("stood by scores", subject=letter, note=f"version {review.number}")
    return changed(to=_address(letter_id), said="Your scores stand for the new version.")


@bp.get(f"{LETTER}/token")
@reviewer
def token(letter_id: int) -> ResponseReturnValue:
    _letter(letter_id)
    return render_template("letters/_token.html")


def _save_one(letter: Letter, typed: Typed, criterion_id: int | None) -> ResponseReturnValue:
    again(PART, PART, **line_page(letter, me(), criterion_id, typed))
    save_score(letter, typed.marks, typed.comment, bases=typed.bases, by=me())
    return changed(PART, to=_address(letter.id), fresh=lambda: line_page(letter, me(), criterion_id, None))


def _save(letter: Letter, typed: Typed) -> ResponseReturnValue:
    save_score(letter, typed.marks, typed.comment, bases=typed.bases, by=me())
    goes_on = request.form.get("do") == "next"
    return changed(to=_following(letter) if goes_on else _address(letter.id), said="Saved, not handed in yet.")


def _hand_in(letter: Letter, typed: Typed) -> ResponseReturnValue:
    review = hand_in(letter, typed.marks, typed.comment, seen=typed.seen, bases=typed.bases, by=me())
    audit("handed in scores", subject=letter, note=f"version {review.number}")
    at = queue_at(me(), letter)
    stays = request.form.get("then") == "stay"
    to = _address(letter.id) if stays else _following(letter)
    return changed(to=to, said=f"Handed in. {at.done} of {at.total} letters are done.")


def _following(letter: Letter) -> str:
    number = queue_at(me(), letter).following
    return _address(number) if number else url_for("reviews.queue", round=letter.round.slug)


def _address(letter_id: int) -> str:
    return url_for("reviews.letter", letter_id=letter_id)


def _letter(letter_id: int) -> Letter:
    return find_readable(me(), community().id, letter_id) or abort(404)
