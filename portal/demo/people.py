"""The demo's people: one account each, with what they may do, all with one password."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.accounts.models import Account
from portal.accounts.operations import HASHER, find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.districts.models import District
from portal.districts.operations import affiliate, grant_lead

SINCE = date(2020, 7, 1)
People = dict[str, Account]  # by the part of the address before the @


def load_people(
    rows: list[dict[str, Any]], communities: dict[str, Community], districts: dict[str, District], password: str
) -> People:
    """Everyone in these rows, by the first part of their address."""
    hashed = HASHER.hash(password)
    return {row["email"].partition("@")[0]: _person(row, communities, districts, hashed) for row in rows}


def _person(
    row: dict[str, Any], communities: dict[str, Community], districts: dict[str, District], hashed: str
) -> Account:
    account = find_or_open_account(email=row["email"], name=row["name"], is_demo=True)
    account.password_hash = hashed
    district = districts.get(row.get("district", ""))
    for slug in row["communities"]:
        _let_in(account, communities[slug], district, row)
    return account


def _let_in(account: Account, community: Community, district: District | None, row: dict[str, Any]) -> None:
    for kind in {"admin", "staff", "reviewer"} & set(row["permissions"]):
        grant_permission(community, email=account.email, kind=kind)
    if district is None:
        return
    if "member" in row["permissions"] or "lead" in row["permissions"]:
        affiliate(account, community.id, district, row["role"], SINCE, None)
    if "lead" in row["permissions"]:
        grant_lead(account, community.id, district, None)
