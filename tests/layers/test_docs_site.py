"""The pages under /docs, made of Markdown: links, navigation, anchors, and that nothing in a document is HTML."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from layers.docs_site import site
from layers.reference import ROOT
from reference.built import with_tree

INDEX = "# Docs\n\n[Deploy](how-to/deploy.md), [Cards](reference/cards.md), [API](reference/api.md)\n"
TREE = {
    "index.md": INDEX,
    "tutorial.md": "# Your first checkout\n",
    "glossary.md": "# Glossary\n",
    "decisions.md": "# Decisions\n",
    "how-to/ci.md": "# Test in CI\n",
    "how-to/deploy.md": "# Deploy\n",
    "reference/api.md": "# API\n",
    "reference/cards.md": "# Cards\n",
    "reference/errors.md": "# Errors\n",
    "explanation/money.md": "# Money\n",
    "runbooks/outage.md": "# Outage\n",
}
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


class Read(HTMLParser):
    """A page's links, anchors, elements and words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        self.ids |= {value for name, value in attrs if name == "id" and value}

    def handle_data(self, data: str) -> None:
        self.words += data


def made(tmp_path: Path, documents: Mapping[str, str]) -> dict[str, str]:
    """The site of these documents."""
    for name, text in documents.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return with_navigation(site(tmp_path))


def with_navigation(files: Mapping[str, str]) -> dict[str, str]:
    """The files with the pages as they are served."""
    trees = json.loads(files["trees.json"])
    return {name: with_tree(text, trees) if name.endswith(".html") else text for name, text in files.items()}


def main(page: str) -> str:
    """What stands between the navigation and the links to other pages."""
    return page.partition("<main")[2].partition("</main>")[0].partition('<nav class="neighbors"')[0]


def test_navigation_follows_the_index(tmp_path: Path) -> None:
    pages = made(tmp_path, TREE)

    def listed(name: str) -> list[str]:
        tree = pages[name].partition('<nav aria-label="Documentation">')[2].partition("</nav>")[0]
        return re.findall(r">([^<>\n]+)</(?:a|h2)>", tree)

    for_all = [
        *("Overview", "Your first checkout"),
        *("How-to guides", "Deploy", "Test in CI"),
        *("Reference", "API explorer", "Error codes", "Cards", "API"),
        *("Explanation", "Decisions", "Money"),
    ]
    assert listed("tutorial.html") == [*for_all, "Glossary"]
    for name in ("index.html", "how-to/deploy.html", "runbooks/outage.html"):
        assert listed(name) == [*for_all, "Runbooks", "Outage", "Glossary"], "beside what operators read"


def test_navigation_of_an_error_code_lists_the_reference_only(tmp_path: Path) -> None:
    page = made(tmp_path, TREE)["errors/rate_limited.html"]
    tree = page.partition('<nav aria-label="Documentation">')[2].partition("</nav>")[0]
    assert re.findall(r">([^<>\n]+)</(?:a|h2)>", tree) == [
        *("Overview", "Your first checkout"),
        *("Reference", "API explorer", "Error codes", "Cards", "API"),
        "Glossary",
    ]
    assert 'aria-current="page">Error codes' in tree


PARTS = {"reference/cards-visa.md": "# Visa\n", "reference/cards-amex.md": "# Amex\n"}


@pytest.mark.parametrize(
    "page, listed",
    [
        ("tutorial", False),
        ("reference/api", False),
        ("reference/cards", True),
        ("reference/cards-visa", True),
    ],
)
def test_navigation_lists_the_parts_of_a_page_beside_it(tmp_path: Path, page: str, listed: bool) -> None:
    """Elsewhere they would hide the pages that they are parts of."""
    html = made(tmp_path, {**TREE, **PARTS})[f"{page}.html"]
    tree = html.partition('<nav aria-label="Documentation">')[2].partition("</nav>")[0]
    assert ("reference/cards-visa" in tree, "reference/cards-amex" in tree) == (listed, listed)
    assert "reference/cards" in tree


@pytest.mark.parametrize(
    "page, before, after",
    [
        ("index", None, "tutorial"),
        ("tutorial", "", "how-to/deploy"),
        ("how-to/ci", "how-to/deploy", "explorer"),
        ("glossary", "runbooks/outage", None),
    ],
)
def test_pages_link_to_previous_and_next(tmp_path: Path, page: str, before: str | None, after: str | None) -> None:
    text = made(tmp_path, TREE)[f"{page}.html"]
    found = {
        rel: urljoin(f"https://host/docs/{page.removesuffix('index')}".rstrip("/"), link)
        for rel, link in re.findall(r'<a rel="(\w+)" href="([^"]+)">', text)
    }
    expected = {"prev": before, "next": after}
    assert found == {rel: f"https://host/docs/{path}".rstrip("/") for rel, path in expected.items() if path is not None}


