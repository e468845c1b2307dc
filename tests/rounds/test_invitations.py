"""The verbs of an invitation: prepared, sent, opened, answered, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.rounds.models import Invitation
from portal.rounds.operations import (
    answer_interested,
    answer_not_this_year,
    invite,
    mark_opened,
    send_invitation,
    send_invitations,
)
from portal.rounds.queries import find_invitation, invitations_of
from tests.conftest import moment_of
from tests.rounds.builders import (
    AFTER,
    BEFORE,
    LATE,
    OPEN,
    a_draft,
    a_round,
    a_sent_invitation,
    an_invitation,
    an_invited_district,
)
from tests.rounds.traces import Stop, trace, verbs


def test_an_invitation_is_prepared_and_nothing_is_mailed(community: Community) -> None:
    invitation = an_invitation(a_round(community), to_name=" The   Superintendent ", to_email="Boss@Example.org")
    assert (invitation.to_name, invitation.to_email) == ("The Superintendent", "boss@example.org")
    assert (invitation.prepared_at, invitation.sent_at, invitation.token_hash) == (moment_of(OPEN), None, None)
    assert (verbs(invitation), owed()) == (["prepare"], [])


def test_preparing_the_same_twice_gives_the_same(community: Community) -> None:
    round, district = a_round(community), an_invited_district()
    first = an_invitation(round, district)
    before = trace()
    assert (an_invitation(round, district), trace()) == (first, before)


def test_a_district_has_one_invitation(community: Community) -> None:
    round, district = a_round(community), an_invited_district()
    an_invitation(round, district)
    before = trace()
    with pytest.raises(RuleBroken, match="has an invitation already, addressed to Superintendent"):
        an_invitation(round, district, to_email="other@example.org")
    assert trace() == before


@pytest.mark.parametrize("moment, address", [(LATE, "a@example.org"), (AFTER, "a@example.org"), (OPEN, "a@b@c")])
def test_nobody_is_invited_too_late_or_without_an_address(
    community: Community, at: Stop, moment: str, address: str
) -> None:
    round, district = a_round(community), an_invited_district()
    at(moment)
    before = trace()
    with pytest.raises(RuleBroken):
        invite(round, district, to_name="Superintendent", to_email=address)
    assert trace() == before


def test_sending_mails_the_private_link_once(
    community: Community, coordinator: Account, mailbox: Callable, at: Stop
) -> None:
    invitation = an_invitation(a_round(community))
    send_invitation(invitation, by=coordinator)
    at("2026-10-02 09:00")
    send_invitation(invitation, by=coordinator)
    assert (invitation.sent_at, verbs(invitation)) == (moment_of(OPEN), ["prepare", "send"])
    mail = mailbox()[0]
    assert mail.to == "superintendent@example.org"
    assert mail.subject == f"A letter to {invitation.district.label}: Letter of Invitation 2026: a place in Cohort 4"
    assert mail.paths == [f"/eclc/invitations/{token_of(invitation, 'invitation')}"]
    assert mailbox() == []


def test_the_link_leads_to_its_invitation_and_only_a_hash_is_kept(community: Community) -> None:
    invitation = a_sent_invitation(a_round(community))
    token = token_of(invitation, "invitation")
    assert find_invitation(token) == invitation
    assert find_invitation(token[:-1]) is None
    assert token not in str(db.session.query(Outgoing.ids).all()) + str(invitation.token_hash)


def test_a_mail_that_is_late_beyond_closing_does_not_leave(community: Community, mailbox: Callable, at: Stop) -> None:
    a_sent_invitation(a_round(community))
    at(AFTER)
    assert mailbox() == []


@pytest.mark.parametrize("moment", [LATE, AFTER])
def test_nothing_is_sent_once_letters_close(community: Community, at: Stop, moment: str) -> None:
    invitation = an_invitation(a_round(community))
    at(moment)
    before = trace()
    with pytest.raises(RuleBroken, match="Letters leave once"):
        send_invitation(invitation)
    assert (invitation.sent_at, invitation.token_hash, trace()) == (None, None, before)


def test_nothing_is_sent_from_a_draft(community: Community) -> None:
    invitation = an_invitation(a_draft(community))
    with pytest.raises(RuleBroken, match="Letters leave once"):
        send_invitation(invitation)
    assert (invitation.sent_at, owed()) == (None, [])


def test_several_are_sent_together_or_none(community: Community, coordinator: Account, at: Stop) -> None:
    round = a_round(community)
    for number in range(3):
        an_invitation(round, to_email=f"s{number}@example.org")
    waiting = list(db.session.scalars(invitations_of(round)))
    send_invitation(waiting[0])
    assert send_invitations(waiting, by=coordinator) == 2
    assert owed() == [("invitation", f"s{number}@example.org") for number in range(3)]
    last = an_invitation(round)
    at(AFTER)
    with pytest.raises(RuleBroken):
        send_invitations([*waiting, last], by=coordinator)
    assert last.sent_at is None


def test_opening_is_noted_once(community: Community, at: Stop) -> None:
    invitation = a_sent_invitation(a_round(community))
    mark_opened(invitation)
    at("2026-10-02 09:00")
    mark_opened(invitation)
    assert (invitation.opened_at, verbs(invitation)) == (moment_of(OPEN), ["prepare", "send", "open"])


def test_a_district_can_say_not_this_year_and_why(community: Community) -> None:
    invitation = a_sent_invitation(a_round(community))
    assert answer_not_this_year(invitation, reason=" A new superintendent comes ") is True
    assert (invitation.answer, invitation.reason) == ("not_this_year", "A new superintendent comes")
    assert (invitation.opened_at, invitation.answered_at) == (moment_of(OPEN), moment_of(OPEN))
    assert verbs(invitation)[-1] == "not this year"


def test_the_same_answer_twice_is_one(community: Community) -> None:
    invitation = a_sent_invitation(a_round(community))
    answer_not_this_year(invitation, reason="Busy")
    before = trace()
    assert (answer_not_this_year(invitation, reason="Busy"), trace()) == (False, before)


def test_an_answer_can_be_changed_until_closing(community: Community, coordinator: Account, at: Stop) -> None:
    invitation = a_sent_invitation(a_round(community))
    answer_not_this_year(invitation, reason="Busy")
    at(LATE)
    assert answer_interested(invitation, name="Director", by=coordinator) is True
    assert (invitation.answer, invitation.reason) == ("interested", "")
    assert (invitation.opened_at, invitation.answered_at) == (moment_of(OPEN), moment_of(LATE))


@pytest.mark.parametrize("moment", [BEFORE, AFTER])
def test_no_answer_is_taken_before_opening_or_after_the_grace(
    community: Community, coordinator: Account, at: Stop, moment: str
) -> None:
    at(BEFORE)
    invitation = a_sent_invitation(a_round(community))
    at(moment)
    before = trace()
    for verb in (
        lambda: answer_not_this_year(invitation),
        lambda: answer_interested(invitation, name="Director", by=coordinator),
    ):
        with pytest.raises(RuleBroken, match="takes no answer now"):
            verb()
    assert (invitation.opened_at, invitation.answer, trace()) == (None, "", before)


def test_pressing_send_twice_at_once_mails_once(community: Community, two_at_once: Callable) -> None:
    number = an_invitation(a_round(community)).id

    def send(_: int) -> None:
        send_invitation(db.session.get_one(Invitation, number))

    assert two_at_once(send, 4) == [None] * 4
    db.session.rollback()
    assert owed() == [("invitation", "superintendent@example.org")]
    assert verbs(db.session.get_one(Invitation, number)) == ["prepare", "send"]


def owed() -> list[tuple[str, str]]:
    return [(row.template, row.to_address) for row in db.session.query(Outgoing).order_by(Outgoing.id)]
