"""Any sequence of requests, through the real handlers on a real table, against a model of a payment on one page.

After every step: the answer is the model's, or the first one byte for byte; counters equal the fold over operations;
postings balance; 0 ≤ refunded ≤ captured ≤ authorized, per capture and in total.
"""

import json
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from paysandbox.http.route import Route
from paysandbox.payments.audit_scan import TableAudit
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import MAX_INCREMENTS, state_of
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    INCREMENT_PAYMENT,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, INSUFFICIENT_FUNDS, MICROSECOND, MONDAY, VALIDITY, VISA
from tests.support.builders.payment_scenario import check
from tests.support.clients.call import Merchant, Reply
from tests.support.tools.tiers import seeds
from tests.support.worlds import tables

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

# --- the model --------------------------------------------------------------------------------------------------------


@dataclass
class Model:
    """The simplest definition of a payment. Every method returns an amount, or the error code."""

    owner: str
    authorized: int
    declined: bool
    ends: datetime
    left: int = 0
    voided: bool = False
    increments: int = 0
    captured: dict[str, int] = field(default_factory=dict[str, int])
    refunded: dict[str, int] = field(default_factory=dict[str, int])

    def capture(self, name: str, amount: int | None, *, final: bool, now: datetime) -> int | str:
        taken = self.left if amount is None else amount
        refusal = self.closed(now) or ("capture_exceeds_authorized" if taken > self.left else None)
        if refusal:
            return refusal
        self.captured[name], self.refunded[name] = taken, 0
        self.left = 0 if final else self.left - taken
        return taken

    def increment(self, amount: int, now: datetime) -> int | str:
        refusal = self.closed(now) or ("partially_captured" if self.captured else None)
        refusal = refusal or ("too_many_increments" if self.increments == MAX_INCREMENTS else None)
        if refusal:
            return refusal
        self.increments += 1
        self.left += amount
        self.authorized += amount
        return amount

    def void(self, now: datetime) -> int | str:
        refusal = self.closed(now)
        if refusal:
            return refusal
        given_back, self.left, self.voided = self.left, 0, True
        return given_back

    def closed(self, now: datetime) -> str | None:
        if self.declined:
            return "payment_declined"
        if self.left == 0:
            return "already_voided" if self.voided else "already_captured"
        return "authorization_expired" if now >= self.ends else None

    def refund(self, name: str | None, amount: int | None) -> int | str:
        if name is None:
            if len(self.captured) != 1:
                return "capture_ambiguous" if self.captured else "not_captured"
            (name,) = self.captured
        if name not in self.captured:
            return "resource_not_found"
        rest = self.captured[name] - self.refunded[name]
        given_back = rest if amount is None else amount
        if rest == 0 or given_back > rest:
            return "refund_exceeds_captured" if rest else "already_refunded"
        self.refunded[name] += given_back
        return given_back


# --- the machine ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """A request that can be sent again."""

    route: Route
    merchant: str
    key: str
    body: dict[str, Any]


@dataclass
class Bound:
    """The binding of a key since `at`: this body, and (after a success) this answer about that payment."""

    at: datetime
    body: str
    answer: str | None = None
    payment_id: str = ""


# Weighted for payments with long lives and requests that mostly take effect.
whats = st.sampled_from(
    ["capture"] * 4
    + ["refund by capture"] * 3
    + ["refund by authorization"] * 2
    + ["authorize"] * 3
    + ["repeat"] * 4
    + ["wait"] * 2
    + ["again tomorrow"]
    + ["increment"] * 2
    + ["void"]
)
amounts = st.sampled_from([1, 2, 3, 5, 8, 13, 3, 5, 2, None])
few = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8])
"""The index among the existing ones, newest first."""
rarely = st.sampled_from([False] * 7 + [True])
strangers = st.sampled_from([False] * 11 + [True])
"""Whether the caller is another merchant than the payment's own."""
# A fresh key in most cases; otherwise one that may be bound.
keys = st.sampled_from([None] * 7 + ["k1", "k2"])
times = st.sampled_from([HOUR] * 8 + [MICROSECOND, 23 * HOUR, DAY - MICROSECOND, DAY, DAY, 2 * DAY, VALIDITY])
UNKNOWN = build.PAYMENT_ID


