"""The React page of a sample: built by its own `npm run build`, and served as its development server serves it.

The development server is Vite, whose configuration in the sample passes `/api` on to port 4242. Here it goes to the
sample's server of this run, under the same paths.
"""

import mimetypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from integrations.proxy import ProxyHandler, listening, returned
from integrations.sample_server import BIN, SampleError, install

_API: Final = "/api"
_BUILD_S: Final = 300
_TIMEOUT_S: Final = 30
_OK: Final = 200


def built(folder: Path) -> Path:
    """Install the page's dependencies, build it, and return the folder with what was built. Raises SampleError."""
    install(folder, dev=True)
    env = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    env["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    words = [BIN / "npm", "run", "build", "--silent"]
    try:
        done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=_BUILD_S, check=False)
    except subprocess.TimeoutExpired:
        raise SampleError(f"npm run build took longer than {_BUILD_S} s") from None
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise SampleError(f"npm run build: {reason[0]}")
    return folder / "build"


@contextmanager
def served(folder: Path, server: str) -> Iterator[str]:
    """Serve a built page until the block ends, and yield its URL. The sample's server has the URL `server`.

    A path that names no file has the page, which finds out by itself what to show there.
    """

    class Handler(ProxyHandler):
        def respond(self) -> None:
            body = self.body()
            if self.path.startswith(f"{_API}/"):
                self.pass_on(body)
                return
            file = _file(folder, unquote(urlsplit(self.path).path))
            kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
            self.answer(_OK, [("Content-Type", kind)], file.read_bytes())

        def pass_on(self, body: bytes) -> None:
            path = self.path.removeprefix(_API)
            try:
                answer = client.request(self.command, path, headers=self.sent(), content=body)
            except httpx.HTTPError:  # the run ended while a request was under way
                self.close_connection = True
                return
            self.answer(answer.status_code, returned(answer), answer.content)

        do_GET = do_POST = respond  # noqa: N815 - as http.server calls them

    with httpx.Client(base_url=server, timeout=_TIMEOUT_S, trust_env=False) as client, listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def _file(folder: Path, path: str) -> Path:
    file = (folder / path.lstrip("/")).resolve()
    return file if file.is_file() and file.is_relative_to(folder.resolve()) else folder / "index.html"
