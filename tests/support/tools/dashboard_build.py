"""The dashboard's committed build, and the compressed sizes of its JavaScript."""

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).resolve().parents[3] / "dashboard" / "built"

# Sizes of the JavaScript after gzip, in bytes.
INITIAL_BUDGET: Final = 140_000
CHUNK_BUDGET: Final = 130_000
_HOME: Final = "ActivityPage.js"

# A chunk's imports that load with it: `import … from "./x.js"`, and not `import("./x.js")`.
_STATIC_IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")


def chunks() -> Sequence[str]:
    """Return the names of all chunks. Raises AssertionError if there is no build."""
    found = sorted(file.name for file in BUILT.glob("assets/*.js"))
    assert found, "There is no build: run `make dashboard`."
    return found


def initial_chunks() -> Sequence[str]:
    """Return the chunks of the entry, of the first page and of all that they import at once."""
    entry = re.findall(r"assets/\w+/([\w.-]+\.js)", (BUILT / "index.html").read_text())
    assert entry, "index.html has no script"
    assert _HOME in chunks(), f"no chunk is called {_HOME}"
    return [*_with_static_imports([*entry, _HOME])]


def source(name: str) -> str:
    """Return the JavaScript of a chunk."""
    return (BUILT / "assets" / name).read_text()


def compressed(name: str) -> int:
    """Return the size of a chunk after gzip, in bytes."""
    return len(gzip.compress(source(name).encode(), mtime=0))


def _with_static_imports(names: Iterable[str]) -> Iterator[str]:
    """Yield the chunks, and those that load together with them; each once."""
    seen = set[str]()
    left = list(names)
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        left += _STATIC_IMPORT.findall(source(name))
