"""Doors for staff: who reads which letter of a round, who drops out, who is told, and who has a conflict."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Account
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed, invalid
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from . import assigning
from .conflicts import lift_conflict, set_conflict
from .exceptions import districts_of
from .reader_forms import ConflictForm, EvenlyForm, OthersForm
from .reader_pages import conflicts_page, leaving_page, readers_page, telling_page
from .reading_models import Conflict
from .reading_queries import readers
from .views import bp

ROUND = "/<slug:community>/staff/rounds/<id:round_id>"
READERS, LEAVING = f"{ROUND}/readers", f"{ROUND}/readers/<id:account_id>/leaving"


@bp.get(READERS, endpoint="readers")
@staff
def readers_shown(round_id: int) -> ResponseReturnValue:
    return render_template("reviews/readers.html", here="staff", **readers_page(me(), _round(round_id)))


@bp.post(READERS)
@staff
def readers_spread(round_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), EvenlyForm()
    again("reviews/readers.html", here="staff", **readers_page(me(), round, form))
    if not form.validate_on_submit():
        return invalid()
    people = form.chosen(readers(round.community_id, with_staff=True))
    found = assigning.assign_evenly(round, form.per_letter.data or 0, people, by=me())
    audit("gave letters to readers", subject=round, note=f"{len(found.assignments)} assignments")
    return changed(to=url_for("reviews.readers", round_id=round_id), said=_said(found))


@bp.get(LEAVING)
@staff
def reader_leaving(round_id: int, account_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    shown = leaving_page(me(), round, _reader(round, account_id))
    return render_template("reviews/leaving.html", here="staff", **shown)


@bp.post(LEAVING)
@staff
def reader_left(round_id: int, account_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), OthersForm()
    shown = leaving_page(me(), round, _reader(round, account_id), form)
    again("reviews/leaving.html", here="staff", **shown)
    if not form.validate_on_submit():
        return invalid()
    found = assigning.drop_out(round, shown["leaver"], form.chosen(shown["people"]), by=me())
    audit("spread a reader's letters", subject=round, note=shown["leaver"].name)
    return changed(to=url_for("reviews.readers", round_id=round_id), said=_said(found))


@bp.get(f"{READERS}/mail")
@staff
def readers_telling(round_id: int) -> ResponseReturnValue:
    return render_template("reviews/telling.html", here="staff", **telling_page(me(), _round(round_id)))


@bp.post(f"{READERS}/mail")
@staff
def readers_told(round_id: int) -> ResponseReturnValue:
    told = assigning.tell_readers(_round(round_id), by=me())
    said = f"{plural(len(told), 'reader')} will have a mail in a minute." if told else "Everybody was told already."
    return changed(to=url_for("reviews.readers", round_id=round_id), said=said)


@bp.get(f"{ROUND}/conflicts")
@staff
def conflicts(round_id: int) -> ResponseReturnValue:
    shown = conflicts_page(me(), _round(round_id), request.args.get("district", type=int))
    return render_template("reviews/conflicts.html", here="staff", **shown)


@bp.post(f"{ROUND}/conflicts")
@staff
def conflict_setting(round_id: int) -> ResponseReturnValue:
    round, form = _round(round_id), ConflictForm()
    again("reviews/conflicts.html", here="staff", **conflicts_page(me(), round, None, form))
    if not form.validate_on_submit():
        return invalid()
    [person] = [one for one in readers(round.community_id, with_staff=True) if one.id == form.reader.data]
    [district] = [one for one in districts_of(round, me()) if one.id == form.district.data]
    set_conflict(round, person, district, form.note.data or "", by=me())
    audit("noted a conflict", subject=round, note=person.name)
    return changed(to=url_for("reviews.conflicts", round_id=round_id), said="The conflict is noted.")


@bp.get(f"{ROUND}/conflicts/<id:conflict_id>/lifting")
@staff
def conflict_question(round_id: int, conflict_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    found = _conflict(conflicts_page(me(), round), conflict_id)
    return render_template("reviews/lifting.html", here="staff", round=round, conflict=found)


@bp.post(f"{ROUND}/conflicts/<id:conflict_id>/lifting")
@staff
def conflict_lifting(round_id: int, conflict_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    shown = conflicts_page(me(), round)
    found = _conflict(shown, conflict_id)
    again("reviews/conflicts.html", here="staff", **shown)
    lift_conflict(found, by=me())
    audit("lifted a conflict", subject=round, note=found.account.name)
    return changed(to=url_for("reviews.conflicts", round_id=round_id), said="The conflict is lifted.")


def _conflict(shown: dict[str, Any], conflict_id: int) -> Conflict:
    known: list[Conflict] = shown["conflicts"]
    return next((one for one in known if one.id == conflict_id), None) or abort(404)


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _reader(round: Round, account_id: int) -> Account:
    known = readers(round.community_id, with_staff=True)
    return next((one for one in known if one.id == account_id), None) or abort(404)


def _said(found: assigning.GivenOut) -> str:
    given: Any = plural(len(found.assignments), "reading was", "readings were")
    said = f"{given} given out. No mail was sent yet."
    if found.missing:
        lacking = plural(len(found.missing), "letter still lacks", "letters still lack")
        said += f" {lacking} readers: the list says which, and why."
    return said
