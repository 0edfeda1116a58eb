"""Packages for Node.js: ours, installed into a project that has its tools and nothing else, and others, as locked."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

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
    package: dict[str, Any] = {"name": "shop", "private": True, "type": kind}
    own, lock = (json.loads((source / name).read_text()) for name in ("package.json", "package-lock.json"))
    package["devDependencies"] = own["devDependencies"]
    lock["packages"][""] = {"name": "shop", "devDependencies": own["devDependencies"]}
    (project / "package.json").write_text(json.dumps(package))
    (project / "package-lock.json").write_text(json.dumps(lock | {"name": "shop"}))
    shutil.copy(source / ".npmrc", project)
    run(project, _BIN / "npm", *_CI)
    # As it is published: what `npm pack` puts into the archive, unpacked where npm would.
    archive = _packed(source, folder / "checkout", project / "node_modules")
    installed = project / "node_modules" / own["name"]
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


def _packed(source: Path, folder: Path, node_modules: Path) -> Path:
    """Build the package with the compiler and types in `node_modules`, and return its archive."""
    # As the checkout has them: the packages beside each other, and the document in its place.
    packages = folder / "packages"
    for each in {source, PAYSANDBOX_CLIENT, _NODE_CLIENT}:
        shutil.copytree(each, packages / each.name, ignore=shutil.ignore_patterns(*_GENERATED))
    document = folder / openapi_file.FILE.relative_to(ROOT)
    document.parent.mkdir(parents=True)
    shutil.copy(openapi_file.FILE, document)
    build = packages / source.name
    (build / "node_modules").symlink_to(node_modules)
    run(build, _BIN / "npm", "run", "--silent", "build")
    run(build, _BIN / "npm", "pack", "--silent")
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
