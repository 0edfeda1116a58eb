"""Copies installed packages: at the versions of a lock file, and with the content that their RECORD lists."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?")

# Notes of the installer about itself: with them, the same packages would not give the same layer.
_NOTES: Final = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})


class PackagesError(Exception):
    """A package is missing, of another version, or was changed after its installation."""


@dataclass(frozen=True)
class LockedPackage:
    """A package in a lock file. `marker` says where it is needed, as in a requirement; None: everywhere."""

    name: str
    version: str
    marker: str | None

    def __str__(self) -> str:
        """Return it as a requirement."""
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def locked_packages(lock: Path) -> list[LockedPackage]:
    """Return the packages of a lock file, in its order."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    starts = [line for line in lines if line and not line.startswith((" ", "#"))]
    found = [(line, _LINE.fullmatch(line)) for line in starts]
    unread = [line for line, match in found if match is None]
    if unread:
        raise ValueError(f"{lock.name}: {unread[0]}")
    return [LockedPackage(**match.groupdict()) for _, match in found if match is not None]


def copy_packages(lock: Path, into: Path, *, is_unused: Callable[[str], bool] = lambda _: False) -> None:
    """Copy every package of the lock file into a folder, without programs and unused files. Raises PackagesError.

    A package with a marker that is not installed is not needed here: the installer of this program has decided so.
    """
    for package in locked_packages(lock):
        try:
            installed = distribution(package.name)
        except PackageNotFoundError:
            if package.marker is None:
                raise PackagesError(f"{package} is not installed.") from None
            continue
        if installed.version != package.version:
            raise PackagesError(f"{package} is needed, and {installed.version} is installed.")
        for file in _files(installed):
            if is_unused(file.as_posix()):
                continue
            _copy(package, file, into / file)


def _files(installed: Distribution) -> Iterator[PackagePath]:
    """Yield the files of a distribution's wheel: those that have a hash, so neither its byte code nor RECORD itself.

    Programs are outside the folder of packages.
    """
    for file in installed.files or ():
        if file.hash is not None and ".." not in file.parts and file.name not in _NOTES:
            yield file


def _copy(package: LockedPackage, file: PackagePath, to: Path) -> None:
    content = Path(str(file.locate())).read_bytes()
    assert file.hash is not None  # noqa: S101 - others are left out above
    digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).decode().rstrip("=")
    if digest != file.hash.value:
        raise PackagesError(f"{file} of {package} was changed after its installation.")
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
