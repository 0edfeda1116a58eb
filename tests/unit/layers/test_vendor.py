"""The vendor layer holds what handlers call, and no more."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from layers.build import AWS_SERVICES, vendor_layer

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = (ROOT / "layers" / "shared", ROOT / "lambdas")


def test_boto3_is_shipped_with_exactly_the_services_that_are_called() -> None:
    sources = [file.read_text() for folder in SHIPPED for file in folder.rglob("*.py")]
    called = {name for source in sources for name in re.findall(r'boto3\.client\(\s*"([\w-]+)"', source)}
    assert called == set(AWS_SERVICES)


GROUPS = sorted(folder.name for folder in (ROOT / "lambdas").iterdir() if any(folder.glob("[a-z]*.py")))


@pytest.mark.parametrize("group", GROUPS)
def test_a_groups_handlers_import_with_the_layers_alone(group: str, tmp_path: Path) -> None:
    """In a Python that sees nothing else, as in Lambda: a part left out too many, or a sibling's module, fails here."""
    (tmp_path / group).symlink_to(ROOT / "lambdas" / group)
    handlers = [f"{group}.{file.stem}" for file in (ROOT / "lambdas" / group).glob("[a-z]*.py")]
    folders = [str(tmp_path), str(ROOT / "layers/shared/python"), str(vendor_layer("local") / "python")]
    program = f"import sys, importlib; sys.path[:0] = {folders}; [importlib.import_module(n) for n in {handlers}]"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, env={})
