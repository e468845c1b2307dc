"""What people do to sign in and out, and what is done to their accounts."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update

from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, insert, lock, transaction
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import find, hash_of, issue

from .models import Account, Permission, SignIn, SignInLink
from .queries import PURPOSE, find_account, has_permission
from .rules import (
    LIMITS,
    LINK_LIFETIME,
    SIGN_IN_LIFETIME,
    check_password,
    is_fresh,
    may_use,
    normal_address,
    plain_password,
)
from .throttle import is_too_often, take_back

# The second of the settings that OWASP recommends for Argon2id: 19 MB and two rounds. More memory per try would let a
# burst of sign-ins push a small machine into swapping.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NO_PASSWORD = HASHER.hash(secrets.token_hex())  # verified when there is no account, so that both take as long
USED_LINK = "This sign-in link was used already, or is older than 15 minutes. Ask for a new one below."
NOT_FRESH = "To set a password, sign in with a mailed link once more. Then you have 15 minutes to set it."
WRONG_CURRENT = "The current password is not right. Try again, or sign in with a mailed link: then it is not asked for."
WRONG_PASSWORD = "The address and the password do not belong together. Try again, or have a link mailed."


def find_or_open_account(*, email: str, name: str = "", is_demo: bool = False) -> Account:
    """The account of this address, opened when there is none yet. Raises RuleBroken when it is no address."""
    address = normal_address(email)
    with transaction():
        found = find_account(address)
        return found if found is not None else _open_account(address, one_line(name)[:120] or address[:120], is_demo)


def ask_for_link(email: str, *, next_url: str = "", source: str = "") -> None:
    """Mail a sign-in link to the person of this address. Says nothing about whether there is one.

    At most five mails an hour go to one address. Raises RuleBroken when it is no address at all, TooManyTries after
    a hundred tries from one network address within an hour.
    """
    address = normal_address(email)
    if source and is_too_often("link source", source):
        raise TooManyTries("Your network asked for many links. Wait an hour, or sign in with a password.", 3600)
    # Counted before the account is looked up: an unknown address takes as long as a known one, and is told the same.
    too_often = is_too_often("link", address)
    account = find_account(address)
    if too_often or account is None or account.disabled_at is not None:
        return
    send_link(account, next_url=next_url)


def send_link(account: Account, *, next_url: str = "", about: str = "", acts_for: str = "") -> None:
    """Mail this person a sign-in link that leads to `next_url`; an earlier one stops working.

    `about` says what lies there, such as “the interest letter of Demo Hill”, to somebody who did not ask for the mail;
    `acts_for` is the district that the person just began to act for.
    """
    now = clock.now()
    with transaction():
        lock(account)  # or two asked for at once would both stay good
        earlier = update(SignInLink).where(SignInLink.account_id == account.id, SignInLink.expires_at > now)
        db.session.execute(earlier.values(expires_at=now).execution_options(synchronize_session=False))
        link = SignInLink(account_id=account.id, next_url=next_url[:500], asked_at=now, expires_at=now + LINK_LIFETIME)
        issue(link, PURPOSE)
        post(
            "sign_in_link", to=account.email, once=f"sign-in-link:{link.id}", link_id=link.id, about=about,
            acts_for=acts_for,
        )  # fmt: skip


def use_link(token: str, *, browser: str = "") -> tuple[str, str]:
    """Sign in with a mailed link, once: the cookie's token and where to go next.

    Raises RuleBroken, always in the same words, when the link is unknown, used or too old.
    """
    with transaction():
        link = find(SignInLink, PURPOSE, token)
        if link is None or not may_use(lock(link), clock.now()):
            raise RuleBroken(USED_LINK)
        account = db.session.get_one(Account, link.account_id)
        if account.disabled_at is not None:
            raise RuleBroken(USED_LINK)
        # Written under the link's lock, in the transaction that starts the sign-in: a link pressed twice at once signs
        # in once.
        link.used_at = clock.now()
        return _start(account, "link", browser), link.next_url


def renew_link(token: str, *, source: str = "") -> None:
    """Mail a new sign-in link to whoever the old one was for: the way on from a link that ran out."""
    old = find(SignInLink, PURPOSE, token)
    if old is not None:
        account = db.session.get_one(Account, old.account_id)
        ask_for_link(account.email, next_url=old.next_url, source=source)


def sign_in_with_password(email: str, password: str, *, source: str, browser: str = "") -> str:
    """Sign in with address and password: the cookie's token.

    Raises RuleBroken when they do not belong together, TooManyTries after eight tries for one account or sixty from
    one source within a quarter of an hour; the mailed link works all the same. Only failures count.
    """
    address = normal_address(email)
    # Counted before the password is looked at, and taken back when it was right: many tries sent at the same moment
    # cannot all pass before the first of them has failed.
    _count_try("source", source)
    _count_try("password", address)
    account = find_account(address)
    if not _matches(account, password) or account is None or account.disabled_at is not None:
        raise RuleBroken(WRONG_PASSWORD)
    take_back("source", source)
    take_back("password", address)
    return start_sign_in(account, way="password", browser=browser)


def start_sign_in(account: Account, *, way: str, browser: str = "") -> str:
    """Sign this person in: a new row, and the token that the cookie will hold."""
    with transaction():
        return _start(account, way, browser)


def end_sign_in(sign_in: SignIn, *, by: Doer) -> None:
    """End one sign-in: its cookie is worthless from the next request on. Asking twice changes nothing."""
    with transaction():
        if lock(sign_in).ended_at is None:
            sign_in.ended_at = clock.now()
            record(sign_in, "end", by)


def end_other_sign_ins(account: Account, *, but: int | None, by: Doer) -> None:
    """End every sign-in of this person except the one numbered `but`."""
    with transaction():
        others = update(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        if but is not None:
            others = others.where(SignIn.id != but)
        db.session.execute(others.values(ended_at=clock.now()).execution_options(synchronize_session=False))
        record(account, "end other sign-ins", by)


def set_password(account: Account, password: str, *, by: Doer, but: int | None = None) -> None:
    """Set this person's password and end their sign-ins elsewhere. Raises RuleBroken when it is easily guessed."""
    check_password(password, account.email)
    # Outside of the transaction: hashing takes its time, and on SQLite nobody else could write meanwhile.
    hashed = HASHER.hash(plain_password(password))
    with transaction():
        lock(account).password_hash = hashed
        end_other_sign_ins(account, but=but, by=by)
        record(account, "set password", by)


