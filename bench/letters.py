"""What letters cost: saving as somebody types, the staff's list of 300 letters, taking them away as a table."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from portal.accounts.models import Account, Permission
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.models import District, DistrictPermission
from portal.letters.models import Answer, Letter, Submission
from portal.rounds.models import Question, Round
from portal.rounds.operations import create_round, publish_round

from .load import CONNECTIONS, Browser, all_at_once
from .pages import Page, cost_of, queries_of
from .results import Row, at_most
from .server import ROOT, Server, serve
from .world import PEOPLE, Stage, cookie_of, portal_in_process

LETTERS = 300
ASKED = 12
WRITERS = CONNECTIONS  # each writes the letter of a district of their own
STAFF = PEOPLE - 1
LIST = Page(f"staff list of {LETTERS} letters, first page", "/bench/staff/letters", cookie_of(STAFF), 5.0)
GOAL = 2.0
BASE = re.compile(r'name="q1-base" value="([^"]+)"')
Save = Callable[[int], None]
Typing = Callable[[Server, int, int], Save]
TEXT = "Our two middle schools became one, and their teachers plan together for the first time. " * 6


def measure(stage: Stage) -> Iterator[Row]:
    """CPU of an autosave and of the list, and what the list asks of the database."""
    url = stage.copy()
    with portal_in_process(stage, url) as app:
        with app.app_context():
            question = _fill()
        few = queries_of(app, replace(LIST, path=f"{LIST.path}?state=writing"))
        yield at_most(f"queries: {LIST.name}, {stage.store.name}", queries_of(app, LIST), few, "", digits=0)
    bare_url = {"DATABASE_URL": stage.empty()}
    _fill_bare(bare_url)
    with serve("bench.served:app", stage.settings(url)) as portal, serve("bench.bare:app", bare_url) as bare:
        yield cost_of(stage, portal, bare, LIST)
        yield _autosaves(stage, portal, bare, question)


def _fill() -> int:
    """A round of twelve questions, 300 sent letters, and 16 drafts with a writer each; gives the question's number."""
    with transaction():
        community = db.session.scalars(select(Community).where(Community.slug == "bench")).one()
        round = _round(community)
        numbers = [number for (number,) in db.session.execute(select(Question.id).order_by(Question.id))]
        people = list(db.session.scalars(select(Account).where(Account.email.like("person-%")).order_by(Account.id)))
        districts = new_districts(LETTERS + WRITERS)
        staff = {"account_id": people[STAFF].id, "community_id": community.id, "kind": "staff"}
        db.session.execute(insert(Permission), [{**staff, "granted_at": clock.now()}])
        _letters(community, round, districts, numbers)
        leads = zip(people[:WRITERS], districts[LETTERS:], strict=True)
        permission = {"community_id": community.id, "kind": "lead", "granted_at": clock.now()}
        rows = [{**permission, "account_id": person.id, "district_id": district} for person, district in leads]
        db.session.execute(insert(DistrictPermission), rows)
    return numbers[0]


def _round(community: Community) -> Round:
    now = clock.now()
    fields = {
        "slug": "letters", "title": "A measured round", "letter_text": "Please answer.", "capacity": 3,
        "opens_at": now - timedelta(days=20), "closes_at": now + timedelta(days=20),
    }  # fmt: skip
    limits = {"limits": {"max_words": 300}}
    questions = [
        {"code": f"q{n}", "kind": "long_text", "label": f"Question number {n}", "settings": limits}
        for n in range(1, ASKED + 1)
    ]
    sections = [{"slug": "one", "title": "The one section", "questions": questions}]
    round = create_round(community, fields=fields, sections=sections)
    publish_round(round)
    return round


def new_districts(count: int) -> list[int]:
    """Districts that write letters; gives their numbers."""
    names = [{"name": f"District number {n:03}", "slug": f"letters-{n}", "city": "Town"} for n in range(count)]
    db.session.execute(insert(District), names)
    chosen = select(District.id).where(District.slug.like("letters-%")).order_by(District.id)
    return list(db.session.scalars(chosen))


