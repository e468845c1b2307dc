"""Reading a page as a person does: its lines of text, without markup."""

from __future__ import annotations

import re
from html import unescape


def lines_of(html: str) -> list[str]:
    """The text of a page, one line for each element that holds some; hard blanks are made plain."""
    bare = re.sub(r"</?(time|b|strong|em|span)\b[^>]*>", "", html)
    lines = (unescape(line).replace("\u00a0", " ") for line in re.split(r"<[^>]*>|\n", bare))
    return [" ".join(line.split()) for line in lines if line.strip()]
