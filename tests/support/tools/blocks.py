"""Code blocks of the README and the docs, so that tests can run them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("**/*.md")))
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced code block: its file, first line, preceding `##` heading, language and text."""

    file: str
    line: int
    section: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Return all blocks in these languages, in page order."""
    return [block for block in every_block() if block.language in languages]


def without_programs(found: list[Block]) -> list[Block]:
    """Return the blocks that are not complete programs: webhook consumers and tutorial files have their own tests."""
    consumers = {file.read_text() for file in (ROOT / "docs" / "consumers").iterdir()}
    return [block for block in found if block.text not in consumers and not saved_as(block)]


def saved_as(block: Block) -> str | None:
    """Return the file name under which readers save a block, from the comment in its first line."""
    found = re.match(r"(?:#|//) (\w+\.(?:py|mjs))\n", block.text)
    return found[1] if found else None


@cache
def every_block() -> Sequence[Block]:
    """Return all blocks of all pages. Read once, because each page's test asks for them."""
    return [*_blocks()]


def _blocks() -> Iterator[Block]:
    for path in PAGES:
        content = path.read_text()
        for found in _BLOCK.finditer(content):
            line = content.count("\n", 0, found.start()) + 1
            sections = re.findall(r"^## (.+)$", content[: found.start()], re.MULTILINE)
            yield Block(str(path.relative_to(ROOT)), line, sections[-1] if sections else "", found[1], found[2])
