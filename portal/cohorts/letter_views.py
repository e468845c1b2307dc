"""Doors of a letter that was sent, for its district: open it again, withdraw it, undo that."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me
from portal.core.web import again, changed, invalid
from portal.letters.models import Letter
from portal.letters.queries import find_letter
from portal.reviews import moving

from .forms import WithdrawForm
from .pages import withdrawal_page
from .views import bp

LETTER = "/<slug:community>/letters/<id:letter_id>"
PAGE = "cohorts/withdrawal.html"


@bp.post(f"{LETTER}/reopening")
def reopening(letter_id: int) -> ResponseReturnValue:
    moving.reopen(_own_letter(letter_id), by=me())
    said = "Your letter is open again. What you sent counts until you submit it once more."
    return changed(to=url_for("letters.show", letter_id=letter_id), said=said)


@bp.get(f"{LETTER}/withdrawal")
def withdrawal(letter_id: int) -> ResponseReturnValue:
    shown = withdrawal_page(_own_letter(letter_id))
    if not shown["may_withdraw"]:
        return redirect(url_for("cohorts.standing", letter_id=letter_id), 303)
    return render_template(PAGE, here="district", **shown)


@bp.post(f"{LETTER}/withdrawal")
def withdrawn(letter_id: int) -> ResponseReturnValue:
    form, letter = WithdrawForm(), _own_letter(letter_id)
    again(PAGE, here="district", **withdrawal_page(letter, form))
    if not form.validate_on_submit():
        return invalid()
    moving.withdraw(letter, reason=form.reason.data or "", by=me())
    return changed(to=url_for("cohorts.standing", letter_id=letter_id), said="The letter is withdrawn.")


@bp.post(f"{LETTER}/withdrawal/undoing")
def withdrawal_undone(letter_id: int) -> ResponseReturnValue:
    moving.undo_withdrawal(_own_letter(letter_id), by=me())
    return changed(to=url_for("cohorts.standing", letter_id=letter_id), said="The letter counts again.")


def _own_letter(letter_id: int) -> Letter:
    return find_letter(me(), community().id, letter_id) or abort(404)
