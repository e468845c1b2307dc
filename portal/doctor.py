"""What `flask doctor` looks at: settings, database, tables, mail, storage, worker, and what production lacks."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select, text

from .accounts.models import Account
from .core.db import db
from .core.health import Finding, Look, look_at, look_at_all
from .core.inventory import take_inventory
from .core.mail import has_mailbox, try_connection
from .core.pdf import why_not
from .core.storage import folder, try_out
from .settings import is_weak

SECOND_FACTOR = "The second factor for staff is not built yet: the portal is not ready for production."


def examine() -> list[Finding]:
    """Look at everything that the portal needs; a finding without a sentence is fine."""
    return look_at(LOOKS) + look_at_all()


def notes() -> list[str]:
    """What is worth knowing although nothing needs mending now."""
    said = [SECOND_FACTOR]
    if has_mailbox():
        said.append("Mail stays on this machine and is shown at /mailbox. Set MAIL_URL to send it.")
    if why_not():
        said.append(f"No PDFs are made: {why_not()}")
    return said


def _settings() -> tuple[str, str] | None:
    if is_weak(current_app.config["SECRET_KEY"]):
        return "SECRET_KEY is weak.", "Set it to 32 or more random characters."
    if _is_production() and str(current_app.config["MAIL_URL"]).startswith("file:"):
        return (
            "Mail goes to a folder and reaches nobody.",
            "Set MAIL_URL, such as smtp://user:password@mail.example.org:587",
        )
    return None


def _second_factor() -> tuple[str, str] | None:
    return (SECOND_FACTOR, "Wait for the version that brings it.") if _is_production() else None


def _demo() -> tuple[str, str] | None:
    if not _is_production():
        return None
    count = db.session.scalar(select(func.count()).select_from(Account).where(Account.is_demo)) or 0
    return (f"{count} demo people are in the database.", "Start with an empty one.") if count else None


def _sqlite() -> tuple[str, str] | None:
    if db.engine.dialect.name != "sqlite":
        return None
    # Asked of the open connection: both are settings of a connection, and a network disk silently refuses WAL.
    keys = db.session.scalar(text("PRAGMA foreign_keys"))
    mode = db.session.scalar(text("PRAGMA journal_mode"))
    if keys == 1 and mode == "wal":
        return None
    return f"SQLite runs with foreign_keys {keys} and journal_mode {mode}.", "Keep its file on a disk of this machine."


def _mail_server() -> tuple[str, str] | None:
    try:
        try_connection()
    except OSError as error:
        return f"Mail cannot be handed over: {type(error).__name__}.", "Mend MAIL_URL, or start the mail server."
    return None


def _storage() -> tuple[str, str] | None:
    place = Path(current_app.instance_path)
    try:
        with tempfile.NamedTemporaryFile(dir=place):
            place = folder()
            try_out()
    except OSError:
        return f"The folder {place} cannot be written.", f"Give it to the user {os.geteuid()}."
    return None


def _kept_files() -> tuple[str, str] | None:
    found = take_inventory()
    if found.missing:
        return (
            f"{len(found.missing)} kept files are missing, first {found.missing[0]}.",
            "Bring them back from a backup of STORAGE_URL.",
        )
    if found.unnamed:
        return (
            f"{len(found.unnamed)} kept files belong to nobody, first {found.unnamed[0]}.",
            "After a restore, bring back the newer database. Else delete them: the worker's log names each.",
        )
    return None


def _is_production() -> bool:
    return str(current_app.config["PORTAL_ENV"]) == "production"


LOOKS: dict[str, Look] = {
    "settings": _settings, "second factor": _second_factor, "demo people": _demo, "SQLite": _sqlite,
    "mail server": _mail_server, "storage": _storage, "kept files": _kept_files,
}  # fmt: skip
