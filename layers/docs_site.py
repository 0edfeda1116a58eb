"""The pages under /docs: docs/**/*.md and the error codes as HTML, with navigation and a search index.

Pages are complete files with relative links, so that they work under any host and stage. Raw HTML in Markdown is
rendered as text.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from api_reference.error_pages import error_list, error_page
from paysandbox import TITLE, VERSION
from paysandbox.core.errors import PROBLEMS, Code

_OF_OPERATORS: Final = ("runbooks/", "how-to/operate", "how-to/deploy")
"""The pages beside which the navigation lists runbooks."""

# The order of the navigation. A section's pages are in the order of their links in docs/index.md.
FIRST: Final = ("", "tutorial")
SECTIONS: Final[Mapping[str, str]] = {
    "how-to": "How-to guides",
    "reference": "Reference",
    "explanation": "Explanation",
    "runbooks": "Runbooks",
}
LAST: Final = ("glossary",)
# How much a hit of the search counts, by the first of these that an address begins with; elsewhere 1. A guide says how
# to do a thing, a reference lists its names, and the pages of errors repeat the words of both.
WEIGHTS: Final[Mapping[str, float]] = {
    # For operators, who are fewer.
    "how-to/deploy": 1,
    "how-to/first-deployment": 1,
    "how-to/operate": 1,
    "explanation/architecture": 1,
    "explanation/engine-differences": 0.5,
    "tutorial": 4,
    "how-to/": 4,
    "reference/what-is-simulated": 4,
    "explanation/": 2,
    "errors": 0.25,
    # One section for each parameter, event or entry: many have any word.
    "reference/api": 0.5,
    "reference/events-": 0.5,
    "reference/stripe-coverage": 0.5,
    "decisions": 0.5,
}
# The section of top-level pages that belong to none, such as the decisions.
OTHERS: Final = "explanation"

EXPLORER: Final = "explorer"
ERRORS: Final = "errors"
SEARCH_INDEX: Final = "search.json"
TREES: Final = "trees.json"
"""The navigations of pages: a few, and each would be in a hundred files (lambdas/reference/built.py)."""
TEMPLATES: Final = Path(__file__).resolve().parent.parent / "lambdas" / "reference" / "pages"

# The only HTML that documents may contain: an anchor of a row, or of a heading whose text does not yield its name.
_ANCHOR: Final = re.compile(r'<a id="([\w-]+)"></a>\s*')
_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")
_PARAGRAPH: Final = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_BLANKS: Final = re.compile(r"\s+")
# GitHub's rule for the anchors of headings.
_NOT_IN_SLUG: Final = re.compile(r"[^\w\- ]")
_LANGUAGES: Final[Mapping[str, str]] = {"console": "bash", "sh": "bash", "jsonc": "json"}

Json = dict[str, Any]


class Heading(NamedTuple):
    """A heading of a page, with its anchor."""

    level: int
    text: str
    anchor: str


class Part(NamedTuple):
    """A search result: the words under one heading."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page at /docs/<path> ("" is /docs itself). `content` is the part between navigation and footer."""

    path: str
    title: str
    content: str
    headings: Sequence[Heading] = ()
    parts: Sequence[Part] = ()
    links: Sequence[str] = field(default=())
    """The other pages that it links to, in that order."""


def site(docs: Path, assets: Iterable[bytes] = ()) -> dict[str, str]:
    """Return every page, without its navigation, the navigations, and the search index, by file name under `docs/`.

    `assets` are other scripts and documents that pages load. Browsers cache them until one of them changes.
    """
    pages = _every_page(docs)
    index = json.dumps(_index(pages.values()), ensure_ascii=False, separators=(",", ":"))
    version = _version([*assets, *(file.read_bytes() for file in sorted(TEMPLATES.iterdir())), index.encode()])
    shown = navigation(pages)
    order = [path for _, paths in shown for path in paths]
    trees: dict[str, int] = {}
    files = {
        _file(path): _whole(page, pages, _placed(page, pages, shown, trees), order, version)
        for path, page in pages.items()
    }
    return files | {SEARCH_INDEX: index, TREES: json.dumps([*trees], ensure_ascii=False, separators=(",", ":"))}


def search_index(docs: Path) -> list[Json]:
    """Return the parts of all pages: what `paysandbox docs search` reads without a sandbox."""
    return _index(_every_page(docs).values())


