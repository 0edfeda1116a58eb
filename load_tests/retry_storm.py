"""A retry storm: all clients time out at once and send the same idempotency key concurrently."""

import random
from collections.abc import Mapping
from typing import Any

from gevent.pool import Group

from load_tests.checkout import PRICES
from load_tests.shopper import CARD, SENDERS_MAX, Meant, Shopper, authorization, new_key
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT


class RetryStorm(Shopper):
    """An authorization and its capture, each sent eight times at once: one effect, one answer."""

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
            self.done.append(Meant(payment["auth_id"], captured=amount))

    def _storm(
        self, route: Route, body: Mapping[str, Any], expect: Mapping[str, Any], due: float | None
    ) -> dict[str, Any] | None:
        key, senders = new_key(), Group()
        sent = [senders.spawn(self.send, route, body, key=key, expect=expect, due=due) for _ in range(SENDERS_MAX)]
        try:
            senders.join()
        finally:
            senders.kill()  # when the user is stopped meanwhile
        found = [one.value for one in sent if isinstance(one.value, tuple)]
        self.seen.answered([answer for answer, _ in found])
        return found[0][1] if found else None
