"""Doors for whoever watches over the portal: does the process live, and can it do its work."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.core.access import public
from portal.core.health import look_at_all

from .views import bp

FRESH = {"Cache-Control": "no-store"}


@bp.get("/health/live")
@public
def live() -> ResponseReturnValue:
    return {"live": True}, 200, FRESH


@bp.get("/health/ready")
@public
def ready() -> ResponseReturnValue:
    found = {finding.name: finding.wrong or "fine" for finding in look_at_all()}
    is_ready = set(found.values()) == {"fine"}
    return {"ready": is_ready, "checks": found}, 200 if is_ready else 503, FRESH
