"""Guards over the templates: they compile, a part is one element with one id, and nothing runs in the page itself."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.house.source import TEMPLATES, Outline, templates

PARTS = [name for name in templates("_*.html") if not name.startswith("mail/")]
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|hx-vals=.js:|javascript:", re.IGNORECASE)


def test_every_template_compiles(app: Flask) -> None:
    for name in [*templates("*.html"), *templates("*.txt")]:
        app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_has_one_root_element_with_one_id(name: str) -> None:
    outline = Outline(without_jinja((TEMPLATES / name).read_text()))
    assert [tag == "hx-partial" or bool(attributes.get("id")) for tag, attributes in outline.roots] == [True]
    assert (outline.stray, outline.depth) == ("", 0)


@pytest.mark.parametrize("name", [name for name in templates() if not name.startswith("mail/")])
def test_nothing_runs_or_is_styled_inside_a_page(name: str) -> None:
    assert INLINE.findall((TEMPLATES / name).read_text()) == []


@pytest.mark.parametrize("name", templates())
def test_every_changing_form_works_without_scripts(name: str) -> None:
    forms = re.findall(r"<form\b[^>]*>", (TEMPLATES / name).read_text())
    posting = [form for form in forms if "hx-post" in form]
    assert [form for form in posting if 'method="post"' not in form or " action=" not in form] == []
    assert [form for form in posting if "hx-sync=" not in form] == []


def without_jinja(source: str) -> str:
    """The HTML of a template: statements and comments gone, a printed value a sign inside tags and nothing outside."""
    asides = r"\{%-?\s*macro\b.*?endmacro\s*-?%\}|\{%-?\s*set\s+\w+\s*-?%\}.*?endset\s*-?%\}"
    bare = re.sub(rf"\{{#.*?#\}}|{asides}|\{{%.*?%\}}", "", source, flags=re.DOTALL)
    bare = re.sub(
        r"<[a-z][^<]*?>", lambda tag: re.sub(r"\{\{.*?\}\}", "x", tag.group(), flags=re.DOTALL), bare, flags=re.DOTALL
    )
    return re.sub(r"\{\{.*?\}\}", "", bare, flags=re.DOTALL)
