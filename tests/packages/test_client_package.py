"""paysandbox-client as a package: what is generated into it, and its types.

It follows from the document alone, so this runs when that or the package has changed (tests/on_change.py).
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import paysandbox_client
import pytest

from api_reference import openapi_file
from tests.packages.test_client import generator
from tests.support.tools.python_package import PAYSANDBOX_CLIENT

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = Path(paysandbox_client.__file__).parent


@pytest.mark.full
def test_the_installed_modules_are_those_of_the_document(tmp_path: Path) -> None:
    """An older installation is renewed by `make`."""
    generator.generate(package=tmp_path)
    for name in ("shapes.py", "operations.py"):
        assert (INSTALLED / name).read_text() == (tmp_path / name).read_text()


@pytest.mark.full
def test_it_is_not_built_without_the_document(tmp_path: Path) -> None:
    """Without operations, it would be a client that can do nothing. A source distribution has them."""
    package = tmp_path / "packages" / PAYSANDBOX_CLIENT.name
    generated = shutil.ignore_patterns("shapes.py", "operations.py", "__pycache__")
    shutil.copytree(PAYSANDBOX_CLIENT, package, ignore=generated)
    refused = build(package, "sdist")
    assert refused.returncode != 0
    assert "openapi.json is missing, of which the client is made: run `make build`." in refused.stderr

    document = tmp_path / openapi_file.FILE.relative_to(ROOT)
    document.parent.mkdir(parents=True)
    document.write_text(openapi_file.openapi_json())
    assert build(package, "sdist").returncode == 0
    [archive] = (package / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    assert build(tmp_path / archive.name.removesuffix(".tar.gz"), "wheel").returncode == 0
    [wheel] = tmp_path.glob("*/dist/*.whl")
    assert {"paysandbox_client/operations.py", "paysandbox_client/shapes.py"} <= {*zipfile.ZipFile(wheel).namelist()}


def build(package: Path, target: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    return subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)


@pytest.mark.full
def test_it_is_strictly_typed() -> None:
    pyright = [ROOT / "node_modules/.bin/pyright", "--project", PAYSANDBOX_CLIENT]
    done = subprocess.run(pyright, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
