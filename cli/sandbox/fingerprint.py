"""Detects changes of the sources of a deployment by their hashes, in a few milliseconds."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.sandbox.state_dir import ROOT

SOURCES = (
    "app.py",
    "api_reference",
    "cdk.json",
    "docs",
    "stacks",
    "lambdas",
    "layers/build.py",
    "layers/docs_site.py",
    "layers/reference.py",
    "layers/shared",
    "requirements/layer.txt",
    "requirements/dev.txt",
    "requirements/engine.txt",
    "package-lock.json",
)
"""Everything that a synth reads, and everything else that affects its result or the engine."""

# Generated beside the sources by tools.
_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules"})
_IGNORED_SUFFIXES = frozenset({".pyc", ".pyo", ".swp"})


@dataclass(frozen=True)
class Fingerprint:
    """The hashes of a deployment's sources: of all together, and of each file, to name the changed ones."""

    whole: str
    files: Mapping[str, str]

    def changed_since(self, files: Mapping[str, str]) -> list[str]:
        """Return the names of the files that were added, removed or changed."""
        return sorted(name for name in {**files, **self.files} if files.get(name) != self.files.get(name))


def fingerprint(context: Mapping[str, str], *, root: Path = ROOT) -> Fingerprint:
    """Return the fingerprint of the sources under `root`, the CDK context and this Python."""
    files = {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in _files(root)}
    whole = json.dumps([dict(sorted(context.items())), sys.version_info[:2], files])
    return Fingerprint(hashlib.sha256(whole.encode()).hexdigest(), files)


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file() and not _is_ignored(file, path))


def _is_ignored(file: Path, root: Path) -> bool:
    folders = file.relative_to(root).parts[:-1]
    return file.suffix in _IGNORED_SUFFIXES or any(
        folder in _IGNORED_FOLDERS or folder.startswith(".") or folder.endswith(".egg-info") for folder in folders
    )