def change_password(sign_in: SignIn, *, current: str, new: str, by: Doer, browser: str = "") -> str:
    """Set one's own password, end every sign-in of before, and start a new one: its token for the cookie.

    Raises RuleBroken when the new password is easily guessed, or when the person has neither just come by a mailed
    link nor given the current password; TooManyTries after eight wrong ones.
    """
    account = db.session.get_one(Account, sign_in.account_id)
    check_password(new, account.email)
    if not is_fresh(sign_in, clock.now()):
        _check_current(account, current)
    with transaction():
        set_password(account, new, by=by)
        return _start(account, "password", browser)


def grant_permission(community: Community, *, email: str, kind: str, name: str = "", by: Doer | None = None) -> Account:
    """Let the person of this address act for the community as admin, staff or reviewer; twice changes nothing."""
    with transaction():
        account = find_or_open_account(email=email, name=name)
        lock(account)
        if not has_permission(account.id, community.id, kind):
            db.session.add(
                Permission(account_id=account.id, community_id=community.id, kind=kind, granted_at=clock.now())
            )
            record(account, f"grant {kind}", by, community_id=community.id)
    return account


def _open_account(address: str, name: str, is_demo: bool) -> Account:
    # Not "look, then add": two who open the same account at once would both look first, and one would get an error.
    opened = insert(Account).values(email=address, name=name, is_demo=is_demo, created_at=clock.now())
    number = db.session.scalar(opened.on_conflict_do_nothing(index_elements=["email"]).returning(Account.id))
    account = db.session.scalars(select(Account).where(Account.email == address)).one()
    if number is not None:  # else somebody else was first, at this very moment
        record(account, "open", account)
    return account


def _check_current(account: Account, current: str) -> None:
    if account.password_hash is None:
        raise RuleBroken(NOT_FRESH)
    _count_try("password", account.email)
    if not _matches(account, current):
        raise RuleBroken(WRONG_CURRENT)
    take_back("password", account.email)


def _count_try(kind: str, key: str) -> None:
    if is_too_often(kind, key):
        seconds = int(LIMITS[kind].window.total_seconds())
        raise TooManyTries("Too many tries. Wait 15 minutes, or have a sign-in link mailed to you now.", seconds)


def _start(account: Account, way: str, browser: str) -> str:
    token, now = secrets.token_urlsafe(32), clock.now()
    row = SignIn(
        account_id=account.id, token_hash=hash_of(token), way=way, browser=browser[:200],
        started_at=now, expires_at=now + SIGN_IN_LIFETIME,
    )  # fmt: skip
    db.session.add(row)
    return token


def _matches(account: Account | None, password: str) -> bool:
    # Somebody without a password is verified too: the time of the answer must not tell who has an account.
    hashed = account.password_hash if account and account.password_hash else NO_PASSWORD
    try:
        return HASHER.verify(hashed, plain_password(password))
    except (VerifyMismatchError, InvalidHashError):
        return False
