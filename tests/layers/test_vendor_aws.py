"""The vendor layer as it goes to AWS: wheels for Lambda's processor and Python, whatever machine built it."""

from pathlib import Path

import pytest

from layers.build import LAMBDA_ARCHITECTURE, LAMBDA_PYTHON, WHEEL_MACHINES, has_byte_code, vendor_layer
from tests.support.tools.binaries import compiled, misfits

ROOT = Path(__file__).resolve().parents[2]
MACHINE = WHEEL_MACHINES[LAMBDA_ARCHITECTURE]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a function and its layers, unzipped
UNZIPPED_BYTES_MAX = 250_000_000


@pytest.fixture(scope="module")
def packages() -> Path:
    """Built before, or now: that takes the network and some seconds."""
    return vendor_layer("aws") / "python"


def test_packages_are_built_for_the_runtime() -> None:
    assert (LAMBDA_ARCHITECTURE, LAMBDA_PYTHON) == ("arm64", "3.14")


def test_compiled_modules_match_the_platform(packages: Path) -> None:
    assert compiled(packages), "pydantic is compiled, so nothing found is nothing looked at"
    assert list(misfits(packages, machine=MACHINE, python=LAMBDA_PYTHON)) == []


def elf(machine: int) -> bytes:
    """The beginning of a shared object of that machine."""
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x03\0" + machine.to_bytes(2, "little")


@pytest.mark.parametrize(
    "name, content, why",
    [
        ("a.cpython-314-aarch64-linux-gnu.so", elf(183), None),
        ("a.abi3.so", elf(183), None),
        ("a.py", b"a = 1", None),
        ("a.cpython-314-x86_64-linux-gnu.so", elf(62), "is for x86_64"),  # a laptop's
        ("a.cpython-314-aarch64-linux-gnu.so", elf(62), "is for x86_64"),  # whatever it is called
        ("a.cpython-311-aarch64-linux-gnu.so", elf(183), "is for another Python than 3.14"),
        ("a.cpython-314-darwin.so", b"\xcf\xfa\xed\xfe", "is no ELF file"),
        ("tool", elf(62), "is for x86_64"),
        ("a-1.dist-info/WHEEL", b"Tag: cp314-cp314-manylinux_2_17_aarch64\n", None),
        ("a-1.dist-info/WHEEL", b"Tag: py3-none-any\n", None),
        ("a-1.dist-info/WHEEL", b"Tag: cp314-cp314-macosx_11_0_arm64\n", "was a wheel for"),
    ],
)
def test_incompatible_modules_are_found(tmp_path: Path, name: str, content: bytes, why: str | None) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    said = list(misfits(tmp_path, machine="aarch64", python="3.14"))
    assert [why in one for one in said if why] == ([True] if why else [])
    assert bool(said) is bool(why)


def test_size_is_far_below_the_limit(packages: Path) -> None:
    layers = size(packages) + size(ROOT / "layers" / "shared")
    for group in (folder for folder in (ROOT / "lambdas").iterdir() if folder.is_dir()):
        assert layers + size(group) < UNZIPPED_BYTES_MAX / 5, group.name


def size(folder: Path) -> int:
    """Of the files in it, unzipped. In the checkout lies byte code of tests, which is not deployed."""
    ours = not folder.is_relative_to(ROOT / "layers" / "vendor")
    files = (file for file in folder.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files if not (ours and "__pycache__" in file.parts))


def test_missing_byte_code_is_stated_in_the_folder_name(packages: Path) -> None:
    modules = set(packages.rglob("*.py"))
    tag = f".cpython-{LAMBDA_PYTHON.replace('.', '')}"
    found = {file.parent.parent / f"{file.stem.removesuffix(tag)}.py" for file in packages.rglob("*.pyc")}
    assert found == (modules if has_byte_code(packages.parent) else set())
