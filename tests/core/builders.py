"""Rows for the tests of core, which knows no feature: any table will do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.access import public
from portal.core.db import db


def a_row(email: str, **values: Any) -> Account:
    """A row that is about to be written."""
    row = Account(**{"email": email, "name": "Somebody", "created_at": datetime.now(UTC), **values})
    db.session.add(row)
    return row


def names() -> list[str]:
    """What is in the table now."""
    db.session.rollback()
    return list(db.session.scalars(select(Account.email).order_by(Account.id)))


def a_community(slug: str = "demo") -> Community:
    """A community at /demo/."""
    return create_community(slug=slug, name="Demo community", kind="district_network")


def a_door(app: Flask, rule: str, view: Callable[..., Any], gate: Callable[..., Any] = public, **options: Any) -> None:
    """One more door of the portal, for this test only."""
    app.add_url_rule(rule, endpoint=rule, view_func=gate(view), **options)


def a_template(app: Flask, **sources: str) -> None:
    """More templates, for this test only: page="…" is page.html."""
    more = DictLoader({f"{name}.html": source for name, source in sources.items()})
    app.jinja_loader = ChoiceLoader([more, app.jinja_loader])  # type: ignore[assignment, list-item]
