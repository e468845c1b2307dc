"""Readers and people who sign up: keep-alive connections, a bounded number of requests, nothing but 127.0.0.1."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from .server import Server

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CONNECTIONS = 16


@dataclass
class Answer:
    """What came back."""

    status: int
    body: str
    location: str = ""
    cookie: str = ""


class Browser:
    """One person with one connection and one cookie."""

    def __init__(self, server: Server, cookie: str = "") -> None:
        self.line = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.cookie = cookie

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask("POST", path, urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        cookie = answer.getheader("Set-Cookie", "").partition(";")[0]
        self.cookie = cookie or self.cookie
        return Answer(answer.status, text, answer.getheader("Location", ""), cookie)


def token_in(body: str) -> str:
    """The CSRF token of the first form in a page."""
    found = TOKEN.search(body)
    return found.group(1) if found else ""


def cpu_per_request(server: Server, path: str, count: int, cookie: str = "") -> float:
    """Milliseconds of CPU that one GET of `path` costs the server, over `count` requests on 16 connections."""
    _read(server, path, CONNECTIONS * 4, cookie)  # warm
    before = server.cpu()
    _read(server, path, count, cookie)
    return (server.cpu() - before) / count * 1000


def rush(people: list[Callable[[], str]], at_once: int = 32) -> list[str]:
    """Let all of them go, `at_once` at a time; gives what each one answers."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda person: person(), people))


def _read(server: Server, path: str, count: int, cookie: str) -> None:
    wrong: list[int] = []

    def read() -> None:
        browser = Browser(server, cookie)
        for _ in range(count // CONNECTIONS):
            answer = browser.get(path)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=read) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{path} answered {wrong[0]}")
