"""Byte code of the layers for AWS: written by the functions' Python, or missing where that Python is.

The Python that runs this test stands in for the functions'. A version that nobody has is that of a machine without it.
"""

import hashlib
import os
import sys
from pathlib import Path

import pytest

from layers import build
from layers.build import has_byte_code, missing_byte_code, python_for, shared_layer, target_named

NOBODYS = "3.99"

# What the compiler might write in another order, or with a name of this machine.
SOURCE = '''
"""A module."""
KINDS = {"visa", "mastercard", "amex", "discover"}
def known(kind):
    return kind in {"visa", "mastercard", "amex", "discover"} and (lambda: __file__)()
'''


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide a layer of our own with a few modules, and folders that are empty otherwise."""
    monkeypatch.setattr(build, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(build, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(build, "PYTHONS", tmp_path / "pythons")
    monkeypatch.setattr(build, "LAMBDA_PYTHON", NOBODYS)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    package = tmp_path / "shared" / "python" / "one"
    package.mkdir(parents=True)
    for number in range(20):
        (package / f"module{number}.py").write_text(SOURCE)
    return package


def stand_in(file: Path, says: str = f'exec "{sys.executable}" "$@"') -> None:
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\n{says}\n")
    file.chmod(0o755)


def contents(folder: Path) -> dict[str, str]:
    """What CDK makes the asset's hash of: paths and bytes."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_build_without_the_runtimes_python_is_separate_and_says_what_to_do(sources: Path) -> None:
    folder = shared_layer("aws")
    assert folder.name.endswith("-sources")
    assert not has_byte_code(folder)
    assert list(folder.rglob("*.pyc")) == []
    assert len(list(folder.rglob("*.py"))) == 20
    assert "uv python install 3.99" in (missing_byte_code("aws") or "")


def test_local_builds_need_no_other_python(sources: Path) -> None:
    assert missing_byte_code("local") is None
    assert has_byte_code(shared_layer("local"))


@pytest.mark.parametrize("place", ["bin/python3.99", "pythons/cpython-3.99.1-linux-x86_64-gnu/bin/python3.99"])
def test_with_the_runtimes_python_every_module_has_byte_code(sources: Path, tmp_path: Path, place: str) -> None:
    """It is on the PATH, or `make build` installed it."""
    stand_in(tmp_path / place)
    assert missing_byte_code("aws") is None
    folder = shared_layer("aws")
    assert has_byte_code(folder)
    assert len(list(folder.rglob("*.pyc"))) == len(list(folder.rglob("*.py"))) == 20


def test_a_build_with_byte_code_replaces_the_one_without(sources: Path, tmp_path: Path) -> None:
    shared_layer("aws")
    stand_in(tmp_path / "bin" / f"python{NOBODYS}")
    folder = shared_layer("aws")
    assert [other for other in build.VENDOR.iterdir() if other.is_dir()] == [folder]
    assert has_byte_code(folder)


def test_an_existing_build_with_byte_code_is_reused(sources: Path, tmp_path: Path) -> None:
    """A layer that was built elsewhere, as in the cache of a workflow."""
    python = tmp_path / "bin" / f"python{NOBODYS}"
    stand_in(python)
    folder = shared_layer("aws")
    python.unlink()
    assert shared_layer("aws") == folder


def test_a_broken_python_is_ignored(sources: Path, tmp_path: Path) -> None:
    """As the shims of version managers."""
    stand_in(tmp_path / "bin" / f"python{NOBODYS}", "exit 127")
    assert python_for(target_named("aws")) is None


def test_builds_are_reproducible(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On two machines: in other folders, with sources of another age, under another hash seed."""
    stand_in(tmp_path / "bin" / f"python{NOBODYS}")
    first = shared_layer("aws")
    for source in sources.iterdir():
        os.utime(source, (1, 1))
    monkeypatch.setattr(build, "VENDOR", tmp_path / "another machine" / "vendor")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    second = shared_layer("aws")
    assert first != second
    assert first.name == second.name
    assert contents(first) == contents(second)
    assert str(tmp_path).encode() not in b"".join(file.read_bytes() for file in first.rglob("*.pyc"))


def test_uv_installs_the_runtimes_python_or_explains_why_not(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a mirror that has nothing: what happens on a network that cannot reach GitHub."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", mirror.as_uri())
    monkeypatch.setattr(build, "LAMBDA_PYTHON", "3.14")
    build.install_python(target_named("aws"))
    printed = capsys.readouterr()
    assert "not installed: " in printed.err
    assert printed.out == "", "`cdk ls` prints names of stacks there"
    assert not list(build.PYTHONS.glob("cpython-*"))
