"""What the wheel contains for others: the sources of the app, which synthesize without this checkout, and licenses.

That the packages of a release can be built again, to the byte, and what PyPI shows of them.
"""

import filecmp
import json
import os
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from cli.deploy.eject import eject
from cli.deploy.installation import Wheel
from cli.deploy.sources import WheelSources, read_sources
from layers.build import vendor_layer
from layers.reference import COPIED
from release import files
from release.notices import FILE_NAME, notices
from requirements.install import uv_settings
from tests.infra.templates import FLAGS, ROOT
from tests.support.tools.wheel import BUILD_S, UV, packages, wheel

# Of this checkout, only the virtual environment stays on the path, as `make build` would install it in the folder.
SYNTH = """
import functools, json, runpy, sys
from pathlib import Path

folder, checkout, flags = Path.cwd(), Path(sys.argv[1]), json.loads(sys.argv[2])
packages = [path for path in sys.path if "site-packages" in path or not Path(path).is_relative_to(checkout)]
sys.path[:] = [str(folder), f"{folder}/layers/shared/python", f"{folder}/lambdas", *packages]
import aws_cdk

context = {**flags, "env": "dev"}
aws_cdk.App = functools.partial(aws_cdk.App, outdir="cdk.out", context=context)
runpy.run_path("app.py", run_name="__main__")
ours = ("api_reference", "cli", "dashboard_site", "engine", "layers", "paysandbox", "stacks")
loaded = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] in ours]
print(json.dumps([file for file in loaded if file and not Path(file).is_relative_to(folder)]))
"""


@pytest.fixture(scope="module")
def ejected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the wheel's sources in a folder, with the packages that `make build` would install there."""
    folder, installed = tmp_path_factory.mktemp("ejected"), tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel()) as built:
        built.extractall(installed)
    files = dict(WheelSources(Wheel(installed / "paysandbox_program")).files())
    assert files == dict(read_sources())
    eject(folder, files.items())
    vendor_layer("aws")
    for name in ("layers/vendor", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.full
@pytest.mark.timeout(BUILD_S + 120)
def test_an_ejected_folder_synthesizes_dev(ejected: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SYNTH, str(ROOT), json.dumps(FLAGS)],
        cwd=ejected,
        env=os.environ | {"PYTHONPATH": "", "CDK_VALIDATION": "false"},  # the same templates as in the checkout
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [], "modules of the checkout"
    assert [*(ejected / "cdk.out").glob("paysandbox-dev-*.template.json")]


@pytest.mark.full
@pytest.mark.timeout(BUILD_S)
def test_the_wheel_has_the_license_of_every_package_in_it() -> None:
    """The scripts of stripe_js are ours."""
    with zipfile.ZipFile(wheel()) as built:
        assert built.read(f"paysandbox_program/{FILE_NAME}").decode() == notices()
        scripts = {
            Path(name).name
            for name in built.namelist()
            if "/.built/" in name and "/stripe_js/" not in name and name.endswith((".js", ".css"))
        }
    assert scripts, "the scripts of the pages"
    assert scripts <= COPIED.keys(), "scripts of packages that the notices do not name"


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
