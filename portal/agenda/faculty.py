"""What staff do with the faculty: change what is said of somebody, give them a picture, take them off the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.communities.operations import refresh_public
from portal.core import storage
from portal.core.db import after_commit, db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.storage import keeping

from .faculty_queries import led_by
from .models import Faculty

FIELDS = ("title", "kind", "topics", "bio", "time_zone", "account_id")


def change_faculty(person: Faculty, values: Mapping[str, Any], *, by: Doer) -> None:
    """Change what is said of somebody: `title`, `kind`, `topics`, `bio`, `time_zone`, `account_id`; some or all."""
    with transaction():
        lock(person)
        changed = sorted(name for name in FIELDS if name in values and getattr(person, name) != values[name])
        for name in changed:
            setattr(person, name, values[name])
        # Only which fields: what is said of somebody is long, and it is about a person.
        if changed:
            _note(person, "change", by, fields=changed)


def set_picture(person: Faculty, picture: bytes, *, by: Doer) -> None:
    """Give somebody a picture (of core.pictures) in place of the one they had. Raises CannotKeep."""
    with keeping(picture) as kept, transaction():
        lock(person)
        # A new key for a new picture: browsers keep what stands under the old one for good.
        _forget_later(person.picture_key)
        person.picture_key = kept.key
        _note(person, "set the picture", by)


def remove_picture(person: Faculty, *, by: Doer) -> None:
    """Take somebody's picture away."""
    with transaction():
        lock(person)
        if person.picture_key:
            _forget_later(person.picture_key)
            person.picture_key = ""
            _note(person, "remove the picture", by)


def remove_faculty(person: Faculty, *, by: Doer) -> None:
    """Take somebody off the list. Raises RuleBroken while they lead something: the past stays as it was."""
    with transaction():
        lock(person)
        led = led_by(person.id)
        if led:
            raise RuleBroken(f"{person.title} leads “{led[0].title}”. Take them out there first.")
        _forget_later(person.picture_key)
        _note(person, "remove", by, title=person.title)
        db.session.delete(person)


def _note(person: Faculty, verb: str, by: Doer, **data: Any) -> None:
    refresh_public(person.community_id)
    record(person, verb, by, community_id=person.community_id, **data)


def _forget_later(key: str) -> None:
    """Take the file away once the change is safe: until then the old row may still be what counts."""
    if key:
        after_commit(storage.forget, key)
