"""What the worker needs to write the mails of a letter's team."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core.clock import now
from portal.core.db import db
from portal.core.mail import writes
from portal.core.tokens import token_of

from .deadlines import time_of
from .models import Editor, Letter, SectionTask
from .queries import name_of
from .team_queries import PURPOSE
from .team_rules import link_until, state_of


@writes("editor_invitation")
def editor_invitation(editor_id: int) -> dict[str, Any] | None:
    """The private link of a co-editor; nothing when they joined or were taken off before the mail could leave."""
    editor = db.session.get_one(Editor, editor_id)
    if state_of(editor, now()) != "open":
        return None
    about = _about(editor.letter)
    url = url_for("letters.editor", community=about["community"].slug, token=token_of(editor, PURPOSE), _external=True)
    return {
        **about, "editor": editor, "url": url, "until": link_until(editor), "due": time_of(editor.letter, now()).until,
        "inviter": name_of(editor.invited_by_id) if editor.invited_by_id else "",
    }  # fmt: skip


@writes("section_owner")
def section_owner(task_id: int, account_id: int, by_account_id: int | None = None) -> dict[str, Any] | None:
    """The news that somebody looks after a section; nothing when it went to somebody else meanwhile."""
    task = db.session.get_one(SectionTask, task_id)
    if task.owner_id != account_id:
        return None
    about = _about(db.session.get_one(Letter, task.letter_id))
    url = url_for(
        "letters.section", community=about["community"].slug, letter_id=task.letter_id,
        section_slug=task.section.slug, _external=True,
    )  # fmt: skip
    return {
        **about, "section": task.section, "section_url": url, "due_on": task.due_on, "owner": name_of(account_id),
        "by": name_of(by_account_id) if by_account_id else "",
    }  # fmt: skip


def _about(letter: Letter) -> dict[str, Any]:
    community = letter.round.community
    return {
        "community": community, "zone": community.time_zone, "letter": letter, "round": letter.round,
        "district": letter.district,
    }  # fmt: skip
