"""Doors to the directory of districts."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.access import community as here
from portal.core.access import staff
from portal.core.limits import limited
from portal.core.text import tidy
from portal.core.web import asked_page, page_in, page_of

from .likeness import LONGEST_QUESTION
from .queries import directory, latest_facts, members_of, search_districts
from .rules import fact_words, kind_words

bp = Blueprint("districts", __name__)
MOST = 200  # found districts; who finds more types more
SIZE = 50


@bp.get("/<slug:community>/staff/districts")
@staff
@limited("searches", only_with="q")
def index() -> ResponseReturnValue:
    asked = tidy(request.args.get("q"))[:LONGEST_QUESTION]
    page = page_in(search_districts(asked, limit=MOST), asked_page(), SIZE) if asked else page_of(directory(), SIZE)
    return render_template(
        "districts/index.html", here="staff", asked=asked, page=page, most=MOST, kind_words=kind_words,
        fact_words=fact_words, facts=latest_facts(district.id for district in page.items),
        since={row.district_id: row.from_date for row in members_of(here().id)},
    )  # fmt: skip
