"""What a sign-up costs from the form to the confirmation, against the bare sign-up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from statistics import median

from .load import CONNECTIONS, Answer, Browser, all_at_once
from .results import Row, at_most
from .server import ROOT, Server, serve
from .world import SIGN_UP, Stage, cookie_of

GOAL = 1.5
SignUp = Callable[[Server, int], Answer]


def measure(stage: Stage) -> Iterator[Row]:
    """CPU of the three requests of a sign-up: form, POST, confirmation."""
    bare_settings = {"DATABASE_URL": stage.empty()}
    people = CONNECTIONS + stage.scale.sign_ups * stage.scale.repeats
    fill = [sys.executable, "-m", "bench.bare", str(people), "5000"]
    subprocess.run(fill, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **bare_settings}, check=True)
    with (
        serve("bench.served:app", stage.settings(stage.copy())) as portal,
        serve("bench.bare:app", bare_settings) as bare,
    ):
        yield _cost(stage, portal, bare)


def sign_up(server: Server, number: int, slug: str = SIGN_UP) -> Answer:
    """Person `number` takes a seat on the portal, as a browser without scripts does; what they see last."""
    page = f"/bench/agenda/{slug}"
    with Browser(server, cookie_of(number)) as browser:
        return _three_requests(browser, page, f"{page}/seat")


def bare_sign_up(server: Server, number: int) -> Answer:
    """The same on the bare app."""
    with Browser(server, f"who={number + 1}") as browser:
        return _three_requests(browser, "/seat", "/seat")


def _three_requests(browser: Browser, form: str, target: str) -> Answer:
    shown = browser.get(form)
    if shown.status != 200:
        return shown
    answer = browser.post(target, {"csrf_token": shown.token})
    return browser.get(answer.location) if answer.status == 303 else answer


def _cost(stage: Stage, portal: Server, bare: Server) -> Row:
    size = stage.scale.sign_ups
    for warm, server in ((sign_up, portal), (bare_sign_up, bare)):
        _cpu(warm, server, range(CONNECTIONS))
    groups = [range(CONNECTIONS + n * size, CONNECTIONS + (n + 1) * size) for n in range(stage.scale.repeats)]
    pairs = [(_cpu(sign_up, portal, group), _cpu(bare_sign_up, bare, group)) for group in groups]
    own, other = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(one / two for one, two in pairs)
    name = f"CPU: sign-up, form to confirmation, {stage.store.name}"
    return at_most(name, ratio, GOAL, "× bare", f"{own:.1f} ms against {other:.1f}")


def _cpu(one: SignUp, server: Server, people: range) -> float:
    before = server.cpu()
    answers = all_at_once(lambda number: one(server, number), people)
    wrong = [answer.status for answer in answers if answer.status != 200 or "You have a seat" not in answer.body]
    if wrong:
        raise RuntimeError(f"A sign-up answered {wrong[0]}")
    return (server.cpu() - before) / len(people) * 1000
