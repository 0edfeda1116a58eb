"""A key that Stripe's SDK was let in by is refused within the time that is stated once it is revoked."""

import time

import stripe

from tests.e2e.conftest import RevokedKey, Sandbox
from tests.support.stripe_sdk import sdk_on

# As long as answers of the authorizer are kept: `key_cache_s`.
REVOKED_WITHIN_S = 60


def test_a_revoked_key_is_refused_within_its_time(revoked_key: RevokedKey, sandbox: Sandbox) -> None:
    """It was revoked while other tests began, so that this one waits for little."""
    with sdk_on(sandbox.base_url, revoked_key.text) as known:
        while True:
            asked = time.monotonic() - revoked_key.since
            try:
                known.v1.payment_intents.list()
            except stripe.AuthenticationError:
                return
            assert asked < REVOKED_WITHIN_S
            time.sleep(1)