class Payments(RuleBasedStateMachine):
    """Requests of two merchants to one sandbox, over days."""

    def __init__(self) -> None:
        super().__init__()
        self.world = ExitStack()
        self.ledger = self.world.enter_context(tables.sandbox())
        self.now = MONDAY
        self.models: dict[str, Model] = {}
        self.sent: list[Request] = []
        self.done: list[Request] = []
        self.bound: dict[tuple[str, str, str], Bound] = {}
        self.seen: dict[str, Any] = {}
        self.ledger.client.meta.events.register("after-call.dynamodb", self.see, unique_id="see")
        self.world.callback(self.ledger.client.meta.events.unregister, "after-call.dynamodb", unique_id="see")

    def see(self, parsed: dict[str, Any], **_: Any) -> None:
        """Keep the table's item from a write or a refusal, so that a step need not read it again."""
        item = parsed.get("Attributes") or parsed.get("Item")
        if item and "operations" in item:
            self.seen[item["transaction_id"]["S"]] = item

    def teardown(self) -> None:
        with self.world:
            items = tables.items(self.ledger)
            payments = {id_: item for id_, item in items.items() if "operations" in item}
            assert set(payments) == set(self.models)  # no unexpected payments were made
            for payment_id, item in payments.items():
                self.compare(payment_id, item)

    # --- merchants' requests ------------------------------------------------------------------------------------------

    @initialize(automatic=st.booleans())
    def the_first(self, automatic: bool) -> None:
        self.authorize("demo", None, 20, VISA, automatic=automatic)

    @rule(what=whats, of=few, key=keys, amount=amounts, rare=rarely, stranger=strangers, passed=times)
    def step(
        self,
        what: str,
        of: int,
        key: str | None,
        amount: int | None,
        rare: bool,
        stranger: bool,
        passed: timedelta,
    ) -> None:
        """One rule: with several, Hypothesis leaves some out of each run, and a run without captures shows little."""
        captured = {payment_id: model for payment_id, model in self.models.items() if model.captured}
        captures = {capture_id: model for model in captured.values() for capture_id in model.captured}
        holding = {payment_id: model for payment_id, model in self.models.items() if model.left and of != 8}
        match what:
            case "authorize":
                number = INSUFFICIENT_FUNDS if rare else VISA
                self.authorize("globex" if of == 1 else "demo", key, 12 + (amount or 0), number, automatic=of == 2)
            case "capture":
                named, merchant = self.target(holding or self.models, of, stranger)
                self.send(CAPTURE_PAYMENT, merchant, key, build.capture_body(named, **given(amount), **final(rare)))
            case "increment":
                named, merchant = self.target(holding or self.models, of, stranger)
                self.send(INCREMENT_PAYMENT, merchant, key, build.increment_body(named, amount or 1))
            case "void":
                named, merchant = self.target(self.models, of, stranger)
                self.send(VOID_PAYMENT, merchant, key, build.void_body(named))
            case "refund by authorization":
                named, merchant = self.target(captured or self.models, of, stranger)
                self.send(REFUND_PAYMENT, merchant, key, build.refund_body(named, **given(amount)))
            case "refund by capture":
                named, merchant = self.target(captures or self.models, of, stranger)
                self.send(REFUND_PAYMENT, merchant, key, build.refund_body(named, **given(amount)))
            case "repeat":
                self.repeat(self.done[-1 - of % len(self.done)] if of else self.sent[-1], spoiled=rare)
            case "again tomorrow":
                self.now += DAY
                for _ in range(2):
                    self.repeat(self.done[-1 - of % len(self.done)], spoiled=False)
            case _:
                self.now += passed

    def authorize(self, merchant: str, key: str | None, amount: int, number: str, *, automatic: bool) -> None:
        method = {"capture_method": "automatic"} if automatic else {}
        body = build.authorize_body(amount=amount, card=build.card_details(number=number), **method)
        self.send(AUTHORIZE_PAYMENT, merchant, key, body)

    def repeat(self, request: Request, *, spoiled: bool) -> None:
        """Send an earlier request again: unchanged, or a different one under its key."""
        body = dict(reversed(request.body.items()))  # key order does not matter
        if spoiled:
            body |= {"reference": "another"} if request.route is AUTHORIZE_PAYMENT else {"currency": "EUR"}
            if request.route is VOID_PAYMENT:
                body = build.void_body(UNKNOWN)
        self.send(request.route, request.merchant, request.key, body)

    def target(self, known: dict[str, Model], of: int, stranger: bool) -> tuple[str, str]:
        """Return an id, newest first, and the merchant that asks about it."""
        named, model = [*known.items()][-1 - of % len(known)]
        if not stranger:
            return named, model.owner
        return (UNKNOWN, model.owner) if of % 2 else (named, "demo" if model.owner == "globex" else "globex")

    # --- expected results ---------------------------------------------------------------------------------------------

    def send(self, route: Route, merchant: str, key: str | None, body: dict[str, Any]) -> None:
        request = Request(route, merchant, key or f"fresh-{len(self.sent)}", body)
        self.sent.append(request)
        place = (merchant, route.name, request.key)
        text = json.dumps(body, sort_keys=True)
        bound = self.bound.get(place)
        if bound is None or self.now - bound.at >= DAY:
            bound = self.bound[place] = Bound(self.now, text)
        reply = Merchant(merchant).at(self.now).post(route, body, request.key)

        if bound.body != text:
            assert reply.says == "idempotency_key_reused"
        elif bound.answer is not None:
            assert (reply.text, reply.replayed) == (bound.answer, True)
        else:
            assert not reply.replayed
            self.judge(request, reply, bound)
        for payment_id in set(self.seen) & set(self.models):
            self.compare(payment_id, self.seen.pop(payment_id))

    def judge(self, request: Request, reply: Reply, bound: Bound) -> None:
        """Check a request that succeeds or is refused for the first time."""
        if request.route is AUTHORIZE_PAYMENT:
            bound.payment_id = self.authorized(request, reply)
            bound.answer = reply.text
            self.done.append(request)
            return
        named = request.body.get("auth_id") or request.body["transaction_id"]
        payment_id = next((id_ for id_, known in self.models.items() if named in (id_, *known.captured)), None)
        model = self.models[payment_id] if payment_id is not None else None
        if model is None or model.owner != request.merchant:
            expected: int | str = "resource_not_found"
        elif request.body.get("currency") == "EUR":
            expected = "currency_mismatch"
        else:
            expected = self.operated(request, reply, model, named)
        if isinstance(expected, str):
            assert reply.says == expected
            return
        assert (reply.status, reply.json["status"], reply.json["amount"]) == (200, "completed", expected)
        bound.answer, bound.payment_id = reply.text, payment_id or ""
        self.done.append(request)

    def authorized(self, request: Request, reply: Reply) -> str:
        declined = request.body["card"]["number"] == INSUFFICIENT_FUNDS
        assert reply.says == ("declined" if declined else "approved")
        payment_id = reply.json["auth_id"]
        assert payment_id not in self.models
        amount = request.body["amount"]
        model = Model(request.merchant, amount, declined, self.now + VALIDITY, left=0 if declined else amount)
        for capture in reply.json.get("captures", []):
            assert model.capture(capture["transaction_id"], None, final=False, now=self.now) == capture["amount"]
        self.models[payment_id] = model
        return payment_id

    def operated(self, request: Request, reply: Reply, model: Model, named: str) -> int | str:
        amount = request.body.get("amount")
        if request.route is VOID_PAYMENT:
            return model.void(self.now)
        if request.route is INCREMENT_PAYMENT:
            return model.increment(request.body["amount"], self.now)
        if request.route is CAPTURE_PAYMENT:
            name = reply.json.get("transaction_id", "")
            return model.capture(name, amount, final=request.body.get("final", False), now=self.now)
        return model.refund(named if named.startswith("cap_") else None, amount)

    def compare(self, payment_id: str, item: dict[str, Any]) -> None:
        """Check that the payment in the table is sound and matches the model."""
        payment, model = payment_from(item), self.models[payment_id]
        check(payment)
        audit = TableAudit()
        audit.take(item)
        assert audit.close() == []
        state = state_of(payment)
        assert (state.authorized, state.remaining) == (model.authorized, model.left)
        assert {name: taken.amount for name, taken in state.captures.items()} == model.captured
        assert {name: taken.refunded for name, taken in state.captures.items()} == model.refunded


