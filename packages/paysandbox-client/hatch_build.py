"""Generates the client's shapes and operations before it is built. A source distribution contains them."""

import sys
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DOCUMENT: Final = Path("../../docs/openapi.json")
_LOCK: Final = Path("../../requirements/dev.txt")
_GENERATOR: Final = ("datamodel-code-generator", "ruff")
"""The generator, and what it formats with."""


class BuildHook(BuildHookInterface):
    """Generates in a checkout, which has the API's document."""

    def dependencies(self) -> list[str]:
        """Return what an isolated build installs: the generator, at the versions of the checkout's lock."""
        root = Path(self.root)
        if not (root / _DOCUMENT).is_file():
            return []
        lock = (root / _LOCK).read_text(encoding="utf-8").splitlines()
        return [line.split()[0] for line in lock if line.partition("==")[0] in _GENERATOR]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling calls it
        """Generate the two modules, for an editable installation too."""
        root = Path(self.root)
        if not (root / _DOCUMENT).is_file():
            return
        sys.path.insert(0, self.root)
        try:
            from generate import generate
        finally:
            sys.path.remove(self.root)
        generate(root / _DOCUMENT, root / "src" / "paysandbox_client")
