"""Looks at rendered pages with html-validate, which runs on the Node inside Playwright's wheel."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import playwright

from tests.house.source import ROOT

NODE = Path(playwright.__file__).parent / "driver/node"
CHECKER = ROOT / "node_modules/html-validate/bin/html-validate.mjs"
RULES = ROOT / "tests/house/htmlvalidate.json"


def faults_of(pages: dict[str, str], folder: Path) -> list[str]:
    """What is wrong with `pages` (address to HTML), one line each; `folder` takes the files meanwhile."""
    names = {}
    for number, (address, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html)
        names[str(path)] = address
    answer = folder / "faults.json"  # a file, because the checker cuts what it writes into a pipe
    command = [str(NODE), str(CHECKER), "--config", str(RULES), "--formatter", f"json={answer}", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.exists(), done.stderr
    return [
        f"{names[found['filePath']]} line {message['line']}: {message['ruleId']} {message['message']}"
        for found in json.loads(answer.read_text())
        for message in found["messages"]
    ]
