"""`paysandbox up --watch`: an edited handler answers within seconds, and the next `up` runs what is deployed."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from cli.deploy.installation import ROOT
from cli.state.state_dir import StateDir
from cli.up.watch import Watch, times
from tests.e2e.conftest import IMAGES, Sandbox
from tests.support.clients.terminal import in_terminal
from tests.support.tools.waiting import until

HEALTH = "lambdas/payments/get_health.py"
STATUS = 'outcome="healthy")'
VERSION = "layers/shared/python/paysandbox/__init__.py"


@pytest.fixture(scope="module")
def own(sandbox: Sandbox, own_sandbox: Sandbox) -> Sandbox:
    """Provide a sandbox of this file's own, from the image of the session's. Each test leaves the code as deployed."""
    assert sandbox.home.is_dir()
    return own_sandbox


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the functions' sources. The working tree is shared with other tests."""
    made = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", ".built")
    for folder in ("lambdas", "layers/shared"):
        shutil.copytree(ROOT / folder, made / folder, ignore=ignored)
    return made


@pytest.fixture
def edited(own: Sandbox, copy: Path) -> tuple[Callable[[str, str, str], None], list[str]]:
    """Return a function that replaces a text in a source of the copy and applies the change, and the printed lines."""
    said: list[str] = []
    watch = Watch(StateDir(own.home), times(copy), said.append, copy)

    def edit(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
        watch.look()

    return edit, said


@pytest.mark.full
def test_edited_code_answers_until_the_next_up(
    own: Sandbox, edited: tuple[Callable[[str, str, str], None], list[str]]
) -> None:
    edit, said = edited

    def health() -> dict[str, object]:
        return httpx.get(f"{own.base_url}/health", timeout=30).raise_for_status().json()

    deployed = health()

    edit(HEALTH, '"status": "ok"', '"status": "edited"')
    assert health() == deployed | {"status": "edited"}, "the first answer after the line is of the new code"

    edit(HEALTH, '"status": "edited"', '"status": "edited",,')
    assert said[-1].startswith(f"{HEALTH}:")
    assert health() == deployed | {"status": "edited"}, "the previous code stays"
    edit(HEALTH, '"status": "edited",,', '"status": "fixed"')

    edit(VERSION, 'VERSION = "', 'VERSION = "edited-')
    assert health() == deployed | {"status": "fixed", "version": f"edited-{deployed['version']}"}
    own.json("pay", "authorize", "5.00")  # the other functions run with it too

    # The sources of the working tree are those that are deployed, so `up` finds nothing to deploy.
    own.up()
    assert health() == deployed


@pytest.mark.full
def test_edited_code_does_not_survive_a_restart(
    own: Sandbox, edited: tuple[Callable[[str, str, str], None], list[str]]
) -> None:
    edit, _ = edited
    edit(HEALTH, '"status": "ok"', '"status": "edited"')
    own.run("down")
    own.up()
    assert httpx.get(f"{own.base_url}/health", timeout=30).json()["status"] == "ok"


@pytest.mark.full
def test_ctrl_c_ends_watching_and_leaves_the_sandbox_running(own: Sandbox) -> None:
    with in_terminal("up", "--watch", env={"PAYSANDBOX_HOME": str(own.home), "PAYSANDBOX_IMAGES": str(IMAGES)}) as it:
        it.until("Press Ctrl-C to stop watching.", patience_s=120)
        it.process.send_signal(signal.SIGINT)
        it.until("Stopped watching.")
        assert it.ended() == 0
    assert until(lambda: own.run("status", check=False).returncode == 0, "a healthy sandbox")
