"""Whether the files that are kept and the rows that name them agree: none is missing, and none belongs to nobody.

A feature that keeps files says which keys its rows name:

    @names_files
    def keys_of_letters() -> Iterable[str]: ...

Nothing is ever deleted here. After a restore the rows may be older than the files, and who deletes then loses letters.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from .jobs import due, is_rested
from .storage import all_keys, is_there

log = logging.getLogger("portal.files")
Names = TypeVar("Names", bound=Callable[[], Iterable[str]])
NAMES: list[Callable[[], Iterable[str]]] = []
YOUNG = timedelta(hours=1)  # the row of a new file may not be committed yet
REST = 3600.0  # seconds between two comparisons of one worker


@dataclass(frozen=True)
class Inventory:
    """The keys that rows name and that are not there, and those that are there and that no row names."""

    missing: list[str]
    unnamed: list[str]


def names_files(query: Names) -> Names:
    """Register a query that gives every key its feature's rows name."""
    NAMES.append(query)
    return query


def take_inventory() -> Inventory:
    """Compare the files that are kept with the rows that name them."""
    old = [key for key, age in all_keys() if age > YOUNG]
    named = {key for query in NAMES for key in query() if key}
    # Looked at once more: what came or went while the rows were read is no disagreement.
    missing = sorted(key for key in named if not is_there(key))
    return Inventory(missing, sorted(key for key in old if key not in named and is_there(key)))


@due
def compare_files() -> None:
    """Write into the log, once an hour, which files and rows disagree."""
    if not is_rested("compare files", REST):
        return
    found = take_inventory()
    for key in found.missing:
        log.error("a row names the file %s, which is not there", key)
    for key in found.unnamed:
        log.warning("no row names the file %s", key)
