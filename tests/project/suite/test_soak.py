"""The order of long tests, and their random numbers (tests/support/tools/soak.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILE = """
import random
import pytest
@pytest.mark.parametrize("number", range(6))
def test(number):
    print("number", number, random.random())
"""


def soak(folder: Path, seed: int, test: str = "") -> list[str]:
    """Run two files of tests with a seed, or one test of them. Return the printed lines."""
    for name in ("test_one.py", "test_two.py"):
        (folder / name).write_text(FILE)
    words = ["-m", "pytest", "-v", "-s", "-p", "no:cacheprovider"]
    words += ["-p", "tests.support.tools.soak", f"--soak-seed={seed}"]
    done = subprocess.run(
        [sys.executable, *words, f"--rootdir={folder}", "-c", "/dev/null", str(folder / test)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def order_of(lines: list[str]) -> list[str]:
    """Return the tests with their random numbers, in the order in which they ran."""
    return [line.removesuffix("PASSED") for line in lines if "::" in line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("soak")


@pytest.fixture(scope="module")
def first(folder: Path) -> list[str]:
    """The printed lines of a run with the seed 1."""
    return soak(folder, 1)


@pytest.mark.full
def test_the_tests_of_a_file_stay_together(first: list[str]) -> None:
    files = [line.partition("::")[0] for line in order_of(first)]
    assert len(files) == 12
    assert sorted(files, key=files.index) == files


@pytest.mark.full
def test_the_same_seed_repeats_a_run(folder: Path, first: list[str]) -> None:
    assert order_of(soak(folder, 1)) == order_of(first)


@pytest.mark.full
def test_another_seed_has_another_order_and_other_numbers(folder: Path, first: list[str]) -> None:
    one, other = order_of(first), order_of(soak(folder, 2))
    assert [line.partition(" ")[0] for line in one] != [line.partition(" ")[0] for line in other]
    assert set(one).isdisjoint(other)


@pytest.mark.full
def test_a_test_alone_has_the_same_random_numbers(folder: Path, first: list[str]) -> None:
    [alone] = order_of(soak(folder, 1, "test_two.py::test[4]"))
    assert alone in order_of(first)
