"""`make scan`: its definition of a secret, and its search paths. These tests do not call the registries."""

import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest

import noxfile
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


def git(repository: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(repository), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(repository: Path, text: str | None, message: str = "change", file: str = "notes.txt") -> None:
    if text is None:
        git(repository, "rm", "--quiet", file)
    else:
        (repository / file).write_text(text)
        git(repository, "add", file)
    git(repository, "commit", "--quiet", "--message", message)


def found_in(repository: Path) -> list[scan.Found]:
    return scan.secrets(repository)[0]


@pytest.mark.parametrize("kind", SECRETS)
def test_a_removed_secret_is_found_in_history(repository: Path, kind: str) -> None:
    commit(repository, f"key = {SECRETS[kind]!r}\n")
    commit(repository, None)
    (found,) = found_in(repository)
    assert (found.kind, found.file) == (kind, "notes.txt")
    assert SECRETS[kind] not in f"{found!r} {found}"


def test_uncommitted_files_are_scanned(repository: Path) -> None:
    commit(repository, "nothing\n")
    (repository / ".gitignore").write_text("/ours.env\n")
    for file in ("ours.env", "new.env"):
        (repository / file).write_text(SECRETS["AWS Access Key"])
    (found,) = found_in(repository)
    assert (found.file, found.commit) == ("new.env", "")


def test_an_uncommitted_removal_is_no_error(repository: Path) -> None:
    commit(repository, "nothing\n")
    (repository / "notes.txt").unlink()
    assert found_in(repository) == []


def test_other_branches_and_commit_messages_are_scanned(repository: Path) -> None:
    commit(repository, "nothing\n")
    git(repository, "switch", "--quiet", "--create", "aside")
    commit(repository, "still nothing\n", message=f"Use {SECRETS['AWS Access Key']} for now")
    git(repository, "switch", "--quiet", "main")
    (found,) = found_in(repository)
    assert (found.kind, found.file) == ("AWS Access Key", "message")


def test_what_a_merge_itself_adds_is_scanned(repository: Path) -> None:
    commit(repository, "nothing\n")
    git(repository, "switch", "--quiet", "--create", "aside")
    commit(repository, "nothing\n", file="other.txt")
    git(repository, "switch", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "--no-commit", "aside")
    commit(repository, SECRETS["AWS Access Key"], message="Merge")
    commit(repository, None)
    (found,) = found_in(repository)
    assert (found.kind, found.file) == ("AWS Access Key", "notes.txt")


@pytest.mark.parametrize("before, after", [("x", "x\ny"), ("", ""), ("x\n", "\ny")], ids=["among", "alone", "apart"])
def test_a_secret_is_found_in_its_line_alone(repository: Path, before: str, after: str) -> None:
    lines = f"{before}\n{SECRETS['Stripe Access Key']}\n{after}".split("\n")
    texts = [("", "notes.txt", line) for line in lines]
    assert [found.digest for found in scan.secrets_in(texts)] == [scan.digest(SECRETS["Stripe Access Key"])]


def test_published_and_generated_values_are_no_secrets(repository: Path) -> None:
    commit(repository, "4242424242424242\nsk_test_demo_abcdefghijklmnopqrstuvwxyz234567\nsha256:" + "0f" * 32 + "\n")
    assert found_in(repository) == []


# --- what looks like a secret and is none ---


def allowed(repository: Path, **other: str) -> scan.Allowed:
    (found,) = found_in(repository)
    return scan.Allowed(**{"file": found.file, "kind": found.kind, "digest": found.digest, "reason": "made up"} | other)


def test_allowed_values_are_not_reported(repository: Path) -> None:
    commit(repository, SECRETS["AWS Access Key"])
    commit(repository, None)
    assert not scan.scan_secrets(repository, [])
    assert scan.scan_secrets(repository, [allowed(repository)])


@pytest.mark.parametrize("name, other", [("file", "b.txt"), ("kind", "JSON Web Token"), ("digest", "0" * 16)])
def test_an_exception_is_for_one_value_in_one_file(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str, other: str
) -> None:
    commit(repository, SECRETS["AWS Access Key"])
    commit(repository, None)
    assert not scan.scan_secrets(repository, [allowed(repository, **{name: other})])
    said = capsys.readouterr().out
    assert "AWS Access Key in notes.txt, commit " in said
    assert SECRETS["AWS Access Key"] not in said


def test_unused_exceptions_are_reported(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repository, "nothing\n")
    entry = scan.Allowed("notes.txt", "AWS Access Key", "0" * 16, "made up")
    assert not scan.scan_secrets(repository, [entry])
    assert "the entry for notes.txt (AWS Access Key, 0000000000000000): remove it" in capsys.readouterr().out


def test_every_exception_has_a_reason() -> None:
    assert [entry for entry in scan.ALLOWED if len(entry.reason.split()) < 3] == []


# --- half a history ---


@pytest.fixture
def shallow(repository: Path, tmp_path: Path) -> Path:
    """Clone the last of two commits; the first one contained a secret."""
    commit(repository, SECRETS["AWS Access Key"])
    commit(repository, "two\n")
    made = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), str(made))
    return made


