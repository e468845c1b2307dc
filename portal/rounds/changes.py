"""What may still change in a round at which stage, and what becomes of two people's changes of the same thing.

LAWS is the whole law: the pages draw locks from it and the operations ask it before they write. Before the round opens
everything may change. Then districts write: what they answer, sign and plan by stays as it was, and only a slip of the
pen, a later date or a wider limit is possible. After closing only what readers and decisions need.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.clock import local
from portal.core.errors import Conflict
from portal.core.text import tidy

from .dates import DAYS
from .models import Round
from .rules import ARCHIVED, STAGES, stage_of

Values = Mapping[str, Any]

# thing: how it may change as draft, upcoming, open, in grace, closed, archived; and why it may not.
# "any" and "no" speak for themselves; every other word is a judge of JUDGES.
LAWS: dict[str, tuple[str, str]] = {
    "short name": ("any any no no no no", "Every letter that is signed carries it."),
    "letter": ("any any any any no no", "The round has closed. What districts read stays as it was."),
    "opening": ("any any no no no no", "The round has opened."),
    "dates to closing": ("any any later later no no", "The round has closed."),
    "dates after closing": ("any any later later later no", ""),
    "grace": ("any any more more no no", "The round has closed."),
    "info sessions": ("any any any any no no", "The round has closed. Info sessions come before that."),
    "commitments": ("any any no no no no", "Districts sign these words. What is signed stays as it is."),
    "section titles": ("any any any any no no", "The round has closed. What districts read stays as it was."),
    "questions": (
        "any any no no no no",
        "Letters are being written. Every district is asked the same, and what it answered must still fit.",
    ),
    "question texts": ("any any any any no no", "The round has closed. What districts read stays as it was."),
    "required": ("any any less less no no", "The round has closed, and no more is written."),
    "limits": ("any any wider wider no no", "The round has closed, and no more is written."),
    "follow-up": ("any any follow_up follow_up no no", "The round has closed, and no more is written."),
    "roster rules": ("any any roster roster no no", "The round has closed, and no more is written."),
    "roster needs": ("any any fewer fewer no no", "The round has closed, and no more is written."),
    "statement": ("any any no no no no", "Superintendents sign these words. What is signed stays as it is."),
    "weights": ("any any any no no no", "Letters have closed. What counts how much is settled before anybody reads."),
    "rubric texts": ("any any any any any no", ""),
    "places": ("any any any no no no", "Letters have closed. Districts wrote for these places."),
    "room": ("any any more more no no", "The round has closed, and no more is written."),
    "reading": ("any any any any any no", ""),
    "names": ("any any any any hidden no", ""),
}
UNLESS_SET = {"max_characters": 120}  # what holds of a limit that is not set; see kinds
BOUNDS = {  # how something may still change, said before somebody types
    "later": "It can only be moved later.",
    "more": "Letters are being written. It can only grow.",
    "fewer": "Letters are being written. It can only get smaller.",
    "less": "Letters are being written. Once it need not be answered, it stays so.",
    "wider": "Letters are being written. Limits can only get wider.",
    "hidden": "Letters are being read. Names can be hidden now, and not be shown again.",
    "follow_up": "Letters are being written. Only the number of words can grow.",
}

# table and column that a form changes, or a whole table: which law it is under. A question's settings are named by
# their key; those that are not named are under "questions".
LAW_OF: dict[str, str] = {
    "rounds.slug": "short name",
    **dict.fromkeys((f"rounds.{name}" for name in ("title", "summary", "letter_text")), "letter"),
    **dict.fromkeys(("rounds.eligibility", "rounds.eligibility_note"), "letter"),
    "rounds.opens_at": "opening",
    **dict.fromkeys((f"rounds.{name}" for name in ("intent_by", "questions_until", "closes_at")), "dates to closing"),
    **dict.fromkeys((f"rounds.{name}" for name in (*DAYS, "reply_by", "withdraw_until")), "dates after closing"),
    "rounds.grace_minutes": "grace",
    **dict.fromkeys(("rounds.capacity", "rounds.has_waitlist"), "places"),
    **dict.fromkeys(("rounds.max_co_editors", "rounds.file_limit_mb"), "room"),
    **dict.fromkeys(("rounds.reviewers_per_letter", "rounds.conflict_rule"), "reading"),
    **dict.fromkeys((f"rounds.{name}" for name in ("comment_up_to", "spread_flag", "waitlist_reply_days")), "reading"),
    "rounds.is_blind": "names",
    "rounds.scale": "weights",
    "info_sessions": "info sessions",
    "commitments": "commitments",
    "sections": "section titles",
    "questions": "questions",
    **dict.fromkeys((f"questions.{name}" for name in ("label", "help", "unit")), "question texts"),
    "questions.is_required": "required",
    "questions.limits": "limits",
    "questions.follow_up": "follow-up",
    "questions.rules": "roster rules",
    "questions.statement": "statement",
    "roster_rules": "questions",  # as a form of its own shows one rule of questions.rules
    "roster_rules.text": "question texts",
    "roster_rules.min": "roster needs",
    "criteria": "rubric texts",
    "criteria.weight": "weights",
}


@dataclass(frozen=True)
class Freedom:
    """What may still change in one round at one moment."""

    stage: str
    now: datetime
    zone: str

    @classmethod
    def of(cls, round: Round, now: datetime) -> Freedom:
        return cls(stage_of(round, now), now, round.community.time_zone)

    def how(self, thing: str) -> str:
        """How a thing of LAWS may change now: any, no, or the name of its judge."""
        return LAWS[thing][0].split()[STAGES.index(self.stage)]

    def may(self, thing: str) -> bool:
        """Whether the thing may change freely: be added, taken out, put elsewhere."""
        return self.how(thing) == "any"

    def why_not(self, thing: str) -> str:
        """Why the thing may not change at all now; empty where it may, be it within bounds."""
        if self.how(thing) != "no":
            return ""
        return ARCHIVED if self.stage == "archived" else LAWS[thing][1]

    def lock(self, table: str, name: str, value: Any = None) -> str:
        """Why `name` of a table, which stands at `value`, may not change at all now; empty where it may."""
        thing = law_of(table, name)
        if self.how(thing) == "later" and self._has_passed(value):
            return "This date has passed."
        if self.how(thing) == "less" and not value:
            return "Letters are being written. Nothing more can be asked of them."
        if self.how(thing) == "hidden" and value:
            return "Letters are being read without names. That stays so."
        return self.why_not(thing)

    def bound(self, table: str, name: str, value: Any = None) -> str:
        """Within which bounds `name` of a table, which stands at `value`, may change; empty where it may freely."""
        how = self.how(law_of(table, name))
        return "" if how == "later" and value is None else BOUNDS.get(how, "")

    def refusal(self, table: str, name: str, old: Any, new: Any) -> str:
        """Why `name` of a table may not go from `old` to `new`, saying what would work; empty when it may."""
        how = self.how(law_of(table, name))
        if old == new or how == "any":
            return ""
        return self.lock(table, name, old) or JUDGES[how](self, old, new)

    def _has_passed(self, value: datetime | date | None) -> bool:
        if isinstance(value, datetime):
            return value <= self.now
        return value is not None and value < local(self.now, self.zone).date()

    def _later(self, old: Any, new: Any) -> str:
        if new is None:
            return "Districts plan by this date. It can be moved later, not taken away."
        if self._has_passed(new):
            return "Choose a date to come."
        return "" if old is None or new > old else f"Districts plan by this date. {BOUNDS['later']}"

    def _more(self, old: int, new: int) -> str:
        return "" if new >= old else f"Letters are being written. This can only grow: choose {old} or more."

    def _fewer(self, old: int, new: int) -> str:
        return "" if new <= old else f"Letters are being written. Choose {old} or fewer."

    def _less(self, old: bool, new: bool) -> str:
        return "" if old and not new else "Letters are being written. Nothing more can be asked of them."

    def _hidden(self, old: bool, new: bool) -> str:
        return "" if new and not old else BOUNDS["hidden"]

    def _wider(self, old: Values | None, new: Values | None) -> str:
        tight = [name for name in {**(old or {}), **(new or {})} if not _is_wider(name, old or {}, new or {})]
        return "Letters are being written. A limit can only be made wider, or taken away." if tight else ""

    def _follow_up(self, old: Values | None, new: Values | None) -> str:
        limits = [{"max_words": one["max_words"]} if one and "max_words" in one else {} for one in (old, new)]
        if not old or not new or old.get("when") != new.get("when"):
            return LAWS["questions"][1]
        return self._wider(*limits)

    def _roster(self, old: list[Values] | None, new: list[Values] | None) -> str:
        before, after = old or [], new or []
        if [_bones(rule) for rule in before] != [_bones(rule) for rule in after]:
            return LAWS["questions"][1]
        pairs = zip(before, after, strict=True)
        return "" if all(_least(was) >= _least(now) for was, now in pairs) else self._wider({}, {"min": 1})


JUDGES: dict[str, Callable[[Freedom, Any, Any], str]] = {
    "later": Freedom._later, "more": Freedom._more, "fewer": Freedom._fewer, "less": Freedom._less,
    "hidden": Freedom._hidden, "wider": Freedom._wider, "follow_up": Freedom._follow_up, "roster": Freedom._roster,
}  # fmt: skip


def law_of(table: str, name: str) -> str:
    """The law that a column of a table is under."""
    return LAW_OF.get(f"{table}.{name}") or LAW_OF[table]


def marks_of(values: Values) -> str:
    """What a form carries to say from which values it began: a short sign for each."""
    return " ".join(f"{name}:{_mark(value)}" for name, value in values.items())


def remarked(seen: str, values: Values) -> str:
    """`seen` as of a form that has been shown these values of its own things meanwhile."""
    began = dict(mark.partition(":")[::2] for mark in seen.split())
    began |= {name: _mark(value) for name, value in values.items()}
    return " ".join(f"{name}:{mark}" for name, mark in began.items())


def settle(stored: Values, typed: Values, seen: str) -> dict[str, Any]:
    """What of `typed` is to be written, when the form began with the values that `seen` (marks_of) tells.

    What the form did not change stays as somebody else left it meanwhile. Raises Conflict with what is stored now of
    the things that both changed, each to something else.
    """
    began = dict(mark.partition(":")[::2] for mark in seen.split())
    changes, clashes = {}, {}
    for name, value in typed.items():
        mine, now = _mark(value), _mark(stored[name])
        before = began.get(name, now)
        if mine in (now, before):
            continue
        if now != before:
            clashes[name] = stored[name]
        else:
            changes[name] = value
    if clashes:
        raise Conflict(
            "Somebody else changed the same thing while you were writing. Nothing is lost: both texts are below. "
            "Save again to keep yours.",
            clashes,
        )
    return changes


def _mark(value: Any) -> str:
    plain = tidy(value) if isinstance(value, str) else value
    text = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _is_wider(name: str, old: Values, new: Values) -> bool:
    before, after = (values.get(name, UNLESS_SET.get(name)) for values in (old, new))
    if before == after or after is None:
        return True
    if before is None or not name.startswith(("min", "max")):
        return False
    return bool(after < before if name.startswith("min") else after > before)


def _bones(rule: Values) -> list[Any]:
    also = rule.get("also") or {}
    return [rule["id"], rule["any_role"], also.get("any_role"), also.get("min")]


def _least(rule: Values) -> int:
    return int(rule["min"])