def given(amount: int | None) -> dict[str, int]:
    return {} if amount is None else {"amount": amount}


def final(asked: bool) -> dict[str, bool]:
    return {"final": True} if asked else {}


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FRESH_EXAMPLES = 10
"""After this many, Hypothesis mutates earlier examples: at 10 ms a step, a poor way to cover more."""
SHRINKING_S = 400
"""Hypothesis takes up to five minutes to shrink a failing run; the result is worth the wait."""


@pytest.mark.full
@pytest.mark.timeout(SHRINKING_S)
@pytest.mark.parametrize("first", seeds(4))
def test_any_sequence_of_requests(first: int) -> None:
    """Uses the same runs every time."""
    machine = seed(first)(type(f"Payments{first}", (Payments,), {}))
    run_state_machine_as_test(
        machine, settings=settings(UNHURRIED, max_examples=FRESH_EXAMPLES, stateful_step_count=30)
    )


@pytest.mark.soak
@pytest.mark.parametrize("_", range(40))
def test_any_long_sequence_of_requests(_: int) -> None:
    """Uses different runs every time."""
    afresh = settings(UNHURRIED, max_examples=FRESH_EXAMPLES, stateful_step_count=60, derandomize=False)
    run_state_machine_as_test(Payments, settings=afresh)
