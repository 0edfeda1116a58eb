"""pytest-paysandbox in an environment of its own, with a real sandbox: one that runs, and one that it starts."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.state.image import FOLDER_VARIABLE
from tests.e2e.conftest import IMAGES, PROGRAM, START_S, Sandbox
from tests.support.tools.ports import free_port
from tests.support.tools.python_package import empty_environment

TESTS = """
import json
import sys
import urllib.request


def pay(api, amount):
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030}
    headers = {"X-Api-Key": api.api_key, "X-Idempotency-Key": "order-1", "Content-Type": "application/json"}
    body = json.dumps({"amount": amount, "currency": "USD", "card": card}).encode()
    request = urllib.request.Request(f"{api.base_url}/payments/authorize", body, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def test_each_test_has_its_own_merchant(paysandbox_api, paysandbox_merchants):
    for api in (paysandbox_api, paysandbox_merchants()):
        assert pay(api, 1250)["status"] == "approved"  # the idempotency key is free


def test_a_hold_expires(paysandbox_api, paysandbox_clock):
    payment = pay(paysandbox_api, 1250)
    authorized = paysandbox_api.wait_for_event("payment_authorized", transaction_id=payment["auth_id"])
    assert authorized["data"]["amount"] == 1250
    paysandbox_clock.advance(days=8)
    paysandbox_api.wait_for_event("payment_expired", transaction_id=payment["auth_id"])


def test_nothing_was_captured(paysandbox_api):
    pay(paysandbox_api, 1250)
    paysandbox_api.wait_for_event("payment_authorized")
    paysandbox_api.wait_for_event("payment_captured", timeout_s=0)


def test_nothing_else_of_the_sandbox_is_installed():
    assert not {"cli", "paysandbox", "boto3"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the Python of an environment with pytest and the package."""
    return empty_environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def run_tests(environment: Path, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs the tests in a project and returns the output, with only the program on the PATH."""
    (tmp_path / "test_shop.py").write_text(TESTS)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "paysandbox").symlink_to(PROGRAM)

    def run(*words: str, **env: str) -> str:
        path = os.pathsep.join([str(tmp_path / "bin"), os.defpath])
        done = subprocess.run(
            [environment, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", *words, tmp_path],
            cwd=tmp_path,
            env={"PATH": path, FOLDER_VARIABLE: str(IMAGES)} | env,
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        return done.stdout + done.stderr

    return run


@pytest.mark.full
def test_the_running_sandbox_is_found_by_the_program(sandbox: Sandbox, run_tests: Callable[..., str]) -> None:
    printed = run_tests(PAYSANDBOX_HOME=str(sandbox.home))

    assert "1 failed, 3 passed" in printed, printed
    assert "No payment_captured event was published within 0 s. The events of merchant test-" in printed
    assert "payment_authorized  auth_" in printed
    clock = sandbox.json("clock", "show")
    assert clock["offset_s"] == 0
    names = [key["merchant"] for key in sandbox.json("keys", "list")["data"]]  # an operator has no merchant
    assert [name for name in names if re.fullmatch("test-[a-z2-7]{12}", name or "")] == [], "all keys are revoked"


@pytest.mark.full
def test_the_sandbox_is_started_if_none_is_running(run_tests: Callable[..., str], tmp_path: Path) -> None:
    own = Sandbox(tmp_path / "home", free_port())
    try:
        env = {"PAYSANDBOX_HOME": str(own.home), "PAYSANDBOX_PORT": str(own.port)}
        printed = run_tests("-k", "own_merchant", **env)
        assert "1 passed" in printed, printed
        assert own.json("status")["base_url"] == own.base_url, "it is left running for the next run"
    finally:
        own.run("down", check=False)
