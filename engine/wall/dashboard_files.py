"""The dashboard's files, from the committed build: `dashboard/built`. A page's path is answered with `index.html`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboard_site.policy import (
    ASSETS,
    CONFIG,
    INDEX,
    PATH,
    REVALIDATED,
    build_of,
    content_type,
    name_in_build,
    security_headers,
)

BUILT: Final = Path(__file__).resolve().parents[2] / "dashboard" / "built"

NOT_BUILT: Final = (
    "This checkout has no build of the dashboard. Make it with `make dashboard`. Then load this page again."
)


@dataclass(frozen=True)
class File:
    """A file of the site. `name` is its path within the build."""

    name: str
    body: bytes

    @property
    def etag(self) -> str:
        """Its entity tag, which changes with its content."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Its headers, except type and length."""
        headers = security_headers() | {"Cache-Control": REVALIDATED, "ETag": self.etag}
        return [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    def is_known(self, if_none_match: str) -> bool:
        """Whether a browser that sends this If-None-Match has the file."""
        return self.etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))

    @property
    def content_type(self) -> str:
        """Its media type."""
        return content_type(self.name)


def is_path_of_site(path: str) -> bool:
    """Whether a path is one of the dashboard's."""
    return path == PATH or path.startswith(f"{PATH}/")


def is_config(path: str) -> bool:
    """Whether a path is that of `config.json`, which is no file."""
    return path == f"{PATH}/{CONFIG}"


def is_built(folder: Path) -> bool:
    """Whether the folder has a build."""
    return (folder / INDEX).is_file()


def find(folder: Path, path: str) -> File | None:
    """Return the file of a path: `index.html` for that of a page, and None for that of an asset that does not exist.

    A page of an earlier build asks for the assets of that one. Those of this build in their place would not fit
    together, and HTML would be an error that hides the cause.
    """
    index = _read(folder, INDEX)
    if index is None:
        return None
    name = name_in_build(path.removeprefix(PATH).removeprefix("/"), build_of(index.decode()))
    if name is None:
        return None
    body = _read(folder, name)
    if body is not None:
        return File(name, body)
    return None if name.startswith(ASSETS) else File(INDEX, index)


def _read(folder: Path, name: str) -> bytes | None:
    """Return the content of a file in the folder, or None for anything else: a folder, a link out of it, `..`."""
    try:
        file = (folder / name).resolve(strict=True)
        return file.read_bytes() if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # no file; or a path with a null byte, which no file has
        return None
