"""Code blocks of the README and the docs, so that tests can run them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its file, the line on which it begins, its language and text."""

    file: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """All blocks in these languages, in the order in which they are read."""
    return [block for block in every_block() if block.language in languages]


def without_consumers(found: list[Block]) -> list[Block]:
    """Those that are not printed copies of a consumer of webhooks: these are run where events are sent to them."""
    consumers = {file.read_text() for file in (ROOT / "docs" / "consumers").iterdir()}
    return [block for block in found if block.text not in consumers]


def every_block() -> Iterator[Block]:
    """All blocks of all pages."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]:
        content = path.read_text()
        for found in _BLOCK.finditer(content):
            line = content.count("\n", 0, found.start()) + 1
            yield Block(str(path.relative_to(ROOT)), line, found[1], found[2])
