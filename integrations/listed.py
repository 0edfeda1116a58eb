"""The integrations of integrations.toml."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).with_name("integrations.toml")


class Kind(StrEnum):
    """How an integration is run: a sample server is started, a library's calls are replayed."""

    SAMPLE = "sample"
    LIBRARY = "library"


@dataclass(frozen=True)
class Integration:
    """A row of the list. `place` is the sample's folder, or the library's file, in the repository at the commit."""

    kind: Kind
    name: str
    repository: str
    commit: str
    place: str

    @property
    def link(self) -> str:
        """Return the address of the place at the commit."""
        view = "tree" if self.kind is Kind.SAMPLE else "blob"
        return f"https://github.com/{self.repository}/{view}/{self.commit}/{self.place}"


def integrations() -> tuple[Integration, ...]:
    """Return the list, in its order."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8"))
    place = {Kind.SAMPLE: "folder", Kind.LIBRARY: "file"}
    return tuple(
        Integration(kind, row["name"], row["repository"], row["commit"], row[place[kind]])
        for kind in Kind
        for row in rows[kind]
    )
