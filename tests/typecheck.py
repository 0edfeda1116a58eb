"""Checks types: of every file, or of those that a change may concern.

    python -m tests.typecheck [--all]

A change concerns the files that differ from the newest commit that passed `make test ARGS=all`, where every file is
checked, and the files that import one of them. Such a commit is what main has of this branch, or what the last such run
noted in this checkout. Every file is checked if none is known, as in a shallow clone, or if the checker, its settings
or the packages differ.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Final

from tests.check import all_sources, changed_since, importers
from tests.on_change import merged_or_noted

ROOT: Final = Path(__file__).resolve().parent.parent
PYRIGHT: Final = "node_modules/.bin/pyright"

CONCERNS_ALL: Final = frozenset(
    {"package-lock.json", "pyproject.toml", "requirements/dev.txt", "requirements/layer.txt"}
)
"""The checker, its settings, and the packages whose types it reads."""

MEMORY_MB: Final = 6144
"""With Node.js's own limit it runs out of memory three times, and each time forgets what it knows of all files."""


def concerned(changed: Iterable[str], sources: Mapping[str, bytes]) -> list[str] | None:
    """Return the files whose types a change may concern, or None for every file. `sources` are all Python files."""
    differ = {*changed}
    if differ & CONCERNS_ALL:
        return None
    edited = {file for file in differ if file.endswith(".py")}
    removed = edited - sources.keys()
    imported_by = importers({**sources, **dict.fromkeys(removed, b"")})
    return sorted(edited.union(*(imported_by.get(file, ()) for file in edited)) - removed)


def is_checked(file: str) -> bool:
    """Return whether the settings include the file."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pyright"]
    return any(map(PurePath(file).is_relative_to, settings["include"])) and not any(
        map(PurePath(file).is_relative_to, settings["exclude"])
    )


def main() -> int:
    files: list[str] | None = None
    if "--all" not in sys.argv[1:] and (commit := merged_or_noted()):
        files = concerned(changed_since(commit), all_sources())
        if files is not None:
            files = [file for file in files if is_checked(file)]
            print(f"{len(files)} files concerned by what differs from {commit[:9]}.", flush=True)
            if not files:
                return 0
    options = f"--max-old-space-size={MEMORY_MB}"
    return subprocess.run(
        [PYRIGHT, *(files or ())], cwd=ROOT, env=os.environ | {"NODE_OPTIONS": options}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
