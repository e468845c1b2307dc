"""The door through which staff open the cohort that a round fills."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.core.access import community, me, staff
from portal.core.web import again, changed, invalid
from portal.rounds.models import Round
from portal.rounds.queries import find_round

from .forms import CohortForm
from .opening import open_cohort, slugs_of
from .queries import cohort_of_round
from .views import bp

COHORT = "/<slug:community>/staff/rounds/<id:round_id>/cohort"


@bp.get(COHORT)
@staff
def opening(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    return render_template("cohorts/opening.html", **_page(round))


@bp.post(COHORT)
@staff
def opened(round_id: int) -> ResponseReturnValue:
    round = find_round(community().id, round_id) or abort(404)
    page = _page(round)
    form: CohortForm = page["form"]
    again("cohorts/opening.html", "cohorts/_opening.html", **page)
    if not form.validate_on_submit():
        return invalid()
    made = open_cohort(round, name=form.name.data, starts_on=form.starts_on.data, ends_on=form.ends_on.data, by=me())
    return changed(to=url_for("rounds.build_show", round_id=round_id), said=f"{made.name} is open.")


def _page(round: Round) -> dict[str, Any]:
    proposed = {"name": f"Cohort {len(slugs_of(round.community_id)) + 1}", "starts_on": round.term_from}
    form = CohortForm(data={**proposed, "ends_on": round.term_to})
    return {"here": "staff", "round": round, "cohort": cohort_of_round(round.id), "form": form}
