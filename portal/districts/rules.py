"""What a district's numbers must look like, which kinds of agency there are, and which dates fit together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from portal.core.errors import RuleBroken

LEAID = re.compile(r"[0-9]{7}")

# LEA_TYPE of the NCES directory. Source: Common Core of Data, LEA Universe, documentation of file 029.
KINDS = {
    "1": "district", "2": "district", "3": "union", "4": "service", "5": "state", "6": "federal",
    "7": "charter", "8": "other", "9": "specialized",
}  # fmt: skip
KIND_WORDS = {
    "district": "School district", "union": "Supervisory union", "service": "Service agency", "state": "State agency",
    "federal": "Federal agency", "charter": "Charter school", "vocational": "Vocational school",
    "specialized": "Specialized agency", "other": "Other agency",
}  # fmt: skip

STATE_NAMES = {
    "alabama": "AL", "alaska": "AK", "american samoa": "AS", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL",
    "georgia": "GA", "guam": "GU", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA",
    "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE",
    "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "northern marianas": "MP", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virgin islands": "VI",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip
STATES = frozenset(STATE_NAMES.values())
GRADES = ("PK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")  # as NCES writes them
SCHOOL_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2}) ?[-_/–] ?(?:19|20)?([0-9]{2})(?![0-9])")

FACT_WORDS = {
    "students": "students", "schools": "schools", "teacher_fte": "full-time equivalent teachers", "county": "",
}  # fmt: skip

# Mail that anybody may have, and hosts on which anybody may keep a site: neither says where somebody works.
FREE_MAIL = frozenset(
    re.findall(
        r"\S+",
        "aim.com aol.com att.net bellsouth.net centurylink.net charter.net comcast.net cox.net duck.com earthlink.net"
        " fastmail.com frontier.com gmail.com gmx.com gmx.net googlemail.com hey.com hotmail.com hushmail.com"
        " icloud.com juno.com live.com mac.com mail.com me.com msn.com netzero.net optimum.net optonline.net"
        " outlook.com pm.me proton.me protonmail.com q.com rcn.com roadrunner.com rocketmail.com rr.com"
        " sbcglobal.net spectrum.net suddenlink.net tuta.com tutanota.com verizon.net windstream.net"
        " yahoo.com yandex.com ymail.com zoho.com",
    )
)
ANYBODYS_SITES = frozenset(
    re.findall(
        r"\S+",
        "blogspot.com edlioschool.com facebook.com github.io godaddysites.com google.com instagram.com k12.com"
        " linkedin.com schoolwires.net sites.google.com square.site squarespace.com twitter.com webs.com weebly.com"
        " wix.com wixsite.com wordpress.com x.com youtube.com",
    )
)
STATES_OWN = re.compile(
    r"(?:(?:pvt\.)?k12\.|(?:cc|cog|dst|gen|lib|mus|state|tec)\.)?[a-z]{2}\.(?:us|gov)|mass\.(?:edu|gov)"
)
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
LONGEST_DOMAIN = 120


class Fact(Protocol):
    """One thing known of a district, with where it was read and for which year."""

    name: str
    value: str
    source: str
    year: str


class Period(Protocol):
    """Something that lasts from a day up to and including another, or goes on."""

    from_date: date
    to_date: date | None


def state_named(text: str) -> str:
    """The two letters of the state that `text` names, in full or by them; "" when it names none."""
    words = " ".join(text.split())
    return STATE_NAMES.get(words.lower(), words.upper() if words.upper() in STATES else "")


def school_year(text: str) -> str:
    """The first school year that stands anywhere in `text`, however it is written, as 2016-17; "" when none does."""
    years = (found.groups() for found in SCHOOL_YEAR.finditer(text))
    return next((f"{first}-{last}" for first, last in years if (int(first) + 1) % 100 == int(last)), "")


def massachusetts_code(text: str) -> str:
    """The code MA-0007 for what Massachusetts writes as 0007 or 00070000; "" for anything else, such as a school's.

    Zeros that a spreadsheet has cut off are put back.
    """
    if not re.fullmatch("[0-9]{1,8}", text):
        return ""
    long = text.zfill(4) + "0000" if len(text) <= 4 else text.zfill(8)
    return f"MA-{long[:4]}" if long.endswith("0000") else ""


def grade_span(pupils: Mapping[str, int]) -> str:
    """From the lowest to the highest grade that anybody is in, such as PK-12; "" when nobody is in any."""
    there = [grade for grade in GRADES if pupils.get(grade)]
    return f"{there[0]}-{there[-1]}" if there else ""


def is_leaid(text: str) -> bool:
    """Whether `text` is a number that NCES gives an agency: seven digits, zeros count."""
    return LEAID.fullmatch(text) is not None


def domain_of(website: str) -> str:
    """The host of a website without www., in small letters; "" when there is none, or many keep their sites there."""
    bare = re.sub(r"^(?:https?:?/*)+", "", website.strip().lower())
    host = re.split(r"[/?#:\s]", bare, maxsplit=1)[0].rpartition("@")[2].rstrip(".")
    host = re.sub(r"^www[0-9]?\.", "", host)
    return host if len(host) <= LONGEST_DOMAIN and HOST.fullmatch(host) and not is_shared(host) else ""


def domains_of(address: str) -> list[str]:
    """Which domains of a district the address may belong to: its own, and those that this one is part of."""
    labels = address.rpartition("@")[2].strip().lower().rstrip(".").split(".")
    domains = [".".join(labels[place:]) for place in range(max(0, len(labels) - 8), len(labels) - 1)]
    return [domain for domain in domains if domain and not is_shared(domain)]


def is_free_mail(address: str) -> bool:
    """Whether anybody may have such an address, so that it does not say where its owner works."""
    return _is_part_of(address.rpartition("@")[2].strip().lower().rstrip("."), FREE_MAIL)


def is_shared(domain: str) -> bool:
    """Whether the domain belongs to no single district: free mail, hosts of anybody's sites, what a state keeps."""
    return _is_part_of(domain, FREE_MAIL | ANYBODYS_SITES) or STATES_OWN.fullmatch(domain) is not None


