"""What a community may be called."""

from __future__ import annotations

import re

# First words of the portal's own URLs, of this version and of those that are planned: a community there would hide
# them.
RESERVED = frozenset(
    [
        "sign-in",
        "sign-out",
        "my",
        "certificates",
        "health",
        "metrics",
        "mailbox",
        "calendar",
        "static",
        "favicon.ico",
        "robots.txt",
        "components",
        "account",
    ]
)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def is_free_slug(slug: str) -> bool:
    """Whether `slug` can be a community's address: small letters, digits, hyphens, no address of the portal's own."""
    return SLUG.fullmatch(slug) is not None and slug not in RESERVED
