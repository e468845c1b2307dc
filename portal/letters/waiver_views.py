"""The door through which staff waive a rule of a district's roster."""

from __future__ import annotations

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.web import changed

from . import operations
from .forms import WaiverForm
from .models import Letter
from .views import bp


@bp.post("/<slug:community>/staff/letters/<id:letter_id>/waivers")
@staff
def waiver(letter_id: int) -> ResponseReturnValue:
    letter, form = db.session.get(Letter, letter_id), WaiverForm()
    if letter is None or letter.community_id != community().id:
        abort(404)
    if not form.validate_on_submit():
        raise RuleBroken(next(iter(form.errors.values()))[0])
    operations.waive_roster_rule(letter, form.rule.data or "", form.reason.data or "", by=me())
    return changed(to=url_for("reviews.letter", letter_id=letter_id), said="The rule is waived.")
