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
from docs import dashboard_facts
from tests.support.tools.dashboard_build import BUILT

ROOT: Final = Path(__file__).resolve().parents[2]
DASHBOARD: Final = ROOT / "dashboard"
TYPES: Final = DASHBOARD / "src/api/schema.ts"
DONATE: Final = ROOT / "lambdas/donations/page"
REBUILD: Final = "Run `make dashboard` and commit dashboard/built and lambdas/donations/page."

# Each starts Node.js, which takes half a minute on a busy machine.
pytestmark = pytest.mark.timeout(300)


def run_npm(*words: str, folder: Path = DASHBOARD) -> subprocess.CompletedProcess[str]:
    """Run one of the page's npm scripts."""
    # The checkout's Node.js, whatever the machine has.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["npm", "run", "--silent", *words],
        cwd=folder,
        env=os.environ | {"PATH": path, "NO_COLOR": "1"},
        text=True,
        capture_output=True,
        check=False,
    )


def npm(*words: str) -> str:
    """Run one of the page's npm scripts and return its output, which is the failure's message too."""
    done = run_npm(*words)
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


def test_the_tables_of_the_forms_are_those_of_the_code() -> None:
    npm("types")
    tables = dashboard_facts.tables()
    assert {path: path.read_text() for path in tables} == tables
    ignored = subprocess.run(["git", "check-ignore", *tables], cwd=ROOT, check=False, capture_output=True, text=True)
    assert ignored.stdout.split() == [str(path) for path in tables]


def test_stale_tables_are_replaced_and_others_stay(tmp_path: Path) -> None:
    tables = dashboard_facts.tables(tmp_path)
    for path in tables:
        path.parent.mkdir(exist_ok=True)
    dashboard_facts.write(tmp_path)
    stale, *others = tables
    stale.write_text("{}")

    def written() -> dict[Path, tuple[int, int]]:  # not when they were read, which comparing them changes
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in others}

    before = written()
    dashboard_facts.write(tmp_path)
    assert {path: path.read_text() for path in tables} == tables
    assert written() == before
    assert {*tmp_path.rglob("*.*")} == {*tables}


def test_without_set_up_a_build_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_bytes((DASHBOARD / "package.json").read_bytes())
    done = run_npm("build", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "docs/dashboard_facts.py writes the tables of the forms: run make setup first."
    )


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