def _every_page(docs: Path) -> dict[str, Page]:
    return {page.path: page for page in (*documents(docs), *_explorer(), *_errors())}


def _version(contents: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for content in contents:
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()[:12]


def documents(docs: Path) -> Sequence[Page]:
    """Return the Markdown files as pages.

    The same files are rendered once: the pages and the texts (layers/docs_text.py) both ask for them.
    """
    found = sorted(file for pattern in ("*.md", "*.svg") for file in docs.rglob(pattern))
    return _rendered(docs, tuple((file.relative_to(docs).as_posix(), file.read_bytes()) for file in found))


@lru_cache(maxsize=1)
def _rendered(docs: Path, files: tuple[tuple[str, bytes], ...]) -> Sequence[Page]:
    """Return the documents among these files, by their names in `docs`. The others are the drawings in them."""
    sources = {name.removesuffix(".md"): content for name, content in files if name.endswith(".md")}
    paths = {name: _path(name) for name in sources}
    # The page of the errors is generated from the same table as the pages of the error codes.
    return [
        _document(content.decode("utf-8"), name, docs, paths)
        for name, content in sources.items()
        if paths[name] != "reference/errors"
    ]


def navigation(pages: Mapping[str, Page]) -> list[tuple[str, list[str]]]:
    """Return the navigation: section titles ("" for none) with the paths of their pages."""
    linked = pages[""].links if "" in pages else ()
    place = {path: number for number, path in enumerate(linked)}

    def ordered(paths: Iterable[str]) -> list[str]:
        return sorted(paths, key=lambda path: (place.get(path, len(place)), pages[path].title))

    sections: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for path in pages:
        section, slash, _ = path.partition("/")
        if section in sections and slash:
            sections[section].append(path)
        elif not slash and path not in (*FIRST, *LAST, ERRORS, EXPLORER):
            sections[OTHERS].append(path)
    listed = [("", [path for path in FIRST if path in pages])]
    for section, title in SECTIONS.items():
        before = [path for path in (EXPLORER, ERRORS) if section == "reference" and path in pages]
        listed.append((title, [*before, *ordered(sections[section])]))
    return [*((title, paths) for title, paths in listed if paths), ("", [path for path in LAST if path in pages])]


def whole_of(path: str, pages: Container[str]) -> str | None:
    """Return the page that a page is a part of, by its name: `reference/events` of `reference/events-payments`.

    The navigation lists the parts of a page beside that page and on each other.
    """
    section, slash, name = path.rpartition("/")
    words = name.split("-")
    wholes = (f"{section}{slash}{'-'.join(words[:count])}" for count in range(len(words) - 1, 0, -1))
    return next((whole for whole in wholes if whole in pages), None)


def _path(name: str) -> str:
    return "" if name == "index" else name


def _file(path: str) -> str:
    return f"{path or 'index'}.html"


def _up(path: str) -> str:
    """Return the relative path from a page to the root of the host.

    A page is as many folders below it as its path has parts, since `docs` is one of them.
    """
    return "../" * len(path.split("/")) if path else ""


def _address(path: str) -> str:
    return f"docs/{path}" if path else "docs"


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _document(text: str, name: str, docs: Path, paths: Mapping[str, str]) -> Page:
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable("table")
    tokens = markdown.parse(_COMMENT.sub("", text))
    headings, links = _anchored(tokens), list[str]()
    for token in tokens:
        if token.children:
            token.children = list(_relinked(token.children, name, docs, paths, links))
    content = markdown.renderer.render(tokens, markdown.options, {})
    content = content.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    title = headings[0].text if headings else name
    return Page(
        path=paths[name],
        title=title,
        content=content,
        headings=[heading for heading in headings if heading.level in (2, 3)],
        parts=list(_parts(tokens, title)),
        links=links,
    )


def _highlighted(code: str, language: str, _: str) -> str:
    """Return a code block with syntax highlighting, or "" to leave it unchanged."""
    try:
        lexer = get_lexer_by_name(_LANGUAGES.get(language, language))
    except ClassNotFound:
        return ""
    return highlight(code, lexer, HtmlFormatter(nowrap=True))


def _anchored(tokens: Sequence[Token]) -> list[Heading]:
    """Give each heading its anchor, and return the headings."""
    headings, used = list[Heading](), dict[str, int]()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or inline.children is None:
            continue
        named = _ANCHOR.match(inline.content)
        if named is not None:
            _drop_anchor(inline.children)
        text = _plain(inline.children)
        slug = _NOT_IN_SLUG.sub("", text.lower()).replace(" ", "-")
        number = used.get(slug, 0)
        used[slug] = number + 1
        anchor = named[1] if named is not None else f"{slug}-{number}" if number else slug
        opening.attrSet("id", anchor)
        headings.append(Heading(int(opening.tag[1]), text, anchor))
    return headings


def _drop_anchor(children: list[Token]) -> None:
    """Remove the text of an anchor from a heading, which takes the anchor as its id."""
    for child in children:
        child.content = _ANCHOR.sub("", child.content)


def _plain(children: Sequence[Token]) -> str:
    shown = [child for child in children if child.type not in ("image", "html_inline")]
    words = [" " if child.type == "softbreak" else child.content for child in shown]
    return _BLANKS.sub(" ", "".join(words)).strip()


def _relinked(
    children: Sequence[Token], name: str, docs: Path, paths: Mapping[str, str], links: list[str]
) -> Iterator[Token]:
    """Convert links to other documents into links between pages, and links to files that are not served into text."""
    open_links = list[bool]()
    for child in children:
        if child.type == "link_open":
            href = _href(str(child.attrGet("href")), name, paths, links)
            open_links.append(href is not None)
            if href is None:
                continue
            child.attrSet("href", href)
        elif child.type == "link_close" and not open_links.pop():
            continue
        elif child.type == "image":
            _inline_image(child, (docs / name).parent)
        if child.type == "text" and _ANCHOR.search(child.content):
            yield from _with_anchors(child.content)
        else:
            yield child


def _with_anchors(text: str) -> Iterator[Token]:
    """Yield a text with its anchors as elements."""
    words = _ANCHOR.split(text)
    for number, part in enumerate(words):
        if number % 2:
            yield Token("html_inline", "", 0, content=f'<a id="{part}"></a>')
        elif part:
            yield Token("text", "", 0, content=part)


def _href(href: str, name: str, paths: Mapping[str, str], links: list[str]) -> str | None:
    if re.match(r"(?:https?:|mailto:|#)", href):
        return href
    target, hash_, anchor = href.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    up = _up(paths[name])
    page = paths.get(found.removesuffix(".md")) if found.endswith(".md") else None
    if page is None:
        return None
    links.append(page)
    if page == "reference/errors":
        # Each error code has its own page.
        return up + _address(f"{ERRORS}/{anchor}" if anchor in set(Code) else ERRORS)
    return up + _address(page) + hash_ + anchor


def _inline_image(image: Token, folder: Path) -> None:
    """Embed a drawing in the page: drawings are small, and no route serves images."""
    from base64 import b64encode

    drawing = (folder / str(image.attrGet("src"))).resolve()
    image.attrSet("src", f"data:image/svg+xml;base64,{b64encode(drawing.read_bytes()).decode()}")


def _parts(tokens: Sequence[Token], title: str) -> Iterator[Part]:
    """Yield the words of a page by heading, without code."""
    heading, anchor, words = title, "", list[str]()
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            yield Part(heading, anchor, " ".join(words))
            heading, anchor, words = _plain(tokens[number + 1].children or ()), str(token.attrGet("id")), []
        elif token.type == "inline" and tokens[number - 1].type != "heading_open":
            words.append(_plain(token.children or ()))
    yield Part(heading, anchor, " ".join(words))


# --- pages without a document -----------------------------------------------------------------------------------------


def _explorer() -> Iterator[Page]:
    content = (TEMPLATES / "explorer.html").read_text(encoding="utf-8").replace("{up}", _up(EXPLORER))
    words = "Send requests to every route of the native and the Stripe-compatible API from this page."
    yield Page(path=EXPLORER, title="API explorer", content=content, parts=[Part("API explorer", "", words)])


def _errors() -> Iterator[Page]:
    yield Page(path=ERRORS, title="Error codes", content=error_list(), parts=[Part("Error codes", "", "")])
    for code in Code:
        content = error_page(code)
        words = _BLANKS.sub(" ", _TAG.sub("", " ".join(_PARAGRAPH.findall(content))))
        title = PROBLEMS[code].title
        yield Page(path=f"{ERRORS}/{code}", title=code, content=content, parts=[Part(title, "", words)])


# --- complete pages ---------------------------------------------------------------------------------------------------


def _whole(
    page: Page,
    pages: Mapping[str, Page],
    tree: str,
    order: Sequence[str],
    version: str,
) -> str:
    template = (TEMPLATES / "page.html").read_text(encoding="utf-8")
    up = _up(page.path)
    styles = ["swagger-ui.css", "pages.css"] if page.path == EXPLORER else ["pages.css"]
    scripts = ["swagger-ui-bundle.js", "explorer.js"] if page.path == EXPLORER else []
    values = {
        "title": escape(f"{page.title} · {TITLE}" if page.path else f"Documentation · {TITLE}"),
        "service": escape(TITLE),
        "mark": "{mark}",  # lambdas/reference/built.py writes it: it would be a twentieth of all pages
        "version": escape(VERSION),
        "up": up,
        "home": up or "./",
        "styles": "\n".join(f'<link rel="stylesheet" href="{up}docs/{name}?v={version}">' for name in styles),
        "kind": "wide" if page.path == EXPLORER else "document",
        "tree": tree,
        "contents": _contents(page),
        "content": page.content,
        "neighbors": _neighbors(page, pages, order, up),
        "scripts": "\n".join(
            f'<script src="{up}docs/{name}?v={version}" defer></script>'
            for name in ("minisearch.js", "pages.js", *scripts)
        ),
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], template)


