"""How gunicorn serves the portal: by threads, which hold idle connections cheaply; in production behind a proxy."""

import ctypes
import os
import runpy
import sys
from contextlib import suppress

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
wsgi_app = "wsgi:app"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
keepalive = 5
timeout = 30
graceful_timeout = 25  # answers what is being asked, and is gone within half a minute
max_requests = 20_000  # a worker is renewed now and then, so that no slow leak can hurt
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a slow disk must not look like a stuck worker
control_socket_disable = True  # else a socket appears in the home folder
forwarded_allow_ips = "127.0.0.1,::1"  # only a proxy on this machine is believed; PORTAL_TRUSTED_PROXIES says how many
loglevel = os.environ.get("LOG_LEVEL", "warning")

with suppress(AttributeError, OSError):  # only glibc has it: a heap of memory for each thread cost a worker 8 MB
    ctypes.CDLL(None).mallopt(-8, 2)  # M_ARENA_MAX


def on_starting(server: object) -> None:
    """Say in one line what is wrong with the settings. By its path alone: who reloads gets new code in new workers."""
    settings = runpy.run_path(os.path.join(os.path.dirname(__file__), "portal", "settings.py"))
    try:
        settings["Settings"].read()
    except settings["BadSettings"] as error:
        sys.exit(f"Error: {error.message}")
