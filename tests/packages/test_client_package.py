"""paysandbox-client as a package: what is generated into it, and its types.

It follows from the document alone, so this runs when that or the package has changed (tests/on_change.py).
"""

import subprocess
from pathlib import Path

import paysandbox_client
import pytest

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
def test_it_is_strictly_typed() -> None:
    pyright = [ROOT / "node_modules/.bin/pyright", "--project", PAYSANDBOX_CLIENT]
    done = subprocess.run(pyright, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
