"""Each AWS call of each handler fails, before and after it takes effect; then the client retries.

However a request fails, a retry (another request with the same idempotency key) must find one effect or make it:
never two, never none, never a stuck key. The ledger and the answer to the caller must match those of a run without
faults, up to ids and times.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from api_reference.routes import ROUTES
from paysandbox.aws import backoff, environment_item
from paysandbox.aws.resources import DELIVERY_QUEUE
from paysandbox.aws.schema import TTL_ATTRIBUTE
from paysandbox.disbursements.routes import RECEIVE_PAYPAL_EVENT
from paysandbox.http.html import HTML
from paysandbox.http.route import Api
from paysandbox.inbox.routes import RECEIVE_WEBHOOK
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION, ROUTES as STRIPE_ROUTES
from tests.support.builders.scenario import READS, Scenario
from tests.support.builders.scenarios import EVERY_SCENARIO, first_of
from tests.support.clients.call import Merchant, Reply
from tests.support.clients.stripe_call import StripeReply
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import first_of_each, soak_but
from tests.support.worlds import table_snapshot, tables, webhook_records
from tests.support.worlds.aws_transport import Deliver, Killed, Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    EVERY_ANSWER_LOST,
    FAILING,
    KILLED_AFTER,
    KILLED_BEFORE,
    THROTTLED,
    Failure,
    Trouble,
    failures,
)
from tests.support.worlds.handlers import Clock

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

FAULT_PROBABILITY = 0.3

ANSWERED = 200
"""The result of a run without faults."""

MAX_ROUNDS = 100


# How the faulted request ends: with a status, or with a dead process and no answer.
FIRST: Mapping[Trouble, type[Killed] | int] = {
    CONNECTION_GONE: ANSWERED,
    ANSWER_LOST: ANSWERED,
    EVERY_ANSWER_LOST: 503,
    THROTTLED: 503,
    FAILING: 503,
    KILLED_BEFORE: Killed,
    KILLED_AFTER: Killed,
}


# What leaves an effect that a route's own code may not expect: of the killed request, or of its own first attempt.
UNNOTICED = (KILLED_AFTER, ANSWER_LOST)
# These end in the code that all routes of a kind share.
OTHERS = tuple(trouble for trouble in FIRST if trouble not in UNNOTICED)

AT_A_READ = {CONNECTION_GONE, EVERY_ANSWER_LOST, KILLED_AFTER}
"""One way to be retried, to be given up and to be killed: it does not matter whether a read took place."""

# An inbox counts what it receives: a webhook that is sent again is another one (tests/inbox/handlers). A payer who
# sends a form again tries again (tests/stripe_api/handlers/checkout/test_checkout_races.py).
_WITHOUT_KEY = (RECEIVE_WEBHOOK, PAY_CHECKOUT_SESSION)
# An expired code has no effect that a retry could repeat.
_WITHOUT_EFFECT = ("create_oauth_token: an expired code",)
CALLING = [
    scenario
    for scenario in EVERY_SCENARIO
    if scenario.calls and scenario.route not in _WITHOUT_KEY and str(scenario) not in _WITHOUT_EFFECT
]
FIRST_OF_SEQUENCE = first_of_each(CALLING, by=lambda scenario: scenario.sequence)
IDEMPOTENT = [scenario for scenario in CALLING if scenario.route.idempotency]


def kind(scenario: Scenario) -> tuple[str, bool]:
    """Return the feature, and whether the route writes what a key repeats."""
    return scenario.route.group, scenario.route.idempotency is not None


@pytest.fixture(autouse=True)
def waits_are_over_at_once() -> Iterator[None]:
    """Whoever waits until nobody has what was read before finds that it was forgotten."""
    with patch.object(backoff, "time", SimpleNamespace(sleep=lambda _: environment_item.forget())):
        yield


@pytest.mark.parametrize(
    "scenario",
    soak_but(CALLING, keep=FIRST_OF_SEQUENCE, fast=first_of_each(CALLING, by=kind)),
    ids=str,
)
def test_retries_after_an_unnoticed_effect_take_effect_once(
    scenario: Scenario, demo: Merchant, clock: Clock, wire: Wire
) -> None:
    """One scenario of each sequence of calls, and of each route that writes. test_calls.py compares the sequences."""
    _retry_after_each_failure(scenario, UNNOTICED, demo, clock, wire)


@pytest.mark.full
@pytest.mark.parametrize("scenario", soak_but(CALLING, keep=first_of_each(CALLING, by=kind)), ids=str)
def test_retries_after_any_other_failure_take_effect_once(
    scenario: Scenario, demo: Merchant, clock: Clock, wire: Wire
) -> None:
    """One scenario of each kind."""
    _retry_after_each_failure(scenario, OTHERS, demo, clock, wire)


def _retry_after_each_failure(
    scenario: Scenario, troubles: Sequence[Trouble], demo: Merchant, clock: Clock, wire: Wire
) -> None:
    parts = scenario.given(demo, clock)
    before = table_snapshot.take()
    tables.forget(clients=False)  # so that reading the pepper is among the calls
    with wire.record() as recorded:
        faultless = scenario.ask(parts)
    assert (faultless.status, faultless.replayed) == (scenario.status, scenario.replayed)
    expected = _story()
    if scenario.route.may_use(DELIVERY_QUEUE):
        assert any(webhook_records.queued().values())

    operations = [sent.operation for sent in recorded if sent.attempt == 0]
    for failure in failures(recorded, *troubles):
        if failure.operation in READS and failure.trouble not in AT_A_READ:
            continue
        if _leaves_the_same(failure, operations):
            continue
        trouble = failure.trouble
        table_snapshot.put_back(before)
        tables.forget(clients=False)
        with failure.happening(wire) as sent:
            first = _try(scenario, parts)
        tries = sum(1 for one in sent if one.call == failure.call)
        assert tries == 1 if FIRST[trouble] is Killed else tries >= 2, failure
        if first is not None:
            assert first.status == (scenario.status if FIRST[trouble] == ANSWERED else FIRST[trouble]), failure
            _check_first(first, scenario, str(failure))
        is_gone = _deletes_once(scenario) and _story() == expected
        retry = scenario.ask(parts)
        if is_gone:
            assert _says_that_it_is_gone(retry), failure
        else:
            assert retry.status == scenario.status, failure
            assert _without_ids(retry.text) == _without_ids(faultless.text), failure
        if first is not None and first.status == scenario.status and scenario.route.idempotency:
            assert retry.text == first.text, failure
            assert retry.replayed, failure
        assert _story() == expected, failure
        if scenario.route.may_use(DELIVERY_QUEUE):
            assert any(webhook_records.queued().values()), failure
        audit()


def _leaves_the_same(failure: Failure, operations: Sequence[str]) -> bool:
    """Return whether a kill comes after a read that follows another: it leaves what one after the other left."""
    both = {*operations[failure.call - 1 : failure.call + 1]}
    return failure.trouble is KILLED_AFTER and failure.call > 0 and both <= READS


def _deletes_once(scenario: Scenario) -> bool:
    """Whether a repetition finds nothing: Stripe's DELETE has no idempotency key (tests/http/handlers)."""
    return scenario.route.api is Api.V1 and scenario.route.method == "DELETE"


