"""The page of a co-editor's private link: scanners look, people press; it signs nobody in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import SignIn, SignInLink
from portal.accounts.operations import find_or_open_account
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.letters.editors import join_letter, remove_editor
from portal.letters.models import Editor, Letter
from tests.districts.builders import a_community
from tests.letters.builders import Place, enter
from tests.letters.pages import Stop, at_letter, words
from tests.letters.team import EDITOR, an_asked_editor, an_editor, link_of


def page_of(editor: Editor, path: str = "") -> str:
    return f"/eclc/editors/{link_of(editor)}{path}"


def mails(template: str) -> int:
    db.session.rollback()
    return db.session.query(Outgoing).filter_by(template=template).count()


def test_looking_changes_nothing_and_the_person_can_still_press(
    client: FlaskClient, letter: Letter, place: Place
) -> None:
    page = page_of(an_asked_editor(letter, place))
    for method in ("GET", "HEAD", "HEAD", "GET"):
        assert client.open(page, method=method).status_code == 200
    assert (db.session.query(Editor).one().joined_at, mails("sign_in_link")) == (None, 0)
    assert client.post(page, data={"name": "Director"}).status_code == 303
    assert (db.session.query(Editor).one().joined_at is not None, mails("sign_in_link")) == (True, 1)


def test_the_page_says_what_it_is_for(client: FlaskClient, letter: Letter, place: Place) -> None:
    shown = client.get(page_of(an_asked_editor(letter, place)))
    assert "You were asked to write in it." in words(shown)
    assert 'value="Curriculum director"' in shown.text
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert shown.headers["Cache-Control"] == "no-store"


def test_pressing_signs_nobody_in(client: FlaskClient, letter: Letter, place: Place) -> None:
    page = page_of(an_asked_editor(letter, place))
    client.post(page, data={"name": "Director"})
    assert (db.session.query(SignIn).count(), client.get(at_letter(letter)).status_code) == (0, 303)
    assert "A sign-in link went to the address" in words(client.get(page))
    assert [row.action for row in db.session.query(Audit)] == ["joined as editor"]


def test_the_mailed_link_leads_to_the_letter(client: FlaskClient, letter: Letter, place: Place) -> None:
    client.post(page_of(an_asked_editor(letter, place)), data={"name": "Director"})
    assert db.session.query(SignInLink).one().next_url == at_letter(letter)


def test_a_name_is_needed(client: FlaskClient, letter: Letter, place: Place) -> None:
    answer = client.post(page_of(an_asked_editor(letter, place)), data={"name": ""})
    assert (answer.status_code, "Give your name." in answer.text, mails("sign_in_link")) == (422, True, 0)


@pytest.mark.parametrize("known", [True, False])
def test_known_and_unknown_people_get_the_same_answer(
    client: FlaskClient, letter: Letter, place: Place, known: bool
) -> None:
    if known:
        find_or_open_account(email=EDITOR, name="Director")
    page = page_of(an_asked_editor(letter, place))
    answer = client.post(page, data={"name": "Director"})
    assert (answer.status_code, answer.location) == (303, page)
    assert "You write in the letter of Example Harbor" in words(client.get(page))


def test_whoever_joined_can_have_another_sign_in_link(
    client: FlaskClient, letter: Letter, place: Place, at: Stop
) -> None:
    editor = an_asked_editor(letter, place)
    join_letter(link_of(editor))
    at("2026-10-20 09:30")
    assert client.post(page_of(editor, "/link")).location == page_of(editor)
    assert "A new sign-in link is on its way." in client.get(page_of(editor)).text
    assert mails("sign_in_link") == 2


def test_whoever_is_signed_in_as_that_person_goes_on_to_the_letter(
    client: FlaskClient, letter: Letter, place: Place
) -> None:
    account = an_editor(letter, place)
    shown = enter(client, account).get(page_of(letter.editors[0]))
    assert f'href="{at_letter(letter)}"' in shown.text


def test_an_old_link_mails_a_new_one_to_the_same_address(
    client: FlaskClient, letter: Letter, place: Place, at: Stop
) -> None:
    at("2026-09-15 09:00")
    editor = an_asked_editor(letter, place)
    old = page_of(editor)
    at("2026-10-20 09:00")
    shown = client.get(old)
    assert (shown.status_code, "It is older than 30 days." in words(shown)) == (200, True)
    assert client.post(old, data={"name": "Director"}).status_code == 409
    assert client.post(f"{old}/renewal").status_code == 303
    assert ([row.to_address for row in db.session.query(Outgoing)], client.get(old).status_code) == ([EDITOR] * 2, 404)
    assert client.get(page_of(editor)).status_code == 200


@pytest.mark.parametrize("path", ["", "/link", "/renewal"])
@pytest.mark.parametrize("why", ["removed", "made up", "other community"])
def test_a_link_that_leads_nowhere_says_whom_to_ask(
    client: FlaskClient, letter: Letter, place: Place, why: str, path: str
) -> None:
    editor = an_asked_editor(letter, place)
    page = page_of(editor, path)
    if why == "removed":
        remove_editor(editor, by=place.lead)
    elif why == "made up":
        page = f"/eclc/editors/{'x' * 43}{path}"
    else:
        a_community()
        page = page.replace("/eclc/", "/north-shore/")
    answer = client.post(page, data={"name": "Director"})
    assert (answer.status_code in (404, 409), mails("sign_in_link")) == (True, 0)
    assert "Ask the person who invited you." in words(answer)


@pytest.mark.parametrize("token", ["x", "x" * 200, "x" * 43])
def test_a_token_of_another_kind_opens_nothing(client: FlaskClient, place: Place, token: str) -> None:
    assert client.get(f"/eclc/editors/{token}").status_code == 404


def test_the_link_works_at_no_other_door(client: FlaskClient, letter: Letter, place: Place) -> None:
    token = link_of(an_asked_editor(letter, place))
    paths = (f"/sign-in/{token}", f"/eclc/invitations/{token}", f"/eclc/endorsements/{token}", f"/eclc/join/{token}")
    assert [client.get(path).status_code for path in paths] == [200, 404, 404, 404]
    assert "used already, or is older" in client.get(paths[0]).text
