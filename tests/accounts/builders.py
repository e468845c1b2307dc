"""People for the tests of signing in."""

from __future__ import annotations

import re

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, send_link, set_password
from tests.postbox import Mail

PASSWORD = "three quiet herons"


def a_person(email: str = "teacher@example.org", name: str = "Teacher, Demo Hill", password: str = "") -> Account:
    """Somebody with an account, and with a password when one is given."""
    account = find_or_open_account(email=email, name=name)
    if password:
        set_password(account, password, by=account)
    return account


def a_link_for(account: Account, collect: object, next_url: str = "") -> str:
    """The path of a sign-in link that has just arrived by mail."""
    send_link(account, next_url=next_url)
    return path_in(collect()[-1])  # type: ignore[operator]


def path_in(mail: Mail) -> str:
    """The path of the sign-in link in a mail."""
    return next(path for path in mail.paths if path.startswith("/sign-in/"))


def text_of(html: str) -> str:
    """What a reader reads of a page's main part."""
    main = html.partition('<main id="main" tabindex="-1">')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())
