"""The door of join links."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from werkzeug.urls import iri_to_uri

from portal.agenda.queries import find_published, find_session
from portal.core.access import community, me

from .joining import join_session
from .views import PAGE, bp


@bp.post(f"{PAGE}/sessions/<id:session_id>/joining")
def joining(experience: str, session_id: int) -> ResponseReturnValue:
    found = find_published(community().id, experience) or abort(404)
    session = find_session(found.id, session_id) or abort(404)
    link = iri_to_uri(join_session(session, me()))
    page = render_template("enrollments/joining.html", here="agenda", experience=found, session=session, link=link)
    # By a header and not by a redirect: the policy lets a form lead to this site only. The other side does not learn
    # from which page people come.
    return page, 200, {"Refresh": f"0; url={link}", "Referrer-Policy": "no-referrer"}
