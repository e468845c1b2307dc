"""Ways between the builder and what is done with a round: its invitations, its page at a glance, its info sessions."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal.communities.models import Community
from tests.conftest import moment_of
from tests.rounds.build_forms import ROUNDS, path_of
from tests.rounds.builders import AFTER, OPEN, a_draft, a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop


@pytest.mark.parametrize("is_draft", [True, False])
def test_a_rounds_page_leads_to_its_own_invitations(staff: FlaskClient, community: Community, is_draft: bool) -> None:
    a_round(community, slug="open-now")
    round = (a_draft if is_draft else a_round)(community, slug="next")
    page = staff.get(path_of(round)).text
    assert f'<a href="{path_of(round, "invitations")}">Invitations</a>' in page
    hint = "Choose whom to invite. Letters leave once the round is published."
    assert (hint in lines_of(page)) == is_draft


@pytest.mark.parametrize(
    "opens, moment, words, rest",
    [
        ("2026-10-05 09:00", OPEN, "Invite districts", "/eclc/staff/rounds/{}/invitations"),
        ("2026-09-14 09:00", OPEN, "See who has answered", "/eclc/staff/?round=next"),
        ("2026-09-14 09:00", AFTER, "Read and decide", "/eclc/staff/letters?round=next"),
    ],
)
def test_what_is_to_do_with_a_round_leads_to_that_round(
    staff: FlaskClient, community: Community, at: Stop, opens: str, moment: str, words: str, rest: str
) -> None:
    a_round(community, slug="other")
    round = a_round(community, slug="next", opens_at=moment_of(opens))
    at(moment)
    link = f'<a href="{rest.format(round.id)}">{words}</a>'
    assert link in staff.get(ROUNDS).text
    assert link in staff.get(path_of(round)).text


def test_who_comes_to_an_info_session_leads_back_to_the_builder(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    [session] = round.info_sessions
    page = staff.get(path_of(round, f"info-sessions/{session.id}")).text
    assert f'<a href="{path_of(round, "info-sessions")}">Info sessions</a>' in page
