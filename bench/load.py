"""Readers and people who sign up: kept-alive connections, a bounded number of requests, nothing but 127.0.0.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from typing import TypeVar
from urllib.parse import urlencode

from .server import HOST, Server

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CONNECTIONS = 16
Asked = TypeVar("Asked")
Said = TypeVar("Said")


@dataclass
class Answer:
    """What came back."""

    status: int
    body: str
    location: str = ""

    @property
    def token(self) -> str:
        """The token of the first form in the page, empty when it has none."""
        found = TOKEN.search(self.body)
        return unescape(found.group(1)) if found else ""


class Browser:
    """One person with one connection and a jar of cookies. Close it, or the server holds the connection open."""

    def __init__(self, server: Server, cookie: str = "") -> None:
        self.line = HTTPConnection(HOST, server.port, timeout=60)
        self.jar = dict([cookie.split("=", 1)]) if cookie else {}

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self.line.close()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields), {**kind, **headers})

    def _ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        self.line.request(method, path, body, {**(headers or {}), **({"Cookie": cookies} if cookies else {})})
        answer = self.line.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.jar[name] = value
        return Answer(answer.status, text, answer.getheader("Location", ""))


def cpu_per_request(server: Server, path: str, count: int, cookie: str = "") -> float:
    """Milliseconds of CPU that one GET of `path` costs the server, over `count` requests on 16 connections."""
    _read(server, path, CONNECTIONS * 4, cookie)  # warm
    before = server.cpu()
    _read(server, path, count, cookie)
    return (server.cpu() - before) / count * 1000


def all_at_once(work: Callable[[Asked], Said], asked: Iterable[Asked], at_once: int = CONNECTIONS) -> list[Said]:
    """What `work` answers to each, `at_once` at a time."""
    with ThreadPoolExecutor(at_once) as people:
        return list(people.map(work, asked))


def _read(server: Server, path: str, count: int, cookie: str) -> None:
    def read(n: int) -> set[int]:
        with Browser(server, cookie) as browser:
            return {browser.get(path).status for _ in range(count // CONNECTIONS)}

    statuses = set().union(*all_at_once(read, range(CONNECTIONS)))
    if statuses != {200}:
        raise RuntimeError(f"{path} answered {sorted(statuses)}")
