"""What may be done to a letter, by whom and when; what of it is done, and what comes next.

One table of moves guards the operations and draws the buttons. Nothing here reads the clock: `now` is given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from portal.core.errors import RuleBroken
from portal.rounds.models import Question, Section
from portal.rounds.rules import is_in_time

from .completeness import Problem, problems_of, roster_problems
from .conditions import asked_questions
from .content import content_hash, content_of, digest
from .deadlines import has_opened, is_open, open_return, open_sections, withdraw_until
from .models import STATUSES, Endorsement, Letter, Return

OPEN = ("draft", "returned")
UNSENT = ("draft", "endorsing", "returned")
LEFT = ("submitted", "withdrawn")  # has left the hands of those who write: its page tells where it stands


@dataclass(frozen=True)
class Move:
    """From which statuses a verb may be done, to which it leads (none: it stays), who does it, and while what lasts."""

    sources: tuple[str, ...]
    target: str | None
    who: tuple[str, ...]
    during: str = "open"  # a key of DURING


WRITERS = ("lead", "editor")
MOVES = {
    "write": Move(OPEN, None, WRITERS),
    "comment": Move(UNSENT, None, WRITERS, during="always"),
    "plan": Move(UNSENT, None, WRITERS),  # owners, due dates, done marks
    "invite": Move(UNSENT, None, ("lead",)),  # co-editors
    "dismiss": Move(STATUSES, None, ("lead",), during="always"),  # a co-editor, whose pages close at once
    "ask": Move(OPEN, "endorsing", ("lead",)),
    "take back": Move(("endorsing",), "draft", ("lead",)),
    "sign": Move(("endorsing",), "draft", ("signer",)),
    "decline": Move(("endorsing",), "draft", ("signer",)),
    "endorse": Move(OPEN, None, ("superintendent",)),
    "submit": Move(OPEN, "submitted", ("lead",)),
    "reopen": Move(("submitted",), "draft", ("lead",)),
    "withdraw": Move(("submitted", "draft", "returned"), "withdrawn", ("lead",), during="withdrawable"),  # once sent
    "undo withdrawal": Move(("withdrawn",), "submitted", ("lead",), during="withdrawable"),
    "waive": Move(UNSENT, None, ("staff",)),
    "return": Move(("submitted",), "returned", ("staff",), during="opened"),
    "revive": Move(("not_submitted",), "draft", ("staff",), during="opened"),  # by an extension
    "lapse": Move(UNSENT, "not_submitted", ("portal",), during="always"),  # over, and never sent
    "stand": Move(UNSENT, "submitted", ("portal",), during="always"),  # over: the last complete version counts
}
DURING: dict[str, Callable[[Letter, datetime], bool]] = {
    "open": is_open,
    "withdrawable": lambda letter, now: has_opened(letter.round, now) and is_in_time(now, withdraw_until(letter)),
    "opened": lambda letter, now: has_opened(letter.round, now),  # or closed, but not archived
    "always": lambda letter, now: True,
}
STANDS = {
    "draft": "The district took this letter back to change it. A new link comes when it is ready to be signed.",
    "returned": "Staff sent this letter back to be changed. A new link comes when it is ready to be signed.",
    "endorsing": "The answers are locked while the letter is being signed. Take it back first to change them.",
    "submitted": "This letter was submitted already. What was sent stays as it is.",
    "withdrawn": "This letter was withdrawn. Undo the withdrawal first, on the page that tells where it stands.",
    "not_submitted": "This letter was not submitted before the round closed. You can still read and copy its text.",
}
NOTHING_SENT = "This letter was not sent, so there is nothing to withdraw. If you leave it as it is, nobody reads it."
NOT_WITHDRAWN = "This letter is not withdrawn, so there is nothing to undo."
NOT_SENT = "Only a letter that was submitted can be returned for changes. This one is with the district."
OPEN_ALREADY = "This letter is open for changes. What was sent counts until it is submitted again."
# (verb, status): where the sentence of STANDS would speak to somebody else
UNFIT = {
    **{("reopen", status): OPEN_ALREADY for status in UNSENT},
    ("withdraw", "endorsing"): "The letter is with the superintendent. Take it back first, then it can be withdrawn.",
    ("withdraw", "not_submitted"): NOTHING_SENT,
    **{("undo withdrawal", status): NOT_WITHDRAWN for status in (*UNSENT, "submitted", "not_submitted")},
    **{("return", status): NOT_SENT for status in UNSENT},
    ("return", "withdrawn"): "The district withdrew this letter. It can be returned once the district undoes that.",
}
FOR_OTHERS = {
    "lead": "Only people who act for the district can do this. Ask one of them.",
    "superintendent": "Only the superintendent or head of school signs the letter. Send the link to them.",
    "signer": "Only the person who got the private link can do this.",
    "staff": "Only the community’s staff can do this.",
    "portal": "The portal does this by itself when the round has closed.",
}
CLOSED = "The round takes no letters now, so nothing here can be changed. You can still read and copy the text."
OVER = {
    "open": CLOSED,
    "opened": "This round has not opened yet, or it is archived. Its letters stay as they are.",
    "withdrawable": "The time to withdraw a letter is over. Write to the community’s staff about what has changed.",
}


def may(verb: str, letter: Letter, roles: Collection[str], now: datetime) -> bool:
    """Whether somebody in `roles` can do `verb` (a key of MOVES) to the letter at `now`."""
    return not refusal(verb, letter, roles, now)


def check(verb: str, letter: Letter, roles: Collection[str], now: datetime) -> None:
    """Raise RuleBroken with the reason when `verb` cannot be done by somebody in `roles` at `now`."""
    sentence = refusal(verb, letter, roles, now)
    if sentence:
        raise RuleBroken(sentence)


def refusal(verb: str, letter: Letter, roles: Collection[str], now: datetime) -> str:
    """Why `verb` cannot be done, as a sentence; empty when it can. The portal itself may do what people may."""
    move = MOVES[verb]
    # Who comes first, so that a stranger learns nothing of where the letter stands.
    if not set(move.who) & set(roles) and "portal" not in roles:
        return FOR_OTHERS[move.who[0]]
    if letter.status not in move.sources:
        return UNFIT.get((verb, letter.status), STANDS[letter.status])
    if verb == "withdraw" and letter.status in OPEN and not letter.submissions:
        return NOTHING_SENT
    return "" if DURING[move.during](letter, now) else OVER[move.during]


def check_section(letter: Letter, section: Section) -> None:
    """Raise RuleBroken when other sections than this one were sent back for changes."""
    if is_kept(letter, section):
        raise RuleBroken(f"{only_sent_back(letter)} This section stays as it was sent.")


def is_kept(letter: Letter, section: Section) -> bool:
    """Whether the section stays as it was sent while others are changed. One that lacks something never does: a change
    elsewhere may ask for an answer here."""
    unlocked = open_sections(letter)
    if unlocked is None or section.slug in unlocked or is_signing(section):
        return False
    return not section_problems(letter, section)


def only_sent_back(letter: Letter) -> str:
    """The sentence that names what can be changed while staff wait for changes."""
    sent_back = open_return(letter)
    names = ", ".join(one.title for one in sections_of(sent_back)) if sent_back else ""
    return f"Only what was sent back can be changed now: {names}."


def sections_of(sent_back: Return) -> list[Section]:
    """The sections that were sent back, in the order of the letter."""
    return [section for section in sent_back.letter.round.sections if section.slug in sent_back.sections]


def has_left(letter: Letter) -> bool:
    """Whether there is nothing to write or read again any more, only to follow where the letter stands."""
    return letter.status in LEFT


def status_after(verb: str, letter: Letter) -> str:
    """The letter's status once `verb` is done. What was sent back by staff is never a mere draft again."""
    target = MOVES[verb].target or letter.status
    return "returned" if target == "draft" and open_return(letter) is not None else target


