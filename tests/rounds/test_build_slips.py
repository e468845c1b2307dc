"""Slips that only the operation sees are told at their field too, and the bounds of a change are said first."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal.communities.models import Community
from portal.rounds.models import Round
from tests.rounds.build_forms import ROUNDS, form_of, path_of
from tests.rounds.builders import a_draft, a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import trace

PART = {"HX-Request": "true"}
TAKEN = "There is already a round called “taken”. Choose another short name."


def told_once(page: str, field: str, sentence: str) -> bool:
    """At the field and in the summary that leads there, and nowhere else."""
    return (f'id="{field}-error"' in page, page.count(sentence)) == (True, 2)


@pytest.mark.parametrize("rest", ["new", "{}/letter", "{}/copy"])
def test_a_short_name_that_is_taken_is_told_at_its_field(staff: FlaskClient, community: Community, rest: str) -> None:
    a_draft(community, slug="taken")
    draft = a_draft(community)
    path, before = ROUNDS + rest.format(draft.id), trace()
    typed = {"title": "Next", "slug": "taken", "letter_text": "We ask.", "seen": ""}
    dates = {"opens_at": "2027-09-13T09:00", "closes_at": "2027-10-29T17:00"}
    answer = staff.post(path, data=typed | dates, headers=PART)
    assert (answer.status_code, told_once(answer.text, "slug", TAKEN), trace()) == (409, True, before)


@pytest.mark.parametrize("is_new", [True, False])
def test_an_info_session_after_closing_is_told_at_its_field(staff: FlaskClient, draft: Round, is_new: bool) -> None:
    rest = "new" if is_new else f"{draft.info_sessions[0].id}/details"
    path, before = path_of(draft, f"info-sessions/{rest}"), trace()
    typed = {"at": "2026-12-07T15:30", "minutes": "30", "mode": "online"}
    answer = staff.post(path, data=typed, headers=PART)
    sentence = "An info session comes before letters close. Choose an earlier time."
    assert (answer.status_code, told_once(answer.text, "at", sentence), trace()) == (409, True, before)


def test_an_endorsement_beside_others_is_told_at_its_section(staff: FlaskClient, draft: Round) -> None:
    section = draft.sections[0].id
    typed = {"label": "Sign", "statement": "We join.", "section_id": section}
    path, before = path_of(draft, f"sections/{section}/questions/endorsement"), trace()
    answer = staff.post(path, data=typed, headers=PART)
    sentence = "An endorsement has a section of its own. Choose another section."
    assert (answer.status_code, told_once(answer.text, "section_id", sentence), trace()) == (409, True, before)


@pytest.mark.parametrize(
    "rest, typed, sentence",
    [
        ("info-sessions/new", {"at": "2026-10-07T15:30", "minutes": "soon"}, "Give a whole number in digits."),
        ("places", {"capacity": "three"}, "Give a whole number in digits."),
        ("sections/{}/questions/number", {"max": "many"}, "Give a number in digits, such as 12 or 0.5."),
    ],
)
def test_what_is_no_number_is_told_as_that_alone(
    staff: FlaskClient, draft: Round, rest: str, typed: dict[str, str], sentence: str
) -> None:
    path = path_of(draft, rest.format(draft.sections[0].id))
    page = staff.post(path, data=typed, headers=PART).text
    assert (sentence in page, f"{sentence} Give a number from" in page) == (True, False)


@pytest.mark.parametrize(
    "rest, sentence, count",
    [
        ("dates", "It can only be moved later.", 12),
        ("places", "Letters are being written. It can only grow.", 2),
        ("questions/{}", "Letters are being written. Limits can only get wider.", 1),
    ],
)
def test_an_open_round_says_how_far_something_may_still_change(
    staff: FlaskClient, community: Community, rest: str, sentence: str, count: int
) -> None:
    for round, said in ((a_draft(community), 0), (a_round(community, slug="open"), count)):
        lines = lines_of(staff.get(path_of(round, rest.format(round.sections[0].questions[0].id))).text)
        assert lines.count(sentence) == said


def test_a_form_with_bounds_saves_as_it_stands(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    before = trace()
    page = staff.get(path_of(round, "dates"))
    assert staff.post(path_of(round, "dates"), data=form_of(page)).status_code == 303
    assert trace() == before
