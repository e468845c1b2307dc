"""Files to hand in."""

from __future__ import annotations

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def a_pdf(size: int) -> bytes:
    """A PDF of exactly `size` bytes."""
    head, tail = b"%PDF-1.7\n% ", b"\n%%EOF\n"
    return head + b"x" * (size - len(head) - len(tail)) + tail
