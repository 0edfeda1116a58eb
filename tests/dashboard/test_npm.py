"""The dashboard's own checks, types and build. They run when its folder has changed (tests/on_change.py)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from api_reference.openapi_file import openapi_json
from tests.support.tools.dashboard_build import BUILT

ROOT: Final = Path(__file__).resolve().parents[2]
DASHBOARD: Final = ROOT / "dashboard"
TYPES: Final = DASHBOARD / "src/api/schema.ts"
DONATE: Final = ROOT / "lambdas/donations/page"
REBUILD: Final = "Run `make dashboard` and commit dashboard/built and lambdas/donations/page."

# Each starts Node.js, which takes half a minute on a busy machine.
pytestmark = pytest.mark.timeout(300)


def npm(*words: str) -> str:
    """Run one of the page's npm scripts and return its output, which is the failure's message too."""
    # The checkout's Node.js, whatever the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["npm", "run", "--silent", *words],
        cwd=DASHBOARD,
        env=os.environ | {"PATH": path, "NO_COLOR": "1"},
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"npm run {' '.join(words)}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by their paths in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.full
def test_lint_and_import_rules_hold() -> None:
    npm("lint")


@pytest.mark.full
def test_types_hold() -> None:
    npm("check")


@pytest.mark.full
def test_components() -> None:
    npm("test")


@pytest.mark.parametrize("script", ["build", "build:donate", "check", "dev", "lint", "test"])
def test_the_api_types_are_made_first(script: str) -> None:
    """They are generated from the API's document and not committed. npm runs no `pre` scripts here (.npmrc)."""
    scripts = json.loads((DASHBOARD / "package.json").read_text())["scripts"]
    assert scripts[script].startswith("npm run --silent types && ")


def test_the_api_types_are_those_of_the_document() -> None:
    npm("types")
    document = json.loads(openapi_json())
    exported = re.findall(r"^export type (\w+) = components\['schemas'\]", TYPES.read_text(), re.MULTILINE)
    assert {*document["components"]["schemas"]} == {*exported}
    ignored = subprocess.run(["git", "check-ignore", "--quiet", TYPES], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize(
    "script, folder, by_hand", [("build", BUILT, set[str]()), ("build:donate", DONATE, {"index.html"})]
)
def test_the_committed_build_is_that_of_the_sources(
    script: str, folder: Path, by_hand: set[str], tmp_path: Path
) -> None:
    npm(script, "--", "--outDir", str(tmp_path / "built"), "--logLevel", "error")
    now = files(tmp_path / "built")
    committed = {name: content for name, content in files(folder).items() if name not in by_hand}
    assert sorted(now) == sorted(committed), REBUILD
    assert [name for name in now if now[name] != committed[name]] == [], REBUILD
