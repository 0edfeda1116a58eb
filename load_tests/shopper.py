"""A simulated API user: retries as an integrator should, records the outcomes, and reads payments back at the end."""

import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar, Final

import gevent
from gevent.pool import Group
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from api_reference.openapi import API_KEY_HEADER, IDEMPOTENCY_HEADER
from load_tests.evidence import EVIDENCE, Response
from load_tests.guard import refusal
from load_tests.options import options_of
from load_tests.shapes import IN_FLIGHT_MAX, Closed, Open, Shape
from paysandbox.http.route import Route
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_PAYMENT, REFUND_PAYMENT, VOID_PAYMENT

CARD: Final = "4242424242424242"
APPROVING: Final = tuple(card.number for card in TEST_CARDS.values() if card.outcome is None and card.plan is None)

SENDERS_MAX: Final = 8
"""Maximum number of concurrent requests of one visit."""
RETRYABLE: Final = frozenset({0, 429, 502, 503, 504})
ATTEMPTS: Final = 3
BACKOFF_S: Final = 0.2
DRAIN_S: Final = 100.0

_numbers: Final = count()


@dataclass(slots=True)
class ExpectedPayment:
    """A payment, and its expected state at the end of its visit."""

    auth_id: str
    captured: int = 0
    refunded: int = 0


