"""Which migration is the newest, told without Alembic, and a web server that starts without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Flask

from portal.core.db import db
from portal.core.migrations import FOLDER, is_current, newest

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
from portal import create_app
from portal.settings import Settings

create_app(Settings.read({"SECRET_KEY": "for-tests-only"}, Path(sys.argv[1])))
heavy = ("alembic", "flask_migrate", "pygments", "yaml", "portal.demo.operations", "weasyprint", "xlsxwriter", "PIL")
print(*[name for name in heavy if name in sys.modules])
"""


def test_the_newest_migration_is_the_one_that_alembic_names() -> None:
    assert newest() == set(ScriptDirectory(str(FOLDER)).get_heads())


def test_tables_that_no_migration_has_made_are_not_current(app: Flask) -> None:
    assert is_current() is False
    db.session.rollback()


def test_whoever_migrates_finds_flask_migrate_with_its_settings(app: Flask) -> None:
    assert app.extensions["migrate"].directory == str(FOLDER)
    assert app.extensions["migrate"].configure_args == {"render_as_batch": True, "compare_type": True}


def test_the_operator_finds_the_commands_of_migrations(app: Flask) -> None:
    listed = app.test_cli_runner().invoke(args=["db", "--help"])
    assert [name in listed.output for name in ("upgrade", "downgrade", "current")] == [True] * 3
    assert app.test_cli_runner().invoke(args=["db", "heads"], catch_exceptions=False).exit_code == 0


def test_a_web_server_starts_without_what_only_commands_need(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