@dataclass(frozen=True)
class SectionState:
    """A section and how far it is: not started, in progress, done, locked, or kept (as it was sent). `asked`: how many
    of its questions are asked."""

    section: Section
    state: str
    problems: list[Problem] = field(default_factory=list)
    asked: int = 0

    @property
    def is_endorsement(self) -> bool:
        return is_signing(self.section)


def section_states(letter: Letter) -> list[SectionState]:
    """Every section in which something is asked, in order. The endorsement is locked until all others are done; while
    it is out, they are locked."""
    states = [_state(letter, section) for section in sections_asked(letter)]
    others_done = all(one.state == "done" for one in states if not one.is_endorsement)
    return [_with_locks(letter, one, others_done) for one in states]


def sections_asked(letter: Letter) -> list[Section]:
    """The sections in order, without those whose questions all wait for another answer."""
    return [one for one in letter.round.sections if not one.questions or asked_questions(letter, one)]


def missing(letter: Letter) -> list[Problem]:
    """Everything that stands between the letter and its submission, in the order of its questions."""
    return [problem for section in letter.round.sections for problem in section_problems(letter, section)]


def missing_before_signature(letter: Letter) -> list[Problem]:
    """Everything else that stands between the letter and its signature: what is signed is complete."""
    sections = [section for section in letter.round.sections if not is_signing(section)]
    return [problem for section in sections for problem in section_problems(letter, section)]


