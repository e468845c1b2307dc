"""Everything that is set from outside, read once from the environment, checked before the portal starts."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from click import ClickException

ROOT = Path(__file__).resolve().parent.parent
DEMO_PASSWORD = "learning-together"  # public, and refused in production
MOUNTS = Path("/proc/self/mounts")


class BadSettings(ClickException):
    """The portal must not start like this; the sentence says what to mend. Every command prints it as one line."""


@dataclass(frozen=True)
class Settings:
    """The settings of contract: names of the environment in capitals, defaults for development."""

    env: str
    secret_key: str
    database_url: str
    base_url: str
    mail_url: str
    mail_from: str
    storage_url: str
    redis_url: str
    web_processes: int
    trusted_proxies: int
    demo_password: str
    instance: Path

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, instance: Path = ROOT / "instance") -> Settings:
        """The settings that `environ` asks for. Raises BadSettings with a sentence in production."""
        port = environ.get("PORT", "8000")
        env = environ.get("PORTAL_ENV", "development")
        base = environ.get("PORTAL_BASE_URL", "" if env == "production" else f"http://127.0.0.1:{port}")
        settings = cls(
            env=env,
            secret_key=environ.get("SECRET_KEY", "") or ("" if env == "production" else _development_key(instance)),
            database_url=_driver(environ.get("DATABASE_URL", "") or f"sqlite:///{instance / 'portal.db'}"),
            base_url=base.rstrip("/"),
            mail_url=environ.get("MAIL_URL", "") or f"file:{instance / 'mail'}",
            mail_from=environ.get("MAIL_FROM", "") or "Learning communities <portal@example.org>",
            storage_url=environ.get("STORAGE_URL", "") or f"file:{instance / 'files'}",
            redis_url=environ.get("REDIS_URL", ""),
            web_processes=max(_number(environ, "WEB_CONCURRENCY", 2), 1),
            trusted_proxies=_number(environ, "PORTAL_TRUSTED_PROXIES", 0),
            demo_password=environ.get("PORTAL_DEMO_PASSWORD", "" if env == "production" else DEMO_PASSWORD),
            instance=instance,
        )
        settings._check()
        if settings.is_production and environ.get("FLASK_DEBUG", "0") not in {"", "0", "false"}:
            raise BadSettings("FLASK_DEBUG is set. Remove it: its pages would show the portal's inside to everyone.")
        return settings

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    def flask(self) -> dict[str, object]:
        """The same, in the names that Flask and its extensions read."""
        secure = self.base_url.startswith("https://")
        return {
            "SECRET_KEY": self.secret_key,
            "SERVER_NAME": urlsplit(self.base_url).netloc,  # so that the worker can write addresses into mail
            "PREFERRED_URL_SCHEME": urlsplit(self.base_url).scheme,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": self._engine(),
            "SESSION_COOKIE_NAME": "__Host-portal" if secure else "portal",
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_REFRESH_EACH_REQUEST": False,
            "WTF_CSRF_TIME_LIMIT": None,
            "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "MAX_FORM_PARTS": 1000,
            "TRUSTED_HOSTS": self._hosts(),
            "PORTAL_ENV": self.env,
            "BASE_URL": self.base_url,
            "MAIL_URL": self.mail_url,
            "MAIL_FROM": self.mail_from,
            "STORAGE_FOLDER": _folder(self.storage_url),
            "REDIS_URL": self.redis_url,
            "WEB_PROCESSES": self.web_processes,
            "JOBS_FILE": str(self.instance / "jobs.db"),
            "DEMO_PASSWORD": self.demo_password,
        }

    def _engine(self) -> dict[str, object]:
        options: dict[str, object] = {
            "hide_parameters": True,  # errors go to the log, what people typed does not
            # One for each thread of gunicorn.conf.py: a connection above this is closed after use, and opened anew.
            "pool_size": 8,
        }
        if self.database_url.startswith("sqlite"):
            return options
        return {**options, "connect_args": {"connect_timeout": 5}}

    def _hosts(self) -> list[str]:
        named = [urlsplit(self.base_url).hostname or ""]
        return named if self.is_production else [*named, "127.0.0.1", "localhost"]

    def _check(self) -> None:
        if self.env not in {"development", "production"}:
            raise BadSettings(f"PORTAL_ENV is “{self.env}”. Set it to development or production.")
        _check_mail_url(self.mail_url)
        _check_storage_url(self.storage_url)
        if self.redis_url and find_spec("redis") is None:
            raise BadSettings("REDIS_URL is set, but its package is missing. Run: .venv/bin/pip install redis")
        if not self.is_production:
            return
        if is_weak(self.secret_key):
            raise BadSettings("SECRET_KEY is missing or too weak. Set it to 32 or more random characters.")
        if not self.base_url.startswith("https://"):
            raise BadSettings(
                "PORTAL_BASE_URL is missing or not https. Set it to the address people type, https://portal.example.org."
            )
        if _is_remote(self.database_url):
            raise BadSettings(
                "DATABASE_URL is a SQLite file on a network disk. Keep it on a local one, or use PostgreSQL."
            )
        if self.demo_password:
            raise BadSettings("PORTAL_DEMO_PASSWORD is set. Remove it: demo people must not exist in production.")


def is_weak(secret: str) -> bool:
    """Whether a secret could be guessed: short, or a few characters again and again."""
    return len(secret) < 32 or len(set(secret)) < 8


def _development_key(instance: Path) -> str:
    """A key of this machine's own, made at the first start, so that no secret stands in the code."""
    instance.mkdir(parents=True, exist_ok=True)
    kept = instance / "secret_key"
    if not kept.exists():
        with tempfile.NamedTemporaryFile("w", dir=instance) as made:  # only its owner reads it
            made.write(secrets.token_hex(32))
            made.flush()
            with suppress(FileExistsError):  # another process was first: its key is everyone's
                os.link(made.name, kept)
    return kept.read_text().strip()


def _check_mail_url(url: str) -> None:
    if urlsplit(url).scheme not in {"file", "smtp", "smtps"}:
        raise BadSettings("MAIL_URL is not one of file:FOLDER, smtp://… and smtps://…. Mend or remove it.")
    try:
        _ = urlsplit(url).port
    except ValueError:  # its text has half of a password in it
        sentence = "MAIL_URL cannot be read. Write / ? # @ in its password as %2F %3F %23 %40."
        raise BadSettings(sentence) from None


def _check_storage_url(url: str) -> None:
    if not _folder(url).startswith("/"):
        raise BadSettings("STORAGE_URL is not a folder of this machine. Write it like file:/srv/portal/files.")


def _folder(url: str) -> str:
    """The folder of file:/srv/files and of file:///srv/files, empty for any other kind of place."""
    kind, _, path = url.partition(":")
    path = path.removeprefix("//") if path.startswith("///") else path
    return path if kind == "file" and not path.startswith("//") else ""


def _is_remote(url: str) -> bool:
    """Whether a SQLite file lies on a disk of another machine, where its locks do not hold."""
    path = Path(urlsplit(url).path[1:]).absolute()
    if not url.startswith("sqlite") or not MOUNTS.exists():
        return False
    places = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
    _, kind = max(
        ((p, k) for p, k in places if path.is_relative_to(p)), key=lambda place: len(place[0]), default=("", "")
    )
    return kind.startswith(("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "glusterfs"))


def _driver(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def _number(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environ.get(name, "") or str(otherwise)
    if not (text.isascii() and text.isdigit()):
        raise BadSettings(f"{name} is “{text}”. Set it to a whole number.")
    return int(text)
