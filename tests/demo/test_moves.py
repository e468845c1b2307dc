"""The demo's educator who changed district: each day knows where they worked."""

from __future__ import annotations

import pytest

from portal.accounts.queries import find_account
from portal.core.db import db
from portal.demo.days import day_in
from portal.demo.moves import MOVED, MOVER
from portal.districts.models import District
from portal.districts.queries import affiliations_of, find_by_slug
from portal.enrollments.models import Enrollment


@pytest.mark.usefixtures("demo")
def test_an_educator_moved_a_month_ago_and_every_day_before_stays_true() -> None:
    account = find_account(MOVER)
    assert account is not None
    for days, slug in ((-MOVED - 1, "danvers"), (-MOVED, "rockport"), (0, "rockport")):
        [job] = affiliations_of(account.id, 1, on=day_in(days))
        assert job.district.slug == slug
    old: District | None = find_by_slug("danvers")
    assert old is not None
    earlier = db.session.query(Enrollment).filter_by(account_id=account.id)
    assert {one.district_id for one in earlier} <= {old.id}
