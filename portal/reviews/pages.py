"""What the pages of reading letters show, read in few queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core import clock
from portal.core.web import addresses, page_of
from portal.districts.queries import latest_facts
from portal.districts.rules import KIND_WORDS
from portal.letters.deadlines import ends_at, is_open, open_return
from portal.letters.models import Letter, Submission
from portal.letters.rules import UNSENT, sections_of
from portal.letters.rules import may as may_letter
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .queries import (
    counts_by_status,
    decider_of,
    decision_of,
    decisions_of,
    is_staff,
    load_times,
    readable_letters,
    receipts_of,
)  # fmt: skip
from .rules import TABS, decision_words, may, shown_status

SIZE = 40  # rows of a page: four screens of a laptop


def letters_page(reader: Any, round: Round, tab: str) -> dict[str, Any]:
    """The letters of the round that this reader may know of: one page of rows, and how many are behind each tab."""
    readable, stage = readable_letters(reader, round), stage_of(round, clock.now())
    sees_all, statuses = is_staff(reader, round.community_id), TABS.get(tab, TABS[""])
    known = counts_by_status(readable)
    counts = {name: sum(known.get(status, 0) for status in behind) for name, behind in TABS.items()}
    page = page_of(readable.where(Letter.status.in_(statuses)), SIZE, counts[tab if tab in TABS else ""])
    rows = _rows(page.items, sees_all)
    return {
        "round": round, "stage": stage, "page": page, "tab": tab, "rows": rows, "counts": counts,
        "urls": addresses("reviews.letter", "letter_id", [letter.id for letter in page.items]),
        "marks": {mark for row in rows for mark in (row["status"], row["decided"])}, "is_staff": sees_all,
    }  # fmt: skip


def letter_page(reader: Any, letter: Letter, submission: Submission) -> dict[str, Any]:
    """A letter as it was sent, beside what readers look for. Only staff see what was decided."""
    now, sees_all = clock.now(), is_staff(reader, letter.community_id)
    stage = stage_of(letter.round, now)
    decision, district = decision_of(letter) if sees_all else None, letter.district
    return {
        "letter": letter, "round": letter.round, "submission": submission, "content": submission.content,
        "kind": KIND_WORDS.get(district.kind, ""), "facts": latest_facts([district.id])[district.id],
        "is_staff": sees_all, "decision": decision, "decided": decision_words(decision),
        "decider": decider_of(decision), "may_decide": may("prepare", letter, decision, stage), "stage": stage,
        "status": shown_status(letter, True, now), "changing": _changing(letter, now),
    }  # fmt: skip


def draft_page(letter: Letter) -> dict[str, Any]:
    """A letter that is still the district's own: where it stands, without a word of its text."""
    now = clock.now()
    stage, may_waive = stage_of(letter.round, now), may_letter("waive", letter, {"staff"}, now)
    return {
        "letter": letter, "round": letter.round, "stage": stage, "status": shown_status(letter, False, now),
        "until": ends_at(letter), "is_open": is_open(letter, now),
        "rules": _rules_to_waive(letter) if may_waive else [],
    }  # fmt: skip


def _changing(letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Until when, and what, the district changes of a letter that was sent; none while it is with the readers."""
    if letter.status not in UNSENT or not is_open(letter, now):
        return None
    sent_back = open_return(letter)
    titles = [section.title for section in sections_of(sent_back)] if sent_back else []
    return {"until": ends_at(letter), "sections": titles, "message": sent_back.message if sent_back else ""}


def _rules_to_waive(letter: Letter) -> list[tuple[str, str]]:
    waived = {waiver.rule_code for waiver in letter.waivers}
    rosters = [one for section in letter.round.sections for one in section.questions if one.kind == "roster"]
    rules = [rule for question in rosters for rule in question.settings.get("rules", [])]
    return [(rule["id"], rule["text"]) for rule in rules if rule["id"] not in waived]


def _rows(letters: list[Letter], with_decisions: bool) -> list[dict[str, Any]]:
    numbers, now = [letter.id for letter in letters], clock.now()
    load_times(letters)
    receipts, facts = receipts_of(numbers), latest_facts([letter.district_id for letter in letters])
    decisions = decisions_of(numbers) if with_decisions else {}
    return [
        {
            "letter": letter, "status": shown_status(letter, letter.id in receipts, now),
            "receipt": receipts.get(letter.id) if letter.status != "withdrawn" else None,
            "decided": decision_words(decisions.get(letter.id)), "facts": facts[letter.district_id],
            "kind": KIND_WORDS.get(letter.district.kind, ""),
        }
        for letter in letters
    ]  # fmt: skip
