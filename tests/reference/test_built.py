"""Pages that were made when the function was built, and their links under another address."""

import pytest

from reference.built import below


@pytest.mark.parametrize(
    "link, moved",
    [
        ('href="docs"', 'href="../docs"'),
        ('src="../docs/pages.js"', 'src="../../docs/pages.js"'),
        ('href=""', 'href="../"'),
        ('href="#content"', 'href="#content"'),
        ('href="?api=v1"', 'href="?api=v1"'),
        ('href="data:,"', 'href="data:,"'),
        ('href="{mark}"', 'href="{mark}"'),
        ('href="https://example.com/a"', 'href="https://example.com/a"'),
        ('src="data:image/svg+xml;base64,AAAA"', 'src="data:image/svg+xml;base64,AAAA"'),
        ("href=&quot;docs&quot;", "href=&quot;docs&quot;"),
    ],
)
def test_links_are_rewritten(link: str, moved: str) -> None:
    assert below(f"<a {link}>a</a>", "../") == f"<a {moved}>a</a>"
