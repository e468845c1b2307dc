"""What the preview of a round shows: its letter to a district that does not exist, and an empty interest letter."""

from __future__ import annotations

from typing import Any

from portal.communities.queries import roles_of
from portal.core import clock
from portal.rounds.kinds import PROFILE
from portal.rounds.models import Question, Round
from portal.rounds.samples import sample_invitation
from portal.rounds.sheet import sheet_of as letter_sheet

from .models import Letter
from .sheets import sheet_of


def preview_page(round: Round) -> dict[str, Any]:
    """The round as one district would meet it. The letter is no row anywhere, so nothing typed can be kept."""
    invitation = sample_invitation()
    letter = Letter(round=round, district=invitation.district, status="draft")
    return {
        "round": round,
        "sheet": letter_sheet(round, round.community, clock.now(), invitation),
        "sections": [(section, sheet_of(letter, section.questions)) for section in round.sections],
        "signed": [one for section in round.sections for one in section.questions if one.kind == "endorsement"],
        "roles": [("", "Choose a role"), *((role.slug, role.label) for role in roles_of(round.community_id))],
        "facts": _facts([one for section in round.sections for one in section.questions]),
        "waits": _waits(round),
    }


def _facts(questions: list[Question]) -> list[dict[str, str]]:
    names = [name for question in questions for name in question.settings.get("prefill", [])]
    return [
        {
            "name": name,
            "words": PROFILE.get(name, name),
            "value": "filled in from public data",
            "source": "",
            "year": "",
        }
        for name in names
    ]


def _waits(round: Round) -> dict[str, str]:
    """In words, what a question waits for, by its code."""
    questions = [one for section in round.sections for one in section.questions if one.condition]
    return {
        one.code: f"Asked only after an answer to {one.condition['question']}: {', '.join(one.condition['any_of'])}."
        for one in questions
    }
