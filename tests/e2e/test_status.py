"""`paysandbox status -o env` of a sandbox that runs: into a shell without a word, and not onto a screen without one."""

from tests.e2e.conftest import Sandbox
from tests.support.terminal import in_terminal


def test_a_secret_that_is_shown_on_a_terminal_comes_with_a_warning(sandbox: Sandbox) -> None:
    piped = sandbox.run("status", "-o", "env")
    with in_terminal("status", "-o", "env", env={"PAYSANDBOX_HOME": str(sandbox.home)}) as terminal:
        shown = terminal.until("export PAYSANDBOX_REGION")
        assert terminal.ended() == 0
    assert "PAYSANDBOX_API_KEY=sk_test_" in piped.stdout
    assert piped.stderr == ""
    assert shown.splitlines()[0].startswith("A secret is shown below.")
