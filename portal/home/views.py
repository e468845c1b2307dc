"""The front doors: the portal, a community, its members."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.core.access import community as here
from portal.core.access import kept

from .queries import front_doors, front_page, members_page

bp = Blueprint("home", __name__)


@bp.get("/")
@kept
def portal() -> ResponseReturnValue:
    return render_template("home/portal.html", doors=front_doors())


@bp.get("/<slug:community>/")
@kept
def community() -> ResponseReturnValue:
    return render_template("home/community.html", here="home", **front_page(here()))


@bp.get("/<slug:community>/members")
@kept
def members() -> ResponseReturnValue:
    return render_template("home/members.html", **members_page(here()))