def _letters(community: Community, round: Round, districts: list[int], questions: list[int]) -> None:
    now = clock.now()
    row = {"community_id": community.id, "round_id": round.id, "started_at": now}
    statuses = ["submitted"] * LETTERS + ["draft"] * WRITERS
    pairs = zip(districts, statuses, strict=True)
    db.session.execute(
        insert(Letter), [{**row, "district_id": district, "status": status} for district, status in pairs]
    )
    letters = list(db.session.scalars(select(Letter.id).where(Letter.round_id == round.id).order_by(Letter.id)))
    answer = {"value": TEXT, "version": 1, "saved_at": now}
    answers = [{**answer, "letter_id": letter, "question_id": number} for letter in letters for number in questions]
    db.session.execute(insert(Answer), answers)
    db.session.execute(insert(Submission), [sent_row(letter) for letter in letters[:LETTERS]])


def sent_row(letter: int) -> dict[str, Any]:
    """The columns of a letter's only submission, twelve answers long."""
    asked = [
        {"code": f"q{n}", "kind": "long_text", "label": f"Question number {n}", "value": TEXT, "lines": [TEXT]}
        for n in range(1, ASKED + 1)
    ]
    content = {"sections": [{"slug": "one", "title": "The one section", "questions": asked}], "roster": []}
    return {
        "letter_id": letter, "number": 1, "reference": f"DN-{letter}", "content": content, "content_hash": "x",
        "submitted_at": clock.now(),
    }  # fmt: skip


def _autosaves(stage: Stage, portal: Server, bare: Server, question: int) -> Row:
    each = max(stage.scale.sign_ups // WRITERS, 2)
    _cpu(portal, _typing, question, 1), _cpu(bare, _bare_typing, question, 1)  # warm
    pairs = [
        (_cpu(portal, _typing, question, each), _cpu(bare, _bare_typing, question, each))
        for _ in range(stage.scale.repeats)
    ]
    own, other = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(one / two for one, two in pairs)
    note = f"{own:.2f} ms against {other:.2f}"
    return at_most(f"CPU: autosave of one answer, {stage.store.name}", ratio, GOAL, "× bare", note)


def _cpu(server: Server, typing: Typing, question: int, each: int) -> float:
    """Milliseconds of CPU per save. The pages on which they begin are opened before the measure."""
    writers = [typing(server, number, question) for number in range(WRITERS)]
    before = server.cpu()
    all_at_once(lambda save: [save(n) for n in range(each)], writers)
    return (server.cpu() - before) / (WRITERS * each) * 1000


def _typing(server: Server, number: int, question: int) -> Save:
    """Writer `number` at a section: each call saves one more text, on top of what the page said last."""
    browser = Browser(server, cookie_of(number))
    letter = f"/bench/letters/{LETTERS + number + 1}"
    shown = browser.get(f"{letter}/sections/one")
    kept = {"csrf_token": shown.token, "q1-base": _base(shown.body)}

    def save(n: int) -> None:
        fields = {**kept, "q1": f"{TEXT} {number} {n} {time.monotonic()}"}
        answer = browser.post(f"{letter}/answers/{question}", fields, **{"HX-Request": "true"})
        if answer.status != 200 or "Saved" not in answer.body:
            raise RuntimeError(f"An autosave answered {answer.status}")
        kept["q1-base"] = _base(answer.body)

    return save


def _bare_typing(server: Server, number: int, question: int) -> Save:
    """The same on the bare app."""
    browser = Browser(server, f"who={number + 1}")
    token = browser.get("/text").token

    def save(n: int) -> None:
        answer = browser.post("/text", {"csrf_token": token, "text": f"{TEXT} {number} {n} {time.monotonic()}"})
        if answer.status != 200:
            raise RuntimeError(f"A bare save answered {answer.status}")

    return save


def _base(page: str) -> str:
    found = BASE.search(page)
    if found is None:
        raise RuntimeError("The page has no base to save from.")
    return unescape(found.group(1))


def _fill_bare(settings: dict[str, str]) -> None:
    fill = [sys.executable, "-m", "bench.bare", str(WRITERS), "1"]
    subprocess.run(fill, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **settings}, check=True)
