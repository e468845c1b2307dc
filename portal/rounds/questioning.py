"""What staff do with the sections and questions of a round: add, change, take out, put in order.

Each verb takes the round's lock. A code (q7) is given once and never changes: answers, conditions and the rubric name
it. All raise RuleBroken with what would work, once letters may be written too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer

from .changes import settle
from .chapters import codes_after, in_order, short_name
from .conditions import condition_fault
from .drafting import Typed, check_free, moved, note, pairs, renumber, settled, there, write
from .kinds import KIND_WORDS, ONCE
from .models import Question, Round, Section
from .rules import Unfit

COLUMNS = ("label", "help", "is_required", "condition", "section_id")
ALONE = "An endorsement has a section of its own. Choose another section."


def add_section(round: Round, title: str, *, by: Doer) -> Section:
    """Add a section at the end."""
    with transaction():
        check_free(lock(round), "questions")
        slug = short_name(title, [one.slug for one in round.sections], "section")
        section = Section(round_id=round.id, position=len(round.sections) + 1, slug=slug, title=title)
        db.session.add(section)
        note(round, "add a section", by, about=title)
    return section


def rename_section(round: Round, section: Section, typed: Typed, *, by: Doer) -> None:
    """Give a section another title; its address stays."""
    with transaction():
        lock(round)
        before = there(section).title
        changes = write(round, section, typed)
        if changes:
            note(round, "rename a section", by, about=before, changes=changes)


def remove_section(round: Round, section: Section, *, by: Doer) -> None:
    """Take an empty section out. Raises RuleBroken while it has questions."""
    with transaction():
        check_free(lock(round), "questions")
        if there(section).questions:
            raise RuleBroken("This section has questions. Move them to another section, or take them out first.")
        title, rest = section.title, [one for one in round.sections if one is not section]
        db.session.delete(section)
        renumber(rest)
        note(round, "take out a section", by, about=title)


def move_section(round: Round, section: Section, way: str, *, by: Doer) -> None:
    """Put a section with its questions one place up or down."""
    with transaction():
        check_free(lock(round), "questions")
        _arrange(round, [(one, list(one.questions)) for one in moved(round.sections, there(section), way)])
        note(round, "move a section", by, about=section.title, way=way)


def add_question(round: Round, section: Section, kind: str, values: Mapping[str, Any], *, by: Doer) -> Question:
    """Add a question of this kind at the end of a section. `values` are columns and settings by name."""
    with transaction():
        check_free(lock(round), "questions")
        there(section)
        questions = in_order(round)
        _check_once(kind, questions)
        code = codes_after([one.code for one in questions], "q")
        question = Question(round_id=round.id, section_id=section.id, position=len(questions) + 1, code=code, kind=kind)
        _assign(question, {name: value for name, value in values.items() if name != "section_id"})
        db.session.add(question)
        db.session.flush()
        db.session.expire(section)
        _arrange(round, [(one, list(one.questions)) for one in round.sections])
        note(round, "add a question", by, about=f"{code}: {question.label}")
    return question


def change_question(round: Round, question: Question, typed: Typed, *, by: Doer) -> None:
    """Change the words and settings of a question, or the section in which it stands."""
    with transaction():
        lock(round)
        stored = values_of(there(question), typed.values)
        changes = settled(round, "questions", stored, typed)
        if not changes:
            return
        about = f"{question.code}: {question.label}"
        _assign(question, changes)
        db.session.flush()
        if "section_id" in changes:
            _to_section(round, question)
        _check_conditions(in_order(round))
        note(round, "change a question", by, about=about, changes=pairs(stored, changes))


def change_kind(round: Round, question: Question, kind: str, typed: Typed, *, by: Doer) -> None:
    """Have a question answered in another way: `typed` are its columns and the settings of the new kind.

    Its code and place stay. Raises RuleBroken once letters may be written, or while others depend on its choices.
    """
    with transaction():
        check_free(lock(round), "questions")
        _check_once(kind, [one for one in in_order(round) if one is not there(question)])
        before, settings = question.kind, {n: value for n, value in typed.values.items() if n not in COLUMNS}
        stored = values_of(question, [name for name in typed.values if name in COLUMNS])
        changes = settled(round, "questions", stored, Typed({n: typed.values[n] for n in stored}, typed.seen))
        question.kind, question.settings = kind, {}
        _assign(question, {**changes, **settings})
        db.session.flush()
        if "section_id" in changes:
            _to_section(round, question)
        _arrange(round, [(one, list(one.questions)) for one in round.sections])
        kinds = {"kind": [KIND_WORDS[before].words, KIND_WORDS[kind].words]}
        about = f"{question.code}: {question.label}"
        note(round, "change a question", by, about=about, changes={**kinds, **pairs(stored, changes)})


def remove_question(round: Round, question: Question, *, by: Doer) -> None:
    """Take a question out. Raises RuleBroken while another one depends on its answer."""
    with transaction():
        check_free(lock(round), "questions")
        about = f"{there(question).code}: {question.label}"
        for criterion in round.criteria:
            criterion.question_codes = [code for code in criterion.question_codes if code != question.code]
        rest = [(one, [each for each in one.questions if each is not question]) for one in round.sections]
        db.session.delete(question)
        db.session.flush()
        _arrange(round, rest)
        note(round, "take out a question", by, about=about)


def move_question(round: Round, question: Question, way: str, *, by: Doer) -> None:
    """Put a question one place up or down; from the edge of its section it goes into the next one."""
    with transaction():
        check_free(lock(round), "questions")
        groups = [(one, list(one.questions)) for one in round.sections]
        _arrange(round, _stepped(groups, there(question), way))
        note(round, "move a question", by, about=f"{question.code}: {question.label}", way=way)


def add_roster_rule(round: Round, question: Question, values: Mapping[str, Any], *, by: Doer) -> None:
    """Add a rule to what the team has to have."""
    with transaction():
        check_free(lock(round), "questions")
        rules = rules_of(there(question))
        code = codes_after([one["id"] for one in rules], "r")
        _set_rules(round, question, [*rules, {"id": code, **values}], by)


def change_roster_rule(round: Round, question: Question, code: str, typed: Typed, *, by: Doer) -> None:
    """Change a rule of the team. Raises RuleBroken when it is gone; Conflict as every change does."""
    with transaction():
        lock(round)
        rules = rules_of(there(question))
        old = next((one for one in rules if one["id"] == code), None)
        if old is None:
            raise RuleBroken("This rule was taken out meanwhile. Add it again if the team needs it.")
        changes = settle({name: old.get(name) for name in typed.values}, typed.values, typed.seen)
        if changes:
            _set_rules(round, question, [{**one, **changes} if one is old else one for one in rules], by)


def remove_roster_rule(round: Round, question: Question, code: str, *, by: Doer) -> None:
    """Take a rule of the team out."""
    with transaction():
        check_free(lock(round), "questions")
        _set_rules(round, question, [one for one in rules_of(there(question)) if one["id"] != code], by)


def rules_of(question: Question) -> list[dict[str, Any]]:
    """What the team has to have, rule by rule."""
    return list(question.settings.get("rules", []))


def values_of(question: Question, names: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    """The columns and settings of a question under these names."""
    return {name: getattr(question, name) if name in COLUMNS else question.settings.get(name) for name in names}


def _check_once(kind: str, others: Sequence[Question]) -> None:
    if kind in ONCE and any(one.kind == kind for one in others):
        raise RuleBroken(f"A letter has one question of the kind “{KIND_WORDS[kind].words}”. Change that one.")


def _assign(question: Question, values: Mapping[str, Any]) -> None:
    kept = dict(question.settings or {})
    for name, value in values.items():
        if name in COLUMNS:
            setattr(question, name, value)
        elif value in (None, "", {}, [], False):
            kept.pop(name, None)
        else:
            kept[name] = value
    question.settings = kept


def _set_rules(round: Round, question: Question, rules: list[dict[str, Any]], by: Doer) -> None:
    stored = {"rules": rules_of(question)}
    changes = settled(round, "questions", stored, Typed({"rules": rules}))
    _assign(question, changes)
    note(
        round, "change the team’s rules", by, about=f"{question.code}: {question.label}", changes=pairs(stored, changes)
    )


Groups = list[tuple[Section, list[Question]]]


def _arrange(round: Round, groups: Groups) -> None:
    """Number sections and questions in this order, and look that every condition still holds."""
    for section, questions in groups:
        if len(questions) > 1 and any(one.kind == "endorsement" for one in questions):
            raise Unfit(ALONE, "section_id")
        for question in questions:
            question.section_id = section.id
    questions = [question for _, group in groups for question in group]
    renumber([section for section, _ in groups])
    renumber(questions)
    _check_conditions(questions)
    db.session.expire_all()


def _stepped(groups: Groups, question: Question, way: str) -> Groups:
    here = next(number for number, (_, group) in enumerate(groups) if question in group)
    group = groups[here][1]
    is_edge = group.index(question) == (0 if way == "up" else len(group) - 1)
    if not is_edge:
        group[:] = moved(group, question, way)
        return groups
    there = here + (-1 if way == "up" else 1)
    if 0 <= there < len(groups):
        group.remove(question)
        groups[there][1].insert(len(groups[there][1]) if way == "up" else 0, question)
    return groups


def _to_section(round: Round, question: Question) -> None:
    db.session.expire_all()
    groups = [(one, [each for each in one.questions if each is not question]) for one in round.sections]
    target = next((group for section, group in groups if section.id == question.section_id), None)
    if target is None:
        raise Unfit("This section is gone. Choose another one.", "section_id")
    target.append(question)
    _arrange(round, groups)


def _check_conditions(questions: Sequence[Question]) -> None:
    for question in questions:
        fault = condition_fault(question.condition or {}, question, questions)
        if fault:
            raise RuleBroken(f"“{question.label}” ({question.code}) is asked only after certain answers. {fault}")
