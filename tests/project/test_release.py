"""The files of a release: one version, the licenses of what the wheel contains, and the list of packages."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from cli.deploy.sources import read_sources
from layers.installed_packages import locked_packages
from layers.reference import COPIED
from paysandbox import VERSION
from release.files import BESIDE_THE_PACKAGES, CHECKSUMS, COLLECTION, PROJECTS, checksums, package_files
from release.notices import BUILT, notices
from release.sbom import PYTHON_LOCKS, sbom

ROOT = Path(__file__).resolve().parents[2]


def read_json(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


def shipped() -> set[tuple[str, str]]:
    """Return the names and versions of the npm packages that are no development dependencies."""
    packages = read_json("package-lock.json")["packages"]
    return {
        (path.rpartition("node_modules/")[2], package["version"])
        for path, package in packages.items()
        if "node_modules/" in path and not package.get("link") and not package.get("dev")
    }


def test_there_is_one_version() -> None:
    """The layer says it, the wheel reads it there, and the packages for tests repeat it."""
    wheel = subprocess.run([sys.executable, "-m", "hatchling", "version"], cwd=ROOT, capture_output=True, check=True)
    python = [
        tomllib.loads((ROOT / "packages" / folder / "pyproject.toml").read_text())["project"]["version"]
        for folder in ("paysandbox-client", "pytest-paysandbox", "testcontainers-python")
    ]
    lock = read_json("package-lock.json")["packages"]
    npm = [
        package["version"]
        for folder in ("client", "jest", "playwright", "testcontainers-node", "vitest")
        for package in (read_json(f"packages/{folder}/package.json"), lock[f"packages/{folder}"])
    ]
    shown = re.findall(r"paysandbox-(\d[\w.]*)-py3", (ROOT / "README.md").read_text())

    assert shown
    assert {wheel.stdout.decode().strip(), *python, *npm, *shown} == {VERSION}


def sections() -> dict[str, str]:
    """Return the notices by the name and version of the package, as in `react - 19.2.0`."""
    parts = re.split(r"^## (.+) \(.+\)$", notices(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_script_of_the_pages_has_its_license() -> None:
    """Of npm's packages, the assembly contains the files in COPIED and no others."""
    listed = sections()
    versions = dict(shipped())
    packages = {file.partition("/")[0] for file in COPIED.values()}

    assert {"swagger-ui-dist", "minisearch"} <= packages
    for name in packages:
        assert "Copyright" in listed[f"{name} - {versions[name]}"]


@pytest.mark.parametrize("folder", BUILT)
def test_every_package_in_the_build_of_a_page_has_its_license(folder: str) -> None:
    """Another test builds the pages again and compares the lists of their packages."""
    built = re.findall(r"^## (.+) \(", (ROOT / folder / "licenses.txt").read_text(), re.MULTILINE)
    listed = sections()

    assert len(built) > 10
    assert [name for name in built if not listed.get(name, "").strip()] == []


COPYLEFT = re.compile(r"\b[AL]?GPL|\bSSPL|\bEUPL|\bOSL")
SIMULATOR = "tests/infra/iam/simulator"
"""The one folder whose lock may have such packages."""


def test_packages_under_a_copyleft_license_are_in_a_lock_that_nothing_is_built_from() -> None:
    """A simulator of IAM has the AGPL: tests run it, and nothing that is published, ejected or built contains it."""
    listed = subprocess.run(
        ["git", "ls-files", "*package-lock.json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    locks = {Path(name).parent.as_posix(): read_json(name)["packages"] for name in listed.stdout.split()}
    copyleft = {
        folder: sorted(path for path, package in packages.items() if COPYLEFT.search(str(package.get("license", ""))))
        for folder, packages in locks.items()
    }
    assert [folder for folder, packages in copyleft.items() if packages] == [SIMULATOR]
    names = [path.rpartition("node_modules/")[2] for path in copyleft[SIMULATOR]]
    manifests = [folder for folder in locks if any(name in locks[folder][""].get("dependencies", {}) for name in names)]
    assert manifests == [SIMULATOR], "a manifest without a lock of its own"


def test_what_is_ejected_and_packed_has_no_file_of_the_tests() -> None:
    """The wheel, and with it the image, is built from these sources (tests/infra/test_wheel.py reads the wheel)."""
    assert [name for name, _ in read_sources() if name.startswith("tests/")] == []


@pytest.mark.full
def test_the_bill_of_materials_lists_every_locked_and_shipped_package() -> None:
    document = sbom()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None

    listed = {component["purl"].partition("?")[0] for component in document["components"]}
    locked = [package for lock in PYTHON_LOCKS for package in locked_packages(ROOT / "requirements" / lock)]
    assert {f"pkg:pypi/{package.name}@{package.version}" for package in locked} <= listed
    npm = shipped()
    assert {f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, version in npm} <= listed
    assert len(listed) == len(locked) + len(npm) - duplicates(locked)
    assert document["metadata"]["component"]["version"] == VERSION


def duplicates(packages: list[Any]) -> int:
    return len(packages) - len({(package.name, package.version) for package in packages})


def test_the_files_of_a_release_are_those_of_the_guide() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text().partition("## Release")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^ +\| `([^`]+)` \|", guide, re.MULTILINE))
    packages = {name for project in PROJECTS for name in package_files(project, "…")}
    assert listed == {*(name.replace("-py3-none-any", "") for name in packages), CHECKSUMS, *BESIDE_THE_PACKAGES}
    assert json.loads(BESIDE_THE_PACKAGES[COLLECTION]())["item"]


def test_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    for name in ("a.whl", "b.json"):
        (tmp_path / name).write_text(name)
    (tmp_path / "SHA256SUMS").write_text(checksums(tmp_path, "a.whl", "b.json"))
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0

    (tmp_path / "a.whl").write_text("another wheel")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1
