"""Pictures that people hand in: looked at by content, made small, and kept without what a camera tells."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage

from .errors import RuleBroken
from .uploads import MEGABYTE, megabytes

LARGEST = 8 * MEGABYTE
MOST_PIXELS = 50_000_000  # of a picture as it comes: more would take a server's memory
SIDE = 320  # pixels of the longer side as it is kept
KINDS = ("PNG", "JPEG", "WEBP")
NO_PICTURE = (
    "This is not a PNG, JPEG or WebP picture, whatever its name says. Save it as one of them, then choose it again."
)


def checked_picture(file: FileStorage | None) -> bytes:
    """The picture as a small JPEG, drawn anew: nothing but its dots is left, neither place nor camera nor hidden text.

    Raises RuleBroken with the reason: none, too large, no picture, a broken one.
    """
    if file is None or not file.filename:
        raise RuleBroken("Choose a picture first.")
    content = file.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise RuleBroken(f"This picture is larger than {megabytes(LARGEST)}. Save it smaller.")
    return _drawn(content)


def _drawn(content: bytes) -> bytes:
    image, tools = import_module("PIL.Image"), import_module("PIL.ImageOps")  # heavy: only when somebody hands one in
    try:
        with warnings.catch_warnings(), _whole_pictures_only():
            warnings.simplefilter("error")  # Pillow only warns of a picture that would fill the memory
            with image.open(BytesIO(content), formats=KINDS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise RuleBroken("This picture has too many pixels. Save it smaller, such as 1,000 on a side.")
                opened.draft("RGB", (SIDE * 2, SIDE * 2))
                turned = tools.exif_transpose(opened)
                turned.thumbnail((SIDE, SIDE))
                return _as_jpeg(turned)
    except RuleBroken:
        raise
    # A broken picture breaks the reader in many ways, and each means the same to whoever chose it.
    except Exception as fault:
        raise RuleBroken(NO_PICTURE) from fault


@contextmanager
def _whole_pictures_only() -> Iterator[None]:
    # Who makes PDFs in the same process tells Pillow to draw half a picture too; here half of one is a broken one.
    files: Any = import_module("PIL.ImageFile")
    takes_halves, files.LOAD_TRUNCATED_IMAGES = files.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        files.LOAD_TRUNCATED_IMAGES = takes_halves


def _as_jpeg(picture: Any) -> bytes:
    seen = picture.convert("RGBA")
    paper = import_module("PIL.Image").new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    kept = BytesIO()
    paper.save(kept, "JPEG", quality=85, optimize=True)
    return kept.getvalue()
