"""Packages for Node.js: ours, installed into a project that has its tools and nothing else, and others, as locked."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from api_reference import openapi_file

ROOT: Final = Path(__file__).resolve().parents[3]
PAYSANDBOX_CLIENT: Final = ROOT / "packages" / "client"
JEST: Final = ROOT / "packages" / "jest"
PLAYWRIGHT: Final = ROOT / "packages" / "playwright"
TESTCONTAINERS: Final = ROOT / "packages" / "testcontainers-node"
VITEST: Final = ROOT / "packages" / "vitest"
_NODE_CLIENT: Final = ROOT / "packages" / "node-client"
"""The sources that several packages contain, with those of the client."""
_GENERATED: Final = ("client", "node_modules", "dist", "operations.ts", "shapes.ts", "*.tgz")

CACHE: Final = ROOT / ".cache" / "node_packages"
"""A folder by lock of `locked_packages`. `make clean` removes it."""

_BIN: Final = Path(sys.executable).parent
_LOCKED: Final = ("package.json", "package-lock.json", ".npmrc")
_INSTALL_S: Final = 240
# The lock has the hashes, so what npm's cache says of a package needs no second answer from the registry.
_CI: Final = ("ci", "--loglevel=error", "--prefer-offline")


def empty_project(folder: Path, source: Path, kind: str = "module") -> Path:
    """Create the project in the folder, with the locked versions of the package's tools, and return its folder.

    `kind` is what its files are without another extension: `module` or `commonjs`.
    """
    project = folder / "shop"
    project.mkdir()
    own = json.loads((source / "package.json").read_text())
    package = {"name": "shop", "private": True, "type": kind, "devDependencies": own["devDependencies"]}
    (project / "package.json").write_text(json.dumps(package))
    node_modules = project / "node_modules"
    # As it is published: what `npm pack` puts into the archive, unpacked where npm would.
    archive = _packed(source, folder / "checkout", node_modules)
    installed = node_modules / own["name"]
    installed.mkdir(parents=True)
    run(installed, "tar", "-xzf", archive, "--strip-components=1")
    return project


def locked_packages(source: Path) -> Path:
    """Return the folder `node_modules` of the lock in a folder, installed from npm on first use by one process."""
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in _LOCKED)).hexdigest()
    folder = CACHE / f"{source.name}-{digest[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for name in _LOCKED:
                shutil.copy(source / name, part)
            run(part, _BIN / "npm", *_CI)
            part.rename(folder)
    return folder / "node_modules"


def _packed(source: Path, checkout: Path, node_modules: Path) -> Path:
    """Build the package with its own tools, move these to `node_modules`, and return the package's archive.

    In a checkout of its own, where npm installs what the lock has for this workspace, and nothing of the others.
    """
    checkout.mkdir()
    for name in _LOCKED:
        shutil.copy(ROOT / name, checkout)
    for name in json.loads((ROOT / "package.json").read_text())["workspaces"]:
        (checkout / name).mkdir(parents=True)
        shutil.copy(ROOT / name / "package.json", checkout / name)
    for each in {source, PAYSANDBOX_CLIENT, _NODE_CLIENT}:
        target = checkout / each.relative_to(ROOT)
        shutil.copytree(each, target, ignore=shutil.ignore_patterns(*_GENERATED), dirs_exist_ok=True)
    document = checkout / openapi_file.FILE.relative_to(ROOT)
    document.parent.mkdir(parents=True)
    shutil.copy(openapi_file.FILE, document)
    build = checkout / source.relative_to(ROOT)
    run(checkout, _BIN / "npm", *_CI, f"--workspace={source.relative_to(ROOT)}")
    run(build, _BIN / "npm", "run", "--silent", "build")
    run(build, _BIN / "npm", "pack", "--silent")
    shutil.rmtree(checkout / "node_modules" / "@paysandbox")  # links to the workspaces
    assert not (build / "node_modules").exists(), f"the lock has tools of {source.name} that others have otherwise"
    (checkout / "node_modules").rename(node_modules)
    [archive] = build.glob("*.tgz")
    return archive


def run(folder: Path, *command: str | Path, **env: str) -> str:
    """Run a command in the folder and return its output. Raises AssertionError with it if the command fails."""
    done = attempt(folder, *command, **env)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


def attempt(folder: Path, *command: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the folder, with the node of .venv on the PATH."""
    path = os.pathsep.join([str(_BIN), os.environ.get("PATH", os.defpath)])
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path} | env,
        text=True,
        capture_output=True,
        timeout=_INSTALL_S,
        check=False,
    )
