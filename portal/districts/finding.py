"""Finding districts by what people type, slips and all: the database gives candidates, the rules rank them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)

from portal.core.db import db

from .likeness import LIKE_ENOUGH, Question, code_forms, likeness, questions
from .models import District
from .search import SEARCHED

CANDIDATES = 200  # the database's best, put in order and sifted by rules.likeness
LEAST = "0.3"  # of word_similarity, for a candidate
FTS = table("district_search", column("rowid"))
WHOLE: ColumnElement[Any] = literal_column("district_search")
ALL_WORDS: ColumnElement[str] = literal_column(  # written as in the index, so that it is used
    "(districts.name || ' ' || districts.short_name || ' ' || districts.city)"
)

HAS_EXTENSION: WeakKeyDictionary[Engine, bool] = WeakKeyDictionary()  # asked once for each database


def search_for(text: str, limit: int, within: Select[District] | None = None) -> list[District]:
    """The districts most likely meant by `text`, the likeliest first, at most `limit`, and only those in `within`."""
    ranks: dict[District, tuple[float, ...]] = {}
    for asked in questions(text):
        for place, district in enumerate(_found(select(District) if within is None else within, asked, limit)):
            rank = (
                (0, place) if asked.is_code else likeness(asked, district.name, district.short_name, district.city).rank
            )
            ranks[district] = min(rank, ranks.get(district, rank))
    return sorted(ranks, key=lambda row: (ranks[row], row.name, row.state, row.id))[:limit]


def _found(within: Select[District], asked: Question, limit: int) -> list[District]:
    chosen = within.where(District.state == asked.state) if asked.state else within
    if asked.is_code:
        return _rows(_by_code(chosen, asked), limit)
    if not asked.words:
        return _rows(chosen.order_by(District.name, District.id), limit) if asked.state else []
    if asked.is_short:
        return _rows(_by_prefix(chosen, asked), max(CANDIDATES, limit))
    return _by_likeness(chosen, asked, max(CANDIDATES, limit))


def _by_code(chosen: Select[District], asked: Question) -> Select[District]:
    forms = code_forms(asked.text)
    national = or_(*(District.leaid.startswith(form, autoescape=True) for form in forms))
    state = or_(*(func.lower(District.state_code) == form for form in forms))
    ending = or_(*(District.state_code.endswith(f"-{form}", autoescape=True) for form in forms))
    rank = case((District.leaid.in_(forms), 0), (or_(state, ending), 1), else_=2)
    return chosen.where(or_(national, state, ending)).order_by(rank, District.name, District.id)


def _by_prefix(chosen: Select[District], asked: Question) -> Select[District]:
    starts = [func.lower(getattr(District, name)).startswith(asked.text, autoescape=True) for name in SEARCHED]
    return chosen.where(or_(*starts)).order_by(District.name, District.state, District.id)


def _by_likeness(chosen: Select[District], asked: Question, limit: int) -> list[District]:
    if db.session.connection().dialect.name == "sqlite":
        found = _by_bm25(chosen, asked)
    else:
        found = _by_similarity(chosen, asked) if _has_extension() else _by_words(chosen, asked)
    rows = _rows(found, limit)
    return [row for row in rows if likeness(asked, row.name, row.short_name, row.city).words >= LIKE_ENOUGH]


def _by_bm25(chosen: Select[District], asked: Question) -> Select[District]:
    # Any three letters in common will do: a slip changes a few of them, and rules.likeness sifts what is too far.
    parts = " OR ".join(f'"{part}"' for part in asked.trigrams)
    found = chosen.join(FTS, FTS.c.rowid == District.id).where(WHOLE.bool_op("MATCH")(parts))
    return found.order_by(_closeness(asked), func.bm25(WHOLE), District.id)


def _by_similarity(chosen: Select[District], asked: Question) -> Select[District]:
    words = literal(asked.spelled_out)
    # `true` means: until the end of this transaction. The pool gives the connection to others afterwards.
    db.session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", LEAST, True)))
    found = chosen.where(words.bool_op("<%")(ALL_WORDS))
    return found.order_by(_closeness(asked), func.word_similarity(words, ALL_WORDS).desc(), District.id)


def _by_words(chosen: Select[District], asked: Question) -> Select[District]:
    columns = [getattr(District, name) for name in SEARCHED]
    each = (or_(*(searched.icontains(word, autoescape=True) for searched in columns)) for word in asked.words)
    return chosen.where(and_(*each)).order_by(_closeness(asked), District.name, District.id)


def _closeness(asked: Question) -> ColumnElement[int]:
    columns = [func.lower(getattr(District, name)) for name in SEARCHED]
    exact = or_(*(searched.in_(asked.wordings) for searched in columns))
    starts = or_(*(searched.startswith(words, autoescape=True) for searched in columns for words in asked.wordings))
    return case((exact, 0), (starts, 1), else_=2)


def _rows(chosen: Select[District], limit: int) -> list[District]:
    return list(db.session.scalars(chosen.limit(limit)))


def _has_extension() -> bool:
    if db.engine not in HAS_EXTENSION:
        there = table("pg_extension", column("extname"))
        HAS_EXTENSION[db.engine] = bool(db.session.scalar(select(exists().where(there.c.extname == "pg_trgm"))))
    return HAS_EXTENSION[db.engine]
