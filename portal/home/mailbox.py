"""Mail that stayed on this machine, for development: what would have left, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from portal.core.web import Page, page_in

NAME = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{32}\.eml")


@dataclass(frozen=True)
class Letter:
    """One mail as its reader would see it."""

    name: str
    sent_at: datetime
    sender: str
    to: str
    subject: str
    text: str


def kept_mails(folder: Path, number: int, size: int) -> Page[Letter]:
    """The page `number` of all mails in `folder`, the newest first."""
    names = sorted((path.name for path in folder.glob("*.eml") if NAME.fullmatch(path.name)), reverse=True)
    page = page_in(names, number, size)
    return Page([read_mail(folder / name) for name in page.items], page.number, size, page.total)


def find_mail(folder: Path, name: str) -> Letter | None:
    """The mail called `name`, or None: only names that the portal itself gives are looked for."""
    # The name comes from a URL: the pattern lets neither a slash nor two dots through.
    path = folder / name
    return read_mail(path) if NAME.fullmatch(name) and path.is_file() else None


def read_mail(path: Path) -> Letter:
    """One kept mail."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    plain = message.get_body(("plain",))
    return Letter(
        name=path.name, sent_at=message["Date"].datetime, sender=str(message["From"]), to=str(message["To"]),
        subject=str(message["Subject"]), text=plain.get_content() if plain else "",
    )  # fmt: skip
