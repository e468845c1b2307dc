"""Doors for staff who build a round: the list of rounds, a new one, its chapters, copying, publishing."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me, staff
from portal.core.audit import audit
from portal.core.web import again, changed, invalid, page_of

from . import building
from .build_base import at_its_field, saved
from .build_copies import CopyForm, copy_page
from .build_forms import NewRoundForm, PublishForm
from .build_pages import FORMS, address, chapter_page, frame, happened, todo
from .built import find_whole_round, happened_in, whole_rounds
from .changes import Freedom
from .chapters import CHAPTERS, next_chapter, opens_at_once, short_name
from .copying import copy_round
from .models import Round
from .queries import rounds_of
from .rules import closing_words
from .samples import as_typed, sample_invitation
from .sheet import Sheet, sheet_of
from .views import bp

ROUNDS = "/<slug:community>/staff/rounds/"
ROUND = f"{ROUNDS}<id:round_id>/"
CHAPTER = f"{ROUND}<any({', '.join(repr(key) for key in CHAPTERS)}):chapter>"
FORM = f"{ROUND}<any({', '.join(repr(key) for key in FORMS)}):chapter>"


@bp.get(ROUNDS)
@staff
def build_list() -> ResponseReturnValue:
    page = page_of(whole_rounds(community().id), 20)
    rows = [(one, Freedom.of(one, clock.now()).stage, todo(one)) for one in page.items]
    return render_template("rounds/build_list.html", here="staff", page=page, rows=rows)


@bp.get(f"{ROUNDS}new")
@staff
def build_new() -> ResponseReturnValue:
    return render_template("rounds/build_new.html", here="staff", form=NewRoundForm())


@bp.post(f"{ROUNDS}new")
@staff
def build_begin() -> ResponseReturnValue:
    form = NewRoundForm()
    again("rounds/build_new.html", "rounds/_build_new.html", here="staff", form=form)
    if not form.validate_on_submit():
        return invalid()
    slug = form.slug.data or short_name(form.title.data, [one.slug for one in rounds_of(community().id)], "round")
    with at_its_field(form):
        made = building.draft_round(community(), form.title.data, slug, by=me())
    return changed(to=url_for("rounds.build_show", round_id=made.id), said="The round is begun. Only staff see it.")


@bp.get(ROUND)
@staff
def build_show(round_id: int) -> ResponseReturnValue:
    round = found(round_id)
    page = page_of(happened_in(round), 10)
    lines = [happened(row) for row in page.items]
    return render_template("rounds/build_show.html", page=page, lines=lines, todo=todo(round), **frame(round))


@bp.get(CHAPTER)
@staff
def build_chapter(round_id: int, chapter: str) -> ResponseReturnValue:
    return render_template("rounds/build.html", **chapter_page(found(round_id), chapter))


@bp.post(FORM)
@staff
def build_save(round_id: int, chapter: str) -> ResponseReturnValue:
    round = found(round_id)
    page = chapter_page(round, chapter)
    form = page["form"]
    again("rounds/build.html", page["shown"], **page)
    if not form.validate_on_submit():
        return invalid()
    saved(form, lambda typed: FORMS[chapter].save(round, typed, by=me()))
    following = next_chapter(chapter)[0] if "on" in request.form else chapter
    return changed(to=address(round, following), said=f"{CHAPTERS[chapter]}: saved.")


@bp.post(f"{ROUND}letter/preview")
@staff
def build_letter_preview(round_id: int) -> ResponseReturnValue:
    page = chapter_page(found(round_id), "letter")
    form = page["form"]
    again("rounds/build.html", page["shown"], **page)
    return invalid(200, sheet=typed_sheet(page["round"], form)) if form.validate_on_submit() else invalid()


@bp.get(f"{ROUND}publish")
@staff
def build_publish(round_id: int) -> ResponseReturnValue:
    return render_template("rounds/build_publish.html", **publish_page(found(round_id), PublishForm()))


@bp.post(f"{ROUND}publish")
@staff
def build_published(round_id: int) -> ResponseReturnValue:
    round, form = found(round_id), PublishForm()
    again("rounds/build_publish.html", "rounds/_build_publish.html", **publish_page(round, form))
    if not form.validate_on_submit():
        return invalid()
    building.publish(round, confirmation=form.typed.data or "", by=me())
    audit("published a round", subject=round)
    return changed(to=url_for("rounds.build_show", round_id=round_id), said="The round is published. Visitors see it.")


@bp.get(f"{ROUND}copy")
@staff
def build_copy(round_id: int) -> ResponseReturnValue:
    return render_template("rounds/build_copy.html", **copy_page(found(round_id)))


@bp.post(f"{ROUND}copy")
@staff
def build_copied(round_id: int) -> ResponseReturnValue:
    round = found(round_id)
    page = copy_page(round)
    again("rounds/build_copy.html", "rounds/_build_copy.html", **page)
    form: CopyForm = page["form"]
    if not form.validate_on_submit():
        return invalid()
    with at_its_field(form):
        made = copy_round(round, community(), form.plan(), by=me())
    return changed(to=url_for("rounds.build_show", round_id=made.id), said="The copy is made. Only staff see it.")


def found(round_id: int) -> Round:
    """The round of this community with all its parts; another one's is no page here."""
    return find_whole_round(community().id, round_id) or abort(404)


def publish_page(round: Round, form: PublishForm) -> dict[str, Any]:
    """The check list before a round is published."""
    words = closing_words(round) if opens_at_once(round, clock.now()) else ""
    return {**frame(round, "publish"), "form": form, "words": words}


def typed_sheet(round: Round, form: Any) -> Sheet:
    """The letter as a sample district would read it with what was typed and is not saved yet."""
    return sheet_of(as_typed(round, form.wanted()), round.community, clock.now(), sample_invitation())
