"""What a decision's mail says: the portal's words, a round's own, or a letter's own, with fields that are put in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from markupsafe import Markup, escape

from portal.core.clock import local
from portal.core.errors import RuleBroken
from portal.core.filters import moment_text
from portal.core.text import in_a_row, one_line, tidy
from portal.reviews.models import Decision
from portal.rounds.models import Round
from portal.rounds.rules import FIELD, merged

FIELDS = {
    "district": "the district’s name",
    "recipient": "the people who lead it",
    "community": "this community’s name",
    "round": "the round’s title",
    "link": "the page that tells where the letter stands",
    "sender": "who signs for the community",
}
OWN_FIELDS = {
    "accept": {"reply_by": "until when the district answers", "orientation": "the day of the orientation"},
    "waitlist": {"place": "which one in line the district is"},
    "decline": {},
}
NEEDED = {"accept": ("link", "reply_by"), "waitlist": ("link",), "decline": ("link",)}
SUBJECTS = {
    "accept": "A place for {{district}} in {{community}}",
    "waitlist": "{{district}} is on the waitlist: {{round}}",
    "decline": "Your letter: {{round}}",
}
ORIENTATION = "We begin with an orientation on {{orientation}}."
PARAGRAPHS = {
    "accept": (
        "Dear {{recipient}},",
        "{{community}} has read your letter, and offers {{district}} a place. We look forward to learning with you.",
        "Please answer for your district by {{reply_by}}. On this page you accept the place or turn it down:",
        "{{link}}",
        "When you accept, your district is a member from that day on. The colleagues on your roster then get their own "
        "link to join the team.",
        ORIENTATION,
        "{{sender}}",
    ),
    "waitlist": (
        "Dear {{recipient}},",
        "{{community}} has read your letter with care. All places of this round are offered to other districts. "
        "{{district}} is number {{place}} on the waitlist.",
        "When a place comes back, the next in line hears from us by mail. You need to do nothing.",
        "Where your letter stands:",
        "{{link}}",
        "{{sender}}",
    ),
    "decline": (
        "Dear {{recipient}},",
        "Thank you for the letter that {{district}} sent us. {{community}} cannot offer your district a place in this "
        "round.",
        "Your letter stays yours. You can read it here, and build on it in the next round:",
        "{{link}}",
        "Would you like to talk about it? The same page has a link to write to us.",
        "{{sender}}",
    ),
}
WHY = {"link": "where its letter stands", "reply_by": "until when it can answer"}  # a field is needed
LONGEST_SUBJECT, LONGEST_TEXT = 200, 10_000
FEEDBACK = "PS: What we can say about your letter, point by point, stands on the same page."
OPENED, CLOSED = "\ue000", "\ue001"  # around what was put in; signs that nobody types


@dataclass(frozen=True)
class Words:
    """Subject and text with their fields, and whose they are: the portal’s, the round’s or the letter’s."""

    subject: str
    text: str
    source: str = "portal"

    @property
    def stamp(self) -> str:
        """What a page carries to say which words it shows."""
        return sha256(f"{self.subject}\n{self.text}".encode()).hexdigest()[:16]


def fields_for(outcome: str, round: Round) -> dict[str, str]:
    """The fields that a mail of this outcome can name, with what each is. An orientation only where one is planned."""
    own = dict(OWN_FIELDS[outcome])
    if round.orientation_on is None:
        own.pop("orientation", None)
    return FIELDS | own


def portal_words(outcome: str, round: Round) -> Words:
    """What the mail says where staff wrote nothing of their own."""
    shown = [part for part in PARAGRAPHS[outcome] if part != ORIENTATION or round.orientation_on is not None]
    return Words(SUBJECTS[outcome], "\n\n".join(shown))


def round_words(outcome: str, round: Round) -> Words:
    """What the mail of this outcome says in the round, unless a letter has words of its own."""
    own = (round.decision_texts or {}).get(outcome)
    return Words(own["subject"], own["text"], "round") if own else portal_words(outcome, round)


def words_of(decision: Decision, round: Round) -> Words:
    """What the mail of this decision says."""
    if decision.mail_text:
        return Words(decision.mail_subject, decision.mail_text, "letter")
    return round_words(decision.outcome, round)


def typed_words(subject: str, text: str) -> Words:
    """Words as staff typed them, made tidy."""
    return Words(one_line(subject), tidy(text))


def check_words(outcome: str, round: Round, words: Words) -> None:
    """Refuse a mail without subject or text, with a field that does not exist, and without the way to the answer."""
    known = fields_for(outcome, round)
    if not words.subject or not words.text:
        raise RuleBroken("A mail has a subject and a text. Write both, or go back to the words that stood there.")
    if len(words.subject) > LONGEST_SUBJECT or len(words.text) > LONGEST_TEXT:
        raise RuleBroken(
            f"Up to {LONGEST_SUBJECT} characters fit into the subject, and {LONGEST_TEXT:,} into the text."
        )
    for part in (words.subject, words.text):
        merged(part, known)
        rest = FIELD.sub("", part)
        if "{{" in rest or "}}" in rest:
            raise RuleBroken("A field in the text has lost half of its braces. It is written like this: {{district}}.")
    missing = [name for name in NEEDED[outcome] if name not in _named(words.text)]
    if missing:
        raise RuleBroken(
            f"Keep {{{{{missing[0]}}}}} in the text: without it the district does not learn {WHY[missing[0]]}."
        )


def check_seen_words(stored: Words, seen: str | None) -> None:
    """Refuse to write over words that the page did not show: somebody else was quicker."""
    if seen is not None and seen != stored.stamp:
        raise RuleBroken("Somebody changed these words meanwhile. Load the page again, and put yours beside theirs.")


def values_of(
    outcome: str, round: Round, *, district: str, names: Sequence[str], place: int, reply_by: datetime | None, url: str
) -> dict[str, str]:  # fmt: skip
    """What is put in for the fields of a mail of this outcome, in the words of its reader."""
    community, zone = round.community, round.community.time_zone
    values = {
        "district": district, "recipient": in_a_row(names) or "colleagues", "community": community.name,
        "round": round.title, "link": url, "sender": community.sender or community.name, "place": str(place),
        "reply_by": moment_text(reply_by, zone) if reply_by else "",
        "orientation": _day(round.orientation_on) if round.orientation_on else "",
    }  # fmt: skip
    return {name: values[name] for name in fields_for(outcome, round)}


def before_of(told_at: datetime | None, zone: str) -> str:
    """The first paragraph of a mail that takes the place of one that has left."""
    if told_at is None:
        return ""
    day = _day(local(told_at, zone).date())
    return f"This mail takes the place of the one that we sent you on {day}: what we decided then has changed."


def composed(words: Words, values: Mapping[str, str], *, before: str = "", after: str = "") -> tuple[str, str]:
    """Subject and text as they leave: every field put in, with a paragraph before and one after where there is one."""
    text = "\n\n".join(filter(None, (before, merged(words.text, values), after)))
    return one_line(merged(words.subject, values)), text


def marked(
    words: Words, values: Mapping[str, str], *, before: str = "", after: str = ""
) -> tuple[Markup, list[Markup]]:  # fmt: skip
    """The same as paragraphs to look at, with what was put in marked."""
    held = {name: f"{OPENED}{_clean(value)}{CLOSED}" for name, value in values.items()}
    subject, text = composed(words, held, before=before, after=after)
    return _drawn(subject), [_drawn(part) for part in text.split("\n\n")]


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _named(text: str) -> set[str]:
    return {one_line(name) for name in FIELD.findall(text)}


def _clean(value: str) -> str:
    return re.sub(f"[{OPENED}{CLOSED}]", "", value)


def _drawn(text: str) -> Markup:
    # Escaped first: what a person typed stays text, only our own two signs become marks.
    html = str(escape(text)).replace(OPENED, "<mark>").replace(CLOSED, "</mark>").replace("\n", "<br>")
    return Markup(html)
