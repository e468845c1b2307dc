"""The verbs of a round, on a real database: what changes, and refusals that leave no trace."""

from __future__ import annotations

from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.communities.queries import public_version
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.rounds.operations import close_now, create_round, publish_round
from portal.rounds.queries import find_round, shown_round
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_draft, a_round, fields
from tests.rounds.traces import Stop, trace, verbs

WORDS = "Letter of Invitation 2026"


def test_a_drafted_round_holds_all_it_was_given(community: Community, coordinator: Account) -> None:
    round = create_round(
        community, fields=fields(), by=coordinator,
        sections=[
            {"slug": "a", "title": "A", "questions": [{"code": "q1", "kind": "number", "label": "x"}]},
            {"slug": "b", "title": "B", "questions": [{"code": "q2", "kind": "contact", "label": "y"}]},
        ],
        commitments=[{"code": "c1", "text": "Come"}],
    )  # fmt: skip
    assert [(s.position, [(q.position, q.code) for q in s.questions]) for s in round.sections] == [
        (1, [(1, "q1")]),
        (2, [(2, "q2")]),
    ]
    assert [(c.position, c.who) for c in round.commitments] == [(1, "district")]
    assert (round.published_at, verbs(round)) == (None, ["create"])


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"letter_text": "Dear {{boss}}"}, "does not exist"),
        ({"closes_at": moment_of("2026-09-01 09:00")}, "closing date"),
    ],
)
def test_a_round_that_cannot_work_is_not_drafted(community: Community, changed: dict[str, Any], sentence: str) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match=sentence):
        a_draft(community, **changed)
    assert trace() == before


def test_a_rubric_that_does_not_add_up_is_not_drafted(community: Community) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match="add to 50"):
        create_round(community, fields=fields(), criteria=[{"code": "r1", "label": "Need", "weight": 50}])
    assert trace() == before


def test_a_short_name_is_taken_once_in_a_community(community: Community) -> None:
    a_draft(community)
    before = trace()
    with pytest.raises(RuleBroken, match="Choose another short name"):
        a_draft(community)
    assert trace() == before
    assert a_draft(create_community(slug="other", name="Other", kind="district_network")).slug == "round-2026"


def test_publishing_shows_the_round_to_visitors(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    seen = public_version("eclc")
    publish_round(round, by=coordinator)
    assert round.published_at == moment_of(OPEN)
    assert verbs(round) == ["create", "publish"]
    assert public_version("eclc") == seen + 1
    assert shown_round(community.id) == round


def test_a_round_is_published_once(community: Community) -> None:
    round = a_round(community)
    before = trace()
    with pytest.raises(RuleBroken, match="published already"):
        publish_round(round)
    assert trace() == before


def test_a_round_without_a_letter_is_not_published(community: Community) -> None:
    round = a_draft(community, letter_text=" ")
    with pytest.raises(RuleBroken, match="no letter yet"):
        publish_round(round)
    assert (round.published_at, verbs(round)) == (None, ["create"])


@pytest.mark.parametrize("moment", [OPEN, LATE])
def test_closing_now_ends_writing_at_once_and_keeps_the_reason(
    community: Community, coordinator: Account, at: Stop, moment: str
) -> None:
    round = a_round(community)
    now, seen = at(moment), public_version("eclc")
    close_now(round, reason=" Enough letters ", confirmation=WORDS, by=coordinator)
    assert (round.closed_early_at, round.closed_early_reason) == (now, "Enough letters")
    assert [(row.verb, row.note, row.by_name) for row in history_of(round)][-1] == (
        "close early", "Enough letters", "Coordinator",
    )  # fmt: skip
    assert public_version("eclc") == seen + 1


@pytest.mark.parametrize(
    "moment, reason, typed, sentence",
    [
        (OPEN, "", WORDS, "Say why"),
        (OPEN, "Enough", "close", "Type “"),
        (BEFORE, "Enough", WORDS, "not open"),
        (AFTER, "Enough", WORDS, "not open"),
    ],
)
def test_a_round_is_not_closed_without_ground(
    community: Community, coordinator: Account, at: Stop, moment: str, reason: str, typed: str, sentence: str
) -> None:
    round = a_round(community)
    at(moment)
    before = trace()
    with pytest.raises(RuleBroken, match=sentence):
        close_now(round, reason=reason, confirmation=typed, by=coordinator)
    assert (round.closed_early_at, trace()) == (None, before)


def test_a_round_is_closed_once(community: Community, coordinator: Account, at: Stop) -> None:
    round = a_round(community)
    close_now(round, reason="First", confirmation=WORDS, by=coordinator)
    at("2026-10-02 09:00")
    with pytest.raises(RuleBroken, match="not open"):
        close_now(round, reason="Second", confirmation=WORDS, by=coordinator)
    assert (round.closed_early_at, round.closed_early_reason) == (moment_of(OPEN), "First")


def test_a_round_is_found_in_its_community_only(community: Community) -> None:
    round = a_round(community)
    other = create_community(slug="other", name="Other", kind="district_network")
    assert find_round(community.id, round.id) == round
    assert find_round(other.id, round.id) is None
    assert shown_round(other.id) is None
