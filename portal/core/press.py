"""The printing press: the one room that imports WeasyPrint. Only core/pdf opens it, when a PDF is wanted."""

from __future__ import annotations

from typing import NoReturn

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

PDF_UA = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}


class NothingElse(URLFetcher):  # type: ignore[misc]
    """Fetches nothing: no page, picture or file that a letter's text names is ever looked for."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise ValueError("Nothing is fetched for a PDF.")


def print_out(document: str, sheet: str) -> bytes:
    """The HTML `document` on paper as the stylesheet `sheet` says, as a tagged PDF (PDF/UA-1, ISO 14289-1)."""
    nothing = NothingElse()
    styles = [CSS(string=sheet, url_fetcher=nothing)]
    printed = HTML(string=document, url_fetcher=nothing).write_pdf(stylesheets=styles, **PDF_UA)
    return bytes(printed)
