"""Reads the pages that layers/docs_site.py made when the function was built."""

import json
import lzma
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.html import HTML, MARKDOWN, PAGE_HEADERS, mark_url
from paysandbox.http.native import Page

BUILT: Final = Path(__file__).parent / ".built"

# A page's folders and name: nothing that leads out of the folder of pages.
_PATH: Final = re.compile(r"[a-z0-9_-]+(?:/[a-z0-9_-]+)?")
_MARKDOWN: Final = ".md"
_RELATIVE: Final = re.compile(r'(href|src)="(?![#?/{]|\w+:)')
_TREE: Final = re.compile(r"\{tree:(\d+):((?:\.\./)*):([^}]*)\}")
"""In each page, where its navigation is."""
_MARK: Final = '"{mark}"'
"""In each page, where the mark of the service is: written once, and not in every file."""


def page(path: str, *, slashed: bool) -> Page:
    """The page at /docs/<path>, which ends in `.md` for its Markdown. Raises Refused: resource_not_found.

    `slashed`: its address has a slash behind it.
    """
    is_markdown = path.endswith(_MARKDOWN)
    name = path.removesuffix(_MARKDOWN)
    file = BUILT / "docs" / f"{name}{_MARKDOWN if is_markdown else '.html'}"
    if not _PATH.fullmatch(name) or not file.is_file():
        raise Refused(Code.RESOURCE_NOT_FOUND, "Page not found. /docs lists all pages.")
    if is_markdown:
        return text(f"docs/{path}", MARKDOWN)
    content = with_tree(file.read_text(encoding="utf-8"), _trees())
    return html(below(content, "../") if slashed else content)


def with_tree(text: str, trees: Sequence[str]) -> str:
    """Return a page with its navigation, of which it has the number, in which its own link is marked."""

    def tree(place: re.Match[str]) -> str:
        number, up, current = place.groups()
        links = trees[int(number)].replace("{up}", up)
        return links.replace(f'href="{up}{current}"', f'href="{up}{current}" aria-current="page"')

    return _TREE.sub(tree, text)


@cache
def _trees() -> Sequence[str]:
    return json.loads(read("docs/trees.json"))


def text(name: str, content_type: str) -> Page:
    """A text that was made when the function was built, by its name in that folder."""
    return Page(text=read(name), content_type=content_type, tagged=True)


def read(name: str) -> str:
    """Return such a text."""
    return (BUILT / name).read_text(encoding="utf-8")


def decompressed(file: Path) -> str:
    """Return the text of a file that layers/reference.py compresses, since it is one of the largest."""
    return lzma.decompress(file.with_name(f"{file.name}.xz").read_bytes()).decode()


def html(text: str, headers: Mapping[str, str] | None = None) -> Page:
    """An HTML page, with `headers` in addition to those of every page."""
    text = text.replace(_MARK, f'"{mark_url()}"')
    return Page(text=text, content_type=HTML, headers={**PAGE_HEADERS, **(headers or {})}, tagged=True)


def below(text: str, before: str) -> str:
    """A page whose relative links begin with `before`."""
    return _RELATIVE.sub(rf'\1="{before}', text)
