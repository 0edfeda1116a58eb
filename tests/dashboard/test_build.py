"""The dashboard's page: its own checks, its types, and the committed build, which a laptop shows without Node.js."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.dashboard_build import (
    BUILT,
    CHUNK_BUDGET,
    INITIAL_BUDGET,
    chunks,
    compressed,
    initial_chunks,
    source,
)

ROOT: Final = Path(__file__).resolve().parents[2]
DASHBOARD: Final = ROOT / "dashboard"
TYPES: Final = DASHBOARD / "src/api/schema.ts"
REBUILD: Final = "Run `make dashboard` and commit dashboard/built."

LICENSES: Final = {"MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MIT AND ISC AND BSD-3-Clause"}

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


def test_types_hold() -> None:
    npm("check")


@pytest.mark.full
def test_components() -> None:
    npm("test")


@pytest.mark.parametrize("script", ["build", "check", "dev", "lint", "test"])
def test_the_api_types_are_made_first(script: str) -> None:
    """They are generated from docs/openapi.json and not committed. npm runs no `pre` scripts here (.npmrc)."""
    scripts = json.loads((DASHBOARD / "package.json").read_text())["scripts"]
    assert scripts[script].startswith("npm run --silent types && ")


def test_the_api_types_are_those_of_the_document() -> None:
    npm("types")
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    exported = re.findall(r"^export type (\w+) = components\['schemas'\]", TYPES.read_text(), re.MULTILINE)
    assert {*document["components"]["schemas"]} == {*exported}
    ignored = subprocess.run(["git", "check-ignore", "--quiet", TYPES], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_the_committed_build_is_that_of_the_sources(tmp_path: Path) -> None:
    npm("build", "--", "--outDir", str(tmp_path / "built"), "--logLevel", "error")
    now, committed = files(tmp_path / "built"), files(BUILT)
    assert sorted(now) == sorted(committed), REBUILD
    assert [name for name in now if now[name] != committed[name]] == [], REBUILD


def test_the_initial_javascript_is_within_its_budget() -> None:
    """The entry, the first page and all that they import at once."""
    sizes = {name: compressed(name) for name in initial_chunks()}
    assert sum(sizes.values()) <= INITIAL_BUDGET, sizes


def test_no_chunk_exceeds_its_budget() -> None:
    sizes = {name: compressed(name) for name in chunks()}
    assert {name: size for name, size in sizes.items() if size > CHUNK_BUDGET} == {}


def test_charts_are_not_in_the_initial_javascript() -> None:
    with_charts = {name for name in chunks() if "recharts" in source(name)}
    assert with_charts
    assert with_charts & set(initial_chunks()) == set()


def test_the_page_needs_nothing_inline_and_nothing_of_others() -> None:
    """Its Content-Security-Policy allows scripts and styles of its own origin only."""
    html = (BUILT / "index.html").read_text()
    assert re.findall(r"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=", html) == []
    assert re.findall(r'(?:src|href)="(?!/dashboard/)', html) == []
    for sheet in BUILT.glob("assets/*.css"):
        assert re.findall(r"@import|url\((?!data:)", sheet.read_text()) == []
    for name in chunks():
        assert re.findall(r"\beval\(|new Function\(", source(name)) == []


def test_packages_in_the_build_have_compatible_licenses_and_the_build_names_them() -> None:
    assert chunks()
    lock = json.loads((DASHBOARD / "package-lock.json").read_text())["packages"]
    shipped = {path: package for path, package in lock.items() if path and not package.get("dev")}
    licenses = {path: package["license"] for path, package in shipped.items()}
    assert {path: name for path, name in licenses.items() if name not in LICENSES} == {}
    listed = (BUILT / "licenses.txt").read_text()
    assert [name for name in ("react", "react-dom", "react-router") if f"## {name} - " not in listed] == []


def test_the_lock_file_says_hashes_and_no_host() -> None:
    text = (DASHBOARD / "package-lock.json").read_text()
    packages = {path: package for path, package in json.loads(text)["packages"].items() if path}
    # What is inside of another package is in that one's hash.
    hashed = {path: "integrity" in package or package.get("inBundle") for path, package in packages.items()}
    assert [path for path, has_hash in hashed.items() if not has_hash] == []
    assert '"resolved"' not in text


def test_the_lock_file_has_the_packages_of_every_platform() -> None:
    """`npm ci` refuses a lock file that was written without some of them."""
    packages = json.loads((DASHBOARD / "package-lock.json").read_text())["packages"]
    locked = {path.split("node_modules/")[-1] for path in packages}
    optional = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    assert optional <= locked
