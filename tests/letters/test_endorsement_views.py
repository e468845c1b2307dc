"""The page behind the private link: it signs a letter, and never anybody in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import SignIn
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import History
from portal.core.outbox import Outgoing
from portal.core.tokens import token_of
from portal.letters.jobs import note_unsent_letters
from portal.letters.models import Endorsement, Letter
from portal.letters.operations import ask_endorsement, decline_endorsement, sign_endorsement, take_back_endorsement
from portal.letters.rules import is_endorsed
from tests.districts.builders import a_person
from tests.house.html import faults_of
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
    enter,
)
from tests.letters.lives import a_returned_letter, a_sent_letter
from tests.letters.team import an_editor
from tests.letters.test_views import at_letter, words
from tests.postbox import Mail

Stop = Callable[[str], datetime]
SIGNED: dict[str, Any] = {
    "accepted": ["c1", "c2"], "name": "Superintendent", "title": "Superintendent", "day": "2026-10-20",
}  # fmt: skip
ASKED = {"ask-name": "Superintendent", "ask-email": "superintendent@example.org"}


@pytest.fixture
def endorsement(place: Place) -> Endorsement:
    return an_asked_letter(place)


@pytest.fixture
def link(endorsement: Endorsement) -> str:
    return f"/eclc/endorsements/{token_of(endorsement, 'endorsement')}"


def test_the_link_shows_the_whole_letter_the_statement_and_the_promises(client: FlaskClient, link: str) -> None:
    page = words(client.get(link))
    assert "Our two middle schools became one." in page
    assert "I support this letter." in page
    assert "Bring the team to four gatherings a year." in page
    assert "Sign by Fri, Oct 30, 2026, 5:00 PM ET Sign it, or send it back" in page


def test_in_the_extra_minutes_the_link_says_that_the_letter_is_late(client: FlaskClient, at: Stop, link: str) -> None:
    at(LATE)
    page = words(client.get(link))
    assert "Sign by Fri, Oct 30, 2026, 6:00 PM ET: letters have closed, so yours is marked late" in page


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (
            "2026-10-20 10:00",
            "Please answer by Fri, Oct 30, 2026, 5:00 PM ET. The link works until Fri, Oct 30, 2026, 6:00 PM ET, but "
            "then the letter is marked late.",
        ),
        (LATE, "Please answer by Fri, Oct 30, 2026, 6:00 PM ET. The letter is marked late."),
    ],
)
def test_the_mail_tells_the_closing_and_what_the_extra_minutes_mean(
    endorsement: Endorsement, mailbox: Callable[[], list[Mail]], at: Stop, moment: str, said: str
) -> None:
    at(moment)
    [mail] = [mail for mail in mailbox() if mail.to == "superintendent@example.org"]
    assert said in mail.text.replace("\N{NO-BREAK SPACE}", " ")


def test_looking_changes_nothing(client: FlaskClient, link: str) -> None:
    before = trace()
    client.get(link)
    client.head(link)
    assert trace() == before


def test_signing_thanks_and_signs_nobody_in(client: FlaskClient, endorsement: Endorsement, link: str) -> None:
    answer = client.post(f"{link}/signature", data=SIGNED)
    assert (answer.status_code, answer.location) == (303, link)
    assert "The letter is signed" in words(client.get(link))
    assert (is_endorsed(endorsement.letter), db.session.query(SignIn).count()) == (True, 0)
    assert client.get(at_letter(endorsement.letter)).status_code == 303


def test_signing_twice_shows_the_same(client: FlaskClient, endorsement: Endorsement, link: str) -> None:
    client.post(f"{link}/signature", data=SIGNED)
    assert client.post(f"{link}/signature", data={**SIGNED, "name": "Another"}).status_code == 303
    assert endorsement.typed_name == "Superintendent"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"name": ""}, 422), ({"title": ""}, 422), ({"day": "soon"}, 422), ({"day": ""}, 422), ({"accepted": []}, 422),
        ({"accepted": ["c1"]}, 409), ({"day": "2026-10-21"}, 409), ({"name": "x" * 121}, 422), ({"name": "a\x00"}, 400),
    ],
)  # fmt: skip
def test_a_signature_that_lacks_something_comes_back_as_typed(
    client: FlaskClient, endorsement: Endorsement, link: str, changed: dict[str, Any], status: int
) -> None:
    answer = client.post(f"{link}/signature", data={**SIGNED, "title": "Head of school", **changed})
    assert (answer.status_code, endorsement.signed_at) == (status, None)
    assert status == 400 or "title" in changed or 'value="Head of school"' in answer.text


def test_sending_it_back_asks_for_a_reason(client: FlaskClient, endorsement: Endorsement, link: str) -> None:
    assert client.post(f"{link}/refusal", data={"reason": ""}).status_code == 422
    assert client.post(f"{link}/refusal", data={"reason": "x" * 2001}).status_code == 422
    assert endorsement.declined_at is None
    assert client.post(f"{link}/refusal", data={"reason": "Name the coach."}).location == link
    assert "You sent the letter back" in words(client.get(link))


def test_a_link_that_was_taken_back_says_so_and_shows_no_letter(
    client: FlaskClient, place: Place, endorsement: Endorsement, link: str
) -> None:
    take_back_endorsement(endorsement.letter, by=place.lead)
    page = words(client.get(link))
    assert "This link no longer works Example Harbor took the letter back" in page
    assert "Our two middle schools" not in page
    assert client.post(f"{link}/signature", data=SIGNED).status_code == 409
    assert endorsement.signed_at is None


@pytest.mark.parametrize(("moment", "is_open"), [(LATE, True), (AFTER, False)])
def test_a_link_lives_until_the_grace_minutes_end(
    client: FlaskClient, at: Stop, link: str, moment: str, is_open: bool
) -> None:
    at(moment)
    assert ("Please read and sign" in words(client.get(link))) == is_open


@pytest.mark.parametrize("token", ["x" * 43, "x" * 20, "short"])
def test_a_token_that_leads_nowhere_is_no_page(client: FlaskClient, endorsement: Endorsement, token: str) -> None:
    answer = client.get(f"/eclc/endorsements/{token}")
    assert (answer.status_code, "Mail programs sometimes cut a long link in two." in words(answer)) == (404, True)
    assert client.post(f"/eclc/endorsements/{token}/signature", data=SIGNED).status_code == 404


def test_a_token_of_another_purpose_or_community_is_no_page(
    client: FlaskClient, endorsement: Endorsement, link: str
) -> None:
    create_community(slug="other", name="Other", kind="district_network")
    assert client.get(link.replace("/eclc/", "/other/")).status_code == 404
    assert client.get(f"/eclc/endorsements/{token_of(endorsement, 'invitation')}").status_code == 404


def test_the_pages_of_the_link_are_sound_html(client: FlaskClient, place: Place, link: str, tmp_path: Path) -> None:
    open_page, invalid = client.get(link).text, client.post(f"{link}/signature", data={}).text
    client.post(f"{link}/signature", data=SIGNED)
    pages = {"open": open_page, "invalid": invalid, "signed": client.get(link).text}
    assert faults_of(pages, tmp_path) == []


def test_the_district_asks_on_its_page_and_can_take_it_back(client: FlaskClient, place: Place) -> None:
    writer, letter = enter(client, place.lead), a_complete_letter(place)
    answer = writer.post(at_letter(letter, "/endorsement"), data=ASKED)
    assert (answer.location, letter.status) == (at_letter(letter, "/endorsement"), "endorsing")
    assert "Superintendent was asked to sign" in words(writer.get(answer.location))
    writer.post(at_letter(letter, "/endorsement/withdrawal"))
    assert letter.status == "draft"


@pytest.mark.parametrize(
    ("typed", "status"),
    [({"ask-name": ""}, 422), ({"ask-email": ""}, 422), ({"ask-email": "nobody"}, 409), ({"ask-name": "x" * 121}, 422)],
)
def test_asking_with_something_missing_comes_back_as_typed(
    client: FlaskClient, place: Place, typed: dict[str, str], status: int
) -> None:
    letter = a_complete_letter(place)
    answer = enter(client, place.lead).post(at_letter(letter, "/endorsement"), data={**ASKED, **typed})
    assert (answer.status_code, letter.status) == (status, "draft")


def test_an_incomplete_letter_is_not_sent_to_be_signed(client: FlaskClient, place: Place) -> None:
    letter = a_letter(place)
    answer = enter(client, place.lead).post(at_letter(letter, "/endorsement"), data=ASKED)
    assert (answer.status_code, letter.status) == (409, "draft")
    assert "The letter is signed once all other sections are done." in words(answer)


def test_the_reason_of_a_refusal_is_shown_to_the_district(client: FlaskClient, place: Place) -> None:
    endorsement = an_asked_letter(place)
    decline_endorsement(endorsement, "Name the coach first.")
    page = words(enter(client, place.lead).get(at_letter(endorsement.letter, "/endorsement")))
    assert "Superintendent did not sign yet, and wrote: Name the coach first." in page
    assert "Superintendent sent the letter back and wrote: Name the coach first." in words(
        client.get(at_letter(endorsement.letter))
    )


def test_a_superintendent_who_leads_signs_on_the_page(client: FlaskClient, place: Place) -> None:
    letter = a_complete_letter(place)
    person = enter(client, a_superintendent(place))
    assert "Sign it yourself" in words(person.get(at_letter(letter, "/endorsement")))
    answer = person.post(at_letter(letter, "/endorsement/signature"), data=SIGNED)
    assert (answer.location, is_endorsed(letter)) == (at_letter(letter, "/check"), True)


def test_another_lead_cannot_sign_on_the_page(client: FlaskClient, place: Place) -> None:
    letter = a_complete_letter(place)
    writer = enter(client, place.lead)
    assert "Sign it yourself" not in words(writer.get(at_letter(letter, "/endorsement")))
    assert writer.post(at_letter(letter, "/endorsement/signature"), data=SIGNED).status_code == 409
    assert not is_endorsed(letter)


@pytest.mark.parametrize("path", ["", "/withdrawal", "/signature"])
def test_a_stranger_does_nothing_here(client: FlaskClient, place: Place, path: str) -> None:
    letter = an_asked_letter(place).letter
    answer = enter(client, a_person()).post(at_letter(letter, f"/endorsement{path}"), data={**ASKED, **SIGNED})
    assert (answer.status_code, letter.status) == (404, "endorsing")


def test_a_signed_letter_says_who_signed(client: FlaskClient, place: Place) -> None:
    page = words(enter(client, place.lead).get(at_letter(a_signed_letter(place), "/endorsement")))
    assert "Signed Superintendent, Superintendent, Tue, Oct 20, 2026 Check your answers and submit" in page


def test_a_signed_letter_that_was_sent_is_not_to_be_submitted_once_more(client: FlaskClient, place: Place) -> None:
    page = words(enter(client, place.lead).get(at_letter(a_sent_letter(place), "/endorsement")))
    assert "Tue, Oct 20, 2026 See where your letter stands" in page
    assert "submit" not in page


def test_a_co_editor_reads_who_has_the_letter_signed(client: FlaskClient, place: Place) -> None:
    letter = a_complete_letter(place)
    editor = enter(client, an_editor(letter, place))
    assert f"Ask {place.lead.name}, who acts for the district" in words(editor.get(at_letter(letter, "/endorsement")))


def trace() -> tuple[int, ...]:
    db.session.rollback()
    counts = [db.session.query(table).count() for table in (Endorsement, History, Outgoing, SignIn, Letter)]
    return tuple(counts)


def test_a_signed_link_of_a_letter_that_changed_still_says_signed(
    client: FlaskClient, endorsement: Endorsement, link: str
) -> None:
    sign_endorsement(endorsement, a_signature())
    assert "The letter is signed" in words(client.get(link))


@pytest.mark.parametrize("answer", ["signature", "refusal"])
def test_a_reload_of_the_address_that_a_form_was_sent_to_leads_back_to_the_letter(
    client: FlaskClient, link: str, answer: str
) -> None:
    assert client.post(f"{link}/{answer}", data={}).status_code == 422
    again = client.get(f"{link}/{answer}")
    assert (again.status_code, again.location) == (303, link)
    assert client.get(f"{link}/elsewhere").status_code == 404


@pytest.mark.parametrize("answer", ["signature", "withdrawal"])
def test_the_same_holds_for_those_who_are_signed_in(writer: FlaskClient, letter: Letter, answer: str) -> None:
    again = writer.get(at_letter(letter, f"/endorsement/{answer}"))
    assert (again.status_code, again.location) == (303, at_letter(letter, "/endorsement"))


def test_a_letter_that_ran_out_while_it_was_with_the_signer_says_so(client: FlaskClient, link: str, at: Stop) -> None:
    at(AFTER)
    pages = [words(client.get(link))]
    note_unsent_letters()
    pages.append(words(client.get(link)))
    assert ["The time for letters is over, so this one can no longer be signed." in page for page in pages] == [
        True, True,
    ]  # fmt: skip


def test_a_signature_that_staff_sent_back_is_named_as_that(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_returned_letter(place, "endorsement")
    at("2026-10-21 10:00")
    page = words(writer.get(at_letter(letter, "/endorsement")))
    assert "The signature was sent back. Have the letter signed again." in page


def test_taking_back_twice_changes_nothing_for_a_returned_letter_too(place: Place) -> None:
    letter = a_returned_letter(place)
    asked = ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)
    take_back_endorsement(asked.letter, by=place.lead)
    take_back_endorsement(asked.letter, by=place.other)
    assert letter.status == "returned"
