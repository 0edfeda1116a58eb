"""package.json and its lock as an ejected folder has them: without the workspaces, whose folders are not ejected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

MANIFEST: Final = "package.json"
LOCK: Final = "package-lock.json"

_DEPENDENCIES: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def without_workspaces(manifest: bytes, lock: bytes) -> tuple[bytes, bytes]:
    """Return a package.json and its package-lock.json with the packages that the workspaces do not need."""
    own, locked = json.loads(manifest), json.loads(lock)
    packages = locked["packages"]
    own.pop("workspaces", None)
    packages[""].pop("workspaces", None)
    needed, left = set[str](), [""]
    while left:
        path = left.pop()
        if path not in needed:
            needed.add(path)
            left += _dependencies_of(path, packages)
    locked["packages"] = {path: package for path, package in packages.items() if path in needed}
    return _text(own), _text(locked)


def _dependencies_of(path: str, packages: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of what a package depends on: for each, the nearest one, as Node.js looks for it."""
    package = packages[path]
    optional = {name for name, peer in package.get("peerDependenciesMeta", {}).items() if peer.get("optional")}
    for name in {name for kind in _DEPENDENCIES for name in package.get(kind, {})} - optional:
        folder: str | None = path
        while folder is not None:
            found = f"{folder}/node_modules/{name}".removeprefix("/")
            if found in packages:
                yield found
                break
            folder = folder.rpartition("/node_modules/")[0] if folder else None


def _text(content: Any) -> bytes:
    """Return JSON as npm writes it."""
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()
