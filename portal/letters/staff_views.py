"""Doors for staff: the round at a glance, sending letters, closing early."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.mail import preview
from portal.core.web import again, changed, invalid
from portal.rounds.models import Round
from portal.rounds.operations import close_now, send_invitations
from portal.rounds.queries import find_round, rounds_of
from portal.rounds.rules import choose_shown, closing_words, last_moment, may, stage_of
from portal.rounds.sheet import state_at, timeline

from .glance import counts_of, drawing_of, staff_round
from .invitation_forms import ClosingForm
from .invited import waiting_to_leave
from .invited_pages import list_page
from .queries import letter_counts
from .views import bp

CLOSING = "/<slug:community>/staff/rounds/<id:round_id>/closing"
SENDING = "/<slug:community>/staff/rounds/<id:round_id>/sending"


@bp.get("/<slug:community>/staff/")
@staff
def glance() -> ResponseReturnValue:
    rounds = rounds_of(community().id)
    shown, round = choose_shown(rounds, clock.now()), _asked_round(rounds)
    if round is None:
        return render_template("letters/glance_none.html", here="staff")
    return render_template("letters/glance.html", here="staff", is_shown=round is shown, **_glance(round))


@bp.get(SENDING)
@staff
def sending(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    chosen = waiting_to_leave(round, request.args.getlist("invitation"))
    mail = (
        preview("invitation", {"invitation_id": chosen[0].id}) if chosen and may("send", round, clock.now()) else None
    )
    return render_template("letters/glance_sending.html", here="staff", round=round, invitations=chosen, mail=mail)


@bp.post(SENDING)
@staff
def sending_start(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    numbers = request.form.getlist("invitation")
    count = send_invitations(waiting_to_leave(round, numbers) if numbers else [], by=me())
    said = f"{count} {'letter is' if count == 1 else 'letters are'} on the way." if count else "No letter was waiting."
    return changed(to=url_for("letters.progress", round_id=round_id), said=said)


@bp.get(CLOSING)
@staff
def closing(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    return render_template("letters/glance_closing.html", **_closing(round, ClosingForm()))


@bp.post(CLOSING)
@staff
def closing_start(round_id: int) -> ResponseReturnValue:
    round, form = find_round(community().id, round_id) or abort(404), ClosingForm()
    again("letters/glance_closing.html", "letters/_glance_closing.html", **_closing(round, form))
    if not form.validate_on_submit():
        return invalid()
    close_now(round, reason=form.reason.data or "", confirmation=form.typed.data or "", by=me())
    audit("closed a round early", subject=round, note=form.reason.data or "")
    to = url_for("letters.glance", round=round.slug)
    return changed(to=to, said="The round is closed. Letters can be read and decided now.")


def _asked_round(rounds: list[Round]) -> Round | None:
    """The round of ?round=SHORT-NAME; without it the one that staff look at."""
    if "round" not in request.args:
        return staff_round(rounds)
    return next((one for one in rounds if one.slug == request.args["round"]), None) or abort(404)


def _glance(round: Round) -> dict[str, Any]:
    now, zone, counts = clock.now(), community().time_zone, counts_of(round)
    steps = [counts.invited, counts.opened, counts.answered, counts.interested, counts.started, counts.submitted]
    dates = [(line, state_at(line, now, zone)) for line in timeline(round, zone, with_sessions=False)]
    return {
        **list_page(round, "letters.glance", round=round.slug),
        "now": now,
        "stage": stage_of(round, now),
        "ends_at": last_moment(round),
        "counts": counts,
        "drawing": drawing_of(steps),
        "dates": dates,
        "may_remind": may("answer", round, now),
        "may_close": may("close", round, now),
    }


def _closing(round: Round, form: ClosingForm) -> dict[str, Any]:
    return {
        "here": "staff",
        "round": round,
        "form": form,
        "words": closing_words(round),
        "letters": letter_counts(round),
        "may_close": may("close", round, clock.now()),
    }
