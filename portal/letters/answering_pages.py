"""What the pages show on which a district answers without an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core import clock
from portal.core.access import community
from portal.districts.models import District
from portal.districts.queries import leads_of
from portal.rounds.models import AnswerRequest, Round
from portal.rounds.queries import extensions_of
from portal.rounds.rules import told_end

from .answering import refusal_of
from .answering_forms import AddressForm, AskerForm
from .answering_queries import open_districts
from .answering_rules import reply_day, round_refusal, standing_of
from .queries import letter_of


def start_page(round: Round, form: AddressForm, asked: str = "") -> dict[str, Any]:
    """The first page: which district is it? Found by name or town, or by somebody's work mail."""
    return {
        "here": "letter", "round": round, "form": form, "asked": asked, "found": open_districts(asked), "why": "",
        "sentence": round_refusal(round, (), clock.now(), community().time_zone),
    }  # fmt: skip


def asker_page(round: Round, form: AskerForm, districts: Sequence[District]) -> dict[str, Any]:
    """The second page: who asks, for one of these districts; or why it cannot answer."""
    form.offer(districts)
    one = districts[0] if len(districts) == 1 else None
    sentence = refusal_of(round, one) if one else round_refusal(round, (), clock.now(), community().time_zone)
    return {"here": "letter", "round": round, "form": form, "districts": districts, "one": one, "sentence": sentence}


def request_page(request: AnswerRequest, token: str) -> dict[str, Any]:
    """The page of the mailed link: confirm, or where the request stands. Names only for those whose address fits."""
    round, district, zone = request.round, request.district, community().time_zone
    letter, times = letter_of(round.id, district.id), extensions_of(round.id, district.id)
    standing = standing_of(request, has_letter=letter is not None)
    leads = leads_of(request.community_id, district.id) if request.fits and standing == "taken" else []
    return {
        "here": "letter", "token": token, "asking": request, "standing": standing, "leads": leads,
        "until": told_end(round, times), "sentence": refusal_of(round, district) if standing == "new" else "",
        "day": reply_day(request.confirmed_at, round, zone) if request.confirmed_at else None,
    }  # fmt: skip
