"""The pinned sources of the samples: from a folder of git directories, and what is said when they cannot be had."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.flow import FlowStep
from integrations.listed import Integration, Kind
from integrations.sources import NotFetchedError, checked_out, source_text


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a folder with one repository."""
    work = tmp_path / "work"
    (work / "server" / "node").mkdir(parents=True)
    (work / "server" / "node" / "server.js").write_text("first")
    (work / "README.md").write_text("not needed")
    git(work, "init", "--quiet")
    git(work, "add", ".")
    git(work, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=First")
    bare = tmp_path / "mirror" / "someone+shop" / "repo"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    return tmp_path / "mirror"


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def sample(mirror: Path) -> Integration:
    """Return that repository's sample, pinned to its only commit."""
    commit = git(mirror / "someone+shop" / "repo", "rev-parse", "HEAD")
    return Integration(Kind.SAMPLE, "shop", (FlowStep.PAY,), "someone/shop", commit, "server/node")


def test_the_folder_is_taken_at_its_commit(mirror: Path, sample: Integration, tmp_path: Path) -> None:
    folder = checked_out(sample, mirror, tmp_path / "cache")
    assert [file.name for file in folder.iterdir()] == ["server.js"]
    assert (folder / "server.js").read_text() == "first"


def test_existing_files_are_reused(mirror: Path, sample: Integration, tmp_path: Path) -> None:
    folder = checked_out(sample, mirror, tmp_path / "cache")
    (folder / "node_modules").mkdir()
    assert checked_out(sample, Path("/nowhere"), tmp_path / "cache") == folder
    assert (folder / "node_modules").is_dir()


def test_a_commit_is_fetched_with_the_files_that_are_read(
    mirror: Path, sample: Integration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from GitHub, whose address leads to the mirror here."""
    hub = tmp_path / "hub" / "someone"
    hub.mkdir(parents=True)
    (mirror / "someone+shop" / "repo").rename(hub / "shop.git")
    for name in ("allowFilter", "allowAnySHA1InWant"):
        git(hub / "shop.git", "config", f"uploadpack.{name}", "true")
    address = {"url." + f"file://{hub.parent}/" + ".insteadOf": "https://github.com/", "protocol.file.allow": "always"}
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(address)))
    for number, (name, value) in enumerate(address.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    assert source_text(sample, "server/node/server.js", cache=tmp_path / "cache") == "first"
    fetched = tmp_path / "cache" / "git" / "someone+shop"
    missing = git(fetched, "rev-list", "--objects", "--missing=print", sample.commit)
    assert "?" in missing, "README.md was fetched too"
    folder = checked_out(sample, cache=tmp_path / "cache")
    assert (folder / "server.js").read_text() == "first"


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"repository": "someone/else"}, "is not there"),
        ({"commit": "0" * 40}, "git archive: "),
        ({"place": "server/deno"}, "git archive: "),
    ],
    ids=["no repository", "no commit", "no folder"],
)
def test_unavailable_sources_are_named(
    change: dict[str, str], reason: str, mirror: Path, sample: Integration, tmp_path: Path
) -> None:
    with pytest.raises(NotFetchedError, match=reason):
        checked_out(replace(sample, **change), mirror, tmp_path / "cache")
    assert not [*(tmp_path / "cache").glob("*shop*")]


def test_a_file_is_read_at_its_commit_and_kept(mirror: Path, sample: Integration, tmp_path: Path) -> None:
    for source in (mirror, Path("/nowhere")):
        assert source_text(sample, "server/node/server.js", source, tmp_path / "cache") == "first"
    with pytest.raises(NotFetchedError, match="git show: "):
        source_text(sample, "server/node/gone.js", mirror, tmp_path / "cache")
