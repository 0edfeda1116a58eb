"""Lambda layers on disk: each unpacked once and shared by all workers.

ministack unpacks a function's layers for each of its workers: 537 MB for 18 workers. Unpacking takes a second of a core
at every start, so the folders are kept for the next engine of this home, which compares every file with the zip.
"""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine import ministack

FOLDER_NAME = "layers"
"""In the home."""

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
            if not (place.is_dir() and _is_whole(content, place)):
                self._unpack(content, place)
            self._known[id(content)] = (content, place)
            return place

    def discard_unused(self) -> None:
        """Remove what was not used since the start: folders of earlier deployments, and of interrupted starts."""
        with self._lock:
            used = {place for _, place in self._known.values()}
            unused = [place for place in [*self._folder.glob("*")] if place not in used]
            discarded = [place.rename(tempfile.mkdtemp(prefix="discarded-", dir=self._folder)) for place in unused]
        for place in discarded:
            shutil.rmtree(place, ignore_errors=True)

    def _unpack(self, content: bytes, place: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="unpacking-", dir=self._folder))
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(beside)
            shutil.rmtree(place, ignore_errors=True)
            beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _is_whole(content: bytes, place: Path) -> bool:
    """Return whether a folder has the files of the zip, each with its content, and no others."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {str(place / entry.filename): entry for entry in archive.infolist() if not entry.is_dir()}
    there = {f"{folder}{os.sep}{name}" for folder, _, names in os.walk(place) for name in names}
    return there == files.keys() and all(_has_content(file, entry) for file, entry in files.items())


def _has_content(file: str, entry: zipfile.ZipInfo) -> bool:
    with Path(file).open("rb", buffering=0) as opened:
        data = opened.readall()
    return (len(data), zlib.crc32(data)) == (entry.file_size, entry.CRC)


def share_layers(runtime: Any, layers: Layers) -> None:
    """Make ministack's workers use the shared folders. `runtime` is its module of workers."""
    workers = ministack.worker(runtime.Worker)
    spawn = workers.spawn

    def start(self: Any) -> None:
        config = self.config
        variables = layers.variables_of(config, getattr(self, "edited", ()))
        self.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(self)
        finally:
            self.config = config

    workers.spawn = start
