"""`make test-live` uses keys of the environment only. None are here, so its checks are made at the simulator."""

import os
import subprocess
import sys

import pytest

from cli.terminal.failure import Failure
from tests import live, live_stripe
from tests.support.fakes.paypal_server import PaypalServer

KEYS = {live.CLIENT_ID: "an-id", live.CLIENT_SECRET: "a-secret"}


def test_keys_of_the_environment_are_used() -> None:
    credentials = live.live_credentials(KEYS)
    assert (credentials.client_id, credentials.client_secret) == ("an-id", "a-secret")


@pytest.mark.parametrize("missing", KEYS)
def test_both_keys_are_needed_and_never_shown(missing: str) -> None:
    with pytest.raises(Failure) as refused:
        live.live_credentials({**KEYS, missing: ""})
    assert missing in refused.value.message
    assert "an-id" not in f"{refused.value}"
    assert "a-secret" not in f"{refused.value}"


@pytest.mark.full
def test_the_program_ends_without_keys_before_any_request() -> None:
    keys = (*KEYS, live_stripe.KEY)
    environment = {name: value for name, value in os.environ.items() if name not in keys}
    done = subprocess.run(
        [sys.executable, "-m", "tests.live"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")
    paypal, stripe, ach = done.stdout.splitlines()
    assert paypal.startswith(f"paypal: not run: {live.CLIENT_ID} is not set.")
    assert stripe.startswith(f"stripe: not run: {live_stripe.KEY} is not set to a test key.")
    assert ach == f"ach: not run: {live.NO_SANDBOX}."


@pytest.mark.parametrize("check", [*live.CHECKS, *live.PAYING], ids=lambda check: check.__name__)
def test_each_check_agrees_with_the_simulator(paypal: PaypalServer, check: live.Check) -> None:
    live._begin(paypal_credentials(paypal))
    assert check() is None


def paypal_credentials(paypal: PaypalServer) -> live.Credentials:
    given = paypal.api.account
    return live.live_credentials({live.CLIENT_ID: given.client_id, live.CLIENT_SECRET: given.client_secret})
