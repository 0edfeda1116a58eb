"""`paysandbox status` and the results of a start: exports for a shell or a screen, and the probe's payment."""

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.terminal import in_terminal


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
