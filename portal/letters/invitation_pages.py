"""What the page behind an invitation's private link shows, and the page of a link whose letter went elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms.fields import SelectChoice

from portal.core import clock
from portal.core.access import community
from portal.districts.queries import leads_of
from portal.rounds.models import Handover, Invitation
from portal.rounds.queries import extensions_of, shown_round
from portal.rounds.rules import end_for, last_moment, may_answer, may_press, stage_of
from portal.rounds.sheet import sheet_of
from portal.rounds.showing import beside

from . import invitations
from .invitation_forms import ANSWERS, AnswerForm
from .queries import letter_of


def invitation_page(found: Invitation, token: str, form: AnswerForm | None = None) -> dict[str, Any]:
    """Everything on the page of an invitation; a fresh form when none is given."""
    now, times = clock.now(), extensions_of(found.round_id, found.district_id)
    letter, until = letter_of(found.round_id, found.district_id), end_for(found.round, times)
    has_more_time = until > last_moment(found.round)
    page = {
        **beside(found.round, now, found),
        "here": "letter", "token": token, "invitation": found,
        "sheet": sheet_of(found.round, community(), now, found, until=until if has_more_time else None),
        "leads": leads_of(found.community_id, found.district_id),
        "may_answer": may_answer(found.round, times, now), "may_press": may_press(found.round, times, now),
        "may_change": letter is None or invitations.is_untouched(letter), "has_more_time": has_more_time,
        "handover": next((one for one in found.handovers[-1:] if one.kind == "passed_on"), None),
        "has_next": _has_next(found),
    }  # fmt: skip
    return page | {"form": _offering(form or _fresh(found), page), "label": _label(page)}


def moved_page(handover: Handover) -> dict[str, Any]:
    """Everything on the page of a link that stopped working: what became of the letter, and who has it now."""
    found = handover.invitation
    later = [one for one in found.handovers if one.id > handover.id]
    return {
        "here": "letter", "handover": handover, "invitation": found, "last": later[-1] if later else None,
        "is_back": bool(later) and found.to_email == handover.from_email,
    }  # fmt: skip


def _offering(form: AnswerForm, page: Mapping[str, Any]) -> AnswerForm:
    may = {
        "interested": page["may_answer"] and page["may_change"],
        "not_this_year": page["may_answer"] and page["may_change"],
        "pass_on": page["may_press"] and page["may_change"],
        "question": page["may_ask"],
    }
    form.answer.choices = [SelectChoice(answer, words) for answer, words in ANSWERS.items() if may[answer]]
    return form


def _label(page: Mapping[str, Any]) -> str:
    if not (page["may_press"] and page["may_change"]):
        return "Anything else?"
    if not page["may_answer"]:
        return "Until then"
    return "Change the answer" if page["invitation"].answer else "Your answer"


def _fresh(found: Invitation) -> AnswerForm:
    known = {"answer": found.answer or None, "reason": found.reason, "asker": found.to_name}
    return AnswerForm(formdata=None, **known, asker_email=found.to_email)


def _has_next(found: Invitation) -> bool:
    other = shown_round(found.community_id)
    return other is not None and other.id != found.round_id and stage_of(other, clock.now()) in ("upcoming", "open")
