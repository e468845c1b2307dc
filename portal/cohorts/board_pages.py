"""What the board shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from portal.communities.queries import today_in
from portal.core import clock
from portal.core.web import addresses, asked_page, page_in
from portal.districts.rules import KIND_WORDS
from portal.rounds.models import Round
from portal.rounds.rules import choose_shown, stage_of

from .board_queries import cards_of, coach_load
from .board_rules import (
    FLAGS,
    SHOWN,
    SORTS,
    Asked,
    WhatIf,
    arranged,
    counts_of,
    ends_of_line,
    grouped,
    kinds_of,
    prepared_counts,
)
from .queries import places_left

SIZE = 100  # cards of a page: most rounds stand on one


def board_page(
    reader: Any, round: Round, args: Mapping[str, str], chosen: Iterable[int] = ()
) -> dict[str, Any]:  # fmt: skip
    """The letters that this member of staff may know of, beside the places; sorted and narrowed as the address says,
    and with those checked that were `chosen`."""
    cards, asked = cards_of(reader, round), Asked.of(args)
    page = page_in(arranged(cards, asked), asked_page(), SIZE)
    prepared = prepared_counts(cards)
    stage = stage_of(round, clock.now())
    return {
        "round": round, "stage": stage, "asked": asked, "page": page, "groups": grouped(page.items),
        "urls": addresses("cohorts.decision", "letter_id", [card.letter_id for card in page.items]),
        "tabs": _tabs(round, asked, counts_of(cards)), "sorts": list(SORTS.items()),
        "kinds": [(kind, KIND_WORDS.get(kind, kind)) for kind in kinds_of(cards)], "kind_words": KIND_WORDS,
        "flags": list(FLAGS.items()), "prepared": prepared, "may_decide": stage == "closed",
        "what_if": WhatIf(round.capacity, places_left(round), prepared["accept"]),
        "undecided": sum(not card.outcome and card.status == "submitted" for card in cards),
        "load": coach_load(round.community_id, today_in(round.community_id)), "is_empty": not cards,
        "chosen": set(chosen), "ends": ends_of_line(cards),
    }  # fmt: skip


def board_round(rounds: list[Round], slug: str | None) -> Round | None:
    """The round that the address names, else the one that is being decided: the last that has closed."""
    if slug is not None:
        return next((round for round in rounds if round.slug == slug), None)
    now = clock.now()
    closed = [round for round in rounds if stage_of(round, now) == "closed"]
    return max(closed, key=lambda round: (round.closes_at, round.id), default=None) or choose_shown(rounds, now)


def board_url(round: Round, asked: Asked) -> str:
    """The address of the board as it is looked at."""
    return url_for(
        "cohorts.board", round=round.slug, show=asked.show or None, kind=asked.kind or None, flag=asked.flag or None,
        sort=asked.sort if asked.sort != "score" else None,
    )  # fmt: skip


def _tabs(round: Round, asked: Asked, counts: dict[str, int]) -> list[tuple[str, str, int, bool]]:
    def url(name: str) -> str:
        return board_url(round, Asked(name, asked.sort, asked.kind, asked.flag))

    return [(url(name), words, counts[name], name == asked.show) for name, words in SHOWN.items()]
