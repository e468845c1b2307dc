"""Pictures that are handed in: what is taken, what is refused, and what is left of them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageFile
from werkzeug.datastructures import FileStorage

from portal.core.errors import RuleBroken
from portal.core.pictures import LARGEST, checked_picture


def a_picture(kind: str = "PNG", size: tuple[int, int] = (800, 600), mode: str = "RGB", **more: Any) -> bytes:
    """A picture, red on the left and blue on the right."""
    drawn = Image.new(mode, size, "blue")
    drawn.paste("red", (0, 0, size[0] // 2, size[1]))
    kept = BytesIO()
    drawn.save(kept, kind, **more)
    return kept.getvalue()


def handed_in(content: bytes, name: str = "me.png") -> FileStorage:
    return FileStorage(BytesIO(content), filename=name)


def seen(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_small_and_one_kind(kind: str) -> None:
    kept = seen(checked_picture(handed_in(a_picture(kind))))
    assert (kept.format, kept.size) == ("JPEG", (320, 240))


def test_a_small_picture_stays_as_large_as_it_is() -> None:
    assert seen(checked_picture(handed_in(a_picture(size=(40, 30))))).size == (40, 30)


def test_what_a_camera_tells_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter to the right to look at it
    exif[0x010E] = "taken at home"
    kept = checked_picture(handed_in(a_picture("JPEG", exif=exif, comment=b"secret")))
    assert (seen(kept).size, dict(seen(kept).getexif())) == ((240, 320), {})
    assert b"taken at home" not in kept
    assert b"secret" not in kept
    red, blue = seen(kept).getpixel((120, 20)), seen(kept).getpixel((120, 300))
    assert isinstance(red, tuple) and isinstance(blue, tuple) and red[0] > 200 and blue[2] > 200  # noqa: PT018


def test_what_one_can_see_through_stands_on_white() -> None:
    kept = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(kept, "PNG")
    assert seen(checked_picture(handed_in(kept.getvalue()))).getpixel((20, 20)) == (255, 255, 255)


def test_something_behind_the_picture_is_not_kept() -> None:
    assert b"<script>" not in checked_picture(handed_in(a_picture() + b"<script>alert(1)</script>"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        a_picture("GIF"),
        a_picture("BMP"),
        a_picture()[:200],
        b"\x89PNG\r\n\x1a\nnothing more",
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name_says(content: bytes) -> None:
    with pytest.raises(RuleBroken, match="not a PNG, JPEG or WebP"):
        checked_picture(handed_in(content))


def test_no_file_and_too_large_a_file_are_refused() -> None:
    for none in (None, handed_in(b"", "")):
        with pytest.raises(RuleBroken, match="Choose a picture"):
            checked_picture(none)
    with pytest.raises(RuleBroken, match="larger than 8 MB"):
        checked_picture(handed_in(b"0" * (LARGEST + 1)))


@pytest.mark.parametrize("side", [8_000, 10_500, 60_000])
def test_a_small_file_that_would_fill_the_memory_is_refused(side: int) -> None:
    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")
    with pytest.raises(RuleBroken, match="too many pixels|not a PNG"):
        checked_picture(handed_in(bomb))


def test_half_a_picture_is_refused_also_where_pdfs_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(RuleBroken, match="not a PNG, JPEG or WebP"):
        checked_picture(handed_in(a_picture()[:200]))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
