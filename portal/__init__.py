"""The portal of educator learning communities: create_app puts the house together."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from . import cli, frame
from .communities.queries import public_version, words_named
from .core import access, failures, filters, headers, inputs, jobs, kept, limits, seals
from .core.db import db
from .core.migrations import Migrations
from .demo.faces import demo_faces
from .districts.actors import load_actor
from .settings import ROOT, Settings

FEATURES = (
    "accounts",
    "communities",
    "districts",
    "rounds",
    "letters",
    "reviews",
    "cohorts",
    "agenda",
    "enrollments",
    "reports",
    "home",
)
ROOMS = ("views", "mails", "jobs")
csrf = CSRFProtect()

for feature in FEATURES:  # whoever imports the portal knows all of its tables
    for path in sorted((Path(__file__).parent / feature).glob("*models.py")):
        import_module(f"portal.{feature}.{path.stem}")


def create_app(settings: Settings | None = None) -> Flask:
    """The portal, ready to answer. Raises BadSettings with a sentence when it must not start."""
    settings = settings or Settings.read()
    app = Flask(
        "portal",
        root_path=str(Path(__file__).parent),
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance),
    )
    settings.instance.mkdir(parents=True, exist_ok=True)  # every command finds it, the first one too
    app.config.update(settings.flask())
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    _connect(app)
    _open_doors(app)
    cli.install(app)
    return app


def _connect(app: Flask) -> None:
    db.init_app(app)
    Migrations(app)
    jobs.install(app)
    headers.install(app)
    inputs.install(app)
    seals.install(app)
    kept.install(app, public_version)
    access.install(app, words_named, load_actor)
    limits.install(app)
    csrf.init_app(app)
    failures.install(app)
    filters.install(app)
    frame.install(app)
    app.extensions["demo_people"] = demo_faces


def _open_doors(app: Flask) -> None:
    for feature in FEATURES:
        folder = Path(__file__).parent / feature
        for path in sorted(folder.glob("*.py"), key=lambda path: (path.stem != "views", path.stem)):
            if path.stem in ROOMS or path.stem.endswith(("_views", "_mails")):
                import_module(f"portal.{feature}.{path.stem}")
        if (folder / "views.py").exists():
            app.register_blueprint(import_module(f"portal.{feature}.views").bp)
