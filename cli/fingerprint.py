"""Tells whether anything that goes into a deployment changed: a hash of all of it, taken in a few milliseconds."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.home import ROOT

SOURCES = (
    "app.py",
    "cdk.json",
    "stacks",
    "lambdas",
    "layers/build.py",
    "layers/shared",
    "requirements/layer.txt",
    "requirements/dev.txt",
    "requirements/engine.txt",
    "package-lock.json",
)
"""Everything that a synth reads, or that changes what it or the engine makes of it."""

# Written by tools beside the sources, and no part of them.
_IGNORED_FOLDERS = frozenset({"__pycache__", "node_modules"})
_IGNORED_SUFFIXES = frozenset({".pyc", ".pyo", ".swp"})


def fingerprint(context: Mapping[str, str], *, root: Path = ROOT) -> str:
    """The hash of the sources under `root`, the CDK context and this Python."""
    digest = hashlib.sha256()
    digest.update(json.dumps([dict(sorted(context.items())), sys.version_info[:2]]).encode())
    for file in _files(root):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


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
