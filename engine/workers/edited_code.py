"""Edited code of the functions, which `paysandbox up --watch` puts before the deployed code (cli/up/watch.py).

The functions themselves are not changed, so what CloudFormation deployed is there again when the edited code is
removed: by the next `paysandbox up`, and at every start of the engine.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE_NAME: Final = "edited-code.json"
"""In the engine's temporary folder: the folder of edited code of each part that was edited."""

SHARED: Final = "layer"
"""The part that all functions share. The other parts are groups of handlers, by their folder in `lambdas`."""


class EditedCode:
    """A reader that loads the folders again when the file has changed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._stamp: tuple[int, int] | None = None
        self._folders: Mapping[str, str] = {}

    def folders(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the folders with edited code of the function with this configuration."""
        self._load()
        if not config.get("Layers"):  # not a function of ours: CDK has some of its own
            return ()
        group = str(config.get("Handler", "")).partition(".")[0]
        return tuple(self._folders[part] for part in (SHARED, group) if part in self._folders)

    def _load(self) -> None:
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            self._stamp, self._folders = None, {}
            return
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._folders = json.loads(self._file.read_text(encoding="utf-8"))
            self._stamp = stamp
