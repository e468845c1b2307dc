"""Doors for staff: the invitations of a round as a list and as a file, and what is done with one of them."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.db import db
from portal.core.exports import send_table
from portal.core.limits import limited
from portal.core.web import again, changed, invalid, page_behind, safe_next
from portal.rounds import inviting
from portal.rounds.models import Invitation
from portal.rounds.queries import find_round
from portal.rounds.rules import stage_of

from .calling import decline_by_phone
from .invited import find_invited, invitations_shown, rows_of
from .invited_forms import ContactForm, SaidForm
from .invited_pages import card_page, list_page, shown_key, table_of
from .views import bp

LIST = "/<slug:community>/staff/rounds/<id:round_id>/invitations"
ONE = "/<slug:community>/staff/invitations/<id:invitation_id>"
PAGE, PART = "letters/invited_one.html", "letters/_invited_card.html"
CONTACT, CONTACT_PART = "letters/invited_contact.html", "letters/_invited_contact.html"


@bp.get(LIST)
@staff
def invited(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    listed = list_page(round, "letters.invited", round_id=round.id)
    return render_template("letters/invited.html", here="staff", stage=stage_of(round, clock.now()), **listed)


@bp.get(f"{LIST}.<any(csv, xlsx):form>")
@staff
@limited("exports")
def invited_file(round_id: int, form: Any) -> ResponseReturnValue:
    round, shown = find_round(community().id, round_id) or abort(404), shown_key()
    rows = rows_of(round, db.session.scalars(invitations_shown(round, shown)).all())
    audit("exported invitations", subject=round, note=shown or "all", rows=len(rows), form=form)
    return send_table(table_of(round, shown, rows), form, f"{round.slug}-{shown or 'invitations'}")


@bp.get(ONE)
@staff
def invited_one(invitation_id: int) -> ResponseReturnValue:
    return render_template(PAGE, **card_page(_found(invitation_id)))


@bp.post(f"{ONE}/resending")
@staff
def invited_resending(invitation_id: int) -> ResponseReturnValue:
    found = _found(invitation_id)
    said = "The letter is on its way once more, with the same link."
    return _done(found, said if inviting.resend(found, by=me()) else "It was sent once more just now.")


@bp.post(f"{ONE}/calls")
@staff
def invited_call(invitation_id: int) -> ResponseReturnValue:
    found, form = _found(invitation_id), SaidForm()
    again(PAGE, PART, **card_page(found, call=form))
    if not form.validate_on_submit():
        return invalid()
    inviting.note_call(found, form.said.data, by=me())
    return _done(found, f"The note about {found.district.label} is kept.")


@bp.post(f"{ONE}/refusal")
@staff
def invited_refusal(invitation_id: int) -> ResponseReturnValue:
    found, form = _found(invitation_id), SaidForm()
    again(PAGE, PART, **card_page(found, decline=form))
    if not form.validate_on_submit():
        return invalid()
    decline_by_phone(found, form.said.data, by=me())
    return _done(found, f"{found.district.label} is marked as not this year.")


@bp.post(f"{ONE}/bounce")
@staff
def invited_bounce(invitation_id: int) -> ResponseReturnValue:
    found, form = _found(invitation_id), SaidForm()
    again(PAGE, PART, **card_page(found, bounce=form))
    if not form.validate_on_submit():
        return invalid()
    inviting.mark_bounced(found, form.said.data, by=me())
    return _done(found, "The letter is marked as come back. Find another address, then change the contact.")


@bp.post(f"{ONE}/withdrawal")
@staff
def invited_withdrawal(invitation_id: int) -> ResponseReturnValue:
    found = _found(invitation_id)
    inviting.withdraw_invitation(found, by=me())
    to = url_for("letters.invited", round_id=found.round_id, show="prepared")
    return changed(to=to, said=f"The invitation of {found.district.label} is withdrawn. You can invite it again.")


@bp.get(f"{ONE}/contact")
@staff
def invited_contact(invitation_id: int) -> ResponseReturnValue:
    return render_template(CONTACT, **_contact(_found(invitation_id)))


@bp.post(f"{ONE}/contact")
@staff
def invited_contact_start(invitation_id: int) -> ResponseReturnValue:
    found, form = _found(invitation_id), ContactForm()
    again(CONTACT, CONTACT_PART, **_contact(found, form))
    if not form.validate_on_submit():
        return invalid()
    before = found.to_email
    if inviting.readdress(found, inviting.Contact(form.to_name.data, form.to_email.data), by=me()):
        audit("changed a contact", subject=found, before=before, after=found.to_email)
    return changed(to=url_for("letters.invited_one", invitation_id=found.id), said=_contact_words(found, before))


def _found(invitation_id: int) -> Invitation:
    return find_invited(community().id, invitation_id) or abort(404)


def _done(found: Invitation, said: str) -> ResponseReturnValue:
    # Back to where the button was pressed: somebody who calls one district after the other keeps their place.
    here = url_for("letters.invited_one", invitation_id=found.id)
    back = safe_next(page_behind(), here)
    to = f"{back if '/calls' in back else here}#invitation-{found.id}"
    return changed(PART, to=to, said=said, fresh=lambda: card_page(found))


def _contact(found: Invitation, form: Any = None) -> dict[str, Any]:
    form = form or ContactForm(None, to_name=found.to_name, to_email=found.to_email)
    return {"here": "staff", "invitation": found, "round": found.round, "form": form}


def _contact_words(found: Invitation, before: str) -> str:
    if found.to_email == before:
        return "The name is changed."
    if found.sent_at is None:
        return f"The letter is addressed to {found.to_name} now. It leaves when you send it."
    return f"The letter is on its way to {found.to_name}. The old link no longer opens it."
