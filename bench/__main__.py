"""python -m bench: measure everything in one run, print the table, keep it as JSON.

--quick asks for less, for a smoke test; --only names parts; --on names databases.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import deciding, letters, pages, rushes, seats, signups, starts, weights
from .results import FILE, Row, line_of, table_of, write
from .stores import open_store
from .world import FULL, QUICK, Scale, Stage, prepare

PARTS: dict[str, Callable[[Stage], Iterator[Row]]] = {
    "starts": starts.measure,
    "weights": weights.measure,
    "pages": pages.measure,
    "seats": seats.measure,
    "letters": letters.measure,
    "deciding": deciding.measure,
    "signups": signups.measure,
    "rushes": rushes.measure,
}
ONCE = {"starts", "weights"}  # the same on every database
DATABASES = ("SQLite", "PostgreSQL")


def run(parts: Sequence[str], databases: Sequence[str], scale: Scale) -> Iterator[Row]:
    """The rows of the chosen parts on the chosen databases, one after the other."""
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="bench-") as place, open_store(name, Path(place)) as store:
            stage = Stage(store, Path(place), scale)
            chosen = [part for part in parts if part not in ONCE or name == databases[0]]
            prepare(stage, with_demo="weights" in chosen)
            for part in chosen:
                yield from PARTS[part](stage)


def main() -> None:
    """Measure what the command line asks for."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped and the files removed
    started, rows = time.monotonic(), []
    for row in run(asked.only, asked.on, QUICK if asked.quick else FULL):
        print(line_of(row), flush=True)
        rows.append(row)
    write(rows, asked.to)
    missed = sum(not row.met for row in rows)
    print(f"\n{len(rows)} figures in {time.monotonic() - started:.0f} s, {missed} missed. They are in {asked.to}.")
    if asked.markdown:
        print(table_of(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="ask for less: a smoke test")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure")
    parser.add_argument("--on", nargs="+", choices=DATABASES, default=list(DATABASES), help="databases")
    parser.add_argument("--to", type=Path, default=FILE, help="where to keep the figures")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
