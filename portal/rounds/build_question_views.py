"""Doors for the questions of a round: choose a kind, write, take out; and the rules of a team."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.communities.queries import roles_of
from portal.core.access import me, staff
from portal.core.web import again, changed, invalid

from . import questioning
from .build_base import at_its_field, saved
from .build_item_views import gone
from .build_pages import address, chapter_page
from .build_question_forms import new_question_form, question_form
from .build_roster_forms import RosterRuleForm
from .build_views import ROUND, found
from .built import find_part
from .chapters import in_order
from .kinds import KIND_WORDS, ONCE
from .models import Question, Round, Section
from .views import bp

QUESTION = f"{ROUND}questions/<id:question_id>"
ANY = f"<any({', '.join(repr(key) for key in KIND_WORDS)}):kind>"
KIND, AS_KIND = f"{ROUND}sections/<id:section_id>/questions/{ANY}", f"{QUESTION}/kinds/{ANY}"
RULE = f"{QUESTION}/rules/<slug:code>"
NEW = "new"


@bp.get(f"{ROUND}sections/<id:section_id>/questions/new")
@staff
def build_question_kinds(round_id: int, section_id: int) -> ResponseReturnValue:
    round, section = section_in(round_id, section_id)
    asked = {one.kind for one in in_order(round)}
    page = chapter_page(round, "questions") | {
        "shown": "rounds/_build_kinds.html", "title": f"A new question in “{section.title}”", "section": section,
        "kinds": [
            (url_for("rounds.build_question_new", round_id=round_id, section_id=section_id, kind=key), kind)
            for key, kind in KIND_WORDS.items() if key not in ONCE or key not in asked
        ],
        "lead": "Choose how it is answered.", "back": address(round, "questions"),
    }  # fmt: skip
    return render_template("rounds/build.html", **page)


@bp.get(KIND)
@staff
def build_question_new(round_id: int, section_id: int, kind: str) -> ResponseReturnValue:
    return render_template("rounds/build.html", **new_page(*section_in(round_id, section_id), kind))


@bp.post(KIND)
@staff
def build_question_add(round_id: int, section_id: int, kind: str) -> ResponseReturnValue:
    round, section = section_in(round_id, section_id)
    page = new_page(round, section, kind)
    again("rounds/build.html", page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    values = page["form"].typed()
    section = find_part(Section, round, values["section_id"]) or section
    with at_its_field(page["form"]):
        made = questioning.add_question(round, section, kind, values, by=me())
    to = url_for("rounds.build_question", round_id=round_id, question_id=made.id) if kind == "roster" else page["back"]
    return changed(to=to, said=f"The question is added as {made.code}.")


@bp.get(QUESTION)
@staff
def build_question(round_id: int, question_id: int) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    return render_template("rounds/build.html", **question_page(round, question)) if question else gone(round)


@bp.post(QUESTION)
@staff
def build_question_save(round_id: int, question_id: int) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    if question is None:
        return gone(round)
    page = question_page(round, question)
    again("rounds/build.html", page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    saved(page["form"], lambda typed: questioning.change_question(round, question, typed, by=me()))
    return changed(to=page["back"], said=f"{question.code} is saved.")


@bp.get(f"{QUESTION}/kinds")
@staff
def build_kinds(round_id: int, question_id: int) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    return render_template("rounds/build.html", **kinds_page(round, question)) if question else gone(round)


@bp.get(AS_KIND)
@staff
def build_kind(round_id: int, question_id: int, kind: str) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    return render_template("rounds/build.html", **kind_page(round, question, kind)) if question else gone(round)


@bp.post(AS_KIND)
@staff
def build_kind_save(round_id: int, question_id: int, kind: str) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    if question is None:
        return gone(round)
    page = kind_page(round, question, kind)
    again("rounds/build.html", page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    saved(page["form"], lambda typed: questioning.change_kind(round, question, kind, typed, by=me()))
    to = url_for("rounds.build_question", round_id=round_id, question_id=question_id)
    return changed(to=to, said=f"{question.code} is answered in another way now.")


@bp.get(f"{QUESTION}/removal")
@staff
def build_question_removal(round_id: int, question_id: int) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    return render_template("rounds/build.html", **removal_page(round, question)) if question else gone(round)


@bp.post(f"{QUESTION}/removal")
@staff
def build_question_remove(round_id: int, question_id: int) -> ResponseReturnValue:
    round = found(round_id)
    question = find_part(Question, round, question_id)
    if question is not None:
        page = removal_page(round, question)
        again("rounds/build.html", page["shown"], **page)
        questioning.remove_question(round, question, by=me())
    return changed(to=address(round, "questions"), said="The question is taken out.")


@bp.get(RULE)
@staff
def build_rule(round_id: int, question_id: int, code: str) -> ResponseReturnValue:
    round, question = roster_in(round_id, question_id)
    return render_template("rounds/build.html", **rule_page(round, question, code))


@bp.post(RULE)
@staff
def build_rule_save(round_id: int, question_id: int, code: str) -> ResponseReturnValue:
    round, question = roster_in(round_id, question_id)
    page = rule_page(round, question, code)
    form = page["form"]
    again("rounds/build.html", page["shown"], **page)
    if not form.validate_on_submit():
        return invalid()
    if code == NEW:
        questioning.add_roster_rule(round, question, form.typed(), by=me())
    else:
        saved(form, lambda typed: questioning.change_roster_rule(round, question, code, typed, by=me()))
    return changed(to=page["back"], said="The rule is saved.")


@bp.post(f"{RULE}/removal")
@staff
def build_rule_remove(round_id: int, question_id: int, code: str) -> ResponseReturnValue:
    round, question = roster_in(round_id, question_id)
    questioning.remove_roster_rule(round, question, code, by=me())
    to = url_for("rounds.build_question", round_id=round_id, question_id=question_id)
    return changed(to=to, said="The rule is taken out.")


def section_in(round_id: int, section_id: int) -> tuple[Round, Section]:
    """The round and its section of this number."""
    round = found(round_id)
    return round, find_part(Section, round, section_id) or abort(404)


def roster_in(round_id: int, question_id: int) -> tuple[Round, Question]:
    """The round and its question about the team."""
    round = found(round_id)
    question = find_part(Question, round, question_id)
    return (round, question) if question is not None and question.kind == "roster" else abort(404)


def new_page(round: Round, section: Section, kind: str) -> dict[str, Any]:
    """The form of a question to be added."""
    page = chapter_page(round, "questions")
    form = new_question_form(kind, section, page["freedom"], round)
    return {**page, **_about(round, kind), "title": "A new question", "form": form, "removal": ""}


def question_page(round: Round, question: Question) -> dict[str, Any]:
    """The form of a question; of a team also what it has to have."""
    page = chapter_page(round, "questions")
    where: dict[str, Any] = {"round_id": round.id, "question_id": question.id}
    return {
        **page, **_about(round, question.kind), "title": f"Question {question.code}",
        "form": question_form(question, page["freedom"], round, question.kind), "question": question,
        "other_kinds": url_for("rounds.build_kinds", **where) if page["freedom"].may("questions") else "",
        "removal": url_for("rounds.build_question_removal", **where) if page["freedom"].may("questions") else "",
        "rules": _rules(question, where) if question.kind == "roster" else None,
        "new_rule": url_for("rounds.build_rule", code=NEW, **where) if page["freedom"].may("questions") else "",
    }  # fmt: skip


def kinds_page(round: Round, question: Question) -> dict[str, Any]:
    """The other kinds that a question can have."""
    page = chapter_page(round, "questions")
    asked, may_change = {one.kind for one in in_order(round)}, page["freedom"].may("questions")
    where: dict[str, Any] = {"round_id": round.id, "question_id": question.id}
    return {
        **page, "shown": "rounds/_build_kinds.html", "title": f"Another kind for {question.code}",
        "kinds": [
            (url_for("rounds.build_kind", kind=key, **where), kind) for key, kind in KIND_WORDS.items()
            if may_change and key != question.kind and (key not in ONCE or key not in asked)
        ],
        "lead": "The question keeps its words and its place. How it is answered is set anew.",
        "refusal": page["freedom"].why_not("questions"),
        "back": url_for("rounds.build_question", **where),
    }  # fmt: skip


def kind_page(round: Round, question: Question, kind: str) -> dict[str, Any]:
    """The form of a question as it would be with another kind."""
    if kind == question.kind:
        abort(404)
    page = question_page(round, question)
    back = url_for("rounds.build_kinds", round_id=round.id, question_id=question.id)
    form = question_form(question, page["freedom"], round, kind)
    return {**page, **_about(round, kind), "form": form, "back": back, "removal": "", "rules": None}


def removal_page(round: Round, question: Question) -> dict[str, Any]:
    """The question whether a question is taken out."""
    return {
        **chapter_page(round, "questions"), "shown": "rounds/_build_removal.html", "item": "question",
        "title": "Take out this question?", "called": f"{question.code}: {question.label}", "seats": 0,
        "back": address(round, "questions"),
    }  # fmt: skip


def rule_page(round: Round, question: Question, code: str) -> dict[str, Any]:
    """The form of one rule of the team, or of a new one."""
    page = chapter_page(round, "questions")
    rule = next((one for one in questioning.rules_of(question) if one["id"] == code), None)
    if rule is None and code != NEW:
        abort(404)
    roles = [(role.slug, role.label) for role in roles_of(round.community_id)]
    stored = {name: (rule or {"min": 1}).get(name) for name in ("text", "min", "any_role", "also")}
    where: dict[str, Any] = {"round_id": round.id, "question_id": question.id}
    may_remove = rule is not None and page["freedom"].may("questions")
    return {
        **page, "shown": "rounds/_build_form.html", "title": "What the team has to have", "item": "rule", "lacks": [],
        "form": RosterRuleForm.with_roles(roles)(page["freedom"], stored), "removal": "",
        "back": url_for("rounds.build_question", **where), "why_not": "",
        "press_removal": url_for("rounds.build_rule_remove", code=code, **where) if may_remove else "",
    }  # fmt: skip


def _rules(question: Question, where: dict[str, Any]) -> list[tuple[str, str]]:
    rules = questioning.rules_of(question)
    return [(one["text"], url_for("rounds.build_rule", code=one["id"], **where)) for one in rules]


def _about(round: Round, kind: str) -> dict[str, Any]:
    return {
        "shown": "rounds/_build_form.html", "item": "question", "kind": KIND_WORDS[kind], "lacks": [],
        "back": address(round, "questions"), "why_not": "",
    }  # fmt: skip
