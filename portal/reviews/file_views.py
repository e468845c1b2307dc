"""The door of the files that stand in a letter as it was sent, for those who may read the letter."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, reviewer
from portal.core.audit import audit
from portal.core.uploads import send_kept
from portal.letters.file_queries import sent_file

from .queries import find_readable
from .reading_queries import blind_file_name, is_blind_for
from .views import bp


@bp.get("/<slug:community>/staff/letters/<id:letter_id>/files/<id:file_id>")
@reviewer
def letter_attachment(letter_id: int, file_id: int) -> ResponseReturnValue:
    letter = find_readable(me(), community().id, letter_id) or abort(404)
    found = sent_file(letter, file_id) or abort(404)
    audit("read file of a letter", subject=letter, note=found.name)
    return send_kept(found.key, blind_file_name(letter, found.id) if is_blind_for(me(), letter) else found.name)
