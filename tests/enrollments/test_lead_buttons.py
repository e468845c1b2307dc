"""The buttons beside other people's names on a lead's pages are those of the table of moves, and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.enrollments.approving import refuse
from portal.enrollments.holding import hold_seats, name_person
from portal.enrollments.rules import MOVES
from tests.enrollments.builders import an_experience, colleagues, seat

SignIn = Callable[[FlaskClient, Account], FlaskClient]
BUTTONS = {
    "approve": {"Say yes<", "Say yes after all<"},
    "refuse": {"Say no<"},
    "substitute": {"Give to a colleague<"},
    "give_up": {"Give back<"},
}

pytestmark = pytest.mark.usefixtures("in_october")


@pytest.fixture
def pages(community: Community, client: FlaskClient, sign_in: SignIn) -> Callable[[], tuple[str, str]]:
    """A lead’s list of seats, and kept seats: one person sits, one asks, one was told no, one has a kept seat."""
    district, lead, [sits, asks, refused, named] = colleagues(community, 4)
    asked, open_to_all = an_experience(community, needs_approval=True), an_experience(community)
    seat(open_to_all, sits)
    [_, mine] = seat(asked, asks, refused)
    refuse(mine, "There is no substitute for your class.", by=lead)
    hold = hold_seats(open_to_all, district.id, 2, date(2026, 10, 20), by=lead)
    name_person(hold, named, by=lead)
    sign_in(client, lead)
    seats = f"/example/district/seats?district={district.id}"
    return lambda: (client.get(seats).text, client.get(f"/example/district/{district.id}/holds/{hold.id}").text)


def test_a_lead_finds_a_button_for_each_of_their_moves(pages: Callable[[], tuple[str, str]]) -> None:
    seats, hold = pages()
    assert [words for words in set().union(*BUTTONS.values()) if words not in seats] == []
    assert ("Give to a colleague<" in hold, "Give back<" in hold) == (True, True)


@pytest.mark.parametrize("verb", BUTTONS)
def test_what_a_lead_may_not_do_has_no_button(
    pages: Callable[[], tuple[str, str]], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    move = MOVES[verb]
    monkeypatch.setitem(MOVES, verb, move._replace(who=tuple(one for one in move.who if one != "lead")))
    shown = "".join(pages())
    assert [words for words in BUTTONS[verb] if words in shown] == []
    others = set().union(*(words for name, words in BUTTONS.items() if name != verb))
    assert [words for words in others if words not in shown] == []
