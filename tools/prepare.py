"""Make a machine ready: the environment in .venv, and for tests the Debian packages and the node packages.

`prepare.py run` is for `make run`, `prepare.py test` for everything else. What is there already is left alone, so a
second call takes no time. Runs on Debian's own python3 with nothing installed, hence the standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
MODULES = ROOT / "node_modules"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # dpkg needs the sbin folders too


def main(purpose: str) -> None:
    """Prepare for `purpose`: run or test."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is the one place that meets older ones
        sys.exit("The portal needs Python 3.11 or newer. Say which to use: make PYTHON=/path/to/python3")
    if purpose == "test":
        install_packages(missing_packages())
    elif not is_current(VENV, "requirements.txt"):  # at the first start only: it may be refused, and that is fine
        offer_pdfs()
    make_environment()
    if purpose == "test":
        install_requirements("requirements-dev.txt", includes=["requirements.txt"])
        install_node_packages()
    else:
        install_requirements("requirements.txt")


def missing_packages() -> list[str]:
    """The Debian packages that the tests need and this machine lacks."""
    wanted = {
        "chromium": Path("/usr/bin/chromium").exists(),
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        "fonts-dejavu-core": Path("/usr/share/fonts/truetype/dejavu").exists(),
        "fonts-liberation": any(Path("/usr/share/fonts/truetype").glob("liberation*")),
        "libatomic1": any(Path("/usr/lib").glob("*/libatomic.so.1")),  # the Node inside Playwright's wheel needs it
        "npm": bool(shutil.which("npm")) or is_current(MODULES, "package-lock.json"),
        "python3-venv": VENV.exists() or has_venv(),
    }
    return [name for name, is_there in wanted.items() if not is_there] + missing_for_pdfs()


def missing_for_pdfs() -> list[str]:
    """The Debian packages without which letters are printed, and no PDF of them is made."""
    wanted = {
        "libpango-1.0-0": "libpango-1.0.so.0",
        "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
        "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
    }
    missing = [name for name, library in wanted.items() if not any(Path("/usr/lib").glob(f"*/{library}"))]
    has_font = any(Path("/usr/share/fonts").rglob("*.[to]tf"))
    return missing if has_font else [*missing, "fonts-liberation"]


def offer_pdfs() -> None:
    """Install what PDFs need where that can be done without asking. The portal runs without it, so it stops nothing."""
    names = missing_for_pdfs()
    if not names or not may_install():
        return
    say(f"Installing Debian packages for PDFs: {' '.join(names)}")
    if not apt_get(names):
        say("That did not work. Pages offer print in place of a PDF; flask doctor says what is missing.")


def may_install() -> bool:
    """Whether this is Debian's administrator."""
    return os.geteuid() == 0 and shutil.which("apt-get", path=SYSTEM_PATH) is not None


def install_packages(names: list[str]) -> None:
    """Install Debian packages; somebody who may not is told what to ask for."""
    if not names:
        return
    if not may_install():
        sys.exit(f"The tests need Debian packages. Please run: sudo apt-get install {' '.join(names)}")
    say(f"Installing Debian packages: {' '.join(names)}")
    if "postgresql" in names:
        keep_postgresql_quiet()
    if not apt_get(names):
        sys.exit(f"This did not work: apt-get install {' '.join(names)}")


def apt_get(names: list[str]) -> bool:
    """Fetch and install Debian packages; says whether that worked."""
    options: dict[str, object] = {
        "env": {**os.environ, "PATH": SYSTEM_PATH, "DEBIAN_FRONTEND": "noninteractive"},
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
    }
    update = ["apt-get", "update", "-qq", "-o", "Acquire::http::Timeout=20"]
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *names]
    return all(subprocess.run(command, **options).returncode == 0 for command in (update, install))  # type: ignore[call-overload]


def keep_postgresql_quiet() -> None:
    """Only the binaries are wanted: no server of its own starts when the package arrives."""
    folder = Path("/etc/postgresql-common/createcluster.d")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "no-main-cluster.conf").write_text("create_main_cluster = false\n")


def make_environment() -> None:
    """Make .venv, unless it is there and works."""
    if (VENV / "bin/python").exists() and (VENV / "bin/pip").exists():
        return
    if not has_venv():
        sys.exit(
            "Python's venv module is missing. Please install it and try again:\n  sudo apt-get install python3-venv"
        )
    say("Making the environment in .venv")
    run([sys.executable, "-m", "venv", str(VENV)])


def install_requirements(name: str, includes: list[str] | None = None) -> None:
    """Install the locked packages in `name`, which covers `includes` too."""
    if is_current(VENV, name):
        return
    say(f"Installing {name}")
    run([str(VENV / "bin/python"), "-m", "pip", "install", "-q", "--require-hashes", "-r", name])
    for done in [name, *(includes or [])]:
        mark_current(VENV, done)


def install_node_packages() -> None:
    """Fetch htmx and html-validate as package-lock.json names them."""
    if is_current(MODULES, "package-lock.json"):
        return
    say("Fetching node packages")
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], stdout=subprocess.DEVNULL)
    mark_current(MODULES, "package-lock.json")


def is_current(folder: Path, name: str) -> bool:
    """Whether what the file `name` asks for is installed in `folder`, by the mark left there."""
    mark = folder / f".{name}.sha256"
    return mark.exists() and mark.read_text() == digest(name)


def mark_current(folder: Path, name: str) -> None:
    """Leave a mark in `folder` that what `name` asks for is installed."""
    (folder / f".{name}.sha256").write_text(digest(name))


def digest(name: str) -> str:
    """The fingerprint of a file of the project."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def has_venv() -> bool:
    """Whether this Python can make environments; Debian ships that apart."""
    return importlib.util.find_spec("venv") is not None and importlib.util.find_spec("ensurepip") is not None


def say(words: str) -> None:
    """Tell what takes time."""
    print(f"==> {words}", flush=True)


def run(command: list[str], **options: object) -> None:
    """Run a command in the project's folder; stop with its name when it fails."""
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.exit(f"This did not work: {' '.join(command)}")


if __name__ == "__main__":
    main(sys.argv[1])
