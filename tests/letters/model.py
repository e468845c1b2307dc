"""A letter as a person would tell it: no table of moves, no database, nothing but names, texts and a clock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import moment_of
from tests.letters.builders import OPEN

STARTS, CLOSES, END = moment_of(OPEN), moment_of("2026-10-30 17:00"), moment_of("2026-10-30 18:00")
HOME = {"q3": "why-now", "q10": "time", "team": "your-team"}  # what is written, and in which section it stands
WRITING = ("draft", "returned")
PAUSE = timedelta(minutes=10)  # within it the texts of one person share a place


@dataclass
class Model:
    """What the letter must be, whatever was done to it."""

    now: datetime = STARTS
    status: str = "draft"
    texts: dict[str, str] = field(default_factory=dict)
    kept: dict[str, list[tuple[int, datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    signed: tuple[list[str], datetime] | None = None  # the texts that were signed, and when
    out: bool = False  # a request to sign is with the signer
    sent: list[dict[str, Any]] = field(default_factory=list)
    more: datetime | None = None  # an extension
    back: tuple[list[str], datetime, datetime] | None = None  # sections sent back, since when, until when

    @property
    def end(self) -> datetime:
        """The last moment of this letter."""
        return self.back[2] if self.back else max(END, self.more or END)

    @property
    def is_open(self) -> bool:
        return self.now <= self.end

    @property
    def is_late(self) -> bool:
        return self.now > CLOSES and self.back is None and (self.more is None or self.now > self.more)

    @property
    def is_signed(self) -> bool:
        if self.signed is None or self.signed[0] != self.as_signed():
            return False
        is_sent_back = self.back is not None and "endorsement" in self.back[0]
        return not is_sent_back or (self.back is not None and self.signed[1] > self.back[1])

    @property
    def may_send(self) -> bool:
        return self.status in WRITING and self.is_open and self.is_signed

    @property
    def may_withdraw(self) -> bool:
        is_sent = self.status == "submitted" or (self.status in WRITING and bool(self.sent))
        return is_sent and self.may_undo_by_date

    @property
    def may_undo_by_date(self) -> bool:
        return self.now <= max(END, self.more or END)

    @property
    def is_over(self) -> bool:
        return self.status in ("draft", "endorsing", "returned") and not self.is_open

    def may_write(self, part: str) -> bool:
        is_theirs = self.back is None or HOME[part] in self.back[0]
        return self.status in WRITING and self.is_open and is_theirs

    def as_signed(self) -> list[str]:
        return [self.texts[part] for part in HOME]

    def write(self, part: str, who: int, text: str) -> None:
        """Keep the text; those that one person saves within ten minutes share a place, if nobody saved between."""
        self.texts[part], rows = text, self.kept[part]
        if rows and rows[-1][0] == who and self.now < rows[-1][1] + PAUSE:
            rows[-1] = (who, rows[-1][1], text)
        else:
            rows.append((who, self.now, text))

    def answered(self) -> None:
        """The request to sign is signed, declined or taken back."""
        self.status, self.out = ("returned" if self.back else "draft"), False

    def leave(self, status: str) -> None:
        """The letter is out of its writers' hands."""
        self.status, self.out, self.back = status, False, None

    def give(self, until: datetime) -> None:
        """More time: for what was sent back, or for the letter, which comes back to life."""
        if self.back:
            self.back = (*self.back[:2], until)
            return
        self.more = until
        self.status = "draft" if self.status == "not_submitted" else self.status
