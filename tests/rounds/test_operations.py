"""The verbs of a round, on a real database: what changes, who is written to, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.communities.queries import public_version
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.rounds.models import Invitation, Round
from portal.rounds.operations import (
    answer_interested,
    answer_not_this_year,
    close_now,
    create_round,
    invite,
    mark_opened,
    publish_round,
    send_invitation,
    send_invitations,
)
from portal.rounds.queries import find_invitation, find_round, invitations_of, shown_round
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
    fields,
)

Stop = Callable[[str], datetime]
WORDS = "Letter of Invitation 2026"


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def coordinator(community: Community) -> Account:
    return find_or_open_account(email="coordinator@example.org", name="Coordinator")


def verbs(subject: Any) -> list[str]:
    return [row.verb for row in history_of(subject)]


def trace() -> tuple[int, ...]:
    """How many rows there are of everything that an operation here could write."""
    return tuple(db.session.query(table).count() for table in (Round, Invitation, History, Outgoing))


def owed() -> list[tuple[str, str]]:
    return [(row.template, row.to_address) for row in db.session.query(Outgoing).order_by(Outgoing.id)]


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
        lambda: mark_opened(invitation),
        lambda: answer_not_this_year(invitation),
        lambda: answer_interested(invitation, name="Director", by=coordinator),
    ):
        with pytest.raises(RuleBroken, match="takes no answer now"):
            verb()
    assert (invitation.opened_at, invitation.answer, trace()) == (None, "", before)


def test_a_round_is_found_in_its_community_only(community: Community) -> None:
    round = a_round(community)
    other = create_community(slug="other", name="Other", kind="district_network")
    assert find_round(community.id, round.id) == round
    assert find_round(other.id, round.id) is None
    assert shown_round(other.id) is None


def test_pressing_send_twice_at_once_mails_once(community: Community, two_at_once: Callable) -> None:
    number = an_invitation(a_round(community)).id

    def send(_: int) -> None:
        send_invitation(db.session.get_one(Invitation, number))

    assert two_at_once(send, 4) == [None] * 4
    db.session.rollback()
    assert owed() == [("invitation", "superintendent@example.org")]
    assert verbs(db.session.get_one(Invitation, number)) == ["prepare", "send"]