def kind_words(kind: str) -> str:
    """What people call an agency of this kind."""
    return KIND_WORDS.get(kind, "Other agency")


def fact_words(fact: Fact) -> str:
    """“4,525 students (DESE, 2016-17)”: no number without its source and year."""
    return f"{fact_text(fact.name, fact.value)} ({fact.source}, {fact.year})"


def fact_text(name: str, value: str) -> str:
    """“4,525 students”, for a sentence that says where the number comes from."""
    words = FACT_WORDS.get(name, name.replace("_", " "))
    if name == "grades":
        return f"grades {value}"
    if value == "1" and words.endswith("s"):
        words = words[:-1]
    return f"{value_text(value)} {words}".strip()


def value_text(value: str) -> str:
    """The value of a fact as people read it: “4,525”, “PK-12”."""
    return f"{int(value):,}" if value.isdecimal() else value


def is_on(day: date, from_date: date | None, to_date: date | None) -> bool:
    """Whether what lasts from a day up to and including another (None: it goes on) holds on `day`."""
    return from_date is not None and from_date <= day and (to_date is None or to_date >= day)


def check_end(period: Period, to_date: date) -> None:
    """Refuse a last day that lies before the first one, or that differs from the one already set."""
    if period.to_date is not None and period.to_date != to_date:
        raise RuleBroken(f"This ended on {_words(period.to_date)} already.")
    if to_date < period.from_date:
        raise RuleBroken(f"This began on {_words(period.from_date)}. Choose a last day that is not before it.")


def check_begin(earlier: Sequence[Period], from_date: date) -> None:
    """Refuse a first day that one of the earlier, ended periods still covers."""
    last = max((period.to_date for period in earlier if period.to_date is not None), default=None)
    if last is not None and from_date <= last:
        raise RuleBroken(f"An earlier membership lasts until {_words(last)}. Choose a first day after it.")


def _is_part_of(domain: str, known: frozenset[str]) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[place:]) in known for place in range(len(labels)))


def _words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
