"""What somebody means who types a name, a town or a code, and how near a district comes to it: pure answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from .rules import STATE_NAMES, STATES

COMMON = frozenset(  # in the names of half of all districts
    {"the", "of", "public", "school", "schools", "district", "districts"}
    | {"unified", "regional", "community", "charter", "independent", "consolidated"}
)
SAME = {
    "n": "north", "no": "north", "s": "south", "so": "south", "e": "east", "w": "west", "st": "saint", "ste": "sainte",
    "ft": "fort", "mt": "mount", "pt": "point", "hts": "heights", "spgs": "springs", "jct": "junction",
    "reg": "regional", "voc": "vocational", "tech": "technical", "dist": "district", "sch": "school", "twp": "township",
}  # fmt: skip
STATES_IN_SHORT = {
    "mass": "MA", "conn": "CT", "calif": "CA", "penn": "PA", "penna": "PA", "fla": "FL", "tex": "TX", "wash": "WA",
    "ill": "IL", "mich": "MI", "minn": "MN", "wis": "WI", "wisc": "WI", "okla": "OK", "tenn": "TN", "ariz": "AZ",
    "colo": "CO", "nebr": "NE", "neb": "NE", "mont": "MT", "ala": "AL", "ark": "AR", "del": "DE", "kans": "KS",
    "kan": "KS", "miss": "MS", "nev": "NV", "oreg": "OR", "ore": "OR", "wyo": "WY", "ind": "IN", "virg": "VA",
}  # fmt: skip
CODE = re.compile(r"(?:([a-z]{2})[ -]?)?([0-9][0-9-]*)")
LONGEST_QUESTION = 80
SHORTEST_SLIP = 8  # letters a state's name must have for a slip in it to be forgiven: Marine is not meant as Maine
LIKE_ENOUGH = 0.6  # “Havrehill” is 0.89 like Haverhill, 0.71 like Havre, and 0.5 like Chill


@dataclass(frozen=True)
class Question:
    """What somebody looks for: a code, or words, perhaps with the state they named last."""

    text: str
    words: tuple[str, ...] = ()
    state: str = ""
    is_code: bool = False

    @property
    def wordings(self) -> list[str]:
        return sorted({self.text, " ".join(self.words)} - {""})

    @property
    def is_short(self) -> bool:
        return all(len(word) < 3 for word in self.words)

    @property
    def spelled_out(self) -> str:
        return " ".join(map(_spelled, self.words))

    @property
    def trigrams(self) -> list[str]:
        words = {*self.words, *self.spelled_out.split()}
        return sorted({word[n : n + 3] for word in words for n in range(len(word) - 2)})


@dataclass(frozen=True)
class Likeness:
    """How near a district comes: 0 its name meant exactly, 1 its town, 2 begun, 3 else; then from 0 to 1 how much of
    the words that count is there, of all words, and how like the whole is."""

    closeness: int
    words: float
    all_words: float
    whole: float = 0.0

    @property
    def rank(self) -> tuple[int, float, float, float]:
        return (self.closeness, -self.words, -self.all_words, -self.whole)


def questions(text: str) -> list[Question]:
    """The ways in which `text` may be meant: as it stands, and, where a state is spelled out last, as one in it."""
    plain = question(text)
    words = plain.text.split()
    # “West Virginia” before “Virginia”, whatever else stands in front.
    for length in range(min(3, len(words)), 0, -1):
        state = _state_meant(words[-length:], is_all=length == len(words))
        if state and not plain.state and not plain.is_code:
            return [plain, _question(" ".join(words[:-length]), state)]
    return [plain]


def question(text: str) -> Question:
    """Understand what was typed: “Lincoln, NE” is Lincoln in Nebraska; words that all names share do not count."""
    lowered = re.sub(r"\b(?:[a-z]\.){2,}", lambda found: found[0].replace(".", ""), text.lower())
    words = re.findall(r"[^\s,;/()\"]+", lowered)
    plain = " ".join(words)[:LONGEST_QUESTION].strip()
    last = words[-1].strip(".").upper() if len(words) > 1 else ""
    if last in STATES:
        return _question(" ".join(plain.split()[:-1]), last)
    return _question(plain, "")


def likeness(asked: Question, name: str, short_name: str = "", city: str = "") -> Likeness:
    """How much of what was asked stands in the names and the town of a district, word by word, slips forgiven."""
    texts = [" ".join(words_of(text)) for text in (name, short_name, city)]
    there = {_spelled(word) for text in texts for word in text.split()}
    wordings = tuple(" ".join(words_of(wording)) for wording in asked.wordings)
    words, all_words = _share(asked.words, there), _share(words_of(asked.text), there)
    whole = max(_alike(asked.spelled_out, text) for text in texts if text) if words >= LIKE_ENOUGH else 0.0
    return Likeness(_closeness(wordings, texts), words, all_words, round(whole, 2))


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without accents, apostrophes, and what joins or ends words."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return [word for word in re.split(r"[\s,;/()\"&.+–—-]+", re.sub("['’‘`´]", "", plain)) if word]


def code_forms(text: str) -> list[str]:
    """The ways a state may write the code `text`: in Massachusetts 7, 0007 and 00070000 are the same."""
    if len(text) == 8 and text.endswith("0000"):
        return [text, text[:4]]
    return [text, text.zfill(4)] if len(text) < 4 else [text]


def _question(text: str, state: str) -> Question:
    code = CODE.fullmatch(text)
    if code and (not code[1] or code[1].upper() in STATES):
        return Question("-".join(filter(None, code.groups())), (), state, is_code=True)
    words = words_of(text)
    return Question(text, tuple(word for word in words if word not in COMMON) or tuple(words), state)


def _state_meant(words: Sequence[str], is_all: bool) -> str:
    text = " ".join(words).strip(".")
    known = STATE_NAMES.get(text) or ("" if is_all else STATES_IN_SHORT.get(text, ""))
    if known or is_all or len(text) < SHORTEST_SLIP:
        return known
    meant = get_close_matches(text, STATE_NAMES, n=1, cutoff=0.86)
    return STATE_NAMES[meant[0]] if meant else ""


def _closeness(wordings: tuple[str, ...], texts: Sequence[str]) -> int:
    *names, town = texts
    if any(name in wordings for name in names):
        return 0
    if town in wordings:
        return 1
    return 2 if wordings and any(text.startswith(wordings) for text in texts) else 3


def _share(asked: Sequence[str], there: set[str]) -> float:
    best = [(len(word), max((_alike(_spelled(word), other) for other in there), default=0.0)) for word in asked]
    return round(sum(size * score for size, score in best) / max(1, sum(size for size, _ in best)), 2)


def _spelled(word: str) -> str:
    return SAME.get(word, word)


@lru_cache(maxsize=20_000)
def _alike(asked: str, word: str) -> float:
    if word.startswith(asked):
        return 1.0 if word == asked else 0.95
    return SequenceMatcher(None, asked, word, autojunk=False).ratio()