def _placed(
    page: Page, pages: Mapping[str, Page], shown: Sequence[tuple[str, Sequence[str]]], trees: dict[str, int]
) -> str:
    """Return what stands for a page's navigation: its number, what leads to the root, and the address to mark."""
    number = trees.setdefault(_tree(page, pages, shown), len(trees))
    current = ERRORS if page.path.startswith(f"{ERRORS}/") else page.path
    return f"{{tree:{number}:{_up(page.path)}:{_address(current)}}}"


def _tree(page: Page, pages: Mapping[str, Page], shown: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the navigation beside a page, whose links have `{up}` for what leads to the root."""
    is_code = page.path.startswith(f"{ERRORS}/")
    near = {page.path, whole_of(page.path, pages)}
    parts = list[str]()
    for title, every in shown:
        if is_code and title not in ("", SECTIONS["reference"]):
            continue
        if title == SECTIONS["runbooks"] and page.path and not page.path.startswith(_OF_OPERATORS):
            continue
        paths = [path for path in every if whole_of(path, pages) in (None, *near)]
        if title:
            parts.append(f"<h2>{escape(title)}</h2>")
        items = "\n".join(
            f'<li><a href="{{up}}{_address(path)}">{escape(pages[path].title if path else "Overview")}</a></li>'
            for path in paths
        )
        parts.append(f"<ul>\n{items}\n</ul>")
    return "\n".join(parts)


def _contents(page: Page) -> str:
    if len(page.headings) < 2:
        return ""
    items = "\n".join(
        f'<li class="level-{heading.level}"><a href="#{escape(heading.anchor)}">{escape(heading.text)}</a></li>'
        for heading in page.headings
    )
    return f'<nav class="contents" aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n{items}\n</ul>\n</nav>'


def _neighbors(page: Page, pages: Mapping[str, Page], order: Sequence[str], up: str) -> str:
    if page.path not in order:
        return ""
    place = order.index(page.path)
    links = [
        (rel, words, order[at])
        for rel, words, at in (("prev", "Previous", place - 1), ("next", "Next", place + 1))
        if 0 <= at < len(order)
    ]
    listed = "\n".join(
        f'<a rel="{rel}" href="{up}{_address(path)}"><span>{words}</span> {escape(pages[path].title)}</a>'
        for rel, words, path in links
    )
    return f'<nav class="neighbors" aria-label="Previous and next page">\n{listed}\n</nav>'


def _index(pages: Iterable[Page]) -> list[Json]:
    """Return the search index: the address, title, heading, words and weight of each part of each page."""
    return [
        {
            "address": _address(page.path) + (f"#{part.anchor}" if part.anchor else ""),
            "title": page.title,
            "heading": part.heading,
            "text": part.text,
            "weight": weight(page.path),
        }
        for page in pages
        for part in page.parts
    ]


def weight(path: str) -> float:
    """Return how much a hit counts on the page of a path."""
    return next((value for start, value in WEIGHTS.items() if path.startswith(start)), 1)
