"""Doors for staff: how far the letters are that were sent, and reminders for the silent ones."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.mail import preview
from portal.core.web import changed, page_of
from portal.rounds.inviting import remind
from portal.rounds.inviting_rules import LEFT_OUT
from portal.rounds.queries import find_round
from portal.rounds.rules import may, stage_of

from .invited import chosen_of, leaving, not_left, reminding, waiting_for_us
from .views import bp

PROGRESS = "/<slug:community>/staff/rounds/<id:round_id>/sending/progress"
REMINDERS = "/<slug:community>/staff/rounds/<id:round_id>/reminders"


@bp.get(PROGRESS)
@staff
def progress(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    return render_template(
        "letters/sending_progress.html", here="staff", round=round, sent=leaving(round), page=page_of(not_left(round)),
        now=clock.now(), is_running=stage_of(round, clock.now()) in ("upcoming", "open", "grace"),
    )  # fmt: skip


@bp.get(REMINDERS)
@staff
def reminders(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    silent, left_out = reminding(round)
    may_remind = may("answer", round, clock.now())
    mail = preview("invitation_reminder", {"invitation_id": silent[0].id}) if silent and may_remind else None
    why = [(LEFT_OUT[reason], count) for reason, count in left_out.items()]
    return render_template(
        "letters/reminders.html", here="staff", round=round, invitations=silent, why=why, mail=mail,
        may_remind=may_remind,
    )  # fmt: skip


@bp.post(REMINDERS)
@staff
def reminders_start(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    chosen = chosen_of(round, request.form.getlist("invitation"))
    count = remind(chosen, waiting=waiting_for_us(chosen), by=me())
    less = f" {len(chosen) - count} got none: they answered or were reminded meanwhile." if count < len(chosen) else ""
    said = f"{count} {'reminder is' if count == 1 else 'reminders are'} on the way.{less}"
    return changed(to=url_for("letters.progress", round_id=round_id), said=said)
