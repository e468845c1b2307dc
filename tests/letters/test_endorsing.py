"""The superintendent's signature: asked, signed, declined, taken back; by link or signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.core.tokens import find, token_of
from portal.letters.endorsing import OVER
from portal.letters.models import Endorsement, Letter
from portal.letters.operations import (
    ask_endorsement,
    decline_endorsement,
    endorse_directly,
    save_answer,
    sign_endorsement,
    take_back_endorsement,
)
from portal.letters.queries import find_endorsement
from portal.letters.rules import CLOSED, FOR_OTHERS, STANDS, is_endorsed
from tests.districts.builders import a_person
from tests.letters.builders import (
    AFTER,
    LATE,
    Place,
    a_complete_letter,
    a_letter,
    a_signature,
    a_signed_letter,
    a_superintendent,
    an_asked_letter,
    base,
)
from tests.postbox import Mail

Stop = Callable[[str], datetime]
Post = Callable[[], list[Mail]]
SUPERINTENDENT: dict[str, Any] = {"name": "Superintendent", "email": "superintendent@example.org"}


def test_asking_locks_the_answers_and_mails_a_private_link(place: Place, mailbox: Post) -> None:
    endorsement = an_asked_letter(place)
    mail = next(mail for mail in mailbox() if mail.to == "superintendent@example.org")
    assert endorsement.letter.status == "endorsing"
    assert mail.subject == "Please sign the interest letter of Example Harbor"
    assert mail.paths == [f"/eclc/endorsements/{token_of(endorsement, 'endorsement')}"]


def test_the_link_is_stored_as_a_hash_and_leads_nowhere_for_another_purpose(place: Place) -> None:
    endorsement = an_asked_letter(place)
    token = token_of(endorsement, "endorsement")
    assert token not in {endorsement.token_hash, endorsement.token_salt}
    found = find_endorsement(token)
    assert found is not None
    assert (found.id, find(Endorsement, "invitation", token)) == (endorsement.id, None)


def test_a_letter_that_is_not_complete_is_not_sent_to_be_signed(place: Place) -> None:
    letter = a_letter(place)
    with pytest.raises(RuleBroken, match="cannot be signed yet"):
        ask_endorsement(letter, **SUPERINTENDENT, by=place.lead)
    assert (letter.status, traces()) == ("draft", (0, 0))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Give the name"),
        ({"email": "nobody"}, "one mail address"),
        ({"email": ""}, "one mail address"),
    ],
)
def test_asking_needs_a_name_and_an_address(place: Place, typed: dict[str, str], words: str) -> None:
    letter = a_complete_letter(place)
    with pytest.raises(RuleBroken, match=words):
        ask_endorsement(letter, **{**SUPERINTENDENT, **typed}, by=place.lead)
    assert (letter.status, traces()) == ("draft", (0, 0))


def test_asking_twice_is_refused(place: Place) -> None:
    letter = an_asked_letter(place).letter
    with pytest.raises(RuleBroken, match="locked while the letter is being signed"):
        ask_endorsement(letter, **SUPERINTENDENT, by=place.other)
    assert traces() == (1, 1)


def test_a_stranger_does_not_ask(place: Place) -> None:
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        ask_endorsement(a_complete_letter(place), **SUPERINTENDENT, by=a_person())
    assert traces() == (0, 0)


def test_a_signature_unlocks_and_holds_and_the_leads_are_told(place: Place, mailbox: Post) -> None:
    endorsement = an_asked_letter(place)
    sign_endorsement(endorsement, a_signature())
    letter = endorsement.letter
    assert (letter.status, is_endorsed(letter)) == ("draft", True)
    assert (endorsement.typed_name, endorsement.typed_title) == ("Superintendent", "Superintendent")
    told = [mail.to for mail in mailbox() if mail.subject == "Your letter is signed and can be submitted"]
    assert told == ["assistant@example.org", "principal@example.org"]


def test_signing_twice_changes_nothing(place: Place) -> None:
    endorsement = an_asked_letter(place)
    sign_endorsement(endorsement, a_signature())
    before = traces()
    sign_endorsement(endorsement, a_signature(name="Somebody else"))
    assert (endorsement.typed_name, traces()) == ("Superintendent", before)


def test_the_history_names_the_signer(place: Place) -> None:
    letter = a_signed_letter(place)
    assert [(row.verb, row.by_name) for row in history_of(letter)] == [
        ("start", "Assistant superintendent"),
        ("ask for endorsement", "Assistant superintendent"),
        ("sign", "Superintendent"),
    ]


@pytest.mark.parametrize(
    "changed", [{"accepted": ["c1"]}, {"name": " "}, {"title": ""}, {"day": None}, {"day": date(2026, 10, 21)}]
)
def test_a_signature_that_lacks_something_leaves_no_trace(place: Place, changed: dict[str, Any]) -> None:
    endorsement = an_asked_letter(place)
    before = traces()
    with pytest.raises(RuleBroken):
        sign_endorsement(endorsement, a_signature(**changed))
    assert (endorsement.signed_at, endorsement.letter.status, traces()) == (None, "endorsing", before)


def test_declining_unlocks_and_mails_the_reason(place: Place, mailbox: Post) -> None:
    endorsement = an_asked_letter(place)
    decline_endorsement(endorsement, " Name the coach first. ")
    assert (endorsement.letter.status, endorsement.decline_reason) == ("draft", "Name the coach first.")
    mail = next(mail for mail in mailbox() if mail.subject == "Your letter was not signed yet")
    assert "Name the coach first." in mail.text


def test_declining_twice_changes_nothing(place: Place) -> None:
    endorsement = an_asked_letter(place)
    decline_endorsement(endorsement, "Name the coach first.")
    before = traces()
    decline_endorsement(endorsement, "Another reason.")
    assert (endorsement.decline_reason, traces()) == ("Name the coach first.", before)


def test_declining_needs_a_reason(place: Place) -> None:
    endorsement = an_asked_letter(place)
    with pytest.raises(RuleBroken, match="what would have to change"):
        decline_endorsement(endorsement, "  ")
    assert (endorsement.declined_at, endorsement.letter.status) == (None, "endorsing")


def test_taking_it_back_unlocks_and_the_old_link_dies(place: Place) -> None:
    endorsement = an_asked_letter(place)
    take_back_endorsement(endorsement.letter, by=place.other)
    assert endorsement.letter.status == "draft"
    with pytest.raises(RuleBroken) as refused:
        sign_endorsement(endorsement, a_signature())
    assert (refused.value.sentence, endorsement.signed_at) == (OVER, None)


def test_taking_it_back_twice_changes_nothing(place: Place) -> None:
    letter = an_asked_letter(place).letter
    take_back_endorsement(letter, by=place.lead)
    take_back_endorsement(letter, by=place.lead)
    assert [row.verb for row in history_of(letter)].count("take back request to sign") == 1


def test_a_stranger_takes_nothing_back(place: Place) -> None:
    letter = an_asked_letter(place).letter
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        take_back_endorsement(letter, by=a_person())
    assert letter.status == "endorsing"


def test_after_a_refusal_the_district_asks_again_with_a_new_link(place: Place) -> None:
    first = an_asked_letter(place)
    decline_endorsement(first, "Name the coach first.")
    second = ask_endorsement(first.letter, **SUPERINTENDENT, by=place.lead)
    assert token_of(first, "endorsement") != token_of(second, "endorsement")
    with pytest.raises(RuleBroken) as refused:
        sign_endorsement(first, a_signature())
    assert refused.value.sentence == OVER
    sign_endorsement(second, a_signature())
    assert is_endorsed(second.letter)


def test_a_change_after_the_signature_asks_for_it_again(place: Place) -> None:
    letter, question = a_signed_letter(place), place.questions()["q9"]
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    assert not is_endorsed(letter)
    sign_endorsement(ask_endorsement(letter, **SUPERINTENDENT, by=place.lead), a_signature())
    assert is_endorsed(letter)


def test_a_link_lives_until_the_grace_minutes_end(place: Place, at: Stop) -> None:
    endorsement = an_asked_letter(place)
    at(AFTER)
    with pytest.raises(RuleBroken) as refused:
        sign_endorsement(endorsement, a_signature())
    assert (refused.value.sentence, endorsement.signed_at) == (CLOSED, None)
    at(LATE)
    sign_endorsement(endorsement, a_signature())
    assert is_endorsed(endorsement.letter)


def test_a_mail_that_comes_too_late_is_not_sent(place: Place, mailbox: Post) -> None:
    take_back_endorsement(an_asked_letter(place).letter, by=place.lead)
    assert [mail.to for mail in mailbox()] == []


def test_a_superintendent_who_leads_signs_on_the_page(place: Place, mailbox: Post) -> None:
    letter, superintendent = a_complete_letter(place), a_superintendent(place)
    endorsement = endorse_directly(letter, a_signature(), by=superintendent)
    assert (letter.status, is_endorsed(letter), endorsement.asked_by_id) == ("draft", True, superintendent.id)
    assert (endorse_directly(letter, a_signature(), by=superintendent).id, mailbox()) == (endorsement.id, [])


def test_a_lead_who_is_no_superintendent_does_not_sign(place: Place) -> None:
    letter = a_complete_letter(place)
    with pytest.raises(RuleBroken, match=FOR_OTHERS["superintendent"]):
        endorse_directly(letter, a_signature(), by=place.lead)
    assert traces() == (0, 0)


def test_a_superintendent_does_not_sign_what_is_not_complete(place: Place) -> None:
    with pytest.raises(RuleBroken, match="cannot be signed yet"):
        endorse_directly(a_letter(place), a_signature(), by=a_superintendent(place))
    assert traces() == (0, 0)


def test_a_superintendent_does_not_sign_beside_the_link_that_is_out(place: Place) -> None:
    letter = an_asked_letter(place).letter
    with pytest.raises(RuleBroken) as refused:
        endorse_directly(letter, a_signature(), by=a_superintendent(place))
    assert refused.value.sentence == STANDS["endorsing"]


def test_signing_and_taking_back_at_once_ends_in_one_of_the_two(place: Place, two_at_once: Callable[..., Any]) -> None:
    number, lead = an_asked_letter(place).id, place.lead.id
    two_at_once(lambda turn: sign_now(number) if turn else take_back_now(number, lead))
    db.session.rollback()
    endorsement = db.session.get_one(Endorsement, number)
    assert [endorsement.signed_at, endorsement.taken_back_at].count(None) == 1
    assert endorsement.letter.status == "draft"


def sign_now(number: int) -> None:
    sign_endorsement(db.session.get_one(Endorsement, number), a_signature())


def take_back_now(number: int, lead: int) -> None:
    letter_id = db.session.get_one(Endorsement, number).letter_id
    take_back_endorsement(db.session.get_one(Letter, letter_id), by=db.session.get_one(Account, lead))


def traces() -> tuple[int, int]:
    db.session.rollback()
    return db.session.query(Endorsement).count(), db.session.query(Outgoing).count()


def test_ten_requests_an_hour_may_go_to_one_address(place: Place) -> None:
    letter = a_complete_letter(place)
    for _ in range(10):
        ask_endorsement(letter, **SUPERINTENDENT, by=place.lead)
        take_back_endorsement(letter, by=place.lead)
    before = traces()
    with pytest.raises(TooManyTries, match="Ten mails went to this address"):
        ask_endorsement(letter, **SUPERINTENDENT, by=place.lead)
    assert (letter.status, traces()) == ("draft", before)
