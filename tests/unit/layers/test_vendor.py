"""The vendor layer holds what handlers call, and no more."""

import re
import subprocess
import sys
from pathlib import Path

from layers.build import AWS_SERVICES, vendor_layer

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = (ROOT / "layers" / "shared", ROOT / "lambdas")


def test_boto3_is_shipped_with_exactly_the_services_that_are_called() -> None:
    sources = [file.read_text() for folder in SHIPPED for file in folder.rglob("*.py")]
    called = {name for source in sources for name in re.findall(r'boto3\.client\(\s*"([\w-]+)"', source)}
    assert called == set(AWS_SERVICES)


def test_every_handler_imports_with_the_layers_alone() -> None:
    """In a Python that sees nothing else, as in Lambda: a part left out too many fails here."""
    handlers = [
        ".".join(file.relative_to(ROOT / "lambdas").with_suffix("").parts)
        for file in (ROOT / "lambdas").glob("*/[a-z]*.py")
    ]
    folders = [str(ROOT / "layers/shared/python"), str(vendor_layer("local") / "python"), str(ROOT / "lambdas")]
    program = f"import sys, importlib; sys.path[:0] = {folders}; [importlib.import_module(n) for n in {handlers}]"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, env={})
    assert handlers
