"""The lists of a round (info sessions, commitments, sections, criteria): what stands in them, its forms, its verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from . import meeting, questioning, rubrics
from .build_base import BuildForm
from .build_forms import CommitmentForm, InfoSessionForm, SectionForm
from .build_pages import address, chapter_page
from .build_rubric_forms import CriterionForm
from .chapters import in_order
from .models import Commitment, Criterion, InfoSession, Question, Round, Section
from .showing import taken_seats


@dataclass(frozen=True)
class Shelf:
    """A list of a round: its chapter, what stands in it, the form of one, and the verbs."""

    chapter: str
    thing: str
    model: Any
    form: Callable[[Round], type[BuildForm]]
    empty: dict[str, Any]
    add: Callable[..., Any]
    change: Callable[..., Any]
    remove: Callable[..., Any]
    name: Callable[[Any, Round], str]
    law: str  # of changes.LAWS, under which one is added and taken out


def _criterion_form(round: Round) -> type[BuildForm]:
    return CriterionForm.describe(round, [(one.code, f"{one.code}: {one.label}") for one in in_order(round)])


def _add_section(round: Round, values: dict[str, Any], *, by: Any) -> Section:
    return questioning.add_section(round, values["title"], by=by)


SHELVES = {
    "info-sessions": Shelf(
        "info-sessions", "info session", InfoSession, lambda round: InfoSessionForm,
        {"at": None, "minutes": 45, "mode": "online", "place": "", "join_link": "", "capacity": None},
        meeting.add_info_session, meeting.change_info_session, meeting.remove_info_session, meeting.when_of,
        "info sessions",
    ),
    "commitments": Shelf(
        "commitments", "commitment", Commitment, lambda round: CommitmentForm, {"text": "", "who": "district"},
        meeting.add_commitment, meeting.change_commitment, meeting.remove_commitment, lambda row, round: str(row.text),
        "commitments",
    ),
    "sections": Shelf(
        "questions", "section", Section, lambda round: SectionForm, {"title": ""},
        _add_section, questioning.rename_section, questioning.remove_section, lambda row, round: str(row.title),
        "questions",
    ),
    "criteria": Shelf(
        "rubric", "criterion", Criterion, _criterion_form, {"label": "", "levels": {}, "question_codes": []},
        rubrics.add_criterion, rubrics.change_criterion, rubrics.remove_criterion, lambda row, round: str(row.label),
        "weights",
    ),
}  # fmt: skip
MOVERS: dict[str, tuple[Any, Callable[..., None], Callable[[Any], str]]] = {
    "commitment": (Commitment, meeting.move_commitment, lambda row: row.text),
    "criterion": (Criterion, rubrics.move_criterion, lambda row: row.label),
    "section": (Section, questioning.move_section, lambda row: row.title),
    "question": (Question, questioning.move_question, lambda row: row.label),
}


def item_page(round: Round, shelf: str, row: Any = None) -> dict[str, Any]:
    """The form of one thing of a list, or of a new one where there is no row."""
    chosen = SHELVES[shelf]
    page = chapter_page(round, chosen.chapter)
    stored = {name: getattr(row, name) for name in chosen.empty} if row else dict(chosen.empty)
    may_remove = row is not None and page["freedom"].may(chosen.law)
    return {
        **page, "form": chosen.form(round)(page["freedom"], stored), "shown": "rounds/_build_form.html", "lacks": [],
        "title": chosen.name(row, round) if row else f"A new {chosen.thing}", "item": chosen.thing,
        "back": address(round, chosen.chapter), "why_not": page["freedom"].why_not(chosen.law),
        "removal": url_for("rounds.build_item_removal", round_id=round.id, shelf=shelf, item_id=row.id)
        if may_remove else "",
    }  # fmt: skip


def removal_page(round: Round, shelf: str, row: Any) -> dict[str, Any]:
    """The question whether a thing is taken out of its list, and whom that concerns."""
    chosen = SHELVES[shelf]
    seats = taken_seats(row) if shelf == "info-sessions" else 0
    return {
        **chapter_page(round, chosen.chapter), "shown": "rounds/_build_removal.html", "item": chosen.thing,
        "title": f"Take out this {chosen.thing}?", "called": chosen.name(row, round), "seats": seats,
        "back": address(round, chosen.chapter),
    }  # fmt: skip
