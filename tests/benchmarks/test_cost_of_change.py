"""The count of files in CONTRIBUTING.md: its table is compared with the named commits where the documents are."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import cost_of_change
from benchmarks.cost_of_change import CHANGES, CONTRIBUTING, ROOT, Change, Files, by_hand, can_count, contributing
from tests.support.tools.blocks import PAGES


@pytest.mark.parametrize(
    "paths, counted",
    [
        (["cli/mcp/tools.py", "tests/cli/mcp/test_mcp.py", "docs/decisions.md"], Files(1, 1, 1)),
        (["CHANGELOG.md", "README.md", "docs/pages/events.py"], Files(0, 0, 3)),
        (["tests/README.md", "api_reference/examples.py"], Files(1, 1, 0)),
        (
            ["dashboard/src/messages.ts", "dashboard/src/app/triggers.json", "dashboard/built/index.html"],
            Files(1, 0, 0),
        ),
        (
            ["requirements/dev.in", "requirements/dev.txt", "package-lock.json", "dashboard/package-lock.json"],
            Files(1, 0, 0),
        ),
        (["tests/api_reference/contract.txt", "benchmarks/results/start.json"], Files(0, 0, 0)),
        ([], Files(0, 0, 0)),
    ],
)
def test_files_are_counted_by_part(paths: list[str], counted: Files) -> None:
    assert by_hand(paths) == counted


def test_a_generated_page_is_not_counted() -> None:
    generated = [page for page in PAGES if "Do not edit." in page.read_text()]
    assert by_hand([str(page.relative_to(ROOT)) for page in generated]) == Files(0, 0, 0)


def test_an_edited_number_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout without the history, nothing is: it stays as it was committed."""
    committed = CONTRIBUTING.read_text()
    edited = committed.replace("35 + 26 + 5", "2 + 1 + 0")
    monkeypatch.setattr(cost_of_change, "CONTRIBUTING", tmp_path / "CONTRIBUTING.md")
    (tmp_path / "CONTRIBUTING.md").write_text(edited)
    assert edited != committed
    assert contributing() == (committed if can_count() else edited)


def test_a_document_without_markers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_of_change, "CONTRIBUTING", tmp_path / "CONTRIBUTING.md")
    (tmp_path / "CONTRIBUTING.md").write_text("## The cost of a change\n")
    with pytest.raises(ValueError, match="needs the lines"):
        contributing()


def test_every_row_is_in_the_document() -> None:
    """In every checkout, whether it can count or not."""
    names = [
        line.split(" | ")[0].removeprefix("| ") for line in CONTRIBUTING.read_text().splitlines() if line[:2] == "| "
    ]
    assert [change.name for change in CHANGES if change.name not in names] == []


def test_a_checkout_counts_with_its_history_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        author = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *author, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert not can_count(tmp_path), "an unpacked archive"
    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "One")
    git("commit", "-q", "--allow-empty", "-m", "Two")
    assert not can_count(tmp_path), "another history"
    commit = git("rev-parse", "HEAD").strip()
    monkeypatch.setattr(cost_of_change, "CHANGES", [Change("a change", "its file", (commit,))])
    assert can_count(tmp_path)
    git("clone", "-q", "--depth=1", tmp_path.as_uri(), "clone")
    assert not can_count(tmp_path / "clone"), "a shallow clone"


@pytest.mark.full
def test_the_command_prints_each_commit(capsys: pytest.CaptureFixture[str]) -> None:
    ended = cost_of_change.main()
    printed, refused = capsys.readouterr()
    commits = [commit for change in CHANGES for commit in change.commits] if can_count() else []
    assert ended == (0 if commits else 1)
    assert [line.split()[0] for line in printed.splitlines()] == commits
    assert ("--unshallow" in refused) is not bool(commits)
