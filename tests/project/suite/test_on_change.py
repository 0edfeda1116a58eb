"""Which tests of installed packages a run leaves out (tests/on_change.py)."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

import noxfile
from tests.on_change import ON_CHANGE, ROOT, last_passed, left_out, merged_or_noted, record

WHEEL = "tests/test_wheel.py"
TESTS = {WHEEL: ("release", "pyproject.toml")}


def git(folder: Path, *words: str, at: datetime | None = None) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    dates = {f"GIT_{role}_DATE": at.isoformat() for role in ("AUTHOR", "COMMITTER")} if at else {}
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True, env=os.environ | dates
    )
    return done.stdout.strip()


def commit(folder: Path, *files: str, at: datetime | None = None) -> str:
    """Change these files, commit them, and return the commit."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("a") as file:
            file.write("changed\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "a change", at=at)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit on main, and the branch `shop` checked out there."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-qb", "main")
    (root / ".gitignore").write_text(".cache\n")
    commit(root, "release/files.py", "pyproject.toml", "release_notes.md", WHEEL)
    git(root, "checkout", "-qb", "shop")
    return root


@pytest.mark.parametrize(
    "changed, is_left_out",
    [
        ("app.py", True),
        ("release_notes.md", True),
        ("release/files.py", False),
        ("release/more/files.py", False),
        ("pyproject.toml", False),
        (WHEEL, False),
    ],
)
def test_a_test_runs_if_what_it_depends_on_has_changed(repository: Path, changed: str, is_left_out: bool) -> None:
    base = git(repository, "rev-parse", "main")
    commit(repository, "app.py")
    commit(repository, changed)
    commit(repository, "app.py")
    assert left_out(repository, TESTS) == ({WHEEL: f"unchanged since {base[:9]}"} if is_left_out else {})


def test_a_file_that_is_moved_away_counts(repository: Path) -> None:
    git(repository, "mv", "release/files.py", "files.py")
    commit(repository, "app.py")
    assert left_out(repository, TESTS) == {}


@pytest.mark.parametrize("changed", ["release/files.py", "release/new.py"])
def test_changes_without_a_commit_count(repository: Path, changed: str) -> None:
    commit(repository, "app.py")
    (repository / changed).write_text("not committed")
    assert left_out(repository, TESTS) == {}


def test_a_run_that_passed_is_noted_for_its_commit(repository: Path) -> None:
    passed = commit(repository, "release/files.py")
    record(repository)
    commit(repository, "app.py")
    assert last_passed(repository) == passed
    assert WHEEL in left_out(repository, TESTS)


def test_a_run_with_other_files_than_the_commit_is_not_noted(repository: Path) -> None:
    commit(repository, "release/files.py")
    (repository / "release/files.py").write_text("not committed")
    record(repository)
    assert last_passed(repository) == git(repository, "rev-parse", "main")


def test_a_noted_commit_of_another_branch_does_not_count(repository: Path) -> None:
    commit(repository, "release/files.py")
    record(repository)
    git(repository, "checkout", "-qb", "other", "main")
    commit(repository, "app.py")
    assert last_passed(repository) == git(repository, "rev-parse", "main")


def test_main_is_compared_with_what_the_last_nightly_run_had(repository: Path) -> None:
    """Not with commits of a branch, which may be older than its merge."""
    day = timedelta(days=1)
    start = datetime.now(UTC).replace(microsecond=0)
    git(repository, "checkout", "-q", "main")
    monday = commit(repository, "app.py", at=start)
    git(repository, "checkout", "-qb", "wheel")
    commit(repository, "release/files.py", at=start + day / 2)
    git(repository, "checkout", "-q", "main")
    tuesday = commit(repository, "app.py", at=start + day)
    git(repository, "merge", "-q", "--no-ff", "-m", "a merge", "wheel", at=start + 2 * day)
    wednesday = git(repository, "rev-parse", "HEAD")
    assert [last_passed(repository, start + days * day) for days in (0.9, 1, 2, 2.9, 3)] == [
        "",
        monday,
        tuesday,
        tuesday,
        wednesday,
    ]
    assert left_out(repository, TESTS, start + 2.9 * day) == {}
    assert left_out(repository, TESTS, start + 3 * day) == {WHEEL: f"unchanged since {wednesday[:9]}"}


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_leaves_nothing_out(repository: Path, tmp_path: Path, depth: int) -> None:
    commit(repository, "app.py")
    git(tmp_path, "clone", "-q", f"--depth={depth}", "--branch=shop", repository.as_uri(), "clone")
    assert left_out(tmp_path / "clone", TESTS) == {}


def test_commits_that_main_has_have_passed(repository: Path, tmp_path: Path) -> None:
    """Main of the repository that was cloned, not the branch here of that name."""
    main = git(repository, "rev-parse", "main")
    assert merged_or_noted(repository) == ""
    git(tmp_path, "clone", "-q", repository.as_uri(), "clone")
    clone = tmp_path / "clone"
    commit(clone, "app.py")
    assert merged_or_noted(clone) == main
    git(clone, "remote", "remove", "origin")
    record(clone)
    assert merged_or_noted(clone) == git(clone, "rev-parse", "HEAD")


def test_a_folder_without_a_repository_leaves_nothing_out(tmp_path: Path) -> None:
    assert left_out(tmp_path, TESTS) == {}


def test_every_named_file_exists() -> None:
    named = {name for test, others in ON_CHANGE.items() for name in (test, *others)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


# --- the parts of make test -------------------------------------------------------------------------------------------


@pytest.fixture
def files_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[str]]:
    """Return a function that runs a part of noxfile.py without pytest, and returns the files or folders of tests."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def run(part: Callable[..., None], *unchanged: str) -> set[str]:
        session = Mock(posargs=["all", *unchanged])
        session.name = part.__name__
        part(session)
        words = [word for call in session.run.call_args_list for word in call.args]
        ignored = {word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")}
        return {word for word in words if word.startswith("tests/")} | {f"not {file}" for file in ignored}

    return run


def test_what_is_left_out_does_not_run(files_of: Callable[..., set[str]]) -> None:
    first, *others = ON_CHANGE
    found = files_of(noxfile.on_change.func, first)
    assert {*others} <= found
    assert first not in found


def test_if_nothing_has_changed_no_test_runs(files_of: Callable[..., set[str]]) -> None:
    assert files_of(noxfile.on_change.func, *ON_CHANGE) == set()


def test_other_parts_leave_these_tests_to_their_own(files_of: Callable[..., set[str]]) -> None:
    assert files_of(noxfile.e2e.func) == {"tests/e2e", *(f"not {file}" for file in ON_CHANGE)}
