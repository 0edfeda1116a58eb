"""The documentation as one text, put together from the pages that /llms.txt lists, so that nothing is stored twice."""

import posixpath
import re
from collections.abc import Callable
from typing import Final

OPTIONAL: Final = "Optional"
"""The section of /llms.txt whose pages a shorter text leaves out ("The /llms.txt file", llmstxt.org)."""

LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
OUTSIDE: Final = re.compile(r"(?:https?:|mailto:|#)")

_LISTED: Final = re.compile(r"^- \[.*?\]\(docs/([^()\s]+)\.md\)", re.MULTILINE)


def one_text(listed: str, read: Callable[[str], str]) -> str:
    """Return the head of /llms.txt and the text of each page that it lists, but for the optional ones.

    `read` returns the Markdown of a page (`docs/how-to/lose-answers.md`). Its links then lead from the root.
    """
    names = _LISTED.findall(listed.partition(f"\n## {OPTIONAL}\n")[0])
    title, summary = listed.split("\n\n")[:2]
    pages = [f"Page: docs/{name}.md\n\n{moved(read(f'docs/{name}.md'), name, 'docs/')}" for name in names]
    return "\n---\n\n".join([f"{title}\n\n{summary}\n", *pages])


def moved(text: str, name: str, before: str = "") -> str:
    """Return a page whose links are relative to the folder of all pages, or to the one that `before` leads from."""

    def absolute(link: re.Match[str]) -> str:
        if OUTSIDE.match(link[3]):
            return link[0]
        path, hash_, anchor = link[3].partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        return f"[{link[2]}]({before}{target}{hash_}{anchor})"

    return LINK.sub(absolute, text)
