"""Lambda layers on disk: each unpacked once and shared by all workers.

ministack unpacks a function's layers for each of its workers: 537 MB for 18 workers.
"""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

DIRECTORIES_VARIABLE = "_LAMBDA_LAYERS_DIRS"  # where ministack's workers look for layers


class Layers:
    """Unpacked layers in a folder, by the digest of their zips. `resolve` returns the zip of a layer of a function."""

    def __init__(self, folder: Path, resolve: Callable[[Any], bytes | None]) -> None:
        self._folder = folder
        self._resolve = resolve
        self._lock = threading.Lock()
        # The zips are the engine's own objects, so an object that was seen before needs no new digest.
        self._known: dict[int, tuple[bytes, Path]] = {}

    def variables_of(self, config: Any, edited: Sequence[str] = ()) -> dict[str, str]:
        """Return the environment variables of a function's workers, with the folders of its layers.

        A worker with edited code (edited_code.py) finds it first: its path begins with the last folder.
        """
        variables = (config.get("Environment") or {}).get("Variables", {})
        zips = (zipped for layer in config.get("Layers", []) if (zipped := self._resolve(layer)))
        folders = [*map(self.unpacked, zips), *edited]
        return {**variables, DIRECTORIES_VARIABLE: os.pathsep.join(map(str, folders))}

    def unpacked(self, content: bytes) -> Path:
        """Return the folder of the unpacked zip. Raises zipfile.BadZipFile."""
        with self._lock:
            known = self._known.get(id(content))
            if known is not None and known[0] is content:
                return known[1]
            place = self._folder / hashlib.sha256(content).hexdigest()
            if not place.is_dir():
                self._unpack(content, place)
            self._known[id(content)] = (content, place)
            return place

    def _unpack(self, content: bytes, place: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="unpacking-", dir=self._folder))
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(beside)
            beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def share_layers(runtime: Any, layers: Layers) -> None:
    """Make ministack's workers use the shared folders. `runtime` is its module of workers."""
    spawn = runtime.Worker._spawn  # noqa: SLF001 - there is no other way to it

    def start(self: Any) -> None:
        config = self.config
        variables = layers.variables_of(config, getattr(self, "edited", ()))
        self.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(self)
        finally:
            self.config = config

    runtime.Worker._spawn = start  # noqa: SLF001 - as above
