"""What a wheel deploys: its assembly, at the home's port and with layers of the installed packages.

All of their byte code is compiled, so this runs when something of it has changed (tests/on_change.py).
"""

import json
from pathlib import Path

import pytest

from cli.connection.target import LOCAL, Target
from cli.deploy.archive import write_archive
from cli.deploy.installation import ASSEMBLY_ARCHIVE, CLOUD_ASSEMBLY, Wheel
from cli.deploy.sources import BuildRecord, WheelSources
from cli.state.state_dir import StateDir

BUILT = BuildRecord("sources-1", {}, port=4610, shared_layer="asset.shared", vendor_layer="asset.vendor")
TARGET = Target(LOCAL, "us-east-1", "http://localhost:4700", "http://localhost:4700", None)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide the files of a wheel, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "wheel"
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "engine.txt").write_text("ministack==1.0\n")
    (root / CLOUD_ASSEMBLY).mkdir()
    template = json.dumps({"Url": "http://localhost:4610", "Timeout": 4610})
    files = {"api.template.json": template, "asset.handlers/handler.py": "URL = 'http://localhost:4610'\n"}
    write_archive(root / ASSEMBLY_ARCHIVE, [(name, text.encode()) for name, text in files.items()])
    BUILT.write(root / CLOUD_ASSEMBLY)
    return root


@pytest.mark.full
def test_the_assembly_gets_the_homes_port_and_layers_of_this_machine(root: Path, home: StateDir) -> None:
    (home.cloud_assembly / "asset.older").mkdir(parents=True)
    WheelSources(Wheel(root)).assemble(home, TARGET, None)

    assembly = home.cloud_assembly
    template = json.loads((assembly / "api.template.json").read_text())
    assert template == {"Url": "http://localhost:4700", "Timeout": 4610}
    assert {file.name for file in assembly.iterdir()} == {
        "api.template.json",
        "asset.handlers",
        "asset.shared",
        "asset.vendor",
    }
    assert [*(assembly / "asset.shared" / "python" / "paysandbox" / "__pycache__").glob("*.pyc")]
    vendored = {file.name for file in (assembly / "asset.vendor" / "python").iterdir()}
    assert {"boto3", "pydantic", "stripe"} <= vendored
    assert [name for name in vendored if name.startswith(("aws_xray_sdk", "wrapt"))] == []
