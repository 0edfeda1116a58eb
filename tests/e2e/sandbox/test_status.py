"""`paysandbox status` and the results of a start: exports for a shell or a screen, and the probe's payment."""

import json
import os
import signal

import pytest

from cli.sandbox import engine
from cli.state.state_dir import StateDir
from tests.e2e.conftest import Sandbox
from tests.support.clients.terminal import in_terminal
from tests.support.tools.waiting import until


@pytest.mark.full
@pytest.mark.parametrize("form, name", [("env", "PAYSANDBOX_API_KEY"), ("aws", "AWS_SECRET_ACCESS_KEY")])
def test_secrets_on_a_terminal_come_with_a_warning(sandbox: Sandbox, form: str, name: str) -> None:
    piped = sandbox.run("status", "-o", form)
    with in_terminal("status", "-o", form, env={"PAYSANDBOX_HOME": str(sandbox.home)}) as terminal:
        shown = terminal.until(f"export {name}")
        assert terminal.ended() == 0
    assert f"export {name}=" in piped.stdout
    assert ("merchant demo" in piped.stderr) is (form == "env")
    assert shown.splitlines()[0].startswith("The lines below contain secrets.")


@pytest.mark.full
def test_the_smoke_test_of_up_uses_its_own_merchant(sandbox: Sandbox) -> None:
    def descriptions(merchant: str) -> list[str | None]:
        return [one.get("description") for one in sandbox.json("pay", "list", "--merchant", merchant)["data"]]

    assert "paysandbox up" in descriptions("probe")
    assert "paysandbox up" not in descriptions("demo")


@pytest.mark.full
def test_a_sandbox_that_cannot_save_its_state_is_not_healthy(sandbox: Sandbox) -> None:
    home = StateDir(sandbox.home)

    def is_healthy_after_a_snapshot() -> bool:
        running = engine.running(home)
        assert running is not None
        os.kill(running.pid, signal.SIGUSR2)  # instead of the next one, which comes within 15 s
        return sandbox.run("status", check=False).returncode == 0

    away = home.saved.rename(home.path / "away")
    try:
        home.saved.touch()
        until(lambda: not is_healthy_after_a_snapshot(), "the failure")
        told = sandbox.run("status", "--json", check=False)
    finally:
        home.saved.unlink()
        away.rename(home.saved)
    facts = json.loads(told.stdout)
    assert (told.returncode, facts["healthy"], facts["unsaved"]["reason"]) == (1, False, "Not a directory")
    assert facts["merchants"], "it answers all the same"
    assert f"Changes since {facts['unsaved']['since']} are not saved: Not a directory." in told.stderr
    assert f"make {home.saved} writable" in told.stderr
    until(is_healthy_after_a_snapshot, "the next snapshot")
