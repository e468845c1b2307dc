"""Doors for staff: the desk with questions, inquiries and requests, and what is done with each."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid, page_of
from portal.rounds import settling
from portal.rounds.desk import KINDS, find_asked, find_inquiry, find_request, things, waiting_on
from portal.rounds.inviting import Contact
from portal.rounds.models import AnswerRequest, AskedQuestion, Inquiry
from portal.rounds.queries import invitation_for

from .desk_forms import AsideForm, DeclineForm, InquiryAnswerForm, InquiryInviteForm, OwnQuestionForm, PublicForm
from .desk_forms import ReplyForm as QuestionForm
from .desk_pages import districts_for, find_district, inviting_rounds, letter_rounds, settled_words
from .views import bp

DESK = "/<slug:community>/staff/desk"
QUESTION = f"{DESK}/questions/<id:question_id>"
INQUIRY = f"{DESK}/inquiries/<id:inquiry_id>"
REQUEST = f"{DESK}/requests/<id:request_id>"
ASKED, ASKED_PART = "letters/desk_question.html", "letters/_desk_question.html"
CAME, CAME_PART = "letters/desk_inquiry.html", "letters/_desk_inquiry.html"
WANTED, WANTED_PART = "letters/desk_request.html", "letters/_desk_request.html"
OWN, OWN_PART = "letters/desk_own.html", "letters/_desk_own.html"


@bp.get(DESK)
@staff
def desk() -> ResponseReturnValue:
    waiting, is_settled = waiting_on(community().id), request.args.get("settled") == "1"
    busy = next((kind for kind in KINDS if getattr(waiting, kind)), "questions")
    kind = request.args.get("kind", busy)
    kind = kind if kind in KINDS else busy
    page = page_of(things(community().id, kind, is_settled=is_settled))
    tabs = [(url_for("letters.desk", kind=key), key.capitalize(), getattr(waiting, key), key == kind) for key in KINDS]
    return render_template("letters/desk.html", here="staff", kind=kind, page=page, tabs=tabs, is_settled=is_settled)


@bp.get(QUESTION)
@staff
def desk_question(question_id: int) -> ResponseReturnValue:
    asked = find_asked(community().id, question_id) or abort(404)
    return render_template(ASKED, **_asked(asked))


@bp.post(f"{QUESTION}/answer")
@staff
def question_answer(question_id: int) -> ResponseReturnValue:
    asked, form = find_asked(community().id, question_id) or abort(404), QuestionForm()
    again(ASKED, ASKED_PART, **_asked(asked, form=form))
    if not form.validate_on_submit():
        return invalid()
    public_text = form.public_text.data if form.publish.data else ""
    settling.answer_question(asked, settling.Reply(form.answer.data, form.mail.data, public_text), by=me())
    return _question_done(asked, "The answer is on its way." if form.mail.data else "The answer is kept.")


@bp.post(f"{QUESTION}/publication")
@staff
def question_publication(question_id: int) -> ResponseReturnValue:
    asked, form = find_asked(community().id, question_id) or abort(404), PublicForm()
    again(ASKED, ASKED_PART, **_asked(asked, public=form))
    if not form.validate_on_submit():
        return invalid()
    settling.publish_answer(asked, public_text=form.public_text.data, answer=form.answer.data, by=me())
    return _question_done(asked, "Everybody can read it below the letter now.")


@bp.post(f"{QUESTION}/removal")
@staff
def question_removal(question_id: int) -> ResponseReturnValue:
    asked = find_asked(community().id, question_id) or abort(404)
    settling.take_back_answer(asked, by=me())
    return _question_done(asked, "It no longer stands below the letter.")


@bp.get(f"{DESK}/questions/new")
@staff
def own_question() -> ResponseReturnValue:
    return render_template(OWN, here="staff", form=_own_form())


@bp.post(f"{DESK}/questions/new")
@staff
def own_question_start() -> ResponseReturnValue:
    form = _own_form()
    again(OWN, OWN_PART, here="staff", form=form)
    if not form.validate_on_submit():
        return invalid()
    round = next(one for one in letter_rounds(community().id) if str(one.id) == form.round_id.data)
    settling.write_question(round, public_text=form.public_text.data, answer=form.answer.data, by=me())
    to = url_for("letters.desk", kind="questions", settled=1)
    return changed(to=to, said="Everybody can read it below the letter now.")


@bp.get(INQUIRY)
@staff
def desk_inquiry(inquiry_id: int) -> ResponseReturnValue:
    inquiry = find_inquiry(community().id, inquiry_id) or abort(404)
    return render_template(CAME, **_came(inquiry))


@bp.post(f"{INQUIRY}/answer")
@staff
def inquiry_answer(inquiry_id: int) -> ResponseReturnValue:
    inquiry, form = find_inquiry(community().id, inquiry_id) or abort(404), InquiryAnswerForm()
    again(CAME, CAME_PART, **_came(inquiry, answer=form))
    if not form.validate_on_submit():
        return invalid()
    settling.answer_inquiry(inquiry, form.answer.data, by=me())
    return _inquiry_done(inquiry, "The answer is on its way.")


@bp.post(f"{INQUIRY}/setting-aside")
@staff
def inquiry_aside(inquiry_id: int) -> ResponseReturnValue:
    inquiry, form = find_inquiry(community().id, inquiry_id) or abort(404), AsideForm()
    again(CAME, CAME_PART, **_came(inquiry, aside=form))
    if not form.validate_on_submit():
        return invalid()
    settling.set_inquiry_aside(inquiry, form.note.data, by=me())
    return _inquiry_done(inquiry, "It is set aside. You find it among the settled ones.")


@bp.post(f"{INQUIRY}/return")
@staff
def inquiry_return(inquiry_id: int) -> ResponseReturnValue:
    inquiry = find_inquiry(community().id, inquiry_id) or abort(404)
    settling.reopen_inquiry(inquiry, by=me())
    return _inquiry_done(inquiry, "It lies on the desk again.")


@bp.post(f"{INQUIRY}/invitation")
@staff
def inquiry_invitation(inquiry_id: int) -> ResponseReturnValue:
    inquiry, form = find_inquiry(community().id, inquiry_id) or abort(404), InquiryInviteForm()
    context = _came(inquiry, invite=form)
    again(CAME, CAME_PART, **context)
    if not form.validate_on_submit():
        return invalid()
    round = next(one for one in context["rounds"] if str(one.id) == form.round_id.data)
    district = find_district(form.district.data)
    settling.invite_inquirer(inquiry, round, district, Contact(form.to_name.data, form.to_email.data), by=me())
    return _inquiry_done(inquiry, f"The letter to {district.label} is prepared. It leaves when you send it.")


@bp.get(REQUEST)
@staff
def desk_request(request_id: int) -> ResponseReturnValue:
    wanted = find_request(community().id, request_id) or abort(404)
    return render_template(WANTED, **_wanted(wanted))


@bp.post(f"{REQUEST}/approval")
@staff
def request_approval(request_id: int) -> ResponseReturnValue:
    wanted = find_request(community().id, request_id) or abort(404)
    again(WANTED, WANTED_PART, **_wanted(wanted))
    settling.approve_request(wanted, by=me())
    audit("let somebody answer for a district", subject=wanted, note=f"{wanted.email} for {wanted.district.label}")
    return _request_done(wanted, f"The letter to {wanted.district.label} is on its way to {wanted.email}.")


@bp.post(f"{REQUEST}/refusal")
@staff
def request_refusal(request_id: int) -> ResponseReturnValue:
    wanted, form = find_request(community().id, request_id) or abort(404), DeclineForm()
    again(WANTED, WANTED_PART, **_wanted(wanted, form))
    if not form.validate_on_submit():
        return invalid()
    settling.decline_request(wanted, form.reason.data, by=me())
    return _request_done(wanted, "The person gets your reason by mail.")


def _question_done(asked: AskedQuestion, said: str) -> ResponseReturnValue:
    to = url_for("letters.desk_question", question_id=asked.id)
    return changed(ASKED_PART, to=to, said=said, fresh=lambda: _asked(asked, form=QuestionForm(None)))


def _inquiry_done(inquiry: Inquiry, said: str) -> ResponseReturnValue:
    to = url_for("letters.desk_inquiry", inquiry_id=inquiry.id)
    return changed(CAME_PART, to=to, said=said, fresh=lambda: _came(inquiry))


def _request_done(wanted: AnswerRequest, said: str) -> ResponseReturnValue:
    to = url_for("letters.desk_request", request_id=wanted.id)
    return changed(WANTED_PART, to=to, said=said, fresh=lambda: _wanted(wanted))


def _asked(asked: AskedQuestion, form: Any = None, public: Any = None) -> dict[str, Any]:
    public_words = {"public_text": asked.public_text or asked.text, "answer": asked.answer}
    return {
        "here": "staff",
        "asked": asked,
        "form": form or QuestionForm(None, public_text=asked.text),
        "public": public or PublicForm(None, **public_words),
        "done": settled_words(asked.answered_by_id),
    }


def _came(inquiry: Inquiry, answer: Any = None, aside: Any = None, invite: Any = None) -> dict[str, Any]:
    looked_for = (request.values.get("q") or inquiry.district_text)[:80]
    found, rounds = districts_for(inquiry, looked_for), inviting_rounds(community().id)
    form = invite or InquiryInviteForm(None, district=_first(found), to_name=inquiry.name, to_email=inquiry.email)
    form.offer(found, rounds)
    return {
        "here": "staff",
        "inquiry": inquiry,
        "answer": answer or InquiryAnswerForm(None),
        "aside": aside or AsideForm(None),
        "invite": form,
        "rounds": rounds,
        "looked_for": looked_for,
        "done": settled_words(inquiry.settled_by_id),
    }


def _first(found: list[Any]) -> str | None:
    return str(found[0].id) if len(found) == 1 else None


def _wanted(wanted: AnswerRequest, form: Any = None) -> dict[str, Any]:
    return {
        "here": "staff",
        "wanted": wanted,
        "form": form or DeclineForm(None),
        "invitation": invitation_for(wanted.round_id, wanted.district_id),
        "done": settled_words(wanted.settled_by_id),
    }


def _own_form() -> OwnQuestionForm:
    form = OwnQuestionForm()
    form.offer(letter_rounds(community().id))
    return form
