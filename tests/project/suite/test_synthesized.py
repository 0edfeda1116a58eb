"""Cached synths: made once for their sources, and again when any source changes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.tools.synthesized import MAX_AGE_S, kept

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def maker(tmp_path: Path) -> Path:
    """A checkout of an app and the file that synthesizes it."""
    (tmp_path / "app.py").write_text("app")
    (tmp_path / "maker.py").write_text("maker")
    return tmp_path / "maker.py"


def ask(maker: Path, answer: str = "made", **context: str) -> list[str]:
    return kept(context, lambda: [answer], maker=maker, root=maker.parent)


def test_cached_templates_are_reused(maker: Path) -> None:
    assert ask(maker, "first", env="dev") == ["first"]
    assert ask(maker, "second", env="dev") == ["first"]


@pytest.mark.parametrize(
    "change",
    [
        lambda maker: (maker.parent / "app.py").write_text("another app"),
        lambda maker: maker.write_text("another maker"),
        lambda maker: (maker.parent / "stacks").mkdir() or (maker.parent / "stacks" / "new.py").touch(),
    ],
    ids=["a source", "the maker", "a new source"],
)
def test_changed_sources_invalidate_the_cache(maker: Path, change: Callable[[Path], object]) -> None:
    ask(maker, "before")
    change(maker)
    assert ask(maker, "after") == ["after"]


def test_contexts_are_cached_separately(maker: Path) -> None:
    assert [ask(maker, name, env=name) for name in ("dev", "prod", "dev")] == [["dev"], ["prod"], ["dev"]]


def test_failed_synths_are_not_cached(maker: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        kept({}, lambda: 1 / 0, maker=maker, root=maker.parent)
    assert ask(maker) == ["made"]


def test_templates_unused_for_a_day_are_removed(maker: Path) -> None:
    ask(maker, env="dev")
    (old,) = (maker.parent / ".cache" / "synthesized").glob("*.json")
    os.utime(old, (old.stat().st_atime, old.stat().st_mtime - MAX_AGE_S - 1))
    ask(maker, env="prod")
    assert not old.exists()


ASKS = """
import os, pathlib, sys
from tests.support.tools.synthesized import kept

def make():
    with open(os.environ["MADE"], "a") as made:
        made.write("once ")
    return ["made"]

maker = pathlib.Path(sys.argv[1])
print(kept({}, make, maker=maker, root=maker.parent))
"""


def test_concurrent_processes_synthesize_once(maker: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    environment = os.environ | {"MADE": str(made)}
    words = [sys.executable, "-c", ASKS, str(maker)]
    asking = [subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0] for process in asking] == ["['made']\n"] * 4
    assert made.read_text() == "once "
