"""What the wheel contains for others: the licenses of packages. The sources of the app in it are in test_synth.py.

That the packages of a release can be built again, to the byte, and what PyPI shows of them.
"""

import filecmp
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from cli.deploy.archive import read_archive
from cli.deploy.installation import ASSEMBLY_ARCHIVE
from layers.reference import COPIED
from release import files
from release.notices import FILE_NAME, notices
from requirements.install import uv_settings
from tests.infra.templates import ROOT
from tests.support.tools.wheel import BUILD_S, UV, packages, wheel


@pytest.mark.full
@pytest.mark.timeout(BUILD_S)
def test_the_wheel_has_the_license_of_every_package_in_it(tmp_path: Path) -> None:
    """The scripts of stripe_js are ours."""
    with zipfile.ZipFile(wheel()) as built:
        assert built.read(f"paysandbox_program/{FILE_NAME}").decode() == notices()
        deployed = read_archive(Path(built.extract(f"paysandbox_program/{ASSEMBLY_ARCHIVE}", tmp_path)))
        scripts = {
            Path(name).name.removesuffix(".xz")
            for name, _ in deployed
            if "/.built/" in name and "/stripe_js/" not in name and name.endswith((".js", ".js.xz", ".css.xz"))
        }
    assert scripts, "the scripts of the pages"
    assert scripts <= COPIED.keys(), "scripts of packages that the notices do not name"


@pytest.mark.full
@pytest.mark.timeout(BUILD_S)
def test_no_package_has_the_simulator_of_iam(tmp_path: Path) -> None:
    """It has the AGPL, and is for the tests alone (tests/project/test_release.py)."""
    for package in sorted(packages().iterdir()):
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as built:
                contents = {name: built.read(name) for name in built.namelist()}
        else:
            with tarfile.open(package) as built:
                contents = {one.name: built.extractfile(one).read() for one in built if one.isfile()}  # pyright: ignore[reportOptionalMemberAccess] - of a file
        for name in [name for name in contents if name.endswith(".tar.xz")]:
            archive = tmp_path / Path(name).name
            archive.write_bytes(contents.pop(name))
            contents |= dict(read_archive(archive))
        assert [
            name for name, content in contents.items() if "iam-simulate" in name or b"iam-simulate" in content
        ] == []


@pytest.mark.full
@pytest.mark.timeout(BUILD_S)
def test_the_wheel_is_small() -> None:
    assert wheel().stat().st_size < 6_000_000


@pytest.mark.full
@pytest.mark.timeout(2 * BUILD_S)
def test_a_second_build_has_the_same_bytes(tmp_path: Path) -> None:
    for project in files.PROJECTS.values():
        files.build(project, tmp_path)

    built = {name for project in files.PROJECTS for name in files.package_files(project)}
    assert {file.name for file in tmp_path.iterdir()} == built
    assert [name for name in sorted(built) if not filecmp.cmp(tmp_path / name, packages() / name, shallow=False)] == []


@pytest.mark.full
@pytest.mark.timeout(BUILD_S + 120)
@pytest.mark.parametrize("project", files.PROJECTS)
def test_the_sdist_builds_the_same_wheel_with_hatchling_alone(project: str, tmp_path: Path) -> None:
    wheel, sdist = files.package_files(project)
    # Newer versions of hatchling write another version of themselves into the wheel.
    options = ["--wheel", "--build-constraints", str(ROOT / "requirements/checkout.txt"), "--out-dir", str(tmp_path)]
    done = subprocess.run(
        [UV, "build", *options, str(packages() / sdist)],
        cwd=tmp_path,
        env=os.environ | uv_settings() | {"PYTHONPATH": "", "UV_PYTHON": sys.executable},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(tmp_path / wheel, packages() / wheel, shallow=False)


@pytest.mark.full
@pytest.mark.timeout(BUILD_S)
@pytest.mark.parametrize("project", files.PROJECTS)
def test_the_description_on_pypi_has_no_link_that_works_in_the_repository_only(project: str) -> None:
    name, _ = files.package_files(project)
    with zipfile.ZipFile(packages() / name) as built:
        [told] = [message_from_bytes(built.read(file)) for file in built.namelist() if file.endswith("/METADATA")]
    description = str(told.get_payload())
    assert description.startswith("# ")
    assert [to for to in re.findall(r"\]\(([^)]+)\)", description) if not to.startswith(("https://", "#"))] == []
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", description)
    assert [to for to in shown if "/raw/" not in to] == []
    assert told["License-Expression"] == "MIT"
    assert "Programming Language :: Python :: 3.13" in told.get_all("Classifier", [])
    assert {line.partition(",")[0] for line in told.get_all("Project-URL", [])} >= {"Source", "Documentation"}
