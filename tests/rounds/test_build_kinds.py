"""A question that is to be answered in another way: its words and place stay, and what belongs to the kind is new."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import history_of
from portal.rounds import questioning
from portal.rounds.changes import marks_of
from portal.rounds.chapters import in_order
from portal.rounds.drafting import Typed
from portal.rounds.models import Question, Round
from tests.rounds.build_forms import form_of, path_of
from tests.rounds.builders import a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import trace

CHOICE = {"label": "All or some?", "options": "All\nSome", "is_required": "y", "after": ""}
WORDS = {"label": "All or some?", "help": "", "is_required": True, "condition": {}}


def ask(staff: FlaskClient, round: Round, kind: str, section: int = 0, **typed: Any) -> Question:
    """A question of this kind, added on its page."""
    number = round.sections[section].id
    data = {"label": "A?", "section_id": number, "after": "", **typed}
    assert staff.post(path_of(round, f"sections/{number}/questions/{kind}"), data=data).status_code == 303
    return round.sections[section].questions[-1]


def test_a_draft_offers_every_other_kind(staff: FlaskClient, draft: Round) -> None:
    ask(staff, draft, "commitments")
    path = path_of(draft, f"questions/{draft.sections[0].questions[0].id}")
    assert "Choose another kind" in lines_of(staff.get(path).text)
    lines = lines_of(staff.get(f"{path}/kinds").text)
    assert {"Short text", "Several choices", "Team"} <= set(lines)
    assert not {"Long text", "Commitments"} & set(lines[lines.index("Another kind for q1") : lines.index("Chapters")])


def test_words_and_place_stay_and_settings_begin_anew(staff: FlaskClient, draft: Round) -> None:
    question = ask(staff, draft, "long_text", min_words="60", help="In short.", is_required="y")
    page = staff.get(path_of(draft, f"questions/{question.id}/kinds/short_text"))
    assert staff.post(path_of(draft, f"questions/{question.id}/kinds/short_text"), data=form_of(page)).location == (
        path_of(draft, f"questions/{question.id}")
    )
    assert (question.code, question.kind, question.label, question.help, question.is_required, question.settings) == (
        "q3", "short_text", "A?", "In short.", True, {},
    )  # fmt: skip
    assert [one.code for one in draft.sections[0].questions] == ["q1", "q3"]
    assert history_of(draft)[-1].data["changes"] == {"kind": ["Long text", "Short text"]}


def test_answers_to_choose_from_come_along_to_another_choice(staff: FlaskClient, draft: Round) -> None:
    question = ask(staff, draft, "single_choice", **CHOICE, follow_when="Some")
    path = path_of(draft, f"questions/{question.id}/kinds/ranking")
    staff.post(path, data=form_of(staff.get(path)))
    assert (question.kind, question.settings) == ("ranking", {"options": ["All", "Some"]})


def test_what_the_new_kind_needs_is_told_at_its_field(staff: FlaskClient, draft: Round) -> None:
    question = draft.sections[0].questions[0]
    path, before = path_of(draft, f"questions/{question.id}/kinds/multiple_choice"), trace()
    answer = staff.post(path, data=form_of(staff.get(path)) | {"label": "Whom?"})
    assert (answer.status_code, 'id="options-error"' in answer.text, "Whom?" in answer.text) == (422, True, True)
    assert (question.kind, trace()) == ("long_text", before)


def test_a_choice_that_others_wait_for_stays_one(staff: FlaskClient, draft: Round) -> None:
    first = ask(staff, draft, "single_choice", **CHOICE)
    ask(staff, draft, "long_text", after=first.code, **{f"answers_{first.code}": ["Some"]})
    path, before = path_of(draft, f"questions/{first.id}/kinds/date"), trace()
    answer = staff.post(path, data=form_of(staff.get(path)))
    assert (answer.status_code, "has no choices" in answer.text) == (409, True)
    assert (first.kind, trace()) == ("single_choice", before)


def test_an_endorsement_stands_alone_and_a_letter_has_one(
    staff: FlaskClient, draft: Round, coordinator: Account
) -> None:
    question = ask(staff, draft, "date")
    path, before = path_of(draft, f"questions/{question.id}/kinds/endorsement"), trace()
    answer = staff.post(path, data=form_of(staff.get(path)) | {"statement": "We join."})
    assert (answer.status_code, 'id="section_id-error"' in answer.text, trace()) == (409, True, before)
    lone = in_order(draft)[-1]
    path = path_of(draft, f"questions/{lone.id}/kinds/endorsement")
    assert staff.post(path, data=form_of(staff.get(path)) | {"statement": "We join."}).status_code == 303
    with pytest.raises(RuleBroken, match="one question of the kind “Endorsement”"):
        questioning.change_kind(draft, question, "endorsement", Typed({"statement": "We join."}), by=coordinator)


def test_two_who_change_the_words_meet_both_texts(draft: Round, coordinator: Account) -> None:
    question = draft.sections[0].questions[0]
    seen = marks_of({"label": "Before"})
    with pytest.raises(Conflict) as clash:
        questioning.change_kind(draft, question, "date", Typed({"label": "Mine"}, seen), by=coordinator)
    assert (clash.value.theirs, question.kind) == ({"label": "Why now?"}, "long_text")


def test_once_letters_are_written_the_kind_stays(
    staff: FlaskClient, community: Community, coordinator: Account
) -> None:
    round = a_round(community)
    question = round.sections[0].questions[0]
    path, before = path_of(round, f"questions/{question.id}"), trace()
    assert "Choose another kind" not in lines_of(staff.get(path).text)
    lines = lines_of(staff.get(f"{path}/kinds").text)
    assert any(line.startswith("Letters are being written. Every district is asked the same") for line in lines)
    assert "Short text" not in lines
    assert staff.post(f"{path}/kinds/date", data={"label": "A?"}).status_code in (409, 422)
    with pytest.raises(RuleBroken, match="Every district is asked the same"):
        questioning.change_kind(round, question, "date", Typed(WORDS), by=coordinator)
    assert (question.kind, trace()) == ("long_text", before)


def test_the_same_kind_and_a_question_that_is_gone_are_no_pages(staff: FlaskClient, draft: Round) -> None:
    path = path_of(draft, f"questions/{draft.sections[0].questions[0].id}/kinds/long_text")
    assert [staff.get(path).status_code, staff.post(path).status_code] == [404, 404]
    gone = path_of(draft, "questions/9999/kinds")
    assert [staff.get(gone).status_code, staff.get(f"{gone}/date").status_code] == [404, 404]
    answer = staff.post(f"{gone}/date", data={"label": "What was typed"})
    assert (answer.status_code, "What was typed" in answer.text) == (404, True)