def _says_that_it_is_gone(reply: Reply) -> bool:
    return (reply.status, reply.json["error"]["code"]) in ((404, "resource_missing"), (403, "account_invalid"))


@pytest.mark.full
@pytest.mark.parametrize("seed", soak_but(range(4), keep=lambda seed: seed == 0))
@pytest.mark.parametrize(
    "scenario",
    soak_but(IDEMPOTENT, keep=first_of_each(IDEMPOTENT, by=lambda scenario: scenario.route.group)),
    ids=str,
)
def test_retries_after_repeated_failures_take_effect_once(
    scenario: Scenario, seed: int, demo: Merchant, clock: Clock, wire: Wire
) -> None:
    """Any attempt of any call may fail in any way, including the client's retries: in the end it is done, once."""
    dice = random.Random(f"{scenario} {seed}")
    parts = scenario.given(demo, clock)
    before = table_snapshot.take()
    faultless = scenario.ask(parts)
    expected = _story()
    table_snapshot.put_back(before)

    def fail_somehow(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        return dice.choice([*FIRST]).fault(request, deliver)

    answer = None
    with wire.broken(fail_somehow, when=lambda _: dice.random() < FAULT_PROBABILITY):
        for _ in range(MAX_ROUNDS):
            answer = _try(scenario, parts)
            if answer is not None and answer.status == scenario.status:
                break
    assert answer is not None
    assert _without_ids(answer.text) == _without_ids(faultless.text)
    assert scenario.ask(parts).text == answer.text
    assert _story() == expected


def test_every_handler_has_a_scenario() -> None:
    """A handler without a scenario would have untested crashes. Pages only read, and those of others are signed."""
    without = {route.name for route in (*ROUTES, *STRIPE_ROUTES) if first_of(route).name == "a page of the docs"}
    assert without == {
        route.name for route in ROUTES if route.group in ("reference", "clock") or route is RECEIVE_PAYPAL_EVENT
    }


def _try(scenario: Scenario, parts: Mapping[str, Any]) -> Reply | None:
    """Return the client's reply, or None if the process died."""
    try:
        return scenario.ask(parts)
    except Killed:
        return None


def _check_first(first: Reply, scenario: Scenario, where: str) -> None:
    if first.status == scenario.status:
        # When boto3 retries after a lost response, it meets its own write: that is a first answer, not a replay.
        assert first.replayed == scenario.replayed, where
    else:
        if isinstance(first, StripeReply):
            assert (first.error["type"], first.headers["Stripe-Should-Retry"]) == ("api_error", "true"), where
        elif first.headers["Content-Type"] == HTML:
            assert "<code>service_unavailable</code>" in first.text, where
        else:
            assert first.code == "service_unavailable", where
        assert first.headers["Retry-After"] == "1", where


# A second run differs in the random part of ids and in all times; everything else must match.
_OPERATIONS = (
    "cap|void|ref|clm|att|rev|exp|tds|cpf|prs|rvl|inc|efw|rfu|du|dop|dev|dcs|dwd|des|adj|ffr|trf|trv|ch|re|pm|txn"
)
_OWN = re.compile(rf"\b({_OPERATIONS})_([a-z2-7]{{26}})[a-z2-7]{{10}}\b")
_RESOURCES = "|".join({each.prefix for each in RESOURCES.values() if not each.rules.holder})
_PAYMENT = re.compile(
    rf"\b({_OPERATIONS}|{_RESOURCES}|auth|wrs|wrp|sim|flt|tmr|pi|cvctok|card|llink|ba|py|we|wd|evt|wrot|wenb|wpng|li|inpay)"
    r"_[a-z2-7]{26}"
)
_PAGE = re.compile(r"(/c/pay/\w+/\w+/)[a-z2-7]{26}")
_SETUP_ATTEMPT = re.compile(r"\bsetatt_[a-z2-7]{36}\b")
_OF_SHARE = re.compile(r"\b(fr|trr|pyr|si|il)_[a-z2-7]{36}\b")
_OF_FUNDS = re.compile(r"\btxn_(?:[a-z2-7]{36}|[a-z2-7]{26}|[a-z2-7]{24})([a-z])\b")
_PAYOUT = re.compile(r"\bpo_[a-z2-7]{24}(?:[a-z2-7]{2})?\b")
_ACCOUNT = re.compile(r"\b(acct_|connected-|person_)[a-z2-7]{16}\b")
_SECRET = re.compile(r"(_secret_|whsec_)[A-Za-z0-9+/=]+")
_EPHEMERAL = re.compile(r"\bek_test_\w+|(?<=\"digest\":\")\w{64}")
_SECOND = re.compile(r"\b1[7-9]\d{8}(?:\d{3})?\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_SIGNED = re.compile(r"(X-Amz-Date|X-Amz-Signature)=[0-9a-zA-Z]+")
_REFUSED = re.compile(r"\brefused_[a-z2-7]{10}\b")
"""The attribute of a stored refusal: its name ends with the random part of the refused operation's ID."""
_REQUEST = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_STRIPE_REQUEST = re.compile(r"\breq_[0-9a-f]{32}\b")
_SHARD = re.compile(r"#[0-9a-f]{1,2}\b")


@lru_cache(5_000)
def _without_ids(text: str) -> str:
    """Return a text up to ids and times. Most items are those of the run before."""
    for pattern, instead in (
        (_OWN, r"\1_\2"),
        (_SETUP_ATTEMPT, "setatt_"),
        (_OF_SHARE, r"\1_"),
        (_OF_FUNDS, r"txn_\1"),
        (_PAYOUT, "po_"),
        (_ACCOUNT, r"\1"),
        (_PAYMENT, r"\1_"),
        (_PAGE, r"\1"),
        (_REFUSED, "refused_"),
        (_SECRET, r"\1"),
        (_EPHEMERAL, ""),
        (_TIME, "TIME"),
        (_SECOND, "TIME"),
        (_SIGNED, r"\1="),
        (_REQUEST, "REQUEST"),
        (_STRIPE_REQUEST, "REQUEST"),
        (_SHARD, "#SHARD"),
    ):
        text = pattern.sub(instead, text)
    return text


def _story() -> list[str]:
    """Return the tables' contents, up to ids and times: payments with operations and counters, claims, deliveries."""
    items = [{**item, TTL_ATTRIBUTE: "TIME"} for item in table_snapshot.everything()]
    return sorted(_without_ids(repr(sorted(item.items()))) for item in items)
