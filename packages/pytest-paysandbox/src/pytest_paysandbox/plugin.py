"""The fixtures. pytest loads this module wherever the package is installed; it does nothing until a test uses one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from paysandbox_client import RequestError

from pytest_paysandbox.clock import PaysandboxClock
from pytest_paysandbox.credential import random_text
from pytest_paysandbox.engine import PaysandboxEngine
from pytest_paysandbox.merchant import PaysandboxApi
from pytest_paysandbox.sandbox import SandboxError, find_or_start
from pytest_paysandbox.stripe_redirect import StripeRedirect, redirect_stripe


@pytest.fixture(scope="session")
def paysandbox_engine(tmp_path_factory: pytest.TempPathFactory) -> PaysandboxEngine:
    """The running sandbox. Found by PAYSANDBOX_BASE_URL or the program `paysandbox`, which starts it if need be."""
    # Of several workers of pytest-xdist, one starts it. They have one folder above their own.
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    lock_file = tmp_path_factory.getbasetemp().parent / "paysandbox.lock" if is_worker else None
    try:
        return find_or_start(lock_file)
    except SandboxError as error:
        pytest.fail(str(error), pytrace=False)
    except RequestError as error:
        pytest.fail(f"{error} Start the sandbox with `paysandbox up`, then run the tests again.", pytrace=False)


@pytest.fixture
def paysandbox_merchants(paysandbox_engine: PaysandboxEngine) -> Iterator[Callable[[], PaysandboxApi]]:
    """A function that creates a merchant. The merchants' keys are revoked when the test ends."""
    key_ids: list[str] = []

    def create() -> PaysandboxApi:
        # Random, so that parallel workers and later runs never share a merchant.
        api, key_id = paysandbox_engine.create(f"test-{random_text(12)}")
        key_ids.append(key_id)
        return api

    yield create
    for key_id in key_ids:
        paysandbox_engine.revoke(key_id)


@pytest.fixture
def paysandbox_api(paysandbox_merchants: Callable[[], PaysandboxApi]) -> PaysandboxApi:
    """A merchant of this test only: payments, idempotency keys and lists of other tests are not visible to it."""
    return paysandbox_merchants()


@pytest.fixture
def paysandbox_clock(paysandbox_engine: PaysandboxEngine) -> Iterator[PaysandboxClock]:
    """The sandbox's clock. It is reset when the test ends. Run tests that advance it one at a time."""
    operator_key, key_id = paysandbox_engine.create_operator_key()
    clock = PaysandboxClock(paysandbox_engine.base_url, operator_key)
    try:
        yield clock
        if clock.is_ahead:
            clock.reset()
    finally:
        paysandbox_engine.revoke_operator_key(key_id)


@pytest.fixture
def paysandbox_stripe_redirect(
    request: pytest.FixtureRequest, paysandbox_engine: PaysandboxEngine
) -> Iterator[StripeRedirect]:
    """Stripe's hosts, fulfilled from the sandbox in the `context` of pytest-playwright. The requests are printed."""
    try:
        context = request.getfixturevalue("context")
    except pytest.FixtureLookupError:
        pytest.fail(
            "paysandbox_stripe_redirect needs the fixture `context` of pytest-playwright. For a context of your own, "
            "call pytest_paysandbox.redirect_stripe(context, paysandbox_engine.base_url).",
            pytrace=False,
        )
    redirect = redirect_stripe(context, paysandbox_engine.base_url)
    yield redirect
    print(redirect)  # noqa: T201 - pytest shows it with a failed test
