"""Doors of the files in a letter: for those who write it, and for whoever is asked to sign it. Always to be saved."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, public
from portal.core.uploads import send_kept

from .content import content_of
from .endorsement_views import LINK, found_request
from .file_queries import file_in, files_named
from .queries import find_letter
from .rules import is_waiting
from .views import LETTER, bp


@bp.get(f"{LETTER}/files/<id:file_id>")
def file(letter_id: int, file_id: int) -> ResponseReturnValue:
    letter = find_letter(me(), community().id, letter_id) or abort(404)
    found = file_in(letter, file_id) or abort(404)
    return send_kept(found.key, found.name)


@bp.get(f"{LINK}/files/<id:file_id>")
@public
def file_to_sign(token: str, file_id: int) -> ResponseReturnValue:
    request = found_request(token)
    # Only what the page shows: while the answers are locked for this signature, and no file that was replaced.
    if not is_waiting(request) or file_id not in files_named(content_of(request.letter)):
        abort(404)
    found = file_in(request.letter, file_id) or abort(404)
    return send_kept(found.key, found.name)
