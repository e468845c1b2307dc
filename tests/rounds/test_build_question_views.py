"""The doors of questions: a form for every kind, settings that do not fit, conditions, the rules of a team."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.communities.models import Community
from portal.communities.operations import add_roles
from portal.rounds.models import Round
from tests.rounds.build_forms import form_of, path_of
from tests.rounds.pages import lines_of
from tests.rounds.traces import trace

PART = {"HX-Request": "true"}


def test_sections_and_questions_of_every_kind_are_built(staff: FlaskClient, draft: Round) -> None:
    staff.post(path_of(draft, "sections/new"), data={"title": "Your team"})
    section = draft.sections[2]
    assert "Several choices" in staff.get(path_of(draft, f"sections/{section.id}/questions/new")).text
    base = {"label": "A question?", "help": "Help.", "is_required": "y", "section_id": section.id, "after": ""}
    more: dict[str, dict[str, Any]] = {
        "short_text": {"max_characters": "80"},
        "long_text": {"min_words": "60", "max_words": "300"},
        "number": {"min": "0", "max": "12", "step": "0.5", "unit": "days"},
        "date": {"min": "2027-01-01", "max": "2027-12-31"},
        "single_choice": {"options": "All\nSome", "follow_when": "some", "follow_words": "80"},
        "multiple_choice": {
            "options": "A\r\nB\r\n\r\n C ",
            "allow_other": "y",
            "other_words": "Other",
            "max_choices": "2",
        },
        "ranking": {"options": "A\nB\nC", "min_choices": "2", "max_choices": "3"},
        "district_profile": {"prefill": ["grades", "students"]},
        "contact": {"fields": ["name", "email"]},
        "roster": {"min_rows": "8", "max_rows": "14"},
        "file": {},
        "commitments": {},
    }
    for kind, parts in more.items():
        path = path_of(draft, f"sections/{section.id}/questions/{kind}")
        assert (kind, staff.get(path).status_code) == (kind, 200)
        assert (kind, staff.post(path, data=base | parts).status_code) == (kind, 303)
    assert {one.kind: one.settings for one in draft.sections[2].questions} == {
        "short_text": {"limits": {"max_characters": 80}},
        "long_text": {"limits": {"min_words": 60, "max_words": 300}},
        "number": {"limits": {"min": 0, "max": 12, "step": 0.5}, "unit": "days"},
        "date": {"limits": {"min": "2027-01-01", "max": "2027-12-31"}},
        "single_choice": {"options": ["All", "Some"], "follow_up": {"when": "Some", "max_words": 80}},
        "multiple_choice": {"options": ["A", "B", "C", "Other"], "allow_other": True, "limits": {"max_choices": 2}},
        "ranking": {"options": ["A", "B", "C"], "limits": {"min_choices": 2, "max_choices": 3}},
        "district_profile": {"prefill": ["grades", "students"]},
        "contact": {"fields": ["name", "email"]},
        "roster": {"limits": {"min_rows": 8, "max_rows": 14}},
        "file": {},
        "commitments": {},
    }
    for one in draft.sections[2].questions:
        page = staff.get(path_of(draft, f"questions/{one.id}"))
        before = trace()
        assert (one.kind, staff.post(path_of(draft, f"questions/{one.id}"), data=form_of(page)).status_code) == (
            one.kind,
            303,
        )
        assert (one.kind, trace()) == (one.kind, before)
    assert staff.get(path_of(draft, "preview")).status_code == 200


@pytest.mark.parametrize(
    "kind, typed, field",
    [
        ("long_text", {"min_words": "300", "max_words": "60"}, "max_words"),
        ("number", {"min": "5", "max": "1"}, "max"),
        ("number", {"step": "0"}, "step"),
        ("number", {"min": "NaN"}, "min"),
        ("number", {"max": "1e400"}, "max"),
        ("date", {"min": "2027-12-31", "max": "2027-01-01"}, "max"),
        ("single_choice", {"options": "One"}, "options"),
        ("single_choice", {"options": ""}, "options"),
        ("single_choice", {"options": "All\nall"}, "options"),
        ("single_choice", {"options": "All\nSome", "follow_when": "None"}, "follow_when"),
        ("multiple_choice", {"options": "A\nB", "max_choices": "3"}, "max_choices"),
        ("multiple_choice", {"options": "A\nOther", "allow_other": "y", "other_words": "Other"}, "options"),
        ("ranking", {"options": "A\nB", "min_choices": "9"}, "min_choices"),
        ("long_text", {"label": ""}, "label"),
        ("long_text", {"help": "For {{district}}"}, "help"),
        ("long_text", {"section_id": "99999"}, "section_id"),
        ("long_text", {"after": "q1"}, "after"),
        ("endorsement", {"statement": ""}, "statement"),
    ],
)
def test_settings_that_do_not_fit_are_told_at_their_field(
    staff: FlaskClient, draft: Round, kind: str, typed: dict[str, str], field: str
) -> None:
    section = draft.sections[0].id
    staff.post(
        path_of(draft, f"sections/{section}/questions/single_choice"),
        data={"label": "First?", "section_id": section, "after": "", "options": "A\nB"},
    )
    data = {"label": "A?", "section_id": section, "after": "", **typed}
    before = trace()
    answer = staff.post(path_of(draft, f"sections/{section}/questions/{kind}"), data=data, headers=PART)
    assert (answer.status_code, f'id="{field}-error"' in answer.text, trace()) == (422, True, before)


def test_a_question_waits_for_an_answer_that_is_chosen_with_it(staff: FlaskClient, draft: Round) -> None:
    first = draft.sections[0].id
    base = {"label": "All?", "section_id": first, "after": "", "options": "All\nSome"}
    staff.post(path_of(draft, f"sections/{first}/questions/single_choice"), data=base)
    wait = {"label": "Which?", "section_id": first, "after": "q3", "answers_q3": ["Some"]}
    path = path_of(draft, f"sections/{first}/questions/long_text")
    assert staff.post(path, data=wait | {"answers_q3": []}, headers=PART).status_code == 422
    assert staff.post(path, data=wait).status_code == 303
    made = draft.sections[0].questions[-1]
    assert made.condition == {"question": "q3", "any_of": ["Some"]}
    assert "only after q3: Some" in " ".join(lines_of(staff.get(path_of(draft, "questions")).text))
    up = staff.post(path_of(draft, "questions/order"), data={"do": f"question:up:{made.id}"}, headers=PART)
    assert (up.status_code, "comes later" in up.text) == (409, True)


def test_a_question_is_taken_out_after_a_question_back(staff: FlaskClient, draft: Round) -> None:
    path = path_of(draft, f"questions/{draft.sections[0].questions[0].id}")
    assert "q1: Why now?" in lines_of(staff.get(f"{path}/removal").text)
    assert staff.post(f"{path}/removal").status_code == 303
    assert draft.sections[0].questions == []
    assert staff.get(path).status_code == 404


def test_rules_of_a_team_have_pages(staff: FlaskClient, draft: Round, community: Community) -> None:
    add_roles(community, [("principal", "Principal", "district"), ("nurse", "School nurse", "district")])
    section = draft.sections[0].id
    data = {"label": "Team?", "section_id": section, "after": ""}
    to = staff.post(path_of(draft, f"sections/{section}/questions/roster"), data=data).location
    assert "Add a rule" in staff.get(to).text
    rule = {"text": "Two leaders", "min": "2", "any_role": ["principal", "nurse"]}
    assert staff.post(f"{to}/rules/new", data=rule | {"also_min": "1"}).status_code == 422
    assert staff.post(f"{to}/rules/new", data=rule | {"any_role": ["dean"]}).status_code == 422
    assert staff.post(f"{to}/rules/new", data=rule | {"also_min": "3", "also_roles": ["nurse"]}).status_code == 422
    staff.post(f"{to}/rules/new", data=rule | {"also_min": "1", "also_roles": ["nurse"]})
    page = staff.get(f"{to}/rules/r1")
    staff.post(f"{to}/rules/r1", data=form_of(page) | {"text": "Two who lead"})
    assert draft.sections[0].questions[1].settings["rules"] == [
        {"id": "r1", "text": "Two who lead", "min": 2, "any_role": ["principal", "nurse"],
         "also": {"any_role": ["nurse"], "min": 1}},
    ]  # fmt: skip
    assert staff.post(f"{to}/rules/r1/removal").status_code == 303
    assert draft.sections[0].questions[1].settings == {}
    assert [staff.get(f"{to}/rules/{code}").status_code for code in ("r1", "r9")] == [404, 404]
