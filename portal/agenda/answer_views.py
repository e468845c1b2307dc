"""How the doors of planning answer a form: with the form again where something is missing, else with the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from portal.core.web import again, changed, invalid

PLAN = "agenda/plan.html"
Onward = tuple[str, str]  # where to go on once it is kept, and what is said there


def answered(page: Mapping[str, Any], keep: Callable[[Any], Onward], template: str = PLAN) -> ResponseReturnValue:
    """Write what was typed by `keep`, and lead on. `page` is what the page shows: its `form`, and as `shown` the part
    that holds it. What is missing, or refused by `keep`, is said in the form, which comes back as it was typed.
    """
    again(template, page["shown"], **page)
    if not page["form"].validate_on_submit():
        return invalid()
    to, said = keep(page["form"])
    return changed(to=to, said=said)


def answered_once_seen(
    page: Mapping[str, Any], look: Callable[[Any], Any], keep: Callable[[Any, Any], Onward], template: str = PLAN
) -> ResponseReturnValue:
    """The same for what is shown before it is made. `look` gives what would come of the form: the page shows it as
    `lines`, and the button `make` makes it, unless the form says something else by then. What was shown once comes back
    with each refusal, with the boxes as they were checked.
    """
    form, is_pressed = page["form"], "make" in request.form
    again(template, page["shown"], **page)
    if not form.validate_on_submit():
        was_shown = form.can_be_shown and (is_pressed or form.is_seen)
        return invalid(lines=look(form) if was_shown else None)
    lines = look(form)
    if not is_pressed:
        return invalid(200, lines=lines)
    # From here on a refusal shows the lines too: they are what is to be looked at.
    again(template, page["shown"], **{**page, "lines": lines})
    form.check_seen()
    to, said = keep(form, lines)
    return changed(to=to, said=said)