def signature_problems(letter: Letter) -> list[Problem]:
    """Why the letter is to be signed, or signed anew; nothing once it is signed as it reads."""
    signing = [one for section in letter.round.sections for one in section.questions if one.kind == "endorsement"]
    return [problem for question in signing for problem in question_problems(letter, question)]


def section_problems(letter: Letter, section: Section) -> list[Problem]:
    """What the section still needs, in the order of its questions; nothing of what is not asked."""
    asked = asked_questions(letter, section)
    return [problem for question in asked for problem in question_problems(letter, question)]


def question_problems(letter: Letter, question: Question) -> list[Problem]:
    """What the answer to `question` still needs, whatever its kind."""
    if question.kind == "endorsement":
        return [] if is_endorsed(letter) or not question.is_required else [_unsigned(question, letter)]
    if question.kind == "roster":
        waivers = {waiver.rule_code: waiver.reason for waiver in letter.waivers}
        return roster_problems(question, letter.roster, waivers)
    return problems_of(question, value_of(letter, question))


def next_step(letter: Letter) -> tuple[Section, str] | None:
    """Where to go on: the section of the next question that needs something, and the id to go to. None: all is done."""
    for section in letter.round.sections:
        for problem in section_problems(letter, section):
            return section, problem.anchor
    return None


def value_of(letter: Letter, question: Question) -> Any:
    """The stored answer to `question`, or None."""
    return next((answer.value for answer in letter.answers if answer.question_id == question.id), None)


def is_signing(section: Section) -> bool:
    """Whether this is the section in which the letter is endorsed."""
    return any(question.kind == "endorsement" for question in section.questions)


def valid_endorsement(letter: Letter) -> Endorsement | None:
    """The signature that holds for the letter as it reads now: a change of the answers asks for a new one, and so does
    staff who send the signature itself back."""
    since = _signature_sent_back(letter)
    signed = [one for one in letter.endorsements if one.signed_at and (since is None or one.signed_at > since)]
    # Compared with the text and not with a flag: no way of changing an answer can forget to take the signature away.
    if signed and signed[-1].content_hash == content_hash(content_of(letter)):
        return signed[-1]
    return None


def is_endorsed(letter: Letter) -> bool:
    """Whether the letter is signed as it reads now."""
    return valid_endorsement(letter) is not None


def was_signed(letter: Letter) -> bool:
    """Whether the letter was signed once, be it as it reads now or as it read before."""
    return any(one.signed_at for one in letter.endorsements)


def open_endorsement(letter: Letter) -> Endorsement | None:
    """The request to sign that is out, if there is one."""
    waiting = [one for one in letter.endorsements if is_waiting(one)]
    return waiting[-1] if waiting else None


def sent_back(letter: Letter) -> Endorsement | None:
    """The request that was declined last, until another one goes out: its reason is what the writers work on."""
    last = letter.endorsements[-1] if letter.endorsements else None
    return last if last is not None and last.declined_at is not None else None


