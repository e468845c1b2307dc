"""Districts that asked to wait for the next round: their invitations to it are prepared."""

from __future__ import annotations

from portal.core.db import lock, transaction
from portal.core.history import Doer
from portal.districts.models import District
from portal.districts.queries import leads_of
from portal.rounds.copying import copied
from portal.rounds.inviting import Contact, invite_all
from portal.rounds.models import Round

from .offer_queries import deferred_to


@copied
def prepare_deferred(round: Round, by: Doer) -> int:
    """Prepare the invitation of every district that asked to wait for this round; says how many. Twice is once.

    Done for a round that is made of an earlier one, and whenever staff ask for it.

    Addressed to who leads the district longest; one that nobody leads is left for staff. Nothing is sent. A
    district with which whoever does it has a conflict is left for a colleague. Raises
    RuleBroken when the round takes no invitations any more.
    """
    with transaction():
        waiting = [row[0] for row in deferred_to(lock(round), by) if row.invitation_id is None]
        people = [(letter.district, _contact(letter.community_id, letter.district)) for letter in waiting]
        return invite_all(round, [(district, contact) for district, contact in people if contact], by=by)


def _contact(community_id: int, district: District) -> Contact | None:
    leads = leads_of(community_id, district.id)
    return Contact(leads[0].name, leads[0].email) if leads else None
