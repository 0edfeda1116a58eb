"""The pinned sources: from GitHub, or from a folder of git directories. Kept in .cache/integrations."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Final

from cli.deploy.installation import ROOT
from integrations.listed import Integration

CACHE: Final = ROOT / ".cache" / "integrations"
_PATIENCE_S: Final = 300


class NotFetchedError(Exception):
    """The commit could not be had, and why."""


def checked_out(integration: Integration, mirror: Path | None = None, cache: Path = CACHE) -> Path:
    """Return a folder with the sample's folder at the pinned commit. Files that are there already are used again.

    `mirror` holds git directories named `<owner>+<name>/repo`; without it, the commit is fetched from GitHub. Raises
    NotFetchedError.
    """
    name = f"{integration.repository}@{integration.commit[:12]}/{integration.place}"
    folder = cache / name.replace("/", "+")
    if not folder.is_dir():
        git_dir = _mirrored(integration, mirror) if mirror else _fetched(integration, cache)
        archive = _git(git_dir, "archive", "--format=tar", f"{integration.commit}:{integration.place}")
        unpacked = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(unpacked, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(unpacked, filter="data")
            else:  # Python below 3.11.4 has no filter (PEP 706)
                tar.extractall(unpacked)  # noqa: S202 - Git's own archive of a pinned commit
        unpacked.rename(folder)
    return folder


def source_text(integration: Integration, file: str, mirror: Path | None = None, cache: Path = CACHE) -> str:
    """Return the text of a file at the pinned commit. Raises NotFetchedError."""
    name = f"{integration.repository}@{integration.commit[:12]}/{file}"
    kept = cache / "files" / name.replace("/", "+")
    if not kept.is_file():
        git_dir = _mirrored(integration, mirror) if mirror else _fetched(integration, cache)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(_git(git_dir, "show", f"{integration.commit}:{file}"))
    return kept.read_text(encoding="utf-8")


def _mirrored(integration: Integration, mirror: Path) -> Path:
    git_dir = mirror / integration.repository.replace("/", "+") / "repo"
    if not git_dir.is_dir():
        raise NotFetchedError(f"{git_dir} is not there")
    return git_dir


def _fetched(integration: Integration, cache: Path) -> Path:
    """Fetch the commit without its files, which git fetches as they are read: some repositories have gigabytes."""
    git_dir = cache / "git" / integration.repository.replace("/", "+")
    if not git_dir.is_dir():
        git_dir.mkdir(parents=True)
        _git(git_dir, "init", "--quiet", "--bare")
        _git(git_dir, "remote", "add", "origin", f"https://github.com/{integration.repository}.git")
    _git(git_dir, "fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", integration.commit)
    return git_dir


def _git(git_dir: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", f"--git-dir={git_dir}", *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"GIT_TERMINAL_PROMPT": "0"},
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotFetchedError(f"git {words[0]} took longer than {_PATIENCE_S} s") from None
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or [f"git ended with {done.returncode}"]
        raise NotFetchedError(f"git {words[0]}: {reason[-1]}")
    return done.stdout
