"""A package index on the loopback (PEP 503) that has given files, and redirects every other name to the registry."""

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from requirements.install import uv_settings

_DEFAULT: Final = re.compile(r"Base URL of the Python Package\s+Index \(default\s+(\S+)\)")
_PAGE: Final = re.compile(r"/simple/([a-z0-9-]+)/")


@dataclass
class Index:
    """The index while it is served. `served` are the names of its files that were downloaded."""

    url: str = ""
    served: list[str] = field(default_factory=list[str])

    def settings(self) -> dict[str, str]:
        """Return the environment variables with which uv and pip ask this index and no other."""
        return {
            **uv_settings(),
            "UV_DEFAULT_INDEX": self.url,
            "UV_INDEX": "",
            "PIP_INDEX_URL": self.url,
            "PIP_EXTRA_INDEX_URL": "",
            "NO_PROXY": "127.0.0.1",
        }


@contextmanager
def package_index(*files: Path) -> Iterator[Index]:
    """Serve wheels and source distributions, all of which are in the page of their project."""
    index, by_name = Index(), {file.name: file for file in files}
    registry = _registry().rstrip("/")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged

        def do_GET(self) -> None:
            name = self.path.removeprefix("/files/")
            page = _PAGE.fullmatch(self.path)
            if name in by_name:
                index.served += [name] if self.command == "GET" else []
                self._answer(200, by_name[name].read_bytes(), {"Content-Type": "application/octet-stream"})
            elif page is None:
                self._answer(404, b"", {})
            elif found := [file for file in files if project_of(file) == page[1]]:
                self._answer(200, links(found).encode(), {"Content-Type": "text/html"})
            else:
                self._answer(302, b"", {"Location": f"{registry}/{page[1]}/"})

        # uv asks whether it can read parts of a file, which this server does not say.
        do_HEAD = do_GET  # noqa: N815 - as its base finds it

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base names it
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.url = f"http://127.0.0.1:{server.server_port}/simple/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield index
        finally:
            server.shutdown()


def _registry() -> str:
    """Return the index of pip's settings, or the default that its own help names."""
    if configured := uv_settings().get("UV_DEFAULT_INDEX"):
        return configured
    words = [sys.executable, "-m", "pip", "install", "--help"]
    text = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    found = _DEFAULT.search(text)
    assert found is not None, "pip's help names no default index"
    return found[1]


def project_of(file: Path) -> str:
    """Return the normalized name of the project whose file it is (PEP 503)."""
    return re.sub(r"[-_.]+", "-", file.name.partition("-")[0]).lower()


def links(files: list[Path]) -> str:
    """Return the page of a project, with the SHA-256 of each file."""
    digests = [(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]
    anchors = [
        f'<a href="/files/{name}#sha256={digest}" data-requires-python="&gt;=3.11">{name}</a><br>'
        for name, digest in digests
    ]
    return "\n".join(["<!DOCTYPE html>", "<html><body>", *anchors, "</body></html>"])
