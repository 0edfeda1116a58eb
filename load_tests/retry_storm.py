"""A retry storm: all clients time out at once and send the same idempotency key concurrently."""

import random
from collections.abc import Mapping
from typing import Any

from gevent.pool import Group

from load_tests.checkout import PRICES
from load_tests.shopper import CARD, SENDERS_MAX, ExpectedPayment, Shopper, authorization, new_key
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT


class RetryStorm(Shopper):
    """Sends an authorization and its capture eight times at once each, and expects one effect and one response."""

    abstract = False
    scenario = "retry_storm"

    def visit(self, due: float | None) -> None:
        """Run two storms in sequence."""
        amount = random.choice(PRICES)
        expect = {"status": "approved", "amount": amount}
        payment = self._storm(AUTHORIZE_PAYMENT, authorization(amount, CARD), expect, due)
        if payment is None:
            return
        body = {"auth_id": payment["auth_id"], "amount": amount}
        if self._storm(CAPTURE_PAYMENT, body, {"amount": amount}, None) is not None:
            self.done.append(ExpectedPayment(payment["auth_id"], captured=amount))

    def _storm(
        self, route: Route, body: Mapping[str, Any], expect: Mapping[str, Any], due: float | None
    ) -> dict[str, Any] | None:
        key, senders = new_key(), Group()
        sent = [senders.spawn(self.send, route, body, key=key, expect=expect, due=due) for _ in range(SENDERS_MAX)]
        try:
            senders.join()
        finally:
            senders.kill()  # if the user is stopped in the meantime
        found = [one.value for one in sent if isinstance(one.value, tuple)]
        self.evidence.add_responses([response for response, _ in found])
        return found[0][1] if found else None
