"""Files that people hand in are looked at by their content, and go out again so that they cannot act."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from portal.core.errors import RuleBroken
from portal.core.storage import forget, keep
from portal.core.uploads import LARGEST, MEGABYTE, checked_pdf, clean_name, megabytes, send_kept
from tests.core.builders import a_door
from tests.core.files import PDF, a_pdf

NO_PDF = "This file is not a PDF, whatever its name says. Save it as a PDF, then choose it again."


def handed(content: bytes, name: str | None = "letter.pdf") -> FileStorage:
    return FileStorage(BytesIO(content), filename=name, content_type="application/pdf")


def test_a_pdf_is_taken_with_its_name() -> None:
    taken = checked_pdf(handed(PDF, "Our team.pdf"), MEGABYTE)
    assert (taken.name, taken.content) == ("Our team.pdf", PDF)


@pytest.mark.parametrize("name", ["team.docx", "team.pdf.exe", "team", "a.b.c.pdf"])
def test_the_content_counts_and_not_the_name(name: str) -> None:
    assert checked_pdf(handed(PDF, name), MEGABYTE).name == clean_name(name)


def test_a_pdf_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    assert len(checked_pdf(handed(a_pdf(MEGABYTE)), MEGABYTE).content) == MEGABYTE
    with pytest.raises(RuleBroken) as refusal:
        checked_pdf(handed(a_pdf(MEGABYTE + 1)), MEGABYTE)
    assert refusal.value.sentence == "This file is larger than 1 MB. Save it smaller, or leave pages out."


def test_no_limit_goes_beyond_what_the_portal_takes_at_once() -> None:
    with pytest.raises(RuleBroken, match="larger than 10 MB"):
        checked_pdf(handed(a_pdf(LARGEST + 1)), 100 * MEGABYTE)


@pytest.mark.parametrize("file", [None, handed(PDF, ""), handed(PDF, None)])
def test_no_file_is_said(file: FileStorage | None) -> None:
    with pytest.raises(RuleBroken, match="Choose a PDF file first"):
        checked_pdf(file, MEGABYTE)


def test_an_empty_file_is_said() -> None:
    with pytest.raises(RuleBroken, match="This file is empty"):
        checked_pdf(handed(b""), MEGABYTE)


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><script>alert(1)</script>%PDF-1.7 %%EOF",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>\n%%EOF',
        b"MZ\x90\x00\x03" + b"\x00" * 200 + b"%PDF-1.7\n%%EOF",
        b"PK\x03\x04word/document.xml %%EOF",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"%PDF",
        b"%PDF-",
        b"%PDF-x.y\n%%EOF",
        b" %PDF-1.7\n%%EOF",
        b"%!PS-Adobe-3.0",
        "Dear colleagues,".encode("utf-16"),
        b"\x00" * 1000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_only_calls_itself_a_pdf_is_refused(content: bytes) -> None:
    with pytest.raises(RuleBroken) as refusal:
        checked_pdf(handed(content), MEGABYTE)
    assert refusal.value.sentence == NO_PDF


@pytest.mark.parametrize("cut", [PDF[: len(PDF) // 2], PDF + b"\x00" * 2000, b"%PDF-1.7\n"])
def test_a_pdf_without_its_end_is_refused(cut: bytes) -> None:
    with pytest.raises(RuleBroken, match="The end of this PDF is missing"):
        checked_pdf(handed(cut), MEGABYTE)


def test_a_few_bytes_after_the_end_are_fine() -> None:
    assert checked_pdf(handed(PDF + b"\r\n\x00\x00"), MEGABYTE).name == "letter.pdf"


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("letter.pdf", "letter.pdf"),
        ("Letter of Ürümqi 2026.PDF", "Letter of Ürümqi 2026.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\letter.pdf", "letter.pdf"),
        ("/srv/letter.pdf/", "file.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("a\x00b\x1b[31m.pdf", "ab[31m.pdf"),
        ("letter\u202efdp.exe", "letterfdp.exe.pdf"),
        ("a\u2028b.pdf", "a b.pdf"),
        ("  two   blanks .pdf", "two blanks.pdf"),
        ("letter.pdf.pdf", "letter.pdf"),
        ("letter.pdf.exe", "letter.pdf.exe.pdf"),
        (".pdf", "file.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("<b>&\"'</b>.pdf", "b>.pdf"),
        ("=cmd|' '!A1.pdf", "=cmd|' '!A1.pdf"),
        ("u\u0308.pdf", "ü.pdf"),
        ("日本語.pdf", "日本語.pdf"),
    ],
)
def test_a_name_is_one_line_without_folders(given: str, clean: str) -> None:
    assert clean_name(given) == clean


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = clean_name("x" * 400 + ".pdf")
    assert (len(name), name[-6:]) == (120, "xx.pdf")


@pytest.mark.parametrize(
    ("count", "words"), [(10 * MEGABYTE, "10 MB"), (1536 * 1024, "1.5 MB"), (MEGABYTE, "1 MB"), (100 * 1024, "0.1 MB")]
)
def test_a_size_is_said_in_megabytes(count: int, words: str) -> None:
    assert megabytes(count) == words


def test_a_kept_file_goes_out_to_be_saved_and_cannot_act(app: Flask, client: FlaskClient) -> None:
    a_door(app, "/file", lambda: send_kept(key, "Our team.pdf"))
    key = keep(PDF).key
    answer = client.get("/file")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    assert {name: answer.headers[name] for name in SAFE} == SAFE
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Our team.pdf\"; filename*=UTF-8''Our%20team.pdf"
    )
    assert (client.head("/file").status_code, client.head("/file").data) == (200, b"")


@pytest.mark.parametrize(
    ("name", "simple", "whole"),
    [
        ("Ürümqi – plan.pdf", "Urumqi  plan.pdf", "%C3%9Cr%C3%BCmqi%20%E2%80%93%20plan.pdf"),
        ("日本.pdf", "file.pdf", "%E6%97%A5%E6%9C%AC.pdf"),
        ('a"; x="b.pdf', "a__ x=_b.pdf", "a%22%3B%20x%3D%22b.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf", "a%20Set-Cookie%3A%20x%3D1.pdf"),
        ("%41.pdf", "_41.pdf", "%2541.pdf"),
    ],
)
def test_any_name_fits_into_the_header(app: Flask, client: FlaskClient, name: str, simple: str, whole: str) -> None:
    a_door(app, "/file", lambda: send_kept(key, name))
    key = keep(PDF).key
    answer = client.get("/file")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=\"{simple}\"; filename*=UTF-8''{whole}"
    assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_gone_is_no_crash(app: Flask, client: FlaskClient) -> None:
    a_door(app, "/file", lambda: send_kept(key, "letter.pdf"))
    key = keep(PDF).key
    forget(key)
    assert client.get("/file").status_code == 404


def test_ten_megabytes_fit_into_a_form_with_long_texts(app: Flask, client: FlaskClient) -> None:
    a_door(app, "/hand-in", take, methods=["POST"])
    sent = a_body(a_pdf(LARGEST), text=b"x" * 1_500_000)
    answer = client.post("/hand-in", input_stream=sent, **about(sent))
    assert (answer.status_code, answer.text) == (200, f"a.pdf {LARGEST}")


def test_a_file_over_all_limits_gets_a_page_and_is_taken_in_to_the_end(app: Flask, client: FlaskClient) -> None:
    a_door(app, "/hand-in", take, methods=["POST"])
    sent = a_body(b"x" * 13 * MEGABYTE)
    answer = client.post("/hand-in", input_stream=sent, **about(sent))
    assert (answer.status_code, "<h1>This is too large</h1>" in answer.text, sent.read()) == (413, True, b"")


SAFE = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def take() -> str:
    taken = checked_pdf(request.files.get("file"), LARGEST)
    return f"{taken.name} {len(taken.content)}"


def a_body(content: bytes, text: bytes = b"") -> BytesIO:
    """A form of many parts, with a file and a text."""
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + content
    why = b'\r\n--x\r\nContent-Disposition: form-data; name="why"\r\n\r\n' + text
    return BytesIO(file + why + b"\r\n--x--\r\n")


def about(body: BytesIO) -> dict[str, Any]:
    """What a browser says of the form that it sends."""
    length = str(len(body.getvalue()))
    return {"content_type": "multipart/form-data; boundary=x", "headers": {"Content-Length": length}}
