"""The pages of a sample beside its server, unmodified, in Chromium: own_code/sample_pages.py is the buyer.

Their requests to Stripe's hosts are fulfilled from the sandbox, by the package that anybody can use for that. Those to
other hosts are aborted and listed: fonts and pictures.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from integrations.buyers_pages import SamplePage
from integrations.flow import Worked
from integrations.inputs import PACKAGES, digest
from integrations.listed import Integration
from integrations.run_program import PROGRAMS, reason
from integrations.sample_server import SampleError
from integrations.sources import CACHE, checked_out
from tests.support.tools.chromium import program_file
from tests.support.tools.python_package import PLAYWRIGHT, empty_environment

_PROGRAM: Final = PROGRAMS / "sample_pages.py"
_WITHIN_S: Final = 300
_WORKED: Final = "worked: "
_ABORTED: Final = "aborted: "


def page_of(sample: Integration, pages: Mapping[str, SamplePage], mirror: Path | None = None) -> Path | None:
    """Return the folder with a sample's page at its commit, if `pages` has one. Raises NotFetchedError."""
    page = pages.get(sample.name)
    return checked_out(replace(sample, place=page.folder), mirror) if page else None


def in_chromium(page: SamplePage, shop: str, sandbox: str, name: str = "its page") -> Iterator[Worked]:
    """Pay on the page of a sample at the URL `shop`. Yields what worked, by this name. Raises SampleError."""
    words = [str(_python()), str(_PROGRAM), page.flow, shop, sandbox, str(program_file(_folder()))]
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        done = subprocess.run(words, env=env, text=True, capture_output=True, timeout=_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise SampleError(f"{name} took longer than {_WITHIN_S} s") from None
    lines = done.stdout.splitlines()
    worked = [line.removeprefix(_WORKED) for line in lines if line.startswith(_WORKED)]
    aborted = next((line.removeprefix(_ABORTED) for line in lines if line.startswith(_ABORTED)), "")
    if done.returncode != 0:
        raise SampleError(f"{name}, after {', '.join(worked) or 'nothing'}: {reason(done.stderr)}")
    yield Worked(f"{name} in Chromium: {', '.join(worked)} (aborted: {aborted})", page.does)


def _folder() -> Path:
    folder = CACHE / "packages" / "playwright"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _python() -> Path:
    """Return the Python of an environment with Playwright and the packages. A ready one is used until these change."""
    folder = _folder()
    needed, ready = digest(*PACKAGES), folder / ".ready"
    if not ready.is_file() or ready.read_text(encoding="utf-8") != needed:
        shutil.rmtree(folder)
        empty_environment(_folder(), PLAYWRIGHT)
        ready.write_text(needed, encoding="utf-8")
    return folder / "venv" / "bin" / "python"
