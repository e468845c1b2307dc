"""An invitation's mails: owed in its operations, and noted on it once the worker knows what became of them."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import db, lock
from portal.core.history import record
from portal.core.mail import settles
from portal.core.outbox import post

from .inviting_rules import bounce_words, mail_number
from .models import Handover, Invitation


def post_letter(invitation: Invitation, template: str = "invitation") -> None:
    """Owe the invitation's addressee the mail `template` with their private link. Needs the invitation's lock.

    Until the worker reports back it is neither mailed nor bounced.
    """
    invitation.mails += 1
    invitation.mailed_at, invitation.bounced_at, invitation.bounce_note = None, None, ""
    # The number says which mail is the latest: one for the person before, or an older try, is neither sent nor counted.
    post(
        template, to=invitation.to_email, community_id=invitation.community_id,
        once=f"{template}:{invitation.id}:{mail_number(invitation)}", invitation_id=invitation.id,
        number=mail_number(invitation),
    )  # fmt: skip


@settles("invitation_reminder")
@settles("invitation")
def note_mail(invitation_id: int, error: str, number: int = 0) -> None:
    """Note on the invitation that its latest mail has left, or why it never will."""
    invitation = lock(db.session.get_one(Invitation, invitation_id))
    if number == mail_number(invitation):
        _note(invitation, error)


@settles("invitation_passed_on")
def note_colleagues_mail(handover_id: int, error: str) -> None:
    """Note the same of the mail to a colleague whom the letter was passed on to, unless somebody else has it now."""
    handover = db.session.get_one(Handover, handover_id)
    invitation = lock(handover.invitation)
    if invitation.handovers[-1].id == handover_id:
        _note(invitation, error)


def _note(invitation: Invitation, error: str) -> None:
    if not error:
        invitation.mailed_at, invitation.bounced_at, invitation.bounce_note = clock.now(), None, ""
        return
    invitation.bounced_at, invitation.bounce_note = clock.now(), bounce_words(error)
    record(invitation, "bounce", None, community_id=invitation.community_id, note=invitation.bounce_note)
