"""A cloud assembly: the stacks and files that CDK synthesized into a folder, as its manifest lists them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

from cli.state.state_dir import read_json

_STACK: Final = "aws:cloudformation:stack"
_FILES: Final = "cdk:asset-manifest"
# The oldest date that a zip can have: the same files give the same zip.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
# Zips are stored on this disk, and unpacked from it at each start of a function.
_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its name, the file and the S3 address of its template, and the stacks that it needs."""

    name: str
    template: Path
    bucket: str
    key: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, or a folder to zip, and the place in S3 where the templates expect it."""

    source: Path
    is_folder: bool
    bucket: str
    key: str

    def content(self) -> bytes:
        """Return the file's content, or the folder's as a zip."""
        return _zipped(self.source) if self.is_folder else self.source.read_bytes()


@dataclass(frozen=True)
class Assembly:
    """The cloud assembly in a folder."""

    folder: Path
    artifacts: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the assembly in a folder, or an empty one if there is none."""
        return cls(folder, read_json(folder / "manifest.json").get("artifacts", {}))

    def stacks(self) -> dict[str, Stack]:
        """Return the stacks by name, in the order in which CDK lists them."""
        return {name: self._stack(name, of) for name, of in self.artifacts.items() if of["type"] == _STACK}

    def assets(self) -> list[Asset]:
        """Return the files of all stacks, each once."""
        return [*{(asset.bucket, asset.key): asset for asset in self._assets()}.values()]

    def is_whole(self) -> bool:
        """Return whether the files of all stacks are there. A copied image has only the templates."""
        return all(asset.source.exists() for asset in self.assets())

    def bootstrap_version(self) -> tuple[str, int]:
        """Return the SSM parameter in which templates look up the version of CDK's bootstrap stack, and the version
        that they need."""
        needs = [of["properties"] for of in self.artifacts.values() if of["type"] == _FILES]
        return (
            needs[0]["bootstrapStackVersionSsmParameter"],
            max(int(each["requiresBootstrapStackVersion"]) for each in needs),
        )

    def _stack(self, name: str, artifact: Mapping[str, Any]) -> Stack:
        properties = artifact["properties"]
        bucket, _, key = properties["stackTemplateAssetObjectUrl"].removeprefix("s3://").partition("/")
        needs = (needed for needed in artifact["dependencies"] if self.artifacts[needed]["type"] == _STACK)
        return Stack(name, self.folder / properties["templateFile"], bucket, key, frozenset(needs))

    def _assets(self) -> Iterator[Asset]:
        for artifact in self.artifacts.values():
            if artifact["type"] != _FILES:
                continue
            for file in read_json(self.folder / artifact["properties"]["file"])["files"].values():
                source = file["source"]
                for place in file["destinations"].values():
                    yield Asset(
                        self.folder / source["path"],
                        source["packaging"] == "zip",
                        place["bucketName"],
                        place["objectKey"],
                    )


def _zipped(folder: Path) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=_FASTEST) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = file.stat().st_mode << 16
            archive.writestr(entry, file.read_bytes(), compresslevel=_FASTEST)
    return packed.getvalue()
