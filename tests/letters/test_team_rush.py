"""Two presses at one instant about a letter's team: one link works, a place is given once, and not without the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.letters.editors import invite_editor, join_letter, renew_editor
from portal.letters.invitations import answer_interested
from portal.letters.models import Comment, Editor, Letter, Presence, SectionTask
from portal.letters.planning import mark_done
from portal.letters.presence import note_presence
from portal.letters.talk import write_comment
from portal.letters.team_queries import find_editor, writing_addresses
from portal.rounds.models import Invitation
from tests.cohorts.rush import meet_at, no_lock
from tests.districts.builders import a_district
from tests.letters.builders import Place
from tests.letters.pages import Stop
from tests.letters.team import EDITOR, an_asked_editor, link_of, section
from tests.rounds.builders import a_sent_invitation

Rush = Callable[..., list[Any]]
EDITORS = "portal.letters.editors"


def kinds(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def two_invite_at_the_last_place(letter: Letter, place: Place, two_at_once: Rush) -> list[str]:
    """Two windows each invite somebody else, with room for one."""
    number, by = letter.id, place.lead.id

    def press(n: int) -> None:
        found, lead = db.session.get_one(Letter, number), db.session.get_one(Account, by)
        invite_editor(found, name=f"Colleague {n}", email=f"colleague{n}@example.org", by=lead)

    return kinds(two_at_once(press))


def test_the_last_place_is_given_once(
    letter: Letter, place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_asked_editor(letter, place)
    meet_at(monkeypatch, EDITORS, "writing_addresses")
    assert two_invite_at_the_last_place(letter, place, two_at_once) == ["NoneType", "RuleBroken"]
    assert db.session.query(Editor).count() == 2


def test_without_the_lock_the_last_place_is_given_twice(
    letter: Letter, place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_asked_editor(letter, place)
    meet_at(monkeypatch, EDITORS, "writing_addresses", seconds=10)
    with no_lock(monkeypatch, EDITORS):
        assert two_invite_at_the_last_place(letter, place, two_at_once) != ["NoneType", "RuleBroken"]


def test_a_co_editor_and_somebody_who_answers_the_invitation_do_not_both_get_the_last_place(
    letter: Letter, place: Place, two_at_once: Rush
) -> None:
    an_asked_editor(letter, place)
    number, by = letter.id, place.lead.id
    invitation = a_sent_invitation(place.round, place.district).id

    def press(n: int) -> None:
        if n:
            answer_interested(db.session.get_one(Invitation, invitation), name="New", email="new@example.org")
        else:
            lead = db.session.get_one(Account, by)
            invite_editor(db.session.get_one(Letter, number), name="Colleague", email="c@example.org", by=lead)

    assert kinds(two_at_once(press)) == ["NoneType", "RuleBroken"]
    assert len(writing_addresses(place.round.id, place.community.id, place.district.id)) == 4


def test_two_new_links_at_once_leave_one_that_works(letter: Letter, place: Place, two_at_once: Rush, at: Stop) -> None:
    editor = an_asked_editor(letter, place)
    first, number, by = link_of(editor), editor.id, place.lead.id
    at("2026-10-21 09:00")

    def press(n: int) -> None:
        renew_editor(db.session.get_one(Editor, number), by=db.session.get_one(Account, by))

    assert two_at_once(press) == [None, None]
    db.session.rollback()
    assert (find_editor(first), find_editor(link_of(editor))) == (None, editor)
    assert db.session.query(Outgoing).filter_by(template="editor_invitation").count() == 2


def test_two_presses_join_once(letter: Letter, place: Place, two_at_once: Rush) -> None:
    token = link_of(an_asked_editor(letter, place))
    answers = two_at_once(lambda n: join_letter(token).email)
    assert answers == [EDITOR, EDITOR]
    assert db.session.query(Outgoing).filter_by(template="sign_in_link").count() == 1


def test_two_windows_mark_talk_and_call_at_once(letter: Letter, place: Place, two_at_once: Rush) -> None:
    number, by = letter.id, place.lead.id

    def press(n: int) -> None:
        found, lead = db.session.get_one(Letter, number), db.session.get_one(Account, by)
        here = section(found, "time")
        note_presence(found, here, by=lead)
        mark_done(found, here, by=lead)
        write_comment(found, here, "Once.", by=lead)

    assert two_at_once(press) == [None, None]
    assert [db.session.query(model).count() for model in (Presence, SectionTask, Comment)] == [1, 1, 1]


def test_one_person_who_joins_and_answers_at_once_does_not_wait_for_themselves(
    letter: Letter, place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = link_of(an_asked_editor(letter, place))
    invitation = a_sent_invitation(place.round, a_district("Example Falls")).id
    find_or_open_account(email=EDITOR, name="Curriculum director")
    # Joining has counted its mail by then; answering has the person's row, and is about to count its own.
    meet_at(monkeypatch, "portal.accounts.operations", "is_too_often")

    def press(n: int) -> None:
        if n:
            answer_interested(db.session.get_one(Invitation, invitation), name="Curriculum director", email=EDITOR)
        else:
            join_letter(token)

    assert two_at_once(press) == [None, None]
