"""What an earlier version is compared by: its own files, in a folder of which nothing is left."""

import subprocess

import pytest

from benchmarks import before_and_after as comparison


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=comparison.ROOT, check=True, capture_output=True, text=True).stdout


COMMIT = "HEAD"


@pytest.fixture(autouse=True)
def history() -> None:
    """An archive has no commits to compare."""
    asked = ["git", "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    if subprocess.run(asked, cwd=comparison.ROOT, check=False, capture_output=True).returncode != 0:
        pytest.skip("this is no clone")


@pytest.mark.full
def test_checkout_is_removed_afterwards() -> None:
    before = git("worktree", "list")
    with comparison.checkout(COMMIT) as tree:
        told = (tree / "layers" / "build.py").read_text()
        assert told == git("show", f"{COMMIT}:layers/build.py")
    assert not tree.exists()
    assert git("worktree", "list") == before


@pytest.mark.full
def test_each_version_runs_its_own_modules() -> None:
    program = "import paysandbox; print(paysandbox.__file__)"
    with comparison.checkout(COMMIT) as tree:
        for version in (tree, comparison.ROOT):
            found = comparison._run(program, version, comparison._sources(version))
            assert found.startswith(str(version))


@pytest.mark.full
def test_each_case_is_measured() -> None:
    root = comparison.ROOT
    for program in ("_WARM", "_CONFIRM"):
        assert comparison.case(comparison.own(program, root), root, comparison._sources(root), "2")() > 0
    folders = comparison._run(comparison._FOLDERS, root, comparison._sources(root)).split()
    cold = comparison.case(comparison.own("_COLD", root), root, folders, alone=True)
    assert cold() > 0
