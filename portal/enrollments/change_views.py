"""Doors for staff to what becomes of announced dates: the choices, a move, going online, cancelling."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.agenda.models import Experience, Session
from portal.agenda.queries import find_experience, find_session
from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.filters import plural
from portal.core.web import again, changed, invalid

from .change_forms import CONFIRMATION, CallOffForm, CancelForm, OnlineForm, RoomForm
from .change_pages import (
    cancel_form,
    change_page,
    changes_page,
    move_form,
    moving_page,
    online_form,
    room_form,
    when_form,
    why_not_room,
)
from .change_queries import affected_by_all, answers_to
from .changing import cancel_experience, cancel_session, move_session, take_online, take_to_room
from .views import bp

STAFF_PAGE = "/<slug:community>/staff/agenda/<slug:experience>"
ONE = f"{STAFF_PAGE}/sessions/<id:session_id>"
MOVING, CHANGE, CALL_OFF = "enrollments/moving.html", "enrollments/change.html", "enrollments/call_off.html"


@bp.get(f"{ONE}/changes")
@staff
def changes(experience: str, session_id: int) -> ResponseReturnValue:
    return render_template("enrollments/changes.html", **changes_page(_session(experience, session_id)))


@bp.get(f"{ONE}/moving")
@staff
def moving(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    return render_template(MOVING, **moving_page(session, when_form(session, request.args)))


@bp.post(f"{ONE}/moving")
@staff
def moved(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    form = move_form(session)
    again(MOVING, **moving_page(session, when_form(session, request.form), form))
    if not form.validate_on_submit():
        return invalid()
    change = move_session(
        session, form.starts.data, form.ends.data, reason=form.reason.data or "", by=me(), asks=form.asks.data,
        place=form.place.data, seen=form.seen.data,
    )  # fmt: skip
    audit("moved a session", subject=session)
    return _back(experience, session_id, _moved_words(change.id))


@bp.get(f"{ONE}/online")
@staff
def going_online(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    return render_template(CHANGE, kind="online", **change_page(session, online_form(session)))


@bp.post(f"{ONE}/online")
@staff
def gone_online(experience: str, session_id: int) -> ResponseReturnValue:
    form, session = OnlineForm(), _session(experience, session_id)
    again(CHANGE, kind="online", **change_page(session, form))
    if not form.validate_on_submit():
        return invalid()
    take_online(
        session, reason=form.reason.data or "", by=me(), capacity=form.capacity.data, minutes=form.minutes,
        join_url=form.join_url.data or "", seen=form.seen.data,
    )  # fmt: skip
    audit("took a session online", subject=session)
    return _back(experience, session_id, "The session is held online. Everyone concerned is told by mail.")


@bp.get(f"{ONE}/room")
@staff
def going_to_room(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    if why_not_room(session):  # that page says it, where it is not plain to see
        return redirect(url_for("enrollments.changes", experience=experience, session_id=session_id), 303)
    return render_template(CHANGE, kind="room", **change_page(session, room_form(session)))


@bp.post(f"{ONE}/room")
@staff
def gone_to_room(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    form = RoomForm().at(session.experience.place)
    again(CHANGE, kind="room", **change_page(session, form))
    if not form.validate_on_submit():
        return invalid()
    told = {"place": form.place.data or "", "capacity": form.capacity.data, "seen": form.seen.data}
    take_to_room(session, reason=form.reason.data or "", by=me(), **told)
    audit("took a session back to the room", subject=session)
    return _back(experience, session_id, "The session is in the room again. Everyone concerned is told by mail.")


@bp.get(f"{ONE}/cancellation")
@staff
def session_cancellation(experience: str, session_id: int) -> ResponseReturnValue:
    session = _session(experience, session_id)
    page = change_page(session, cancel_form(session))
    if page["is_only_one"] and session.cancelled_at is None:
        return redirect(url_for("enrollments.calling_off", experience=experience), 303)
    return render_template(CHANGE, kind="cancelled", **page)


@bp.post(f"{ONE}/cancellation")
@staff
def session_cancelled(experience: str, session_id: int) -> ResponseReturnValue:
    form, session = CancelForm(), _session(experience, session_id)
    again(CHANGE, kind="cancelled", **change_page(session, form))
    if not form.validate_on_submit():
        return invalid()
    cancel_session(session, reason=form.reason.data or "", by=me(), seen=form.seen.data)
    audit("cancelled a session", subject=session)
    return _back(experience, session_id, "The session is cancelled. Everyone concerned is told by mail.")


@bp.get(f"{STAFF_PAGE}/cancellation")
@staff
def calling_off(experience: str) -> ResponseReturnValue:
    return render_template(CALL_OFF, **_call_off_page(_experience(experience), CallOffForm(formdata=None)))


@bp.post(f"{STAFF_PAGE}/cancellation")
@staff
def called_off(experience: str) -> ResponseReturnValue:
    form, found = CallOffForm(), _experience(experience)
    again(CALL_OFF, **_call_off_page(found, form))
    if not form.validate_on_submit():
        return invalid()
    cancel_experience(found, reason=form.reason.data or "", by=me())
    audit("cancelled an experience", subject=found)
    to = url_for("agenda.plan_show", experience=experience)
    return changed(to=to, said="It is cancelled. Everyone concerned is told by mail.")


def _call_off_page(experience: Experience, form: CallOffForm) -> dict[str, Any]:
    people = len({one.account_id for one in affected_by_all(experience, clock.now())})
    return {"here": "staff", "experience": experience, "form": form, "people": people, "typed": CONFIRMATION}


def _moved_words(change_id: int) -> str:
    asked = len(answers_to(change_id))
    also = f" {plural(asked, 'person is', 'people are')} asked whether they can come." if asked else ""
    return f"The session is changed. Everyone concerned is told by mail.{also}"


def _back(slug: str, session_id: int, said: str) -> ResponseReturnValue:
    return changed(to=url_for("enrollments.changes", experience=slug, session_id=session_id), said=said)


def _experience(slug: str) -> Experience:
    return find_experience(community().id, slug) or abort(404)


def _session(slug: str, session_id: int) -> Session:
    return find_session(_experience(slug).id, session_id) or abort(404)
