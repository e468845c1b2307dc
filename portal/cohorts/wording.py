"""What staff make of the words of a decision's mail: for all letters of a round, or for one."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import check_outcome, is_released
from portal.rounds.models import Round
from portal.rounds.rules import ARCHIVED, stage_of

from .wording_rules import Words, check_seen_words, check_words, portal_words, round_words, typed_words, words_of


def word_round(round: Round, outcome: str, subject: str, text: str, *, by: Doer, seen: str | None = None) -> None:
    """Keep what the mails of this outcome say in the round; the portal's own words again when they are typed.

    `seen` is the stamp of the words that the page showed. Raises RuleBroken for a field that does not exist, without
    the way to the answer, in the archive, and when somebody else changed them meanwhile.
    """
    with transaction():
        lock(round)
        _check_round(round, outcome)
        before, words = round_words(outcome, round), typed_words(subject, text)
        if (before.subject, before.text) == (words.subject, words.text):
            return
        check_seen_words(before, seen)
        check_words(outcome, round, words)
        own = portal_words(outcome, round)
        texts = {name: kept for name, kept in (round.decision_texts or {}).items() if name != outcome}
        if (own.subject, own.text) != (words.subject, words.text):
            texts[outcome] = {"subject": words.subject, "text": words.text}
        round.decision_texts = texts
        record(round, "word the mails", by, community_id=round.community_id, outcome=outcome)


def reset_round(round: Round, outcome: str, *, by: Doer) -> None:
    """Go back to the portal's own words. Raises RuleBroken in the archive."""
    own = portal_words(outcome, round)
    word_round(round, outcome, own.subject, own.text, by=by)


def word_letter(letter: Letter, subject: str, text: str, *, by: Doer, seen: str | None = None) -> None:
    """Keep words for the mail of one prepared decision; the round's words again when they are typed.

    Raises RuleBroken as word_round does, and for a decision that was sent or not prepared.
    """
    with transaction():
        round = lock(letter.round)
        decision = _prepared(lock(letter))
        before, words = words_of(decision, round), typed_words(subject, text)
        if (before.subject, before.text) == (words.subject, words.text):
            return
        check_seen_words(before, seen)
        check_words(decision.outcome, round, words)
        usual = round_words(decision.outcome, round)
        is_usual = (usual.subject, usual.text) == (words.subject, words.text)
        _keep(decision, Words("", "") if is_usual else words, by)


def reset_letter(letter: Letter, *, by: Doer) -> None:
    """Go back to the round's words for one letter. Raises RuleBroken once the decision was sent."""
    with transaction():
        lock(letter.round)
        decision = _prepared(lock(letter))
        if decision.mail_text:
            _keep(decision, Words("", ""), by)


def _keep(decision: Decision, words: Words, by: Doer) -> None:
    decision.mail_subject, decision.mail_text = words.subject, words.text
    record(decision, "word the mail", by, community_id=decision.letter.community_id)


def _prepared(letter: Letter) -> Decision:
    decision = decision_of(letter)
    if decision is None:
        raise RuleBroken("Prepare a decision first. Then its mail can have words of its own.")
    if is_released(decision):
        raise RuleBroken(f"This decision was sent by {decider_of(decision)}. What a mail said stays as it was.")
    return decision


def _check_round(round: Round, outcome: str) -> None:
    check_outcome(outcome, has_waitlist=True)
    if stage_of(round, clock.now()) == "archived":
        raise RuleBroken(ARCHIVED)