def is_waiting(endorsement: Endorsement) -> bool:
    """Whether a request to sign is neither signed nor declined nor taken back."""
    return not (endorsement.signed_at or endorsement.declined_at or endorsement.taken_back_at)


def check_ready(problems: Collection[Problem], verb: str) -> None:
    """Raise RuleBroken while something is missing. `verb` says what the letter is not ready for: signed, submitted."""
    if problems:
        count = len(problems)
        words = "one answer needs" if count == 1 else f"{count} answers need"
        first = next(iter(problems)).sentence
        raise RuleBroken(f"The letter cannot be {verb} yet: {words} another look. The first: {first}")


def check_signature(name: str, title: str, day: date | None, accepted: Collection[str], codes: Collection[str],
                    today: date) -> None:  # fmt: skip
    """Raise RuleBroken unless every commitment is accepted, name and title are typed, and the date is not to come."""
    if not set(codes) <= set(accepted):
        raise RuleBroken("Check every commitment. The letter can be signed only with all of them.")
    if not name or not title:
        raise RuleBroken("Type your name and your title. They stand under the letter.")
    if day is None or day > today:
        raise RuleBroken("Give the date on which you sign: today, or a day before.")


def base_of(version: int, value: Any) -> str:
    """What a form carries to say from which text it began: the number of its version and a sign of it."""
    return f"{version}:{digest(value)[:20]}"


def is_unchanged(base: str, value: Any) -> bool:
    """Whether `value` is what the form began with."""
    return base.partition(":")[2] == digest(value)[:20]


def is_clash(base: str, version: int, stored: Any, value: Any) -> bool:
    """Whether saving `value` would wipe out a text that somebody else wrote since the form began."""
    began, _, sign = base.partition(":")
    kept = digest(stored)[:20]
    # A newer version alone is no clash: the text may have come back to what the form began with, or be what is typed.
    return began != str(version) and sign != kept and digest(value)[:20] != kept


def reference_of(letter: Letter, year: int, number: int) -> str:
    """The short name of a submitted letter, such as EH-2026-0417; a later version adds its number."""
    words = [word for word in letter.district.label.split() if word[0].isalnum()]
    initials = "".join(word[0] for word in words[:2]) if len(words) > 1 else letter.district.label[:2]
    version = f"-{number}" if number > 1 else ""
    return f"{initials.upper()}-{year}-{letter.id:04d}{version}"


def _signature_sent_back(letter: Letter) -> datetime | None:
    sent_back = open_return(letter)
    signing = {section.slug for section in letter.round.sections if is_signing(section)}
    return sent_back.returned_at if sent_back is not None and signing & set(sent_back.sections) else None


def _state(letter: Letter, section: Section) -> SectionState:
    problems, asked = section_problems(letter, section), asked_questions(letter, section)
    if not problems:
        return SectionState(section, "done", asked=len(asked))
    begun = any(_is_begun(letter, question) for question in asked)
    return SectionState(section, "in progress" if begun else "not started", problems, len(asked))


def _is_begun(letter: Letter, question: Question) -> bool:
    if question.kind == "roster":
        return bool(letter.roster)
    if question.kind == "endorsement":
        return letter.status == "endorsing"
    return value_of(letter, question) is not None


def _with_locks(letter: Letter, one: SectionState, others_done: bool) -> SectionState:
    if is_kept(letter, one.section):
        return replace(one, state="kept", problems=[])
    is_locked = not others_done if one.is_endorsement else letter.status == "endorsing"
    return replace(one, state="locked") if is_locked and one.state != "done" else one


def _unsigned(question: Question, letter: Letter) -> Problem:
    if letter.status == "endorsing":
        return Problem(question.code, question.code, "The superintendent has not signed yet.")
    if _signature_sent_back(letter) is not None:
        return Problem(question.code, question.code, "The signature was sent back. Have the letter signed again.")
    if was_signed(letter):
        return Problem(question.code, question.code, "The answers changed since it was signed. Have it signed again.")
    return Problem(question.code, question.code, "Have the superintendent sign the letter.")
