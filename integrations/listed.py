"""The integrations of integrations.toml: those that count, and those beside them."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from integrations.flow import FlowStep, flow_of

LIST: Final = Path(__file__).with_name("integrations.toml")


class Kind(StrEnum):
    """What an integration is. `other`: it is beside those that count."""

    SAMPLE = "sample"
    LIBRARY = "library"
    APPLICATION = "application"
    OTHER = "other"


class Proof(StrEnum):
    """How it is run: a sample server unmodified, a package from PyPI or npm, its calls as its source sends them, or the
    suite that a sample has of its own.
    """

    SAMPLE = "sample"
    OWN_CODE = "own code"
    REPLAY = "replay"
    SUITE = "own suite"


_PROOFS: Final = {"folder": Proof.SAMPLE, "file": Proof.REPLAY, "suite": Proof.SUITE}
"""By the name under which a row has its place in the repository."""


@dataclass(frozen=True)
class Package:
    """A package from a registry, at a version, with what it is installed beside.

    `brings_its_own`: its dependencies are files of its own archive.
    """

    registry: str
    name: str
    version: str
    beside: tuple[str, ...] = ()
    brings_its_own: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Integration:
    """A row of the list. `place` is a folder or a file in the repository at the commit, or a program of own_code.

    `flow` has the steps of its principal flow: it runs if a run does each of them.
    """

    kind: Kind
    name: str
    flow: tuple[FlowStep, ...]
    repository: str = ""
    commit: str = ""
    place: str = ""
    package: Package | None = None
    proof: Proof = Proof.REPLAY

    @property
    def needs_its_source(self) -> bool:
        """Return whether it runs from its repository, and not from a registry or by its calls."""
        return self.proof in (Proof.SAMPLE, Proof.SUITE)

    @property
    def pinned(self) -> str:
        """Return its package and version, or its commit in short."""
        return str(self.package) if self.package is not None else f"`{self.commit[:9]}`"

    @property
    def link(self) -> str:
        """Return the address of the place at the commit or, from the page, of the program of own_code."""
        if self.package is not None:
            return f"../../integrations/own_code/{self.place}"
        view = "blob" if self.proof is Proof.REPLAY else "tree"
        return f"https://github.com/{self.repository}/{view}/{self.commit}/{self.place}"


def integrations() -> tuple[Integration, ...]:
    """Return the list, in its order: those that count, then those beside them."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return tuple(_integration(kind, row) for kind in Kind for row in rows[kind])


def _integration(kind: Kind, row: dict[str, Any]) -> Integration:
    flow = flow_of(row.get("flow", ()))
    for registry in ("pypi", "npm"):
        if registry in row:
            name, _, version = row[registry].rpartition("@")
            package = Package(registry, name, version, tuple(row.get("beside", ())), row.get("brings_its_own", False))
            return Integration(kind, row["name"], flow, place=row["program"], package=package, proof=Proof.OWN_CODE)
    [(name, proof)] = ((name, proof) for name, proof in _PROOFS.items() if name in row)
    return Integration(kind, row["name"], flow, row["repository"], row["commit"], row[name], proof=proof)
