"""The dashboard's committed build, which a laptop shows without Node.js. test_npm.py compares it with its sources."""

import hashlib
import json
import re
from pathlib import Path
from typing import Final

from dashboard_site.policy import build_of
from tests.support.tools.dashboard_build import (
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
LOCK: Final = ROOT / "package-lock.json"

LICENSES: Final = {"MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MIT AND ISC AND BSD-3-Clause"}


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


def test_the_page_names_its_assets_by_the_digest_of_all() -> None:
    """No page gets an asset of another build, although the files' own names never change."""
    digest = hashlib.sha256()
    for file in sorted((BUILT / "assets").iterdir()):
        digest.update(f"assets/{file.name}\n".encode() + file.read_bytes())
    html = (BUILT / "index.html").read_text()
    assert build_of(html) == digest.hexdigest()[:16]
    assert {*re.findall(r"/dashboard/assets/(\w+)/", html)} == {build_of(html)}
    assert html.count("/dashboard/assets/") == len(re.findall(r"/dashboard/assets/\w+/[\w-]+\.(?:js|css)\"", html))


def test_an_asset_finds_the_others_beside_it() -> None:
    """By an absolute address, it would miss the digest."""
    assert [name for name in chunks() if "/dashboard/assets" in source(name) or '"assets/' in source(name)] == []


def test_names_have_no_hash() -> None:
    """So that a commit changes files instead of renaming them."""
    sources = {file.stem for file in (DASHBOARD / "src").rglob("*.ts*")}
    of_packages = {"dist", "jsx-runtime", "useBaseQuery", "useInfiniteQuery", "useMutation", "useQuery"}
    assert {Path(name).stem for name in chunks()} - sources - of_packages == {"index"}


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
    lock = json.loads(LOCK.read_text())["packages"]
    shipped = {path: package for path, package in lock.items() if path and not package.get("dev")}
    licenses = {path: package["license"] for path, package in shipped.items() if not package.get("link")}
    assert {path: name for path, name in licenses.items() if name not in LICENSES} == {}
    listed = (BUILT / "licenses.txt").read_text()
    assert [name for name in ("react", "react-dom", "react-router") if f"## {name} - " not in listed] == []


def test_the_lock_file_says_hashes_and_no_host() -> None:
    packages = {path: package for path, package in json.loads(LOCK.read_text())["packages"].items() if path}
    installed = {path: package for path, package in packages.items() if "node_modules/" in path}
    links = {package["resolved"]: package for package in installed.values() if package.get("link")}
    assert links.keys() == packages.keys() - installed.keys(), "the workspaces"
    # What is inside of another package is in that one's hash.
    hashed = {
        path: "integrity" in package or package.get("inBundle") or package.get("link")
        for path, package in installed.items()
    }
    assert [path for path, has_hash in hashed.items() if not has_hash] == []
    assert [path for path, package in installed.items() if "resolved" in package and not package.get("link")] == []


def test_the_lock_file_has_the_packages_of_every_platform() -> None:
    """`npm ci` refuses a lock file that was written without some of them."""
    packages = json.loads(LOCK.read_text())["packages"]
    locked = {path.split("node_modules/")[-1] for path in packages}
    optional = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    assert optional <= locked
