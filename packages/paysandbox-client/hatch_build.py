"""Generates the client's shapes and operations before it is built. A source distribution contains them."""

import sys
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DOCUMENT: Final = Path("../../api_reference/.built/openapi.json")
_LOCK: Final = Path("../../requirements/dev.txt")
_GENERATOR: Final = ("datamodel-code-generator", "ruff")
"""The generator, and what it formats with."""


class BuildHook(BuildHookInterface):
    """Generates in a checkout, once it has the API's document. A client without operations is never built."""

    def dependencies(self) -> list[str]:
        """Return what an isolated build installs: the generator, at the versions of the checkout's lock."""
        root = Path(self.root)
        if _is_source_distribution(root):
            return []
        lock = (root / _LOCK).read_text(encoding="utf-8").splitlines()
        return [line.split()[0] for line in lock if line.partition("==")[0] in _GENERATOR]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling calls it
        """Generate the two modules, for an editable installation too. Raises FileNotFoundError without the document."""
        root = Path(self.root)
        if _is_source_distribution(root):
            return
        if not (root / _DOCUMENT).is_file():
            raise FileNotFoundError(f"{_DOCUMENT} is missing, of which the client is made: run `make build`.")
        sys.path.insert(0, self.root)
        try:
            from generate import generate
        finally:
            sys.path.remove(self.root)
        generate(root / _DOCUMENT, root / "src" / "paysandbox_client")


def _is_source_distribution(root: Path) -> bool:
    """Return whether the folder is an unpacked one, by the file that each has."""
    return (root / "PKG-INFO").is_file()