@pytest.mark.parametrize(
    "place, link, href",
    [
        ("how-to/a.md", "b.md", "../../docs/how-to/b"),
        ("how-to/a.md", "../reference/cards.md#visa", "../../docs/reference/cards#visa"),
        ("how-to/a.md", "../index.md", "../../docs"),
        ("tutorial.md", "how-to/b.md", "../docs/how-to/b"),
        ("index.md", "tutorial.md", "docs/tutorial"),
        ("how-to/a.md", "#here", "#here"),
        ("how-to/a.md", "https://example.com/", "https://example.com/"),
        ("how-to/a.md", "../reference/errors.md", "../../docs/errors"),
        ("how-to/a.md", "../reference/errors.md#rate_limited", "../../docs/errors/rate_limited"),
        # Not served: the text stays.
        ("how-to/a.md", "../../README.md", None),
        ("how-to/a.md", "../consumers/consumer.py", None),
        ("how-to/a.md", "javascript:alert(1)", None),
    ],
)
def test_links(tmp_path: Path, place: str, link: str, href: str | None) -> None:
    documents = {**TREE, "how-to/b.md": "# B\n", place: f"# A\n\nsee [the words]({link})\n"}
    page = Read(main(made(tmp_path, documents)[place.replace(".md", ".html")]))
    assert page.links == ([href] if href is not None else [])
    assert "the words" in page.words


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "`<script>`",
        "```bash\n<script>\n```",
        "```nonsense\n<script>\n```",
        "| <script> |\n|---|\n| <script> |",
        "# <script>x",
        '## <a id="x" onclick="y"></a>x',
    ],
)
def test_html_in_documents_is_escaped(tmp_path: Path, text: str) -> None:
    files = made(tmp_path, {**TREE, "tutorial.md": f"# T\n\n{text}\n"})
    page = Read(files["tutorial.html"])
    assert page.tags.count("script") == 2
    assert "alert(1)" not in "".join(page.links)
    assert page.tags.count("img") == 1, "the mark"
    assert "onclick" not in page.attributes


@pytest.mark.parametrize(
    "headings, anchors",
    [
        ("## Set up\n## Set up", ["set-up", "set-up-1"]),
        ("## What's `up --host NAME`?", ["whats-up---host-name"]),
        ('## <a id="payment_intents"></a>Payment intents', ["payment_intents"]),
        ("### POST /v1/refunds", ["post-v1refunds"]),
        ('| a |\n|---|\n| <a id="row_1"></a>b |\n\n## C', ["c", "row_1"]),
    ],
)
def test_anchors_match_github(tmp_path: Path, headings: str, anchors: list[str]) -> None:
    text = main(made(tmp_path, {**TREE, "tutorial.md": f"# T\n\n{headings}\n"})["tutorial.html"])
    assert re.findall(r'<h[23] id="([^"]+)"', text) + re.findall(r'<a id="([^"]+)"', text) == anchors
    assert "&lt;a" not in text


def test_diagrams_are_inlined(tmp_path: Path) -> None:
    (tmp_path / "explanation").mkdir()
    (tmp_path / "explanation" / "a.svg").write_text(SVG)
    text = made(tmp_path, {**TREE, "explanation/money.md": "# M\n\n![how it went](a.svg)\n"})["explanation/money.html"]
    assert 'src="data:image/svg+xml;base64,' in text
    assert 'alt="how it went"' in text


def test_search_index_maps_words_to_headings(tmp_path: Path) -> None:
    documents = {**TREE, "tutorial.md": "# T\n\nfirst\n\n## Keys\n\nan *idempotency* key\n\n```\nnot this\n```\n"}
    parts = json.loads(made(tmp_path, documents)["search.json"])
    found = [(part["address"], part["heading"], part["text"]) for part in parts if part["title"] == "T"]
    assert found == [("docs/tutorial", "T", "first"), ("docs/tutorial#keys", "Keys", "an idempotency key")]


# --- the site as it is ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """The site of this repository."""
    return with_navigation(site(ROOT / "docs"))


ASSETS = {"pages.css", "pages.js", "explorer.js", "minisearch.js", "swagger-ui-bundle.js", "swagger-ui.css"}


@pytest.mark.full
def test_every_link_resolves(whole: Mapping[str, str]) -> None:
    pages = {name.removesuffix(".html"): Read(text) for name, text in whole.items() if name.endswith(".html")}
    addresses = {"/docs" if path == "index" else f"/docs/{path}": page for path, page in pages.items()}
    others = {"/", "/openapi.json", *(f"/docs/{name}" for name in ASSETS)}
    broken = list[str]()
    for address, page in addresses.items():
        for link in page.links:
            if link == "{mark}":  # written when the page is served
                continue
            target = urlsplit(urljoin(f"https://host{address}", link))
            if target.scheme == "data" or target.netloc != "host" or (target.path in others and not target.fragment):
                continue
            found = addresses.get(target.path)
            if found is None or (target.fragment and target.fragment not in found.ids):
                broken.append(f"{address}: {link}")
    assert broken == []


@pytest.mark.full
def test_pages_are_complete_without_external_resources(whole: Mapping[str, str]) -> None:
    for name, text in whole.items():
        if not name.endswith(".html"):
            continue
        assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//', text), name
        assert not re.findall(r'(?:src|href)="/', text), f"{name}: under a stage the root is not ours"
        assert text.count("<h1") == 1, name
        assert "<script>" not in text, f"{name}: the policy allows no script within the page"


def test_asset_urls_change_with_their_content(tmp_path: Path) -> None:
    def versions(*assets: bytes, glossary: str = "# Glossary\n") -> set[str]:
        (tmp_path / "glossary.md").write_text(glossary)
        text = site(tmp_path, assets)["explorer.html"]
        return set(re.findall(r'(?:src|href)="\.\./docs/[\w.-]+\?v=(\w+)"', text))

    made(tmp_path, TREE)
    first, same, asset, words = (
        versions(b"a"),
        versions(b"a"),
        versions(b"b"),
        versions(b"a", glossary="# Glossary\n\nx"),
    )
    assert len(first) == 1
    assert first == same
    assert len(first | asset | words) == 3
