"""Where the pages of the documentation come from: a sandbox that is named, or else this program, which has them too."""

from __future__ import annotations

import importlib
import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from cli.connection.api_session import api_of
from cli.connection.credentials import api_key_is_given
from cli.deploy.archive import read_archive
from cli.deploy.installation import ASSEMBLY_ARCHIVE, ROOT
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.caller import Caller
    from cli.connection.http_client import Response

_DOCS: Final = "docs"
_INDEX: Final = "search.json"
_BUILT: Final = f"/reference/.built/{_DOCS}/"
_OK: Final = 200

Part = dict[str, Any]
"""A part of a page: its `address`, and the `title`, `heading` and `text` of the part."""


class Pages(Protocol):
    """The pages of one version of the documentation."""

    def parts(self) -> list[Part]:
        """Return the parts of all pages, as the search of the pages themselves reads them (layers/docs_site.py)."""
        ...

    def markdown(self, page: str) -> str | None:
        """Return a page, by its path below /docs, or None if there is none."""
        ...


def pages_of(caller: Caller) -> Pages:
    """Return the pages of the sandbox that the options or the environment variables name, or else this program's.

    A sandbox that was deployed from this program has the same pages, so nothing has to run to read them.
    """
    names_a_sandbox = caller.env is not None or caller.merchant is not None or api_key_is_given(caller)
    return Served(caller) if names_a_sandbox else own_pages(ROOT)


def own_pages(root: Path) -> Pages:
    """Return the pages of the program in a folder: a wheel has them as they are served, a checkout's are made."""
    archive = root / ASSEMBLY_ARCHIVE
    return Built(archive) if archive.is_file() else Made(root / _DOCS)


class Served:
    """The pages of a running sandbox."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def parts(self) -> list[Part]:
        response = self._get(f"/{_DOCS}/{_INDEX}")
        if response.status != _OK:
            raise Failure(f"The sandbox has no documentation: {response.status}.", "It may be another version.")
        return json.loads(response.content)

    def markdown(self, page: str) -> str | None:
        response = self._get(f"/{_DOCS}/{page}.md")
        return response.text if response.status == _OK else None

    def _get(self, path: str) -> Response:
        return api_of(self._caller).request("GET", path)


class Built:
    """The pages in the archive of a wheel's assembly."""

    def __init__(self, archive: Path) -> None:
        self._files = {name.partition(_BUILT)[2]: content for name, content in read_archive(archive) if _BUILT in name}

    def parts(self) -> list[Part]:
        return json.loads(lzma.decompress(self._files[f"{_INDEX}.xz"]))

    def markdown(self, page: str) -> str | None:
        content = self._files.get(f"{page}.md")
        return None if content is None else content.decode()


class Made:
    """The pages of a checkout, made of its Markdown: what was built before may be of an earlier commit."""

    def __init__(self, docs: Path) -> None:
        self._docs = docs

    def parts(self) -> list[Part]:
        # The wheel has no such module, so it is imported by name.
        return importlib.import_module("layers.docs_site").search_index(self._docs)

    def markdown(self, page: str) -> str | None:
        return importlib.import_module("layers.docs_text").texts(self._docs).get(f"{_DOCS}/{page}.md")
