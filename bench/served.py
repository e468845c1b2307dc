"""The portal as gunicorn serves it, with all it writes in BENCH_FOLDER, so that nobody's data is touched."""

from __future__ import annotations

import os
from pathlib import Path

from portal import create_app
from portal.settings import Settings

app = create_app(Settings.read(instance=Path(os.environ["BENCH_FOLDER"])))
