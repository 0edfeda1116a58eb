"""The software bill of materials of the wheel, in CycloneDX: what it requires, what it installs, what it contains.

cyclonedx-py lists the packages of Python's lock files, and npm those of its own. This module puts the lists together.
The same lock files give the same bytes: a list has no time and no random number.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from paysandbox import TITLE, VERSION

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent

# What the wheel requires, and the engine's environment, which it installs at the first start.
PYTHON_LOCKS: Final = ("program.txt", "engine.txt")
# The scripts of the pages, and the dashboard. Of all workspaces at once, npm would list the same version of a package
# once, and as a development dependency if another workspace needs it as such.
NPM_WORKSPACES: Final = ("--workspaces=false", "--workspace=dashboard")

# How npm marks a development dependency.
_DEVELOPMENT: Final = {"name": "cdx:npm:package:development", "value": "true"}

Json = dict[str, Any]


def sbom() -> Json:
    """Return the document."""
    lists = [_python_packages(), _npm_packages()]
    components = {part["bom-ref"]: part for found in lists for part in found["components"]}
    ours = f"pkg:pypi/paysandbox@{VERSION}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "paysandbox",
                "version": VERSION,
                "description": TITLE,
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": ours,
            },
        },
        "components": [components[ref] for ref in sorted(components)],
        "dependencies": [{"ref": ours, "dependsOn": sorted(components)}],
    }


def _python_packages() -> Json:
    locks = "".join((ROOT / "requirements" / name).read_text(encoding="utf-8") for name in PYTHON_LOCKS)
    command = [
        BIN / "cyclonedx-py",
        "requirements",
        "--spec-version",
        "1.6",
        "--output-reproducible",
        "--no-validate",
        "-",
    ]
    return _json(subprocess.run(command, input=locks, text=True, capture_output=True, check=False))


def _npm_packages() -> Json:
    """Return the list of the packages that are shipped: those that are no development dependencies."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    own: set[str] = set()
    listed: list[Json] = []
    with tempfile.TemporaryDirectory() as scratch:
        for folder in ("", *lock["packages"][""]["workspaces"]):
            manifest = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
            # npm lists nothing without a version, which packages that are never published do not have.
            lock["packages"][folder]["version"] = manifest["version"] = VERSION
            own.add(f"{manifest['name']}@{VERSION}")
            Path(scratch, folder).mkdir(parents=True, exist_ok=True)
            Path(scratch, folder, "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        Path(scratch, "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        for flag in NPM_WORKSPACES:
            command = [BIN / "npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", flag]
            done = subprocess.run(command, cwd=scratch, text=True, capture_output=True, check=False)
            listed += _json(done)["components"]
    # Not with --omit=dev: that also omits what is shipped and which a development dependency needs too.
    return {
        "components": [part for part in listed if _DEVELOPMENT not in part["properties"] and part["bom-ref"] not in own]
    }


def _json(done: "subprocess.CompletedProcess[str]") -> Json:
    if done.returncode != 0:
        raise SystemExit(f"{done.stderr.strip()}\n\nThe packages could not be listed.")
    return json.loads(done.stdout)
