"""`make test-stripe` makes its calls with a test key only. Nobody's key is here, so Stripe itself is not asked."""

import os
import subprocess
import sys

import pytest

from cli.terminal.failure import Failure
from integrations.at_stripe import VARIABLE, stripe_test_key


def test_a_test_key_is_used() -> None:
    assert stripe_test_key({VARIABLE: "sk_test_51abcdefgh"}) == "sk_test_51abcdefgh"


@pytest.mark.parametrize("key", ["", *(f"{kind}_51abcdefgh" for kind in ("sk_live", "rk_live", "pk_test", "rk_test"))])
def test_any_other_key_is_refused_and_never_shown(key: str) -> None:
    with pytest.raises(Failure) as refused:
        stripe_test_key({VARIABLE: key} if key else {})
    assert "51abcdefgh" not in f"{refused.value.message} {refused.value}"


def test_the_program_ends_without_a_key_before_any_call() -> None:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", "integrations.at_stripe"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{VARIABLE} is not set." in done.stderr
