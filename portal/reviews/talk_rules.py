"""Who talks about a letter with whom: staff among themselves or with its readers, readers with both."""

from __future__ import annotations

from portal.core.errors import RuleBroken

LONGEST = 4000
AUDIENCES = {"staff": "Staff only", "readers": "Staff and readers"}  # the first is what staff get unasked


def audiences_of(*, is_staff: bool, is_reader: bool, has_handed_in: bool) -> tuple[str, ...]:
    """Whom somebody talks with about a letter. Who reads it scores alone first, whoever they are."""
    if is_reader and not has_handed_in:
        return ()
    if is_staff:
        return tuple(AUDIENCES)
    return ("readers",) if is_reader else ()


def check_remark(text: str, audience: str, allowed: tuple[str, ...]) -> None:
    """Refuse an empty or endless remark, and one to people whom its writer does not talk with here."""
    if not allowed:
        raise RuleBroken("Hand in your scores first. Then you can read and write here.")
    if audience not in allowed:
        raise RuleBroken("Choose who should see this: " + " or ".join(AUDIENCES[one].lower() for one in allowed) + ".")
    if not text:
        raise RuleBroken("Write something first.")
    if len(text) > LONGEST:
        raise RuleBroken(f"Up to {LONGEST:,} characters fit.")
