"""Detects changes of the sources of a deployment by their hashes, in a few milliseconds."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.deploy.installation import ROOT
from engine.state.generations import FORMAT

SOURCES = (
    "app.py",
    "api_reference",
    "cdk.json",
    # The settings that it passes to the app.
    "cli/deploy/cdk.py",
    "dashboard_site",
    "docs",
    # What the engine makes of a template.
    "engine/corrections",
    "environments",
    "stacks",
    "lambdas",
    "layers/aws_models.py",
    "layers/build.py",
    "layers/docs_site.py",
    "layers/docs_text.py",
    "layers/installed_packages.py",
    "layers/reference.py",
    "layers/stripe_js.py",
    "layers/stripe_names.py",
    "layers/shared",
    "requirements/layer.txt",
    "requirements/checkout.txt",
    "requirements/engine.txt",
    "package-lock.json",
    "stripe_js",
)
"""Everything that a synth reads, and everything else that affects its result or the engine."""

# Generated beside the sources by tools, and the pictures of README.md, which no page of a deployment shows.
_IGNORED_FOLDERS = frozenset({"__pycache__", "images", "node_modules"})
_IGNORED_SUFFIXES = (".pyc", ".pyo", ".swp")

# 128 bits of a file's hash.
_DIGITS = 32


@dataclass(frozen=True)
class Fingerprint:
    """The hashes of a deployment's sources: of all together, and of each file, to name the changed ones."""

    whole: str
    files: Mapping[str, str]

    def changed_since(self, files: Mapping[str, str]) -> list[str]:
        """Return the names of the files that were added, removed or changed."""
        return sorted(name for name in {**files, **self.files} if files.get(name) != self.files.get(name))


def fingerprint(context: Mapping[str, str], *, root: Path = ROOT) -> Fingerprint:
    """Return the fingerprint of the sources under `root`, the CDK context, this Python and the format of images."""
    files = {file.relative_to(root).as_posix(): _digest(file) for file in _files(root)}
    whole = json.dumps([dict(sorted(context.items())), sys.version_info[:2], FORMAT, files])
    return Fingerprint(hashlib.sha256(whole.encode()).hexdigest(), files)


def source_files(root: Path) -> Iterator[str]:
    """Yield the paths of the sources under `root`."""
    for source in SOURCES:
        yield from files_in(root / source)


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        yield from sorted(map(Path, files_in(root / source)))


def files_in(path: Path) -> Iterator[str]:
    """Yield the path of a file, or the paths of all files in a folder but those that no deployment contains."""
    if path.is_file():
        yield str(path)
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not _is_ignored(name)]
        yield from (f"{folder}{os.sep}{name}" for name in names if not name.endswith(_IGNORED_SUFFIXES))


def _is_ignored(name: str) -> bool:
    return name in _IGNORED_FOLDERS or name.startswith(".") or name.endswith(".egg-info")


def _digest(file: Path) -> str:
    """Return half of a file's SHA-256: a wheel has that of each file, and they do not compress."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:_DIGITS]
