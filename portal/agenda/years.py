"""What staff do with a year of the agenda: let its title stand over it."""

from __future__ import annotations

from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.history import Doer, record

from .models import Agenda


def publish_year(agenda: Agenda, *, by: Doer) -> None:
    """Let the year's title stand over the agenda from now on; its experiences stay as they are."""
    with transaction():
        # Pressed twice: the first moment stays the one that counts.
        if lock(agenda).published_at is not None:
            return
        agenda.published_at = clock.now()
        refresh_public(agenda.community_id)
        record(agenda, "publish", by, community_id=agenda.community_id)
