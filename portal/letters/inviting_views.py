"""Doors for staff: choosing districts to invite, giving each a contact, and bringing a whole list."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.errors import RuleBroken
from portal.core.tables import BrokenFile
from portal.core.web import again, changed, invalid
from portal.rounds.inviting import invite_all
from portal.rounds.lists import read_back
from portal.rounds.models import Round
from portal.rounds.queries import find_round
from portal.rounds.rules import MOVES, may

from .inviting_pages import choosing_page, contacts_page, typed_people
from .listing_pages import columns_page, lines_page, people_in, put_right, raw_page
from .views import bp

CHOOSING = "/<slug:community>/staff/rounds/<id:round_id>/invitations/districts"
CONTACTS = "/<slug:community>/staff/rounds/<id:round_id>/invitations/contacts"
LISTING = "/<slug:community>/staff/rounds/<id:round_id>/invitations/list"
WHOM, LIST, READ = "letters/inviting_contacts.html", "letters/inviting_list.html", "letters/inviting_lines.html"


@bp.get(CHOOSING)
@staff
def choosing(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    return render_template(
        "letters/inviting_districts.html", here="staff", refusal=_closed(round), **choosing_page(round)
    )


@bp.get(CONTACTS)
@staff
def contacts(round_id: int) -> ResponseReturnValue:
    page = contacts_page(_round(round_id), request.args)
    return render_template(WHOM, here="staff", refusal=_closed(page["round"]), **page)


@bp.post(CONTACTS)
@staff
def contacts_start(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    people = typed_people(round, request.form)
    again(WHOM, here="staff", **contacts_page(round, request.form, people))
    if any(one.errors for one in people):
        return invalid()
    count = invite_all(round, [(one.district, one.contact) for one in people], by=me())
    return _prepared(round, count)


@bp.get(LISTING)
@staff
def listing(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    return render_template(LIST, here="staff", refusal=_closed(round), **raw_page(round))


@bp.post(LISTING)
@staff
def listing_start(round_id: int) -> ResponseReturnValue:
    round = _round(round_id)
    return _lines(round) if "lines" in request.form else _read(round)


def _read(round: Round) -> ResponseReturnValue:
    file, text = request.files.get("file"), request.form.get("table", "")
    try:
        page = columns_page(round, file.read() if file and file.filename else text, request.form)
    except BrokenFile as broken:
        again(LIST, here="staff", **raw_page(round, text, broken.problems))
        return invalid()
    again(READ, here="staff", **page)
    return invalid(422 if page["problems"] or page["wrong"] else 200)


def _lines(round: Round) -> ResponseReturnValue:
    again(LIST, here="staff", **raw_page(round))
    page = lines_page(round, put_right(read_back(request.form.get("lines", "")), request.form))
    again(READ, here="staff", **page)
    if request.form.get("do") != "prepare" or page["wrong"]:
        return invalid(422 if page["wrong"] else 200)
    return _prepared(round, invite_all(round, people_in(page["lines"]), by=me()))


def _round(round_id: int) -> Round:
    return find_round(community().id, round_id) or abort(404)


def _closed(round: Round) -> str:
    return "" if may("invite", round, clock.now()) else MOVES["invite"][1]


def _prepared(round: Round, count: int) -> ResponseReturnValue:
    if not count:
        raise RuleBroken("Nobody was left to invite: choose districts that have no invitation yet.")
    words = "invitation is" if count == 1 else "invitations are"
    said = f"{count} {words} prepared. Nothing is mailed before you send it."
    return changed(to=url_for("letters.invited", round_id=round.id, show="prepared"), said=said)
