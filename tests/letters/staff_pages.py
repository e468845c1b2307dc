"""What tests of staff's pages about invitations share: a coordinator at the door, and strangers who stay outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from portal.accounts.operations import find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.audit import Audit
from portal.core.db import db

PART = {"HX-Request": "true"}
LEAD = "lead of another place"


def a_coordinator(community: Community, client: FlaskClient, sign_in: Callable) -> FlaskClient:
    """A browser in which the community's coordinator is signed in."""
    return sign_in(
        client, grant_permission(community, email="coordinator@example.org", kind="staff", name="Coordinator")
    )


def outsiders(community: Community, client: FlaskClient, sign_in: Callable) -> Iterator[FlaskClient]:
    """Browsers of those who are not staff here: a visitor, an educator, a reviewer, another community's admin."""
    yield client
    yield sign_in(client, find_or_open_account(email="educator@example.org"))
    yield sign_in(client, grant_permission(community, email="reviewer@example.org", kind="reviewer"))
    other = create_community(slug="elsewhere", name="Elsewhere", kind="district_network")
    yield sign_in(client, grant_permission(other, email="admin@example.org", kind="admin"))


def audited(action: str) -> list[Audit]:
    """The lines of the audit trail about this."""
    db.session.rollback()
    return db.session.query(Audit).filter_by(action=action).order_by(Audit.id).all()


def row_of(row: Any) -> Any:
    """The row as it stands in the database now."""
    db.session.rollback()
    db.session.refresh(row)
    return row
