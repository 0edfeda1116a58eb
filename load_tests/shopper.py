"""A user of the API under load: sends as an integrator should, remembers what came of it, looks again at the end."""

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
from load_tests.evidence import WITNESS, Answer
from load_tests.guard import refusal
from load_tests.options import options_of
from load_tests.shapes import IN_FLIGHT_MAX, Closed, Open, Shape
from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_PAYMENT, REFUND_PAYMENT, VOID_PAYMENT
from paysandbox.payments.test_cards import TEST_CARDS

CARD: Final = "4242424242424242"
APPROVING: Final = tuple(card.number for card in TEST_CARDS.values() if card.simulated and card.reason is None)

SENDERS_MAX: Final = 8
"""Requests that one visit has under way at most."""
ASK_AGAIN: Final = frozenset({0, 429, 502, 503, 504})
ATTEMPTS: Final = 3
BACKOFF_S: Final = 0.2
DRAIN_S: Final = 100.0

_numbers: Final = count()


@dataclass(slots=True)
class Meant:
    """A payment, and its expected state at the end of its visit."""

    auth_id: str
    captured: int = 0
    refunded: int = 0


class Shopper(FastHttpUser):
    """What all scenarios share. A scenario says what one visit does."""

    abstract = True
    scenario: ClassVar[str]
    hot_merchant: ClassVar[bool] = False

    insecure = False  # an API key goes with every request
    connection_timeout = 10.0
    network_timeout = 35.0  # the gateway gives up on a function after 29 s
    # As many as its visits can have under way: to wait here for a connection would be coordinated omission again.
    concurrency = IN_FLIGHT_MAX * SENDERS_MAX

    def __init__(self, environment: Environment) -> None:
        options = options_of(environment)
        keys = options.api_keys
        self.default_headers = {API_KEY_HEADER: keys[0] if self.hot_merchant else keys[next(_numbers) % len(keys)]}
        super().__init__(environment)
        self.seen = WITNESS.of(self.scenario)
        self.done: list[Meant] = []
        self.in_flight = Group()
        self.shape: Shape = Closed()
        if options.shape == "open":
            self.shape = Open(options.users / options.rate, self.in_flight)

    def on_start(self) -> None:
        """Stop the user if the host may not be tested, since the web page can change it after the start."""
        options = options_of(self.environment)
        if refusal(self.host, environment=options.environment, paid_for=options.paid_for) is not None:
            raise StopUser

    def wait_time(self) -> float:
        """Locust's name for the time between two tasks."""
        return self.shape.pause_s()

    @task
    def arrive(self) -> None:
        """One arrival, as the shape has it."""
        if not self.shape.arrive(self.visit):
            self._report_not_sent()

    def visit(self, due: float | None) -> None:
        """What a payer does; a scenario's own."""
        raise NotImplementedError

    def on_stop(self) -> None:
        """Let what is under way end, then read a part of the payments again and hold them against what was meant."""
        self.in_flight.join(timeout=DRAIN_S)
        self.in_flight.kill()
        limit = options_of(self.environment).read_back
        for meant in random.sample(self.done, min(limit, len(self.done))):
            self._read_back(meant)

    # Money requests

    def authorize(
        self, amount: int, *, card: str = CARD, key: str | None = None, due: float | None = None, **more: Any
    ) -> dict[str, Any] | None:
        """Ask for an approved authorization, and one time in ten ask again, as if the answer had been lost."""
        key = key or new_key()
        body = authorization(amount, card, **more)
        expect = {"status": "approved", "amount": amount}
        return self.once(AUTHORIZE_PAYMENT, body, key=key, expect=expect, due=due, again=random.random() < 0.1)

    def capture(self, auth_id: str, amount: int) -> dict[str, Any] | None:
        """Capture an amount."""
        return self.once(CAPTURE_PAYMENT, {"auth_id": auth_id, "amount": amount}, expect={"amount": amount})

    def void(self, auth_id: str, amount: int) -> dict[str, Any] | None:
        """Give back what was held, which is this amount."""
        return self.once(VOID_PAYMENT, {"auth_id": auth_id}, expect={"amount": amount})

    def refund(self, transaction_id: str, amount: int) -> dict[str, Any] | None:
        """Give back an amount of a capture."""
        body = {"transaction_id": transaction_id, "amount": amount}
        return self.once(REFUND_PAYMENT, body, expect={"amount": amount})

    def once(
        self, route: Route, body: Mapping[str, Any], *, expect: Mapping[str, Any], key: str | None = None,
        due: float | None = None, again: bool = False,
    ) -> dict[str, Any] | None:  # fmt: skip
        """The body of the answer to one key, or None where there is none. The key is answered once, then counted."""
        key = key or new_key()
        dues = (due, None) if again else (due,)
        answers = [self.send(route, body, key=key, expect=expect, due=moment) for moment in dues]
        found = [answer for answer in answers if answer is not None]
        self.seen.answered([answer for answer, _ in found])
        return found[0][1] if found else None

    def send(
        self, route: Route, body: Mapping[str, Any], *, key: str, expect: Mapping[str, Any], due: float | None = None
    ) -> tuple[Answer, dict[str, Any]] | None:
        """Send it until it is answered, each attempt under the same key. Attempts that failed are counted as such."""
        for attempt in range(ATTEMPTS):
            if attempt:
                gevent.sleep(BACKOFF_S * 2**attempt * random.random())
            with self._asked(route.method, route.path, route, due, json=body, headers={IDEMPOTENCY_HEADER: key}) as got:
                if got.status_code in ASK_AGAIN:
                    continue
                read = read_object(got)
                differs = {name: read.get(name) for name, value in expect.items() if read.get(name) != value}
                if got.status_code != 200 or differs:
                    got.failure(f"{got.status_code} {read.get('code', '')} {differs or ''}".rstrip())
                    return None
                replayed = (got.headers or {}).get("idempotent-replayed") == "true"
                return Answer(got.content or b"", read["auth_id"], replayed), read
        self.seen.unanswered += 1
        return None

    def look(self, route: Route, query: str, name: str) -> None:
        """Read something, for the load that it is."""
        with self._asked(route.method, f"{route.path}?{query}", route, None) as got:
            if got.status_code != 200:
                got.failure(f"{name}: {got.status_code}")

    @contextmanager
    def _asked(self, method: str, path: str, route: Route, due: float | None, **how: Any) -> Iterator[Any]:
        late_s = 0.0 if due is None else max(0.0, time.perf_counter() - due)
        named = f"{self.scenario} {route.name}"
        with self.client.request(method, path, name=named, catch_response=True, **how) as got:
            got.request_meta["response_time"] += late_s * 1000
            yield got

    def _read_back(self, meant: Meant) -> None:
        path = GET_PAYMENT.path.replace("{transaction_id}", meant.auth_id)
        for _ in range(ATTEMPTS):
            # Without a `with`, so that it is in no statistics: the load is over.
            got = self.client.get(path, catch_response=True)
            if got.status_code == 200:
                is_now = read_object(got)
                self.seen.looked_at(
                    captured=is_now["captured"],
                    refunded=is_now["refunded"],
                    meant_captured=meant.captured,
                    meant_refunded=meant.refunded,
                )
                return
            gevent.sleep(BACKOFF_S)
        self.seen.unread += 1

    def _report_not_sent(self) -> None:
        self.environment.events.request.fire(
            request_type=AUTHORIZE_PAYMENT.method,
            name=f"{self.scenario} {AUTHORIZE_PAYMENT.name}",
            response_time=None,
            response_length=0,
            exception=RuntimeError(f"not sent: {IN_FLIGHT_MAX} visits of this user are under way"),
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
    """Return the JSON object of an answer, or an empty one if there is none."""
    try:
        read = got.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
