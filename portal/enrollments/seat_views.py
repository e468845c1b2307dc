"""Doors of the reader's own seat: taking it, answering an offer, another mode, the line, answers, giving it up."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.agenda.models import Experience, Session
from portal.agenda.queries import find_published, find_session
from portal.agenda.rules import MODE_WORDS
from portal.core.access import community, me
from portal.core.web import again, changed, invalid

from . import answering, operations
from .forms import SeatForm
from .models import Enrollment
from .queries import find_enrollment
from .question_forms import QuestionForm, form_of
from .question_queries import find_asking, questions_of
from .seat_pages import aside, giving_up_page, shown_at
from .seat_rules import IN_IT
from .views import PAGE, bp, page_context

TAKEN = {
    "seated": "You have a seat.",
    "waiting": "You are in line. When a seat comes free, we write to you.",
    "pending": "Your district’s lead is asked. We write to you as soon as they have answered.",
}
LEFT = {
    "seated": "Your seat is given up.",
    "waiting": "You left the line.",
    "pending": "Your request is taken back.",
    "given_up": "You have no seat here.",
}
CHANGED = {"seated": "You now come {}.", "waiting": "You are now in the line for seats {}, at its end."}
WAITING = "You keep your online seat, and you are in line for one in the room."
IN_ROOM = "A seat in the room was free. It is yours."
PART = "enrollments/_seat.html"


@bp.post(f"{PAGE}/seat")
def seat(experience: str) -> ResponseReturnValue:
    found, has_questions = find_asking(community().id, experience) or abort(404)
    session, mode = _session(found), request.form.get("mode", "")
    if not has_questions:
        mine = operations.take_seat(found, me(), by=me(), session=session, mode=mode)
    elif (form := _typed(found, session)).validate():
        mine = answering.enroll(found, me(), form.answers(), by=me(), session=session, mode=mode)
    else:
        return invalid()
    return shown_again(experience, session, TAKEN[mine.state])


@bp.post(f"{PAGE}/seat/answers")
def seat_answers(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine, form = own(found, session), _typed(found, session)
    if not form.validate():
        return invalid()
    answering.change_answers(mine, form.answers(), by=me())
    return shown_again(experience, session, "Your answers are saved.")


@bp.post(f"{PAGE}/seat/mode")
def seat_mode(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine = own(found, session)
    operations.change_mode(mine, request.form.get("mode", ""), by=me())
    return shown_again(experience, session, CHANGED[mine.state].format(MODE_WORDS[mine.mode].lower()))


@bp.post(f"{PAGE}/seat/online")
def seat_online(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    operations.take_online_meanwhile(own(found, session), by=me())
    return shown_again(experience, session, "You have an online seat, and you keep your place in line for the room.")


@bp.post(f"{PAGE}/seat/line")
def seat_line(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine = own(found, session)
    operations.wait_for_room(mine, by=me())
    return shown_again(experience, session, WAITING if mine.waits_for else IN_ROOM)


@bp.post(f"{PAGE}/seat/line/cancellation")
def seat_line_cancellation(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    operations.stop_waiting(own(found, session), by=me())
    return shown_again(experience, session, "You keep your online seat, and you are not in line any more.")


@bp.get(f"{PAGE}/seat/cancellation")
def giving_up(experience: str) -> ResponseReturnValue:
    found, session = asked_for(experience)
    mine = own(found, session)
    if mine.state not in IN_IT:
        return redirect(_page(experience), 303)
    return render_template("enrollments/giving_up.html", **giving_up_page(found, session, mine))


@bp.post(f"{PAGE}/seat/cancellation")
def seat_cancellation(experience: str) -> ResponseReturnValue:
    mine = own(*asked_for(experience))
    said = LEFT.get(mine.state, "")
    operations.give_up_seat(mine, by=me())
    return changed(to=_page(experience), said=said)


def asked_for(slug: str) -> tuple[Experience, Session | None]:
    """The published experience at this address, and the meeting that the request names, if a seat is for one."""
    found = find_published(community().id, slug) or abort(404)
    return found, _session(found)


def own(experience: Experience, session: Session | None) -> Enrollment:
    """The reader's enrollment in it; no page for who never asked."""
    return find_enrollment(experience.id, session.id if session else None, me().account_id) or abort(404)


def shown_again(slug: str, session: Session | None, said: str) -> ResponseReturnValue:
    """The aside as it is now, with the cursor on the seat that was asked about."""
    focus = session.id if session else 0
    return changed(PART, to=_page(slug), said=said, focus=focus, fresh=lambda: aside(shown_at(slug)))


def _session(experience: Experience) -> Session | None:
    form = SeatForm(request.values)
    if not form.validate():
        abort(422)
    if form.session.data is None or experience.joined_by == "whole":
        return None
    return find_session(experience.id, form.session.data) or abort(404)


def _typed(experience: Experience, session: Session | None) -> QuestionForm:
    """What was typed into the questions; the page shows it again when it will not do."""
    form = form_of(questions_of(experience.id), session.id if session else None, typed=request.form)
    shown = shown_at(experience.slug)
    again("enrollments/experience.html", PART, **page_context(shown, form))
    return form


def _page(slug: str) -> str:
    return url_for("enrollments.experience", experience=slug)
