"""The browser of the tests: the Chromium of this machine, or else a headless one from npm, installed on first use.

The npm package has Chromium's headless shell for Linux on x86-64 with the libraries and the font that a slim machine
lacks. tests/browser pins it by hash. It is unpacked into .cache/chromium: 70 MB to download, 220 MB on disk.
"""

import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
PACKAGE: Final = ROOT / "tests" / "browser"
CACHE: Final = ROOT / ".cache" / "chromium"
"""A folder by lock file and unpacking script. `make clean` removes it."""

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_FILES: Final = ("package.json", "package-lock.json", ".npmrc", "unpack.js")
_BIN: Final = Path(sys.executable).parent
IS_IN_NPM: Final = (sys.platform, platform.machine()) == ("linux", "x86_64")
INSTALL_S: Final = 300

_REMEDY: Final = "install Chromium (Debian: apt install chromium) or Google Chrome."


class ChromiumError(Exception):
    """Why there is no browser for the tests, and what to do."""


def is_ready() -> bool:
    """Return whether there is a browser, without installing one."""
    return _of_machine() is not None or _folder().is_dir()


def command() -> Sequence[str]:
    """Return the command that starts a browser, without flags. Installs one if needed. Raises ChromiumError."""
    program = _of_machine()
    if program is not None:
        return [program]
    folder = _installed()
    # For the browser alone: another program could fail with these libraries.
    variables = {"LD_LIBRARY_PATH": folder / "al2023" / "lib", "FONTCONFIG_FILE": folder / "fonts" / "fonts.conf"}
    return ["env", *(f"{name}={path}" for name, path in variables.items()), str(folder / "chromium")]


def program_file(folder: Path) -> Path:
    """Return one program that starts the browser, as Playwright's `executablePath` needs it. Raises ChromiumError."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    program.chmod(0o755)
    return program


def _of_machine() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def _folder() -> Path:
    content = b"".join((PACKAGE / name).read_bytes() for name in _FILES)
    return CACHE / hashlib.sha256(content).hexdigest()[:12]


def _installed() -> Path:
    """Return the folder of the unpacked package, installed by at most one process."""
    folder = _folder()
    if folder.is_dir():
        return folder
    if not IS_IN_NPM:
        raise ChromiumError(f"There is no Chromium on the PATH, and npm's is for Linux on x86-64: {_REMEDY}")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():  # otherwise another process installed it meanwhile
            # Earlier versions, and what a killed installation left: this process holds the lock, so none is running.
            for old in filter(Path.is_dir, CACHE.iterdir()):
                shutil.rmtree(old)
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=CACHE) as scratch:
        for name in _FILES:
            shutil.copy(PACKAGE / name, scratch)
        unpacked = Path(scratch, "unpacked")
        unpacked.mkdir()
        _run("npm", "ci", "--loglevel=error", folder=scratch)
        _run("node", "unpack.js", folder=scratch, TMPDIR=str(unpacked))
        unpacked.rename(folder)


def _run(program: str, *words: str, folder: str, **env: str) -> None:
    """Run a program of .venv in a folder. Raises ChromiumError with the first line of what it printed."""
    # npm starts the `node` of the PATH.
    path = os.pathsep.join([str(_BIN), os.environ.get("PATH", os.defpath)])
    try:
        done = subprocess.run(
            [_BIN / program, *words],
            cwd=folder,
            env=os.environ | {"PATH": path} | env,
            text=True,
            capture_output=True,
            timeout=INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChromiumError(_reason(program, words, f"it took longer than {INSTALL_S} s")) from None
    if done.returncode != 0:
        printed = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise ChromiumError(_reason(program, words, printed[0]))


def _reason(program: str, words: Sequence[str], why: str) -> str:
    return (
        f"There is no Chromium on the PATH, and npm's could not be installed: {program} {words[0]}: {why}. "
        f"Run the tests again with access to the npm registry, or {_REMEDY}"
    )
