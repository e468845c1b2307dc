"""What tests read off a page of this part."""

from __future__ import annotations

import re


def hidden(page: str, name: str = "seen") -> str:
    """What the field of this name sends along: most often what whoever presses has seen."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None
    return found.group(1)
