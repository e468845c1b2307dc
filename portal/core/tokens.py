"""Private links: only a hash is stored, the link itself is derived again when its mail is written."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TypeVar

from flask import current_app
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from .db import Keyed, db


class Tokened(Keyed):
    """A row that a private link leads to."""

    token_salt: Mapped[str] = mapped_column(String(32), default="")
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)


Row = TypeVar("Row", bound=Tokened)


def issue(row: Tokened, purpose: str) -> None:
    """Give `row` a new link for `purpose`; a link that it had before stops working."""
    db.session.add(row)
    # The number of the row is part of the secret, so the row must have one first.
    db.session.flush()
    row.token_salt = secrets.token_hex(16)
    row.token_hash = hash_of(token_of(row, purpose))


def token_of(row: Tokened, purpose: str) -> str:
    """The secret part of the row's link: an HMAC over purpose, row and salt; a retried mail has the same."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    body = f"{purpose}:{row.id}:{row.token_salt}".encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, body, "sha256")).decode().rstrip("=")


def find(model: type[Row], purpose: str, token: str) -> Row | None:
    """The row that `token` leads to for `purpose`, or None. A link made for another purpose leads nowhere."""
    row = db.session.scalar(select(model).where(model.token_hash == hash_of(token)))
    # The hash alone would let a link for one purpose open another; derived again with its purpose, it fits one only.
    if row is None or not hmac.compare_digest(token_of(row, purpose), token):
        return None
    return row


def hash_of(token: str) -> str:
    """What is stored of a link."""
    return hashlib.sha256(token.encode()).hexdigest()
