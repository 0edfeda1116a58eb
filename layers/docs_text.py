"""The documentation as text for programs that read it: Markdown per page, /llms.txt and SKILL.md.

/llms-full.txt is put together from them (`paysandbox/reference/one_text.py`).

Source of the format of the lists: "The /llms.txt file", llmstxt.org. Links are relative, so that they work under any
host and stage.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from layers.docs_site import Page, documents, navigation
from paysandbox import TITLE
from paysandbox.reference.one_text import LINK, OPTIONAL, OUTSIDE, moved

LLMS: Final = "llms.txt"
LLMS_FULL: Final = "llms-full.txt"
SKILL: Final = "SKILL.md"
ERRORS: Final = "reference/errors"
GUIDE: Final = "how-to/use-with-coding-agents"
"""The guide that SKILL.md consists of."""

SUMMARY: Final = (
    "A card processor for development and tests, with a native API and a Stripe-compatible one. It moves no money and "
    "takes published test cards only."
)

_OPTIONAL: Final = ("decisions", "reference/api", "reference/cli", "reference/events", "reference/stripe-coverage")
"""Pages that are long, or for few readers. They, their parts and the runbooks are not in llms-full.txt."""
_OPTIONAL_PARTS: Final = (
    *("reference/api-", "reference/cli-", "reference/events-", "reference/stripe-coverage-"),
    "runbooks/",
)

_SKILL_HEAD: Final = """---
name: payments-sandbox
description: Integrate and test card payments against Serverless Payments Sandbox, a local fake of a card processor with
  a Stripe-compatible API. Use when code takes payments, handles webhooks, or must survive lost answers and retries.
---

"""

_COMMENT: Final = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_ANCHOR: Final = re.compile(r'<a id="[\w-]+"></a>\s*')
_SENTENCE: Final = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)
# A line that begins a table, a list, a heading, an image or code.
_NO_PROSE: Final = ("|", "#", "-", "```", "![", "1.", ">")


def texts(docs: Path) -> dict[str, str]:
    """Return the files, by their names: `llms.txt`, `docs/how-to/lose-answers.md`."""
    names = [file.relative_to(docs).with_suffix("").as_posix() for file in sorted(docs.rglob("*.md"))]
    pages = {name: _text((docs / f"{name}.md").read_text(encoding="utf-8"), name, names) for name in names}
    sections = list(_sections(docs))
    files = {f"docs/{name}.md": text for name, text in pages.items()}
    files[LLMS] = _list(sections, pages)
    if GUIDE in pages:
        files[f"docs/{SKILL}"] = _SKILL_HEAD + moved(pages[GUIDE], GUIDE)
    return files


def _sections(docs: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Iterate over the sections, each with the names and titles of its pages. The last is Optional."""
    found = {page.path: page for page in documents(docs)}
    if (docs / f"{ERRORS}.md").is_file():
        found[ERRORS] = Page(path=ERRORS, title="Errors", content="")
    optional: list[tuple[str, str]] = []
    for title, paths in navigation(found):
        named = [(path or "index", found[path].title) for path in paths]
        kept = [each for each in named if not _is_optional(each[0])]
        optional += [each for each in named if _is_optional(each[0])]
        if kept:
            yield title or "Documentation", kept
    if optional:
        yield OPTIONAL, optional


def _is_optional(name: str) -> bool:
    return name in _OPTIONAL or name.startswith(_OPTIONAL_PARTS)


def _list(sections: list[tuple[str, list[tuple[str, str]]]], pages: Mapping[str, str]) -> str:
    lines = [f"# {TITLE}", "", f"> {SUMMARY}", ""]
    lines.append(f"All pages but the optional ones in one file: [{LLMS_FULL}]({LLMS_FULL}).")
    lines.append("The API as OpenAPI: [openapi.json](openapi.json).")
    if GUIDE in pages:
        lines.append(f"For coding agents: [{SKILL}](docs/{SKILL}).")
    for title, named in sections:
        lines += ["", f"## {title}", ""]
        lines += [f"- [{name_title}](docs/{name}.md){_described(pages[name])}" for name, name_title in named]
    return "\n".join(lines) + "\n"


def _described(text: str) -> str:
    """Return the first sentence of a page, behind a colon, or "" if the page begins with something else."""
    for paragraph in text.split("\n\n")[1:3]:
        sentence = _SENTENCE.match(paragraph)
        if sentence is not None and not paragraph.startswith(_NO_PROSE):
            plain = LINK.sub(r"\2", sentence[1])
            return f": {' '.join(plain.split())}"
    return ""


def _text(text: str, name: str, names: list[str]) -> str:
    """Return a page without HTML. What is linked and not served becomes text."""

    def relinked(link: re.Match[str]) -> str:
        if OUTSIDE.match(link[3]):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link[3].partition("#")[0]))
        return link[0] if not link[1] and target.removesuffix(".md") in names else link[2]

    return LINK.sub(relinked, _ANCHOR.sub("", _COMMENT.sub("", text)))
