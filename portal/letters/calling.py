"""What staff do for a district on the phone."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.rounds import operations as rounds
from portal.rounds.inviting_rules import check_move, checked_note
from portal.rounds.models import Invitation

from .invitations import is_untouched
from .queries import letter_of


def decline_by_phone(invitation: Invitation, reason: str, *, by: Doer) -> None:
    """Note that the district does not join this year, as it was said on the phone; the addressee gets it in writing.

    The district can change it by its own link until closing. Raises RuleBroken without a reason, when it has answered
    or begun its letter, or when the round takes no answers.
    """
    note = checked_note(reason, "Write the reason, in their words.")
    with transaction():
        check_move("decline", lock(invitation))
        letter = letter_of(invitation.round_id, invitation.district_id)
        if letter is not None and not is_untouched(letter):
            raise RuleBroken(f"{invitation.district.label} has begun its letter. Its writers say what becomes of it.")
        rounds.answer_not_this_year(invitation, reason=note, by=by)
        record(invitation, "call", by, community_id=invitation.community_id, note=f"Not this year: {note}")
        if invitation.sent_at is not None and invitation.bounced_at is None:
            post(
                "invitation_answered", to=invitation.to_email, community_id=invitation.community_id,
                once=f"invitation-answered:{invitation.id}:{clock.now():%Y%m%d%H%M%S%f}",
                invitation_id=invitation.id, name="", handed=len(invitation.handovers),
            )  # fmt: skip
