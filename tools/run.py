"""What `make run` does once the environment is there: database, demo world, web server and worker, until Ctrl-C.

The web server and the worker are children with process groups of their own: Ctrl-C reaches only this program, which
stops them in turn and waits, so that no request and no mail is cut in the middle.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PATIENCE = 30  # seconds to start, and again to stop


def main() -> int:
    """Run the portal; gives the exit code."""
    port = os.environ.setdefault("PORT", "8000")
    if is_taken(int(port)):
        print(f"Port {port} is in use already. Choose another one: make run PORT={int(port) + 1}", file=sys.stderr)
        return 1
    flask("db", "upgrade")
    flask("demo", "load", "--if-empty")
    # SIGINT too: a script that starts this with "&" has it ignored, and then nothing but force would stop it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    children: list[subprocess.Popen[bytes]] = []
    try:
        children += [start("gunicorn"), start("flask", "--app", "wsgi", "jobs", "run")]
        wait_until_ready(f"http://127.0.0.1:{port}/health/live", children)
        welcome(os.environ.get("PORTAL_BASE_URL", f"http://127.0.0.1:{port}"))
        watch(children)
        print("A part of the portal has ended by itself; the lines above say why. Stopping the rest.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(children)


def flask(*command: str) -> None:
    """Run a flask command of the portal; what it says is shown, and if it fails nothing is started."""
    done = subprocess.run([BIN / "flask", "--app", "wsgi", *command], cwd=ROOT)
    if done.returncode != 0:
        sys.exit(done.returncode)


def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one part of the portal, out of reach of the terminal's Ctrl-C."""
    return subprocess.Popen([BIN / program, *arguments], cwd=ROOT, start_new_session=True)


def wait_until_ready(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    """Wait until the web server answers, as long as all parts live."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and all(child.poll() is None for child in children):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)


def welcome(address: str) -> None:
    """Say where the portal is and who may come in."""
    print(f"\nThe portal is ready: {address}\n")
    people = demo_people()
    if people:
        print(f"Sign in at {address}/sign-in as one of these people of the demo world:\n")
        for person in people:
            print("  {permission:<10} {email:<40} {password:<20} {community}".format(**person))
    print(f"\nMail lands at {address}/mailbox" if not os.environ.get("MAIL_URL") else "\nMail goes to MAIL_URL.")
    print("Stop with Ctrl-C. The next start keeps what you did.", flush=True)


def demo_people() -> list[dict[str, str]]:
    """The first person of each permission in each community, or nobody where the demo world is not loaded."""
    done = subprocess.run([BIN / "flask", "--app", "wsgi", "demo", "people"], cwd=ROOT, stdout=subprocess.PIPE)
    people = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    return list({(person["community"], person["permission"]): person for person in reversed(people)}.values())[::-1]


def watch(children: list[subprocess.Popen[bytes]]) -> None:
    """Return when the first of the children has ended."""
    while all(child.poll() is None for child in children):
        time.sleep(0.3)


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask all to finish what they are at, then wait; whoever takes too long is ended."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    print("\nThe portal has stopped.", flush=True)


def is_taken(port: int) -> bool:
    """Whether somebody listens on `port` already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
