"""What the pages show on which staff write the words of a decision's mail, or turn a decision that was sent."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core import clock
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import OUTCOMES, stamp_of
from portal.rounds.models import Round

from .offer_rules import STATES, state_at
from .queries import offer_of, places_left, reply_until
from .release_forms import TurnForm, WordsForm
from .release_pages import shown_mails
from .release_queries import leads_told
from .release_rules import Item
from .turn_rules import confirming_words, has_left_line, others
from .wording_rules import Words, fields_for, marked, round_words, values_of, words_of

EXAMPLE = "Example District"


def round_words_page(round: Round, outcome: str, form: WordsForm | None = None) -> dict[str, Any]:
    """The words of one outcome's mails in a round, and how an example district would read them."""
    words = round_words(outcome, round)
    until = reply_until(round, round.community.time_zone)
    values = values_of(
        outcome, round, district=EXAMPLE, names=[f"Superintendent of {EXAMPLE}"], place=1, reply_by=until,
        url=url_for("cohorts.standing", letter_id=1, _external=True),
    )  # fmt: skip
    subject, paragraphs = marked(words, values)
    return {
        "round": round, "outcome": outcome, "words": OUTCOMES[outcome], "form": form or _form(words),
        "fields": fields_for(outcome, round), "subject": subject, "paragraphs": paragraphs,
        "is_own": words.source == "round",
        "tabs": [
            (url_for("cohorts.round_mail", round_id=round.id, outcome=name), said, None, name == outcome)
            for name, said in OUTCOMES.items() if name != "waitlist" or round.has_waitlist
        ],
    }  # fmt: skip


def letter_words_page(letter: Letter, decision: Decision, form: WordsForm | None = None) -> dict[str, Any]:
    """The words of one letter's mail, and how its district would read them."""
    round, words = letter.round, words_of(decision, letter.round)
    leads = leads_told(letter)
    [mail] = shown_mails(round, [Item(decision, leads)])
    return {
        "round": round, "letter": letter, "words": OUTCOMES[decision.outcome], "form": form or _form(words),
        "fields": fields_for(decision.outcome, round), "subject": mail.subject, "paragraphs": mail.paragraphs,
        "is_own": words.source == "letter", "mail": mail,
    }  # fmt: skip


def turn_page(letter: Letter, form: TurnForm | None = None) -> dict[str, Any]:
    """What was decided and sent, what it can be turned into, and what that means."""
    decision, offer = decision_of(letter), offer_of(letter)
    return {
        "letter": letter, "round": letter.round, "decision": decision,
        "words": OUTCOMES[decision.outcome] if decision else "",
        "decider": decider_of(decision), "offer": offer, "left": places_left(letter.round),
        "form": form or TurnForm(formdata=None, seen=stamp_of(decision)), "wanted": confirming_words(letter),
        "options": others(decision, offer, has_waitlist=letter.round.has_waitlist) if decision else {},
        "offer_words": STATES[state_at(offer, clock.now())][1] if offer else "",
        "has_left_line": decision is not None and has_left_line(decision, offer),
    }  # fmt: skip


def _form(words: Words) -> WordsForm:
    return WordsForm(formdata=None, subject=words.subject, text=words.text, seen=words.stamp)
