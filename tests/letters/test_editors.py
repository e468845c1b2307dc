"""Co-editors: asked by mail within the round's limit, joined by a press, taken off the team; they see one letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account, SignInLink
from portal.accounts.operations import find_or_open_account, grant_permission
from portal.accounts.queries import find_account
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.letters.editors import invite_editor, join_letter, remove_editor, renew_editor, send_editor_sign_in
from portal.letters.models import Editor, Letter
from portal.letters.operations import ask_endorsement, save_answer, start_letter, submit
from portal.letters.queries import find_letter, roles_for, writers_of
from portal.letters.rules import FOR_OTHERS, STANDS
from portal.letters.team_queries import find_editor
from tests.districts.builders import a_district, a_person
from tests.letters.builders import AFTER, Place, a_lead, a_letter, a_signed_letter
from tests.letters.pages import Stop
from tests.letters.team import EDITOR, an_asked_editor, an_editor, link_of, person_of
from tests.postbox import Mail

Mailbox = Callable[[], list[Mail]]


def mails(template: str) -> list[str]:
    return [row.to_address for row in db.session.query(Outgoing).filter_by(template=template).order_by(Outgoing.id)]


def done(verb: str) -> int:
    return db.session.query(History).filter_by(verb=verb).count()


def links() -> int:
    return db.session.query(SignInLink).count()


def test_a_lead_asks_a_colleague_who_gets_a_private_link(letter: Letter, place: Place, mailbox: Mailbox) -> None:
    editor = invite_editor(letter, name=" Curriculum  director ", email=" Curriculum@Example.org ", by=place.lead)
    assert (editor.name, editor.email, editor.joined_at, editor.account_id) == (
        "Curriculum director", EDITOR, None, None,
    )  # fmt: skip
    [mail] = mailbox()
    assert mail.to == EDITOR
    assert f"/eclc/editors/{link_of(editor)}" in mail.text
    assert "Assistant superintendent asks you to write" in mail.text
    assert done("invite editor") == 1


def test_asked_again_a_new_link_is_on_record_and_a_double_press_is_not(letter: Letter, place: Place, at: Stop) -> None:
    editor = an_asked_editor(letter, place)
    an_asked_editor(letter, place)
    renew_editor(editor, by=place.lead)
    assert (done("invite editor"), done("renew editor link")) == (1, 0)
    at("2026-10-21 09:00")
    an_asked_editor(letter, place)
    assert (done("invite editor"), done("renew editor link")) == (1, 1)


def test_the_link_itself_is_nowhere_in_the_tables(letter: Letter, place: Place) -> None:
    editor = an_asked_editor(letter, place)
    assert link_of(editor) not in (editor.token_hash, editor.token_salt)
    assert find_editor(link_of(editor)) == editor


def test_pressing_the_button_makes_a_writer_and_mails_a_sign_in_link(
    letter: Letter, place: Place, mailbox: Mailbox
) -> None:
    token = link_of(an_asked_editor(letter, place))
    mailbox()
    editor = join_letter(token, name="Director of curriculum", next_url=f"/eclc/letters/{letter.id}")
    account = find_account(EDITOR)
    assert account is not None
    assert (editor.account_id, account.name, editor.joined_at is not None) == (
        account.id,
        "Director of curriculum",
        True,
    )
    assert [(mail.to, "sign-in" in mail.text) for mail in mailbox()] == [(EDITOR, True)]
    assert db.session.query(SignInLink).one().next_url == f"/eclc/letters/{letter.id}"
    assert [one.email for one in writers_of(letter)] == [place.lead.email, place.other.email, EDITOR]
    assert roles_for(account, letter) == {"editor"}


def test_pressing_twice_is_one_writer_and_one_link(letter: Letter, place: Place) -> None:
    token = link_of(an_asked_editor(letter, place))
    assert join_letter(token).id == join_letter(token).id
    assert (links(), done("join as editor")) == (1, 1)


def test_a_person_with_an_account_keeps_it_and_their_name(letter: Letter, place: Place) -> None:
    known = find_or_open_account(email=EDITOR, name="Director")
    editor = join_letter(link_of(an_asked_editor(letter, place)), name="Somebody else")
    assert (editor.account_id, editor.name) == (known.id, "Director")


def test_a_closed_account_joins_without_a_link(letter: Letter, place: Place, at: Stop) -> None:
    known = find_or_open_account(email=EDITOR, name="Director")
    known.disabled_at = at("2026-10-20 09:00")
    db.session.commit()
    join_letter(link_of(an_asked_editor(letter, place)))
    assert (links(), EDITOR in [one.email for one in writers_of(letter)]) == (0, False)


def test_the_limit_counts_everyone_who_writes_or_was_asked(letter: Letter, place: Place) -> None:
    an_editor(letter, place)
    an_asked_editor(letter, place, "nurse@example.org")
    with pytest.raises(RuleBroken, match="has 4 writers at most"):
        invite_editor(letter, name="One more", email="more@example.org", by=place.lead)
    assert (db.session.query(Editor).count(), mails("editor_invitation")) == (2, [EDITOR, "nurse@example.org"])


def test_whoever_is_taken_off_makes_room(letter: Letter, place: Place) -> None:
    an_editor(letter, place)
    remove_editor(an_asked_editor(letter, place, "nurse@example.org"), by=place.lead)
    assert invite_editor(letter, name="One more", email="more@example.org", by=place.lead).id


def test_the_same_address_again_gets_a_new_link_and_counts_once(letter: Letter, place: Place, at: Stop) -> None:
    first = link_of(an_asked_editor(letter, place))
    at("2026-10-21 09:00")
    editor = invite_editor(letter, name="", email=EDITOR, by=place.other)
    assert (find_editor(first), find_editor(link_of(editor)), editor.name) == (None, editor, "Curriculum director")
    assert (db.session.query(Editor).count(), len(mails("editor_invitation"))) == (1, 2)


def test_a_second_press_within_a_minute_mails_nothing(letter: Letter, place: Place) -> None:
    first = link_of(an_asked_editor(letter, place))
    editor = an_asked_editor(letter, place)
    renew_editor(editor, by=place.lead)
    assert (find_editor(first), len(mails("editor_invitation"))) == (editor, 1)


def test_a_renewed_link_works_for_thirty_days_more(letter: Letter, place: Place, at: Stop, mailbox: Mailbox) -> None:
    editor = an_asked_editor(letter, place)
    mailbox()
    at("2026-10-29 09:00")
    renew_editor(editor, by=place.lead)
    [mail] = mailbox()
    text = mail.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "works until Sat, Nov 28, 2026" in text
    assert "The letter itself is due by Fri, Oct 30, 2026, 5:00 PM ET." in text
    at("2026-11-25 09:00")
    assert join_letter(link_of(editor)).joined_at is not None


def test_a_link_older_than_thirty_days_is_refused_and_its_holder_can_have_a_new_one(
    letter: Letter, place: Place, at: Stop
) -> None:
    at("2026-09-20 09:00")
    editor = an_asked_editor(letter, place)
    at("2026-10-20 09:01")
    with pytest.raises(RuleBroken, match="older than 30 days"):
        join_letter(link_of(editor))
    renew_editor(editor, by=None)
    assert join_letter(link_of(editor)).joined_at is not None


def test_renewing_by_an_old_link_stops_quietly_after_five_mails_an_hour(letter: Letter, place: Place, at: Stop) -> None:
    editor = an_asked_editor(letter, place)
    for minute in range(2, 20, 2):
        at(f"2026-10-20 09:{minute:02}")
        renew_editor(editor, by=None)
    assert len(mails("editor_invitation")) == 6


def test_a_lead_cannot_flood_an_address(letter: Letter, place: Place, at: Stop) -> None:
    editor = an_asked_editor(letter, place)
    for minute in range(2, 20, 2):
        at(f"2026-10-20 09:{minute:02}")
        renew_editor(editor, by=place.lead)
    at("2026-10-20 09:30")
    with pytest.raises(TooManyTries):
        renew_editor(editor, by=place.lead)
    assert len(mails("editor_invitation")) == 10


@pytest.mark.parametrize(
    "email", ["", "curriculum", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org"]
)
def test_what_is_no_address_invites_nobody(letter: Letter, place: Place, email: str) -> None:
    with pytest.raises(RuleBroken, match="Give one mail address"):
        invite_editor(letter, name="Nobody", email=email, by=place.lead)
    assert db.session.query(Editor).count() == 0


def test_who_leads_the_district_needs_no_invitation(letter: Letter, place: Place) -> None:
    with pytest.raises(RuleBroken, match="can write in this letter already"):
        invite_editor(letter, name="Principal", email=place.other.email, by=place.lead)
    assert mails("editor_invitation") == []


def test_who_writes_already_needs_no_invitation(letter: Letter, place: Place) -> None:
    an_editor(letter, place)
    with pytest.raises(RuleBroken, match="writes in this letter already"):
        an_asked_editor(letter, place)


@pytest.mark.parametrize("kind", ["admin", "staff", "reviewer"])
def test_who_reads_letters_for_the_community_writes_in_none(letter: Letter, place: Place, kind: str) -> None:
    grant_permission(place.community, email=EDITOR, kind=kind)
    with pytest.raises(RuleBroken, match="works for the community that reads the letters"):
        an_asked_editor(letter, place)


def test_a_lead_of_another_district_can_help_and_counts_as_a_co_editor(letter: Letter, place: Place) -> None:
    other = a_person()
    invited = an_asked_editor(letter, place, other.email)
    assert roles_for(find_account(join_letter(link_of(invited)).email), letter) == {"editor"}


def test_a_co_editor_who_becomes_a_lead_counts_once(letter: Letter, place: Place) -> None:
    account = an_editor(letter, place)
    a_lead(place.community, place.district, "Curriculum director")
    assert [one.id for one in writers_of(letter)].count(account.id) == 1
    assert an_asked_editor(letter, place, "nurse@example.org").id


@pytest.mark.parametrize("who", ["editor", "stranger"])
def test_only_a_lead_invites_renews_and_removes(letter: Letter, place: Place, who: str, at: Stop) -> None:
    account = an_editor(letter, place) if who == "editor" else a_person()
    asked = an_asked_editor(letter, place, "nurse@example.org")
    at("2026-10-20 10:00")
    tries: list[Callable[[], Any]] = [
        lambda: invite_editor(letter, name="More", email="more@example.org", by=account),
        lambda: renew_editor(asked, by=account),
        lambda: remove_editor(asked, by=account),
    ]
    for attempt in tries:
        with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
            attempt()
    assert (asked.removed_at, len(mails("editor_invitation"))) == (None, 2 if who == "editor" else 1)


def test_a_co_editor_writes_and_neither_asks_for_the_signature_nor_submits(place: Place) -> None:
    letter = a_signed_letter(place)
    account = an_editor(letter, place)
    for attempt in (
        lambda: submit(letter, by=account),
        lambda: ask_endorsement(letter, name="S", email="s@example.org", by=account),
    ):
        with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
            attempt()
    assert (letter.status, mails("letter_submitted")) == ("draft", [])


def test_a_co_editor_finds_this_letter_and_no_other(letter: Letter, place: Place) -> None:
    account = an_editor(letter, place)
    other = start_letter(place.round, a_district(), None)
    person = person_of(account)
    assert (find_letter(person, place.community.id, letter.id), find_letter(person, place.community.id, other.id)) == (
        letter, None,
    )  # fmt: skip


def test_whoever_was_only_asked_finds_nothing(letter: Letter, place: Place) -> None:
    an_asked_editor(letter, place)
    account = find_or_open_account(email=EDITOR, name="Director")
    assert find_letter(person_of(account), place.community.id, letter.id) is None


def test_being_taken_off_closes_the_letter_at_once_and_keeps_what_was_written(letter: Letter, place: Place) -> None:
    account, question = an_editor(letter, place), place.questions()["q10"]
    answer = save_answer(letter, question, "By contract days.", by=account)
    [editor] = letter.editors
    remove_editor(editor, by=place.other)
    remove_editor(editor, by=place.lead)
    assert answer is not None
    with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
        save_answer(letter, question, "More.", by=account)
    assert (answer.value, done("remove editor")) == ("By contract days.", 1)
    assert find_letter(person_of(account), place.community.id, letter.id) is None


@pytest.mark.parametrize("joined", [True, False])
def test_the_link_of_somebody_taken_off_opens_nothing(letter: Letter, place: Place, joined: bool) -> None:
    editor = an_asked_editor(letter, place)
    token = link_of(editor)
    if joined:
        join_letter(token)
    remove_editor(editor, by=place.lead)
    before = links()
    for attempt in (
        lambda: join_letter(token),
        lambda: renew_editor(editor, by=None),
        lambda: send_editor_sign_in(token),
    ):
        with pytest.raises(RuleBroken, match="does not lead to a letter any more"):
            attempt()
    assert links() == before


def test_somebody_taken_off_can_be_asked_again(letter: Letter, place: Place) -> None:
    an_editor(letter, place)
    remove_editor(letter.editors[0], by=place.lead)
    account = an_editor(letter, place)
    assert (roles_for(account, letter), db.session.query(Editor).count()) == ({"editor"}, 2)


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_a_made_up_link_opens_nothing(letter: Letter, place: Place, token: str) -> None:
    with pytest.raises(RuleBroken, match="does not lead to a letter any more"):
        join_letter(token)
    assert db.session.query(Account).count() == 2


def test_nobody_is_asked_once_the_letter_was_sent_or_its_time_is_over(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    editor = an_asked_editor(letter, place)
    at(AFTER)
    with pytest.raises(RuleBroken, match="The round takes no letters now"):
        an_asked_editor(letter, place, "nurse@example.org")
    remove_editor(editor, by=place.lead)
    assert editor.removed_at is not None


def test_a_sent_letter_asks_nobody(place: Place) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    with pytest.raises(RuleBroken, match=re.escape(STANDS["submitted"])):
        an_asked_editor(letter, place)
