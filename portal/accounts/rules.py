"""What an address and a password must be like, how long sign-ins last, how often one may try."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from portal.core.errors import RuleBroken

from .models import SignIn, SignInLink

LINK_LIFETIME = timedelta(minutes=15)
SIGN_IN_LIFETIME = timedelta(days=30)
FRESH = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3
NO_ADDRESS = "Give one mail address, such as name@example.org."
# What remains of the long passwords that are guessed first, once digits and marks are taken away.
COMMON = {
    "", "abc", "abcdef", "abcdefghijkl", "administrator", "asdfghjkl", "changeme", "football", "iloveyou", "learning",
    "learningtogether", "letmein", "letmeinnow", "monkey", "password", "passwordpassword", "qazwsxedc", "qwerty",
    "qwertyuiop", "qwertyuiopasdfghjkl", "school", "sunshine", "superman", "teacher", "unbelievable", "welcome",
    "welcomeback", "zxcvbnm",
}  # fmt: skip
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome"}
BROWSERS |= {"Chrome": "Chrome", "Safari": "Safari"}
PLACES = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "Chromebook", "Windows": "Windows"}
PLACES |= {"Mac OS": "Mac", "Linux": "Linux"}


@dataclass(frozen=True)
class Limit:
    """At most `tries` within `window`."""

    tries: int
    window: timedelta


# Loose where many share one address of the network (a school), tight for one account. The mailed link stays open to
# whoever is slowed down, so that nobody can lock a colleague out.
LIMITS = {
    "password": Limit(8, timedelta(minutes=15)),  # one account
    "source": Limit(60, timedelta(minutes=15)),  # one network address; a school shares one
    "link": Limit(5, timedelta(hours=1)),  # mails to one address
    "answer": Limit(20, timedelta(hours=1)),  # answers to one invitation: each tells its addressee
    "mail": Limit(10, timedelta(hours=1)),  # mails that people have sent to one address of their choice
    "pass on": Limit(5, timedelta(days=1)),  # handing over of one invitation
    "desk": Limit(5, timedelta(hours=1)),  # what one address may put on the desk of a community's staff
    "request": Limit(5, timedelta(hours=1)),  # mails to one address that somebody typed who answers without a letter
    "link source": Limit(100, timedelta(hours=1)),  # mails asked for from one network address
}


def normal_address(text: str) -> str:
    """The one form in which an address is kept: no blanks around, small letters, one way of writing each sign.

    Raises RuleBroken when it is no single mail address.
    """
    typed = (text or "").strip()
    if len(typed) > LONGEST_ADDRESS:  # to look at a long text closely takes seconds
        raise RuleBroken(NO_ADDRESS)
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise RuleBroken(NO_ADDRESS) from error
    # The standard lets the part before the @ tell capitals apart; no mail provider of a school does, and people type
    # both.
    return found.normalized.lower()


def is_address(text: str) -> bool:
    """Whether `text` is one mail address to which the portal can write."""
    try:
        normal_address(text)
    except RuleBroken:
        return False
    return True


def may_use(link: SignInLink, now: datetime) -> bool:
    """Whether a sign-in link still works: not used, and younger than fifteen minutes."""
    return link.used_at is None and now < link.expires_at


def is_fresh(sign_in: SignIn, now: datetime) -> bool:
    """Whether this browser has just signed in with a mailed link, so that it need not show a password again."""
    return sign_in.way == "link" and now - sign_in.started_at < FRESH


def plain_password(typed: str) -> str:
    """The password in one way of writing each sign, so that every keyboard gives the same. Source: NIST SP 800-63B."""
    # A Mac and a phone may send the same ä as one character or as two; hashed as typed, one of them would be wrong.
    return unicodedata.normalize("NFKC", typed)


def check_password(password: str, email: str) -> None:
    """Refuse a password that is easily guessed. Length does the work; characters of all kinds and blanks are welcome.

    Source: NIST SP 800-63B, section 5.1.1.2.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise RuleBroken(
            f"Choose a longer password: at least {SHORTEST_PASSWORD} characters. A short sentence works well."
        )
    if len(password) > LONGEST_PASSWORD:
        raise RuleBroken(f"Choose a shorter password: at most {LONGEST_PASSWORD} characters.")
    if _is_guessed_first(password, email.partition("@")[0]):
        raise RuleBroken("Choose a password that is harder to guess: not your address, no common word, no row of keys.")


def browser_words(agent: str) -> str:
    """“Firefox on Windows” from what a browser says of itself; “A browser” when it says nothing that is known."""
    name = next((words for sign, words in BROWSERS.items() if sign in agent), "A browser")
    place = next((words for sign, words in PLACES.items() if sign in agent), "")
    return f"{name} on {place}" if place else name


def _is_guessed_first(password: str, name: str) -> bool:
    small = password.lower()
    letters = re.sub(r"[\W\d_]+", "", small)
    has_name = len(name) > 3 and name.lower() in small
    return letters in COMMON or has_name or len(set(small)) < 5
