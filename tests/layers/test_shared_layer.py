"""Our own layer is shipped with byte code that is used, as the packages are."""

import subprocess
import sys
from pathlib import Path

import pytest

from layers import build
from layers.build import shared_layer, vendor_layer


def test_modules_have_source_and_byte_code() -> None:
    packages = shared_layer("local") / "python"
    sources = {source.relative_to(build.SHARED / "python") for source in (build.SHARED / "python").rglob("*.py")}
    assert {source.relative_to(packages) for source in packages.rglob("*.py")} == sources
    compiled = {file.parent.parent / f"{file.name.split('.')[0]}.py" for file in packages.rglob("*.pyc")}
    assert {file.relative_to(packages) for file in compiled} == sources


def test_every_file_of_the_package_is_in_it() -> None:
    """Also the names of Stripe's API, which a build writes: sentences of refusals need them."""
    packages, ours = shared_layer("local") / "python", build.SHARED / "python"
    assert contents(packages) == contents(ours)
    assert "paysandbox/stripe_api/catalog/operations.txt" in contents(packages)


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_loading_a_handler_compiles_nothing() -> None:
    """What is compiled at a cold start is said by `-v`; a layer is read-only, so it would be compiled at each."""
    folders = [str(shared_layer("local") / "python"), str(vendor_layer("local") / "python")]
    program = f"import sys; sys.path[:0] = {folders}; import paysandbox.http.native"
    words = [sys.executable, "-I", "-S", "-B", "-v", "-c", program]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stderr
    assert "code object from" in said
    assert [line for line in said.splitlines() if "code object from" in line and ".pyc" not in line] == []


@pytest.mark.parametrize("name", ["one.py", "one.txt"])
def test_changed_sources_make_a_new_layer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CDK names the asset by what is in it, and `up` deploys what it finds."""
    monkeypatch.setattr(build, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(build, "VENDOR", tmp_path / "vendor")
    source = tmp_path / "shared" / "python" / name
    source.parent.mkdir(parents=True)
    source.write_text("ANSWER = 1\n")
    first = shared_layer("local")
    assert shared_layer("local") == first
    source.write_text("ANSWER = 2\n")
    second = shared_layer("local")
    assert (second / "python" / name).read_text() == "ANSWER = 2\n"
    assert [folder for folder in build.VENDOR.iterdir() if folder.is_dir()] == [second]
