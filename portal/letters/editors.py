"""Co-editors: asked by mail to write in a letter, joined by a button, taken off the team again."""

from __future__ import annotations

from portal.accounts.operations import ask_for_link, find_or_open_account
from portal.accounts.queries import find_account, has_permission
from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often, is_too_often
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.districts.queries import leads_of

from .models import Editor, Letter
from .queries import roles_for
from .rules import check
from .team_queries import PURPOSE, find_editor, writing_addresses
from .team_rules import GONE, check_invite, check_join, is_fresh, live_editors

JUDGES = ("staff", "admin", "reviewer")


def invite_editor(letter: Letter, *, name: str, email: str, by: Doer | None) -> Editor:
    """Ask a colleague by mail to write in the letter too. The same address again gets a new link; the old one dies.

    Raises RuleBroken when it is no address, somebody who needs no invitation or judges letters here, one writer more
    than the round allows, or not for the asking person to do; TooManyTries after ten mails to it within an hour.
    """
    address, to_name = normal_address(email), one_line(name)[:120]
    with transaction():
        _begin(letter, by)
        found = next((one for one in live_editors(letter) if one.email == address), None)
        if found is not None and found.joined_at is None:
            found.name = to_name or found.name
            _renew(found, by)
            return found
        _check_invite(letter, address)
        editor = Editor(letter=letter, name=to_name or address, email=address, invited_at=clock.now())
        db.session.add(editor)
        _send(editor, by)
        record(letter, "invite editor", by, community_id=letter.community_id, editor_id=editor.id)
    return editor


def renew_editor(editor: Editor, *, by: Doer | None) -> None:
    """Mail a new link to a co-editor who has not joined: asked for by a lead, or by whoever holds a link that ran out
    (`by` is None). The old link stops working; two presses at once leave one that works.

    Raises RuleBroken when the person was taken off the team, has joined already, or it is not for the asking person.
    """
    # Whoever holds an old link must not learn how often its address was written to.
    if by is None and is_too_often("link", editor.email):
        return
    with transaction():
        _begin(editor.letter, by)
        db.session.refresh(editor)
        if editor.removed_at is not None:
            raise RuleBroken(GONE)
        if editor.joined_at is not None:
            raise RuleBroken(f"{editor.name} writes in this letter already. They can sign in with their address.")
        _renew(editor, by)


def remove_editor(editor: Editor, *, by: Doer | None) -> None:
    """Take a co-editor off the team: the letter is closed to them from their next click on. Twice changes nothing."""
    with transaction():
        _begin(editor.letter, by, "dismiss")
        db.session.refresh(editor)
        if editor.removed_at is None:
            editor.removed_at = clock.now()
            record(editor.letter, "remove editor", by, community_id=editor.letter.community_id, editor_id=editor.id)


def join_letter(token: str, *, name: str = "", next_url: str = "") -> Editor:
    """Begin to write: the person's account is found or opened, a sign-in link goes to the address of the invitation.

    The link itself signs nobody in, because such mail is forwarded. Twice changes nothing. Raises RuleBroken when the
    link is unknown, was taken away or ran out.
    """
    with transaction():
        found = _editor_of(token)
        lock(found.letter)
        # Found before the letter was locked: the person may have been taken off, or have joined, since.
        db.session.refresh(found)
        if found.joined_at is not None and found.removed_at is None:
            return found
        check_join(found, clock.now())
        account = find_or_open_account(email=found.email, name=one_line(name) or found.name)
        found.account_id, found.joined_at, found.name = account.id, clock.now(), account.name
        record(found.letter, "join as editor", account, community_id=found.letter.community_id, editor_id=found.id)
        lock(account)  # before their mails are counted, as everywhere (invitations.mail_link)
        ask_for_link(found.email, next_url=next_url)
    return found


def send_editor_sign_in(token: str, *, next_url: str = "", source: str = "") -> None:
    """Mail a new sign-in link to a co-editor who has joined: the way back for who lost the first one."""
    found = _editor_of(token)
    if found.removed_at is not None:
        raise RuleBroken(GONE)
    ask_for_link(found.email, next_url=next_url, source=source)


def _begin(letter: Letter, by: Doer | None, verb: str = "invite") -> None:
    # The round first, as everyone who answers an invitation does: the limit of writers is one, whichever way they come.
    lock(letter.round)
    lock(letter)
    check(verb, letter, roles_for(by, letter), clock.now())


def _check_invite(letter: Letter, address: str) -> None:
    leads = {lead.email for lead in leads_of(letter.community_id, letter.district_id)}
    writing = writing_addresses(letter.round_id, letter.community_id, letter.district_id)
    check_invite(letter, writing, address, leads)
    account = find_account(address)
    if account is not None and any(has_permission(account.id, letter.community_id, kind) for kind in JUDGES):
        raise RuleBroken(f"{address} works for the community that reads the letters. Ask somebody of your district.")


def _renew(editor: Editor, by: Doer | None) -> None:
    if is_fresh(editor, clock.now()):
        return
    _send(editor, by)
    record(editor.letter, "renew editor link", by, community_id=editor.letter.community_id, editor_id=editor.id)


def _send(editor: Editor, by: Doer | None) -> None:
    check_often("mail", editor.email, TOO_MANY_MAILS)
    editor.invited_at, editor.invited_by_id = clock.now(), by.account_id if by else editor.invited_by_id
    issue(editor, PURPOSE)
    post(
        "editor_invitation", to=editor.email, community_id=editor.letter.community_id,
        once=f"editor:{editor.id}:{editor.token_salt}", editor_id=editor.id,
    )  # fmt: skip


def _editor_of(token: str) -> Editor:
    found = find_editor(token)
    if found is None:
        raise RuleBroken(GONE)
    return found