class Shopper(FastHttpUser):
    """Base class of the scenarios. A scenario defines one visit."""

    abstract = True
    scenario: ClassVar[str]
    hot_merchant: ClassVar[bool] = False

    insecure = False  # every request carries an API key
    connection_timeout = 10.0
    network_timeout = 35.0  # the gateway times out after 29 s
    # As many connections as visits can use at once: waiting for one would be coordinated omission again.
    concurrency = IN_FLIGHT_MAX * SENDERS_MAX

    def __init__(self, environment: Environment) -> None:
        options = options_of(environment)
        keys = options.api_keys
        self.default_headers = {API_KEY_HEADER: keys[0] if self.hot_merchant else keys[next(_numbers) % len(keys)]}
        super().__init__(environment)
        self.evidence = EVIDENCE.of(self.scenario)
        self.done: list[ExpectedPayment] = []
        self.in_flight = Group()
        self.shape: Shape = Closed()
        if options.shape == "open":
            self.shape = Open(options.users / options.rate, self.in_flight)

    def on_start(self) -> None:
        """Stop the user if the host may not be tested: the web page can change the host after the start."""
        options = options_of(self.environment)
        if refusal(self.host, environment=options.environment, paid_for=options.paid_for) is not None:
            raise StopUser

    def wait_time(self) -> float:
        """Return the pause before the next task. The name is Locust's."""
        return self.shape.pause_s()

    @task
    def arrive(self) -> None:
        """Start a visit as the arrival model requires."""
        if not self.shape.arrive(self.visit):
            self._report_not_sent()

    def visit(self, due: float | None) -> None:
        """Perform one visit; defined by each scenario."""
        raise NotImplementedError

    def on_stop(self) -> None:
        """Wait for visits in progress, then read back a sample of the payments and compare their amounts."""
        self.in_flight.join(timeout=DRAIN_S)
        self.in_flight.kill()
        limit = options_of(self.environment).read_back
        for expected in random.sample(self.done, min(limit, len(self.done))):
            self._read_back(expected)

    # Money requests

    def authorize(
        self, amount: int, *, card: str = CARD, key: str | None = None, due: float | None = None, **more: Any
    ) -> dict[str, Any] | None:
        """Make an authorization that is approved; one time in ten send it again, as if the response had been lost."""
        key = key or new_key()
        body = authorization(amount, card, **more)
        expect = {"status": "approved", "amount": amount}
        return self.send_idempotent(
            AUTHORIZE_PAYMENT, body, key=key, expect=expect, due=due, again=random.random() < 0.1
        )

    def capture(self, auth_id: str, amount: int) -> dict[str, Any] | None:
        """Capture an amount."""
        return self.send_idempotent(CAPTURE_PAYMENT, {"auth_id": auth_id, "amount": amount}, expect={"amount": amount})

    def void(self, auth_id: str, amount: int) -> dict[str, Any] | None:
        """Void an authorization of this amount."""
        return self.send_idempotent(VOID_PAYMENT, {"auth_id": auth_id}, expect={"amount": amount})

    def refund(self, transaction_id: str, amount: int) -> dict[str, Any] | None:
        """Refund an amount of a capture."""
        body = {"transaction_id": transaction_id, "amount": amount}
        return self.send_idempotent(REFUND_PAYMENT, body, expect={"amount": amount})

    def send_idempotent(
        self, route: Route, body: Mapping[str, Any], *, expect: Mapping[str, Any], key: str | None = None,
        due: float | None = None, again: bool = False,
    ) -> dict[str, Any] | None:  # fmt: skip
        """Send a request under one key and count its responses. Return the body of the first, or None."""
        key = key or new_key()
        dues = (due, None) if again else (due,)
        responses = [self.send(route, body, key=key, expect=expect, due=moment) for moment in dues]
        found = [response for response in responses if response is not None]
        self.evidence.add_responses([response for response, _ in found])
        return found[0][1] if found else None

    def send(
        self, route: Route, body: Mapping[str, Any], *, key: str, expect: Mapping[str, Any], due: float | None = None
    ) -> tuple[Response, dict[str, Any]] | None:
        """Retry a request under the same key until it gets a response. Each failed attempt counts as a failure."""
        for attempt in range(ATTEMPTS):
            if attempt:
                gevent.sleep(BACKOFF_S * 2**attempt * random.random())
            with self._request(
                route.method, route.path, route, due, json=body, headers={IDEMPOTENCY_HEADER: key}
            ) as got:
                if got.status_code in RETRYABLE:
                    continue
                read = read_object(got)
                differs = {name: read.get(name) for name, value in expect.items() if read.get(name) != value}
                if got.status_code != 200 or differs:
                    got.failure(f"{got.status_code} {read.get('code', '')} {differs or ''}".rstrip())
                    return None
                replayed = (got.headers or {}).get("idempotent-replayed") == "true"
                return Response(got.content or b"", read["auth_id"], replayed), read
        self.evidence.unanswered += 1
        return None

    def read_list(self, route: Route, query: str, name: str) -> None:
        """Send a read request for the load that it causes."""
        with self._request(route.method, f"{route.path}?{query}", route, None) as got:
            if got.status_code != 200:
                got.failure(f"{name}: {got.status_code}")

    @contextmanager
    def _request(self, method: str, path: str, route: Route, due: float | None, **how: Any) -> Iterator[Any]:
        late_s = 0.0 if due is None else max(0.0, time.perf_counter() - due)
        named = f"{self.scenario} {route.name}"
        with self.client.request(method, path, name=named, catch_response=True, **how) as got:
            got.request_meta["response_time"] += late_s * 1000
            yield got

    def _read_back(self, expected: ExpectedPayment) -> None:
        path = GET_PAYMENT.path.replace("{transaction_id}", expected.auth_id)
        for _ in range(ATTEMPTS):
            # Without `with`, Locust does not count the request: the load is over.
            got = self.client.get(path, catch_response=True)
            if got.status_code == 200:
                is_now = read_object(got)
                self.evidence.add_payment(
                    captured=is_now["captured"],
                    refunded=is_now["refunded"],
                    expected_captured=expected.captured,
                    expected_refunded=expected.refunded,
                )
                return
            gevent.sleep(BACKOFF_S)
        self.evidence.unread += 1

    def _report_not_sent(self) -> None:
        self.environment.events.request.fire(
            request_type=AUTHORIZE_PAYMENT.method,
            name=f"{self.scenario} {AUTHORIZE_PAYMENT.name}",
            response_time=None,
            response_length=0,
            exception=RuntimeError(f"not sent: {IN_FLIGHT_MAX} visits of this user are in progress"),
            context={},
        )


def new_key() -> str:
    """Return a new idempotency key."""
    return str(uuid.uuid4())


def authorization(amount: int, card: str = CARD, **more: Any) -> dict[str, Any]:
    """Return the body of an authorization."""
    expiry = {"exp_month": 12, "exp_year": time.gmtime().tm_year + 3}
    return {"amount": amount, "currency": "USD", "card": {"number": card, **expiry}, **more}


def read_object(got: Any) -> dict[str, Any]:
    """Return the JSON object in a response, or an empty one if there is none."""
    try:
        read = got.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
