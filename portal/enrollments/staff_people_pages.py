"""What the pages show on which staff and the facilitator change who comes."""

from __future__ import annotations

from typing import Any

from portal.agenda.models import Experience
from portal.communities.queries import role_labels, roles_of
from portal.core import clock
from portal.core.access import community
from portal.core.filters import moment_text
from portal.districts.queries import members_of

from .hold_queries import holds_of
from .hold_rules import hold_words, is_kept
from .models import Enrollment
from .people_forms import AddForm, ReasonForm, ShareForm, SizeForm
from .roster_pages import roster_frame
from .roster_rules import why_not_yet

NOT_YET = "It is not published yet. Publish it first, then add people."
KEEP_LATER = (
    "It is not published yet. Publish it first, with sign-up that opens later if others should wait, then keep seats."
)


def adding_page(experience: Experience, form: AddForm | None = None) -> dict[str, Any]:
    """The form to add somebody, with how full it is."""
    form, frame = form or AddForm(formdata=None), roster_frame(experience)
    form.offer([room.mode for room in frame["rooms"]], _meetings(experience))
    return {**frame, "form": form, "why_not": why_not_yet(experience, NOT_YET, community().time_zone)}


def removal_page(experience: Experience, mine: Enrollment, form: ReasonForm | None = None) -> dict[str, Any]:
    """What it means that somebody is taken out, before it is done."""
    return {
        **roster_frame(experience), "mine": mine, "person": mine.account, "form": form or ReasonForm(formdata=None)
    }  # fmt: skip


def shares_page(experience: Experience, form: ShareForm | None = None) -> dict[str, Any]:
    """What is kept for whom, and the form to keep more."""
    form, frame, labels = form or ShareForm(formdata=None), roster_frame(experience), role_labels(community().id)
    districts = [(one.district_id, one.district.label) for one in members_of(community().id)]
    roles = [(role.slug, role.label) for role in roles_of(community().id)]
    form.offer(districts, roles, [room.mode for room in frame["rooms"]], _meetings(experience))
    shown = [
        (hold, name or labels.get(hold.role, hold.role), hold_words(hold, community().time_zone), _size(hold.id, hold))
        for hold, name in holds_of(experience.id)
        if is_kept(hold, clock.now())
    ]
    return {
        **frame,
        "form": form,
        "holds": shown,
        "why_not": why_not_yet(experience, KEEP_LATER, community().time_zone),
    }


def _size(number: int, hold: Any) -> SizeForm:
    form = SizeForm(formdata=None, seats=hold.seats)
    form.seats.id = f"seats-{number}"  # several of them stand on the page
    return form


def _meetings(experience: Experience) -> list[tuple[int, str]]:
    if experience.joined_by != "session":
        return []
    now, zone = clock.now(), community().time_zone
    coming = [one for one in experience.sessions if one.ends_at > now and one.cancelled_at is None]
    return [(one.id, moment_text(one.starts_at, zone)) for one in coming]
