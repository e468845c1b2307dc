"""The project's files as the guards of the house read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
TEMPLATES = ROOT / "templates"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def modules() -> list[Path]:
    """Every module of the portal but the migrations."""
    return sorted(path for path in PORTAL.rglob("*.py") if "migrations" not in path.parts)


def templates(pattern: str = "*.html") -> list[str]:
    """The names of templates, as render_template takes them."""
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob(pattern))


def room_of(path: Path) -> str:
    """The dotted name of a module, such as portal.letters.rules."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names inside the portal that a module imports; a name taken from a module counts as a module too."""
    package = room_of(path).split(".") if path.name == "__init__.py" else room_of(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("portal"))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            if base.startswith("portal"):
                yield from (f"{base}.{name.name}" for name in node.names)


class Outline(HTMLParser):
    """The outermost elements of a piece of HTML, with their attributes, and text that stands beside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, dict[str, str | None]]] = []
        self.stray = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth == 0:
            self.stray += data.strip()
