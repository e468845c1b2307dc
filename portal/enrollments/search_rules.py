"""What somebody means who types a word into the agenda's search, slips forgiven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import SequenceMatcher

LONGEST = 80
SHORTEST_SLIP = 4  # letters a word must have for a slip in it to be forgiven
LIKE_ENOUGH = 0.78  # “mutlilingual” is 0.92 like multilingual, “gathring” 0.94 like gathering, “later” 0.6 like letter


def words_of(text: str) -> frozenset[str]:
    """The words of a text in small letters, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(re.findall(r"[^\W_]+", re.sub("['’]", "", plain)))


def is_found(asked: str, there: Collection[str]) -> bool:
    """Whether each word that is asked for stands among those that are there: begun, whole, or nearly."""
    return all(any(_is_like(word, other) for other in there) for word in words_of(asked))


def _is_like(word: str, other: str) -> bool:
    if other.startswith(word):
        return True
    if len(word) < SHORTEST_SLIP or abs(len(word) - len(other)) > 2:
        return False
    matcher = SequenceMatcher(None, word, other, autojunk=False)
    return matcher.real_quick_ratio() >= LIKE_ENOUGH and matcher.ratio() >= LIKE_ENOUGH
