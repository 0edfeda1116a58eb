"""Packages that are copied from an installation: those of the lock file, as their wheels contained them."""

import base64
import hashlib
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.deploy.installation import ROOT
from layers import build
from layers.installed_packages import PackagesError, copy_packages, locked_packages

REQUIREMENTS = ROOT / "requirements"
LOCK = """\
# A comment.
toy==1.0 ; sys_platform != 'win32' \\
    --hash=sha256:00
    # via -r toys.in
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that installs a package `toy` of that version, and returns its module's file."""

    def install(version: str = "1.0") -> Path:
        site = tmp_path / "site-packages"
        files = {
            "toy.py": b"PRICE = 100\n",
            f"toy-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n".encode(),
        }
        files |= {f"toy-{version}.dist-info/{name}": b"by uv" for name in ("INSTALLER", "REQUESTED", "uv_cache.json")}
        record = [f"../bin/toy,{_hash(b'')},0", "__pycache__/toy.cpython-311.pyc,,"]
        for name, content in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)
            record.append(f"{name},{_hash(content)},{len(content)}")
        (site / f"toy-{version}.dist-info" / "RECORD").write_text("\n".join(record) + "\n")
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])
        return site / "toy.py"

    return install


def _hash(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def copied(tmp_path: Path, lock: str = LOCK) -> list[str]:
    """Return the names of the files that are copied for a lock file."""
    (tmp_path / "lock.txt").write_text(lock)
    into = tmp_path / "layer"
    copy_packages(tmp_path / "lock.txt", into)
    return sorted(file.relative_to(into).as_posix() for file in into.rglob("*") if file.is_file())


def test_files_are_copied_without_programs_byte_code_and_notes(toy: Callable[..., Path], tmp_path: Path) -> None:
    toy()

    assert copied(tmp_path) == ["toy-1.0.dist-info/METADATA", "toy.py"]


def test_unused_files_are_left_out(toy: Callable[..., Path], tmp_path: Path) -> None:
    toy()
    (tmp_path / "lock.txt").write_text(LOCK)
    copy_packages(tmp_path / "lock.txt", tmp_path / "layer", is_unused=lambda file: file.endswith("METADATA"))

    assert [file.name for file in (tmp_path / "layer").rglob("*") if file.is_file()] == ["toy.py"]


def test_a_changed_file_is_refused(toy: Callable[..., Path], tmp_path: Path) -> None:
    toy().write_bytes(b"PRICE = 1\n")

    with pytest.raises(PackagesError, match=r"toy\.py of toy==1\.0 .* was changed after its installation"):
        copied(tmp_path)


def test_another_version_is_refused(toy: Callable[..., Path], tmp_path: Path) -> None:
    toy("1.1")

    with pytest.raises(PackagesError, match=r"toy==1\.0 .* is needed, and 1\.1 is installed"):
        copied(tmp_path)


@pytest.mark.parametrize("may_fetch", [True, False])
def test_a_layer_of_another_version_is_fetched_if_it_may_be(
    may_fetch: bool, toy: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy("1.1")
    wheel, lock = tmp_path / "toy-1.0-py3-none-any.whl", tmp_path / "lock.txt"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("toy.py", "PRICE = 100\n")
        packed.writestr("botocore/data/endpoints.json", '{"partitions": []}')  # which every layer has
        packed.writestr("toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
        packed.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr("toy-1.0.dist-info/RECORD", "")
    lock.write_text(f"toy==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    monkeypatch.setattr(build, "LOCK", lock)
    monkeypatch.setattr(build, "AWS_SERVICES", {})
    for setting in ("PIP_NO_INDEX=1", f"PIP_FIND_LINKS={tmp_path}"):
        monkeypatch.setenv(*setting.split("="))

    if may_fetch:
        folder = build.vendor_layer("local", into=tmp_path / "layers", may_fetch=True)
        assert [file.name for file in folder.glob("python/*.pyc")] == ["toy.pyc"]
    else:
        with pytest.raises(build.BuildError, match=r"toy==1\.0 is needed, and 1\.1 is installed"):
            build.vendor_layer("local", into=tmp_path / "layers", may_fetch=False)
        assert [file.name for file in (tmp_path / "layers").iterdir()] == [".lock"]


def test_a_missing_package_is_refused_unless_a_marker_leaves_it_out(tmp_path: Path) -> None:
    assert copied(tmp_path) == []

    with pytest.raises(PackagesError, match=r"toy==1\.0 is not installed"):
        copied(tmp_path, LOCK.replace(" ; sys_platform != 'win32'", ""))


def test_a_line_that_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="toy @ file"):
        copied(tmp_path, "toy @ file:///toy.whl \\\n")


@pytest.mark.parametrize("lock", ["layer", "uv"])
def test_a_wheel_requires_the_locked_versions(lock: str) -> None:
    """The layer is copied from the program's own packages, so its lock must agree with theirs."""
    program = locked_packages(REQUIREMENTS / "program.txt")

    assert set(locked_packages(REQUIREMENTS / f"{lock}.txt")) <= set(program)


def test_the_program_is_tested_with_the_versions_that_its_wheel_requires() -> None:
    tested = {package.name: package.version for package in locked_packages(REQUIREMENTS / "dev.txt")}
    required = {package.name: package.version for package in locked_packages(REQUIREMENTS / "program.txt")}

    assert len(required) > 20
    assert {name: tested.get(name) for name in required} == required
