"""The proxy of production keeps what the portal promises: its headers on files too, and no private link in a log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from portal.core.headers import HEADERS

CONFIG = (Path(__file__).parents[1] / "deploy" / "nginx.conf").read_text()
TOKEN = "s3cret-T0ken_" * 3
VALUES = {"community": "eclc", "token": TOKEN, "file_id": 7, "answer": "signature"}


def test_files_that_the_proxy_serves_carry_the_same_headers() -> None:
    added = dict(re.findall(r'add_header ([\w-]+) "?([^"\n]+?)"? always;', CONFIG))
    assert {name: added.get(name) for name in HEADERS} == HEADERS


def logged(uri: str) -> str:
    """What the log shows of an address."""
    [(pattern, shown)] = re.findall(r'"~(\S+)"\s+"(\S+)";', CONFIG)
    found = re.search(pattern.replace("(?<", "(?P<"), uri)
    if found:
        return re.sub(r"\$\{(\w+)\}", lambda name: found[name[1]] or "", shown)
    return uri


def test_no_private_link_stands_in_the_log(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    urls = app.url_map.bind("localhost")
    paths = [urls.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments}) for rule in rules]
    assert len(paths) > 6
    assert [path for path in paths if TOKEN in logged(path) or TOKEN in logged(f"{path}?from=mail")] == []
    assert CONFIG.count("access_log /var/log/nginx/portal.log portal;") == CONFIG.count("server {")
    assert "$request " not in CONFIG
    assert "http_referer" not in CONFIG


@pytest.mark.parametrize("path", ["/", "/eclc/agenda?kind=series", "/eclc/letters/3/sections/why-now"])
def test_other_addresses_stand_in_the_log_as_they_are(path: str) -> None:
    assert logged(path) == path
