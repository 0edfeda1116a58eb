"""`make scan`: what it calls a secret, and where it looks. The registries are not asked here."""

import subprocess
from pathlib import Path

import pytest

from tests import scan

# In two parts, so that this file is not what it warns of.
SECRETS = {
    "AWS Access Key": "AKIA" + "QX7ZL5WJ2N4RTB6K",
    "GitHub Token": "ghp_" + "q7" * 18,
    "Private Key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "Stripe Access Key": "sk_live_" + "Qx7" * 8,
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def git(repository: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(repository), *who, *words], check=True, capture_output=True)


def commit(repository: Path, text: str | None, message: str = "change", file: str = "notes.txt") -> None:
    if text is None:
        git(repository, "rm", "--quiet", file)
    else:
        (repository / file).write_text(text)
        git(repository, "add", file)
    git(repository, "commit", "--quiet", "--message", message)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_that_was_removed_again_is_found(repository: Path, kind: str) -> None:
    commit(repository, f"key = {SECRETS[kind]!r}\n")
    commit(repository, None)
    (found,) = scan.secrets(repository)
    assert (found.kind, found.file) == (kind, "notes.txt")
    assert SECRETS[kind] not in repr(found)


def test_other_branches_and_messages_are_looked_at(repository: Path) -> None:
    commit(repository, "nothing\n")
    git(repository, "switch", "--quiet", "--create", "aside")
    commit(repository, "still nothing\n", message=f"Use {SECRETS['AWS Access Key']} for now")
    git(repository, "switch", "--quiet", "main")
    (found,) = scan.secrets(repository)
    assert (found.kind, found.file) == ("AWS Access Key", "message")


def test_what_is_published_or_made_here_is_no_secret(repository: Path) -> None:
    commit(repository, "4242424242424242\nsk_test_demo_abcdefghijklmnopqrstuvwxyz234567\nsha256:" + "0f" * 32 + "\n")
    assert scan.secrets(repository) == []


def test_half_a_history_is_refused(repository: Path, tmp_path: Path) -> None:
    commit(repository, "one\n")
    commit(repository, "two\n")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), str(shallow))
    with pytest.raises(scan.ScanError, match="Only a part of the history"):
        scan.secrets(shallow)


def test_no_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(scan.ScanError, match="no git repository"):
        scan.secrets(tmp_path)


def test_one_part_that_fails_fails_the_scan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scan"])
    monkeypatch.setattr(scan, "scan_packages", lambda: False)
    monkeypatch.setattr(scan, "scan_npm", lambda: True)
    monkeypatch.setattr(scan, "scan_secrets", lambda: True)
    assert scan.main() == 1
    assert "packages   FAILED" in capsys.readouterr().out


def test_a_package_that_nobody_knows_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip-audit skips it and ends well, unless told otherwise."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert scan.scan_packages()
    assert {"--strict", "--require-hashes"} <= set(asked[0])
    assert sum(word.endswith(".txt") for word in asked[0]) == 2
