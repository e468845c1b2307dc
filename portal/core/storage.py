"""Files outside of the database: bytes under a name that nobody can guess. Whose they are, a row of a feature says.

A file is written under another name, put on the disk and only then renamed: whatever happens in the middle, no half
file stands under a real name. With `with keeping(content) as kept, transaction():` a refused change leaves no file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import current_app

from . import clock
from .errors import CannotKeep
from .jobs import due

KEY = re.compile(r"[0-9a-f]{40}")
CHUNK = 256 * 1024  # bytes
HALF = ".half"  # the end of the name while a file is being written
STALE = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """A file that is kept: its key, its size in bytes, and the SHA-256 of its content in hex."""

    key: str
    size: int
    sha256: str


def keep(content: bytes | BinaryIO) -> Kept:
    """Keep `content` under a new key. Raises CannotKeep where the disk is full or closed to us; nothing is left."""
    key = secrets.token_hex(20)
    half = folder() / f"{key}{HALF}"
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = _write(half, key, BytesIO(content) if isinstance(content, bytes) else content)
        half.rename(_path(key))
        _settle(folder())
    except BaseException as error:
        _clear(half, _path(key))
        if isinstance(error, OSError):
            raise CannotKeep from error
        raise
    return kept


@contextmanager
def keeping(content: bytes | BinaryIO) -> Iterator[Kept]:
    """Keep `content` for what is done inside; an error there takes the file away again.

    Begin it before the transaction: then no lock waits for the disk.
    """
    kept = keep(content)
    try:
        yield kept
    except BaseException:
        forget(kept.key)
        raise


def read(key: str) -> bytes:
    """The whole content. Raises FileNotFoundError."""
    return _path(key).read_bytes()


def pieces_of(key: str) -> Iterator[bytes]:
    """The content piece by piece, for an answer. Opened with the first one: an answer to HEAD leaves no file open."""
    return _pieces(_path(key))


def is_there(key: str) -> bool:
    """Whether a file is kept under `key`."""
    return _path(key).is_file()


def forget(key: str) -> None:
    """Take the file away. One that is gone already is fine."""
    _path(key).unlink(missing_ok=True)


def all_keys() -> Iterator[tuple[str, timedelta]]:
    """Every key with its age, for a sweeper. Spare the young: the row of a new file may not be committed yet."""
    for path, age in _files():
        if KEY.fullmatch(path.name):
            yield path.name, age


@due
def forget_halves() -> None:
    """Take away what a crash left half-written."""
    for path, age in _files():
        if path.name.endswith(HALF) and age > STALE:
            path.unlink(missing_ok=True)


def is_writable() -> bool:
    """Whether a file could be kept, by the rights alone: cheap enough to be asked every few seconds."""
    there = _nearest()
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def try_out() -> None:
    """Write something and take it away. Raises OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryFile(dir=folder()) as file:
        file.write(b"1")


def free_bytes() -> int:
    """How much room the disk of the files has left."""
    return shutil.disk_usage(_nearest()).free


def folder() -> Path:
    """Where the files are. It is made with the first of them."""
    return Path(current_app.config["STORAGE_FOLDER"])


def _nearest() -> Path:
    return next(path for path in (folder(), *folder().parents) if path.exists())


def _path(key: str) -> Path:
    if not KEY.fullmatch(key):
        raise ValueError("This is no key of a kept file.")
    return folder() / key


def _write(half: Path, key: str, content: BinaryIO) -> Kept:
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Kept(key, size, digest.hexdigest())


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(CHUNK):
            yield piece


def _clear(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):  # never made, or the folder itself is not there
            path.unlink()


def _settle(where: Path) -> None:
    """Put the folder's list of names on the disk, or a power cut could lose the name of a whole file."""
    opened = os.open(where, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _files() -> Iterator[tuple[Path, timedelta]]:
    with suppress(FileNotFoundError):  # no file was ever kept, or this one was taken away meanwhile
        for path in folder().iterdir():
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield path, max(clock.now() - written, timedelta())
