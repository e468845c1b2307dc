"""A letter's team as tests need it: a co-editor who joined, one who was only asked, and their browsers."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.accounts.operations import start_sign_in
from portal.accounts.queries import find_account
from portal.core.db import db
from portal.core.tokens import token_of
from portal.districts.actors import Person, load_actor
from portal.letters.editors import invite_editor, join_letter
from portal.letters.models import Editor, Letter
from portal.letters.team_queries import PURPOSE
from portal.rounds.models import Section
from tests.letters.builders import Place

EDITOR = "curriculum@example.org"


def an_asked_editor(letter: Letter, place: Place, email: str = EDITOR) -> Editor:
    """Somebody who has their private link and did not press the button yet."""
    return invite_editor(letter, name="Curriculum director", email=email, by=place.lead)


def link_of(editor: Editor) -> str:
    return token_of(editor, PURPOSE)


def an_editor(letter: Letter, place: Place, email: str = EDITOR) -> Account:
    """Somebody who was asked and writes."""
    join_letter(link_of(an_asked_editor(letter, place, email)))
    account = find_account(email)
    assert account is not None
    return account


def section(letter: Letter, slug: str) -> Section:
    return db.session.query(Section).filter_by(round_id=letter.round_id, slug=slug).one()


def person_of(account: Account) -> Person:
    """The account as it stands at the door."""
    person = load_actor(start_sign_in(account, way="password", browser="Tests"))
    assert person is not None
    return person
