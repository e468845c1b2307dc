"""What people type in Markdown becomes safe HTML."""

from __future__ import annotations

import pytest

from portal.core.markdown import render


def test_the_usual_marks_work() -> None:
    html = render("## Why\n\nWe *learn* **together**:\n\n- here\n- there\n\n> so\n\n[more](https://example.org)")
    assert "<h2>Why</h2>" in html
    assert "<em>learn</em> <strong>together</strong>" in html
    assert "<li>here</li>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer">more</a>' in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a hx-get="/sign-out" data-hx-post="/my">x</a>',
        '<div data-hx-post="/sign-out" hx-trigger="load">x</div>',
        '<p style="position:fixed" class="btn" id="main">x</p>',
        "<form action=/sign-out method=post><button>x</button></form>",
        "<hx-partial hx-target='#main'>x</hx-partial>",
        "<iframe src=//evil.example.org></iframe>",
        "<svg/onload=alert(1)>",
    ],
)
def test_html_stays_text(source: str) -> None:
    assert without_text(render(source)) in ("<p></p>", "")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "java&#115;cript:alert(1)"]
)
def test_a_link_leads_to_web_or_mail_only(link: str) -> None:
    assert "href" not in render(f"[x]({link})")


def test_a_picture_is_left_out() -> None:
    assert render("![x](https://example.org/x.png)") == "<p></p>\n"


@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_gives_nothing(nothing: str) -> None:
    assert render(nothing) == ""


def test_the_result_is_markup_that_templates_do_not_escape_again() -> None:
    assert render("*so*").__html__() == "<p><em>so</em></p>\n"


def without_text(html: str) -> str:
    """The tags alone."""
    inside = [part.partition(">")[0] for part in str(html).split("<")[1:]]
    return "".join(f"<{tag}>" for tag in inside)
