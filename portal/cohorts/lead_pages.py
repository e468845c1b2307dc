"""What the page of a mailed link shows by which somebody takes or shares the lead of a district."""

from __future__ import annotations

from typing import Any

from flask import abort

from portal.core import clock
from portal.core.access import community
from portal.letters.queries import name_of

from .lead_queries import find_hand_over
from .lead_rules import hand_over_state


def hand_over_page(token: str) -> dict[str, Any]:
    """Who asks whom to lead which district, and whether the link still works; a page that does not exist for others."""
    asked = find_hand_over(token, community().id) or abort(404)
    return {
        "asked": asked, "token": token, "giver": name_of(asked.from_account_id),
        "state": hand_over_state(asked, clock.now()),
    }  # fmt: skip
