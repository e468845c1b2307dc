"""What an address and a password must be like, how long sign-ins last, how often one may try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from portal.core.errors import RuleBroken

from .models import SignInLink

LINK_LIFETIME = timedelta(minutes=15)
SIGN_IN_LIFETIME = timedelta(days=30)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200


@dataclass(frozen=True)
class Limit:
    """At most `tries` within `window`."""

    tries: int
    window: timedelta


LIMITS = {
    "password": Limit(8, timedelta(minutes=15)),  # one account
    "source": Limit(60, timedelta(minutes=15)),  # one network address; a school shares one
    "link": Limit(5, timedelta(hours=1)),  # mails to one address
}


def normal_address(text: str) -> str:
    """The one form in which an address is kept: no blanks around, small letters, one way of writing each sign.

    Raises RuleBroken when it is no single mail address.
    """
    try:
        found = validate_email((text or "").strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise RuleBroken("Give one mail address, such as name@district.org.") from error
    if len(found.normalized) > 254:
        raise RuleBroken("This mail address is too long. Give one of at most 254 signs.")
    return found.normalized.lower()


def may_use(link: SignInLink, now: datetime) -> bool:
    """Whether a sign-in link still works: not used, and younger than fifteen minutes."""
    return link.used_at is None and now < link.expires_at


def check_password(password: str, email: str) -> None:
    """Refuse a password that is easily guessed. Length does the work; signs of all kinds and blanks are welcome.

    Source: NIST SP 800-63B, section 5.1.1.2.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise RuleBroken(f"Choose a longer password: at least {SHORTEST_PASSWORD} signs. A short sentence works well.")
    if len(password) > LONGEST_PASSWORD:
        raise RuleBroken(f"Choose a shorter password: at most {LONGEST_PASSWORD} signs.")
    if len(set(password)) < 5 or email.partition("@")[0].lower() in password.lower():
        raise RuleBroken("Choose a password that is harder to guess: not your address, and not one sign again and again.")
