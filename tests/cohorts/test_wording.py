"""The words of a decision's mail: the portal's, the round's, the letter's; checked, kept, merged, marked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.wording import reset_letter, reset_round, word_letter, word_round
from portal.cohorts.wording_rules import Words, marked, round_words, words_of
from portal.communities.models import Community
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.mail import preview
from portal.districts.queries import leads_of
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_led_letter,
    decided,
    everything,
    owed,
)
from tests.postbox import Mail

SignIn = Callable[[FlaskClient, Account], FlaskClient]
SUBJECT, TEXT = "News for {{district}}", "Dear {{recipient}},\n\nsee {{link}}.\n\n{{sender}}"


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community)


@pytest.fixture
def letter(round: Round, staff: Account) -> Letter:
    letter = a_led_letter(round)
    prepare_decision(letter, "decline", "", staff)
    return letter


def of(letter: Letter) -> Decision:
    found = decision_of(letter)
    assert found is not None
    return found


def mail_of(letter: Letter) -> tuple[str, str]:
    lead = leads_of(letter.community_id, letter.district_id)[0]
    return preview("decision_decline", {"decision_id": of(letter).id, "account_id": lead.id})


def test_the_words_of_a_letter_come_before_the_round_s_and_those_before_the_portal_s(
    round: Round, letter: Letter, staff: Account
) -> None:
    assert words_of(of(letter), round).source == "portal"
    word_round(round, "decline", SUBJECT, TEXT, by=staff)
    assert mail_of(letter)[0] == "News for Harbor"
    word_letter(letter, "For you alone", TEXT, by=staff)
    assert (mail_of(letter)[0], words_of(of(letter), round).source) == ("For you alone", "letter")
    reset_letter(letter, by=staff)
    assert mail_of(letter)[0] == "News for Harbor"
    reset_round(round, "decline", by=staff)
    assert (mail_of(letter)[0][:12], round.decision_texts) == ("Your letter:", {})


def test_the_same_words_are_not_kept_twice(round: Round, letter: Letter, staff: Account) -> None:
    words, before = round_words("decline", round), everything()
    word_round(round, "decline", words.subject, words.text, by=staff)
    word_letter(letter, words.subject, words.text, by=staff)
    assert (everything(), round.decision_texts, of(letter).mail_text) == (before, {}, "")


@pytest.mark.parametrize(
    ("outcome", "subject", "text", "said"),
    [
        ("decline", "", TEXT, "subject and a text"),
        ("decline", SUBJECT, "  ", "subject and a text"),
        ("decline", SUBJECT, TEXT + " {{reply_by}}", "a field that does not exist: {{reply_by}}"),
        ("decline", "{{nobody}}", TEXT, "a field that does not exist"),
        ("decline", SUBJECT, TEXT + " {{district}", "lost half of its braces"),
        ("decline", SUBJECT, "Dear {{recipient}}", "Keep {{link}} in the text"),
        ("accept", SUBJECT, TEXT, "Keep {{reply_by}} in the text"),
        ("decline", "x" * 201, TEXT, "Up to 200 characters"),
        ("maybe", SUBJECT, TEXT, "Choose one"),
    ],
)
def test_words_that_would_leave_a_hole_are_refused(
    round: Round, staff: Account, outcome: str, subject: str, text: str, said: str
) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=said.replace("{", r"\{").replace("}", r"\}")):
        word_round(round, outcome, subject, text, by=staff)
    assert (everything(), round.decision_texts) == (before, {})


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(round: Round, letter: Letter, staff: Account) -> None:
    seen = round_words("decline", round).stamp
    word_round(round, "decline", SUBJECT, TEXT, by=staff, seen=seen)
    with pytest.raises(RuleBroken, match="Somebody changed these words meanwhile"):
        word_round(round, "decline", "Mine", TEXT, by=staff, seen=seen)
    with pytest.raises(RuleBroken, match="Somebody changed these words meanwhile"):
        word_letter(letter, "Mine", TEXT, by=staff, seen=seen)


def test_a_mail_that_was_sent_keeps_its_words(round: Round, letter: Letter, staff: Account) -> None:
    decided(letter, "decline", staff)
    with pytest.raises(RuleBroken, match="This decision was sent by Program staff"):
        word_letter(letter, SUBJECT, TEXT, by=staff)


def test_a_decision_that_was_not_prepared_has_no_words(round: Round, staff: Account) -> None:
    with pytest.raises(RuleBroken, match="Prepare a decision first"):
        word_letter(a_led_letter(round, "River"), SUBJECT, TEXT, by=staff)


def test_what_is_put_in_is_never_read_again(
    round: Round, letter: Letter, staff: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    letter.district.short_name = "{{link}} {{7*191}} <b>"
    db.session.commit()
    word_round(round, "decline", "For {{district}}", "{{district}} {{link}} {% if 1 %}", by=staff)
    decided(letter, "decline", staff)
    [mail] = mailbox()
    assert mail.subject == "For {{link}} {{7*191}} <b>"
    assert mail.text.startswith("{{link}} {{7*191}} <b> http")
    assert "{% if 1 %}" in mail.text
    assert "<b>" not in mail.html.partition("<main>")[2].replace("<b>Ex", "")


def test_marks_are_ours_and_everything_else_stays_text() -> None:
    subject, paragraphs = marked(Words("<i>{{a}}</i>", "{{a}}\nb\n\n\ue000c"), {"a": "<b>\ue001x"})
    assert subject == "&lt;i&gt;<mark>&lt;b&gt;x</mark>&lt;/i&gt;"
    assert paragraphs[0] == "<mark>&lt;b&gt;x</mark><br>b"


def test_the_words_are_changed_by_the_page_and_a_slip_comes_back(
    client: FlaskClient, sign_in: SignIn, round: Round, letter: Letter, staff: Account
) -> None:
    desk = sign_in(client, staff)
    for url in (f"/eclc/staff/rounds/{round.id}/mails/decline", f"/eclc/staff/letters/{letter.id}/mail"):
        assert "Fields that can stand in it" in desk.get(url).text
        slip = desk.post(url, data={"subject": "Mine", "text": "No way there."})
        assert slip.status_code == 409
        empty = desk.post(url, data={"subject": "", "text": TEXT})
        assert (empty.status_code, "Give the mail a subject." in empty.text) == (422, True)
    before = round_words("decline", round).stamp
    url = f"/eclc/staff/rounds/{round.id}/mails/decline"
    saved = desk.post(url, data={"subject": SUBJECT, "text": TEXT, "seen": before})
    assert saved.status_code == 303
    assert "News for <mark>Example District</mark>" in desk.get(url).text
    desk.post(url, data={"reset": "1"})
    assert round.decision_texts == {}


def test_the_mail_of_a_letter_has_a_page_only_while_it_is_prepared(
    client: FlaskClient, sign_in: SignIn, letter: Letter, staff: Account
) -> None:
    desk, url = sign_in(client, staff), f"/eclc/staff/letters/{letter.id}/mail"
    assert "Dear <mark>Lead of Harbor</mark>" in desk.get(url).text
    decided(letter, "decline", staff)
    assert desk.get(url).status_code == 404
    assert len(owed()) == 1
