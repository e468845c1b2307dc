"""What the pages of reading letters show, read in few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Row

from portal.core import clock
from portal.core.clock import local
from portal.core.text import one_line
from portal.core.web import addresses, page_read
from portal.districts.queries import latest_facts
from portal.districts.rules import KIND_WORDS, value_text
from portal.letters.deadlines import is_open, open_return, told_until, withdraw_until
from portal.letters.models import Letter, Submission
from portal.letters.rules import UNSENT, sections_of
from portal.letters.rules import may as may_letter
from portal.letters.versions import versions_page
from portal.rounds.models import Round
from portal.rounds.rules import last_moment, stage_of

from .blind_rules import blind_content, blind_reference, blind_version, label_of, shown_label
from .exceptions import districts_of
from .forms import ExtensionForm, ReturnForm, WaiverForm
from .queries import counts_by_status, decider_of, decision_of, is_staff, letter_rows, load_times
from .reading_queries import is_blind_for
from .rules import TABS, decision_words, is_released, may, outcome_words, shown_status
from .search_queries import search_letters

SIZE = 40  # rows of a page: four screens of a laptop
Mark = tuple[str, str, str]  # icon, word and tone


class Line(NamedTuple):
    """A row of the list, ready to be drawn."""

    url: str
    district: str
    kind: str
    students: str
    status: Mark
    sent: Any  # the row again if a version was sent: when, late or not, and its reference
    decided: Mark


def letters_page(reader: Any, round: Round, tab: str, asked: str = "") -> dict[str, Any]:
    """The letters of the round that this reader may know of: one page of rows, and how many are behind each tab; those
    that hold the words `asked`, if any are."""
    tab, sees_all = tab if tab in TABS else "", is_staff(reader, round.community_id)
    is_blind, asked = round.is_blind and not sees_all, one_line(asked)
    found = search_letters(reader, round, asked, is_blind=is_blind) if asked else None
    known = counts_by_status(reader, round, found)
    counts = {name: sum(known.get(status, 0) for status in behind) for name, behind in TABS.items()}
    page = page_read(partial(letter_rows, reader, round, tab, found), counts[tab], SIZE)
    lines = _lines(page.items, sees_all, is_blind)
    return {
        "round": round, "stage": stage_of(round, clock.now()), "page": page, "tab": tab, "lines": lines,
        "counts": counts, "marks": {mark for line in lines for mark in (line.status, line.decided)},
        "is_staff": sees_all, "is_blind": is_blind, "asked": asked,
    }  # fmt: skip


def letter_page(reader: Any, letter: Letter, submission: Submission) -> dict[str, Any]:
    """A letter as it was sent, beside what readers look for. Only staff see what was decided; in a blind round who
    reads sees no names."""
    now, sees_all = clock.now(), is_staff(reader, letter.community_id)
    stage = stage_of(letter.round, now)
    decision = decision_of(letter) if sees_all else None
    return {
        "letter": letter, "round": letter.round, "submission": submission,
        **_whose(letter, submission, is_blind_for(reader, letter)),
        "is_staff": sees_all, "decision": decision, "decided": decision_words(decision),
        "decider": decider_of(decision), "may_decide": may("prepare", letter, decision, stage), "stage": stage,
        "status": shown_status(letter, True, now), "changing": _changing(letter, now),
        "may_return": sees_all and not is_released(decision) and may_letter("return", letter, {"staff"}, now),
        "may_extend": sees_all and not is_released(decision),
    }  # fmt: skip


def read_versions(reader: Any, letter: Letter, asked: Mapping[str, int | None]) -> dict[str, Any]:
    """The versions of a letter and two of them compared, as this reader may know them."""
    is_blind = is_blind_for(reader, letter)
    label = shown_label(letter, is_blind)
    shown = versions_page(letter, asked, read=partial(blind_content, letter) if is_blind else dict)
    if is_blind:
        shown["versions"] = [blind_version(letter, one) for one in shown["versions"]]
    return {**shown, "label": label}


def draft_page(letter: Letter, form: WaiverForm | None = None) -> dict[str, Any]:
    """A letter that is still the district's own: where it stands, without a word of its text, and the form that waives
    a rule of its team while that can be done."""
    now = clock.now()
    stage, may_waive = stage_of(letter.round, now), may_letter("waive", letter, {"staff"}, now)
    form, rules = form or WaiverForm(formdata=None), _rules_to_waive(letter) if may_waive else []
    form.rule.choices = [("", "Choose a rule"), *rules]
    return {
        "letter": letter, "round": letter.round, "stage": stage, "status": shown_status(letter, False, now),
        "until": told_until(letter, now), "is_open": is_open(letter, now), "withdraw_until": withdraw_until(letter),
        "form": form if rules else None,
    }  # fmt: skip


def extension_page(
    reader: Any, round: Round, asked: int | None, form: ExtensionForm | None = None
) -> dict[str, Any]:  # fmt: skip
    """The form that gives one district more time, with the districts it can be given to."""
    known, zone = {one.id: one for one in districts_of(round, reader)}, round.community.time_zone
    chosen = asked if asked in known else None
    closing = local(round.closes_at, zone).time()
    form = form or ExtensionForm(formdata=None, district=chosen, time=closing)
    form.district.choices = [(one.id, one.name) for one in known.values()]
    return {"round": round, "known": known, "form": form, "ends": last_moment(round)}


def return_page(letter: Letter, form: ReturnForm | None = None) -> dict[str, Any]:
    """The form that sends sections back, and whether this letter can be returned now."""
    now, decision = clock.now(), decision_of(letter)
    closing = local(letter.round.closes_at, letter.round.community.time_zone).time()
    form = form or ReturnForm(formdata=None, time=closing)
    form.sections.choices = [(section.slug, section.title) for section in letter.round.sections]
    return {
        "letter": letter, "round": letter.round, "form": form, "is_decided": is_released(decision),
        "may_return": not is_released(decision) and may_letter("return", letter, {"staff"}, now),
    }  # fmt: skip


def _whose(letter: Letter, submission: Submission, is_blind: bool) -> dict[str, Any]:
    """Whose letter it is and what stands in it, as this reader may know it."""
    district, label = letter.district, shown_label(letter, is_blind)
    if is_blind:
        content = blind_content(letter, submission.content)
        reference = blind_reference(letter, submission)
        return {"is_blind": True, "label": label, "heading": label, "reference": reference, "content": content,
                "about": []}  # fmt: skip
    facts = latest_facts([district.id])[district.id]
    schools = _counted(facts, "schools")
    students = _counted(facts, "students")
    about = filter(None, (KIND_WORDS.get(district.kind, ""), district.grades, schools, students))
    return {"is_blind": False, "label": label, "heading": district.name, "reference": submission.reference,
            "content": submission.content, "about": list(about)}  # fmt: skip


def _counted(facts: Mapping[str, Any], name: str) -> str:
    """“1 school”, “4,525 students”; nothing where it is not on record."""
    if name not in facts:
        return ""
    value = facts[name].value
    return f"{value_text(value)} {name.removesuffix('s') if value == '1' else name}"


def _changing(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Until when, and what, the district changes of a letter that was sent; none while it is with the readers."""
    if letter.status not in UNSENT or not is_open(letter, now):
        return None
    sent_back = open_return(letter)
    titles = [section.title for section in sections_of(sent_back)] if sent_back else []
    return {"until": told_until(letter, now), "sections": titles, "message": sent_back.message if sent_back else ""}


def _rules_to_waive(letter: Letter) -> list[tuple[str, str]]:
    waived = {waiver.rule_code for waiver in letter.waivers}
    rosters = [one for section in letter.round.sections for one in section.questions if one.kind == "roster"]
    rules = [rule for question in rosters for rule in question.settings.get("rules", [])]
    return [(rule["id"], rule["text"]) for rule in rules if rule["id"] not in waived]


def _lines(rows: Sequence[Row[Any]], sees_all: bool, is_blind: bool) -> list[Line]:
    now, urls = clock.now(), addresses("reviews.letter", "letter_id", [row.id for row in rows])
    # Whole letters only of those that are with their districts: of the others the status says it all.
    unsent: dict[int, Any] = load_times(row.id for row in rows if row.status in UNSENT)
    return [
        Line(
            urls[row.id], label_of(row.id) if is_blind else row.district,
            ", ".join(filter(None, (KIND_WORDS.get(row.kind), row.grades))),
            value_text(row.students or ""), shown_status(unsent.get(row.id, row), row.reference is not None, now),
            row if row.reference is not None and row.status != "withdrawn" else None,
            outcome_words(row.outcome if sees_all else None, row.decision),
        )
        for row in rows
    ]  # fmt: skip