def test_shallow_clones_are_refused(shallow: Path) -> None:
    with pytest.raises(scan.ScanError, match="Only a part of the history"):
        scan.secrets(shallow)


def test_a_missing_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(scan.ScanError, match="no git repository"):
        scan.secrets(tmp_path)


def test_offline_scans_accept_a_shallow_clone(shallow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is said of exceptions: what they are for may be in the other half."""
    unused = scan.Allowed("notes.txt", "AWS Access Key", "0" * 16, "made up")
    assert scan.scan_secrets(shallow, [unused], offline=True)
    assert "Not all of the history is here" in capsys.readouterr().out
    (shallow / "key.txt").write_text(SECRETS["GitHub Token"])
    assert not scan.scan_secrets(shallow, [], offline=True)


def test_commits_of_main_are_not_scanned_again(repository: Path) -> None:
    """But the files are, and the commits of every branch."""
    commit(repository, SECRETS["AWS Access Key"])
    commit(repository, None)
    main = git(repository, "rev-parse", "HEAD")
    assert scan.secrets(repository, offline=True, since=main) == ([], False)
    git(repository, "switch", "--quiet", "--create", "aside")
    commit(repository, SECRETS["GitHub Token"], file="other.txt")
    git(repository, "switch", "--quiet", "main")
    (repository / "key.txt").write_text(SECRETS["Stripe Access Key"])
    found, whole = scan.secrets(repository, offline=True, since=main)
    assert ({one.file for one in found}, whole) == ({"other.txt", "key.txt"}, False)


def test_exceptions_for_commits_of_main_are_kept(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(repository, "nothing\n")
    main = git(repository, "rev-parse", "HEAD")
    unused = scan.Allowed("notes.txt", "AWS Access Key", "0" * 16, "made up")
    assert scan.scan_secrets(repository, [unused], offline=True, since=main)
    assert f"the commits that {main[:9]} has not were looked at" in capsys.readouterr().out


def test_offline_scans_accept_an_unpacked_archive(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/built/\n")
    (tmp_path / "built").mkdir()
    for file in ("built/key.txt", "key.txt"):
        (tmp_path / file).write_text(SECRETS["GitHub Token"])
    found, whole = scan.secrets(tmp_path, offline=True)
    assert ([one.file for one in found], whole) == (["key.txt"], False)
    assert not (tmp_path / ".git").exists()


@pytest.mark.parametrize("tier, scope", [("fast", "--new"), ("all", "--offline")])
def test_make_test_scans_offline(tier: str, scope: str) -> None:
    session = Mock(posargs=[tier])
    noxfile.secrets(session)
    session.run.assert_called_once_with("python", "-m", "tests.scan", scope)


def test_one_part_that_fails_fails_the_scan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scan"])
    monkeypatch.setattr(scan, "scan_packages", lambda: False)
    monkeypatch.setattr(scan, "scan_npm", lambda: True)
    monkeypatch.setattr(scan, "scan_secrets", lambda offline, since: not (offline or since))
    assert scan.main() == 1
    assert "packages   FAILED" in capsys.readouterr().out


def test_an_unknown_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default pip-audit skips an unknown package and succeeds."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert scan.scan_packages()
    assert {"--strict", "--require-hashes"} <= set(asked[0])
    assert sum(word.endswith(".txt") for word in asked[0]) == len(scan.LOCKS)
