"""`make test-live` needs a key of the environment. None is here, so its checks are made at the sandbox's own /v1."""

import pytest

from cli.terminal.failure import Failure
from tests import live, live_stripe
from tests.support.fakes.stripe_platform import StripePlatform
from tests.support.worlds import tables


@pytest.mark.parametrize("given", [{}, {live_stripe.KEY: ""}, {live_stripe.KEY: "sk_live_a-secret"}])
def test_a_test_key_is_needed_and_never_shown(given: dict[str, str]) -> None:
    with pytest.raises(Failure) as refused:
        live_stripe.live_key(given)
    assert live_stripe.KEY in refused.value.message
    assert "a-secret" not in f"{refused.value}"


@pytest.mark.parametrize("check", [*live_stripe.CHECKS, *live_stripe.PAYING], ids=lambda check: check.__name__)
def test_each_check_agrees_with_the_sandbox(
    platform: StripePlatform,
    check: live.Check,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(live_stripe.ACCOUNT, platform.account())
    try:
        assert live.run("stripe", [check], lambda: live_stripe.begin(tables.STRIPE_KEY)) == 0
    finally:
        tables.put_stripe_secrets()
    assert f"stripe: {check.__name__}: as expected" in capsys.readouterr().out.splitlines()
