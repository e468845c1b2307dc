"""A button beside a section's questions: without scripts it sends the texts along, and none of them may get lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import me
from portal.core.web import again, changed, invalid, is_htmx
from portal.rounds.models import Section

from . import operations
from .forms import Received, read
from .models import Letter
from .pages import Clashes, found_section, may_here, roles_on, section_page, troubled_page
from .team_pages import beside_page, typed_comment


@dataclass
class Beside:
    """A section whose button was pressed, and what came of the texts that were sent along."""

    letter: Letter
    section: Section
    received: Received = field(default_factory=Received)
    clashes: Clashes = field(default_factory=dict)


def beside(letter_id: int, slug: str, part: str) -> Beside:
    """The section, its texts saved if they came along. A refusal later on shows `part`, or the page, as typed."""
    letter, section = found_section(letter_id, slug)
    if is_htmx() or not may_here("write", letter):
        again("letters/section.html", part, **section_page(letter, section) | {"typed_comment": typed_comment()})
        return Beside(letter, section)
    received = read(section.questions, request.form, roles_on(section.questions), request.files)
    again("letters/section.html", **section_page(letter, section, received) | {"typed_comment": typed_comment()})
    return Beside(letter, section, received, operations.save_section(letter, received.filled, by=me()))


def answer_beside(came: Beside, part: str, said: str) -> ResponseReturnValue:
    """The part anew, or the section's page; with a text of the section that could not be kept, the page and that."""
    troubled = {*came.received.errors, *came.clashes}
    if troubled:
        page = troubled_page(came.letter, came.section, came.received.only(troubled), came.clashes)
        return invalid(409 if came.clashes else 422, **page)
    to = url_for("letters.section", letter_id=came.letter.id, section_slug=came.section.slug, _anchor="beside")
    return changed(part, to=to, said=said, fresh=lambda: beside_page(came.letter, came.section))
