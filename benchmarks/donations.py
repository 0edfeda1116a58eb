"""Donate Now: calls and write units of each step, and what its routes take beside the native API's.

    make bench ARGS=donations

The routes' and workers' own functions and boto3, in this process. Calls and units are counted, over an AWS in this
process. CPU times are taken with AWS answering at once, in the very bytes with which a table of that size answered;
what carries to another machine are their ratios.
"""

import gc
import importlib
import json
import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks import donation_steps, stubbed_aws
from benchmarks.cold_import import import_times, modules_of, process, shipped_folders
from benchmarks.counted_calls import counting
from benchmarks.rounds import Samples, alternate, machine, ratios, spread
from benchmarks.stripe_translation import each_time, native_event
from benchmarks.warm_authorize import timer
from paysandbox.aws import runtime, settings
from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT, TOTAL_SHARDS
from paysandbox.core.signature import stripe_signature
from paysandbox.donations import routes
from paysandbox.donations.table import donation_item
from paysandbox.donations.writes import SUM, TOTAL, TOTALS
from paysandbox.http.route import Route
from paysandbox.payments.items import number, payment_item, text
from paysandbox.payments.routes import GET_PAYMENT
from tests.support import build, donations as given, tables

SIZES: Final = (0, 1_000)
READS: Final = (routes.GET_DONATION_TOTAL, routes.LIST_RECENT_DONATIONS)
CURRENCIES: Final = ("usd", "eur", "gbp", "cad", "jpy")

GET: Final = "GET /payments/{transaction_id}"
AUTHORIZE: Final = "POST /payments/authorize"
TELL: Final = "POST /webhooks/stripe"

WITHOUT: Final = "list_my_donations"
WITH: Final = "create_donation_intent"
CLIENTS: Final = "create_donation_intent, with its clients"
_IMPORTS: Final = 5
"""So often it is looked at what takes how long to load; the least counts."""
_CLIENTS: Final = (
    "; from paysandbox.aws import runtime; from paysandbox.donations import stripe_account"
    "; runtime.dynamodb(); runtime.ssm()"
    "; stripe_account._client('sk_test_x', 'http://127.0.0.1:1')"
)
_SECRET: Final = str(json.loads(stubbed_aws.ANSWERS["GetParameter"])["Parameter"]["Value"])
"""What Parameter Store answers here, whichever secret is asked for."""
_QUEUE: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/paysandbox-benchmark-donation-payments"


def measure(sizes: tuple[int, ...] = SIZES, rounds: int = 9, times: int = 200) -> dict[str, Any]:
    """All of it. `sizes` begin with an empty table."""
    reads: dict[str, dict[str, Any]] = {route.path: {} for route in READS}
    answers: dict[tuple[str, int], bytes] = {}
    for size in sizes:
        with tables.sandbox():
            for item in items(size):
                runtime.dynamodb().put_item(TableName=tables.GIVEN, Item=item)
            for route in READS:
                reads[route.path][str(size)], answers[route.path, size] = read(route)
    steps = donation_steps.taken()
    # What moto and the CDK brought along is no function's: it would be looked through at each collection of garbage.
    gc.collect()
    gc.freeze()
    samples = warm(answers, rounds, times)
    gc.unfreeze()
    return {
        "machine": machine(),
        "rounds": rounds,
        "calls_per_round": times,
        "currencies": len(CURRENCIES),
        "reads": {
            path: {
                size: figures | _times(samples, case(path, int(size)), empty=case(path, sizes[0]))
                for size, figures in by_size.items()
            }
            for path, by_size in reads.items()
        },
        "native_get_us": spread(samples[GET]),
        "told": {
            "value": spread(samples[TELL]),
            "native": spread(samples[AUTHORIZE]),
            "ratio": spread(ratios(samples, TELL, AUTHORIZE)),
        },
        "steps": steps,
        "order": [*steps],
        "cold": cold(rounds),
        "samples": samples,
    }


def _times(samples: Samples, name: str, *, empty: str) -> dict[str, Any]:
    return {
        "value": spread(samples[name]),
        "over_empty": spread(ratios(samples, name, empty)),
        "over_native": spread(ratios(samples, name, GET)),
    }


def items(count: int) -> Iterator[dict[str, Any]]:
    """Items of that many donations that were paid, and the totals: a row for each currency and shard."""
    for place in range(count):
        opened = given.opened(
            id=f"019aa0a3-5f2a-7c41-9d0e-{place:012}",
            currency=CURRENCIES[place % len(CURRENCIES)],
            message="In memory of Ada, who would have liked it." if place % 3 == 0 else None,
            anonymous=place % 5 == 0,
            created_at=build.MONDAY + place * timedelta(minutes=4),
        )
        yield donation_item(given.heard(opened, paid=opened.amount))
    for currency in CURRENCIES if count else ():
        for shard in range(TOTAL_SHARDS):
            keys = {DONATIONS_KEY: text(TOTALS), DONATIONS_SORT: text(f"{SUM}{currency}#{shard:02}")}
            yield {**keys, TOTAL: number(count * 50_00)}


def read(route: Route) -> tuple[dict[str, Any], bytes]:
    """One request of a route that reads the table: calls and bytes; and what the table answered."""
    said: list[bytes] = []

    def heard(response_dict: Mapping[str, Any], **_: Any) -> None:
        said.append(response_dict["body"])

    client = runtime.dynamodb()
    client.meta.events.register("before-parse", heard)
    with counting(client, indexes={}) as counted:
        reply = _ok(handler_of(route)(public_event(route), stubbed_aws.Context()))
    client.meta.events.unregister("before-parse", heard)
    answer = b"".join(said)
    figures = {
        "calls": dict(counted.calls),
        "bytes_read": len(answer),
        "bytes_answered": len(reply["body"].encode()),
    }
    return figures, answer


def warm(answers: Mapping[tuple[str, int], bytes], rounds: int, times: int) -> Samples:
    """CPU microseconds of a request of each kind, AWS answering at once: the reads with what tables answered."""
    tables.forget()
    replay = _Replay()
    with (
        stubbed_aws.functions(stubbed_aws.AUTHORIZE, module_of(GET_PAYMENT)) as (authorize, get_payment),
        patch.dict(os.environ, _variables()),
    ):
        runtime._settings.cache_clear()  # noqa: SLF001 - there is no other way to make it forget
        try:
            replay.answer(runtime.ledger().client)
            replay.answer(runtime.dynamodb())
            stubbed_aws.answer_at_once(runtime.sqs())
            payment, got = _payment()
            cases = {
                AUTHORIZE: timer(each_time(authorize, native_event, "manual"), times),
                TELL: _told_each_round(times),
                GET: _after(replay, got, timer(_request(get_payment, payment), times)),
            }
            for route in READS:
                request = _request(handler_of(route), public_event(route))
                for size in (size for path, size in answers if path == route.path):
                    answer = answers[route.path, size]
                    cases[case(route.path, size)] = _after(replay, answer, timer(request, times))
            return alternate(cases, rounds)
        finally:
            tables.forget()


def _variables() -> dict[str, str]:
    """What these functions of the donations are told by their environments."""
    needs = (
        settings.DonationsTableSettings("paysandbox-benchmark-DonationsPlatformTable"),
        settings.PaymentQueueSettings(_QUEUE),
        settings.StripeAccountSettings(
            stripe_key_parameter="/key", stripe_webhook_parameter="/webhook", stripe_api_base="http://127.0.0.1:1"
        ),
    )
    return {name: value for need in needs for name, value in need.to_env().items()}


def cold(rounds: int) -> dict[str, Any]:
    """CPU milliseconds of a whole process that loads a function: one without Stripe's SDK, and one with it.

    Both are donors' routes over the same table. `sdk_ms` is the difference between the two, round by round; `more` says
    what it is made of: the packages that only the second loads, and milliseconds of their modules' own.
    """
    folders = shipped_folders()
    programs = {name: f"import donations.{name}" for name in (WITHOUT, WITH, "receive_stripe_event")}
    cases = {name: _cpu_ms(process(folders, program)) for name, program in programs.items()}
    cases[CLIENTS] = _cpu_ms(process(folders, programs[WITH] + _CLIENTS))
    for one in cases.values():
        one()
    samples = alternate(cases, rounds)
    return {
        "order": [*cases],
        "cases": {
            name: {"value": spread(values), "ratio": spread(ratios(samples, name, WITHOUT))}
            for name, values in samples.items()
        },
        "sdk_ms": spread([more - less for more, less in zip(samples[WITH], samples[WITHOUT], strict=True)]),
        "more": _more(folders, programs[WITH], min(rounds, _IMPORTS)),
        "samples": samples,
    }


def _cpu_ms(run: Callable[[], float]) -> Callable[[], float]:
    """CPU time of the process that a case starts: where others have the cores, wall time is mostly theirs."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1_000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    return spent


def _more(folders: list[str], program: str, runs: int) -> dict[str, dict[str, float]]:
    """By package: modules that only the function with the SDK loads, and the least milliseconds they took in a run."""
    only = modules_of(f"donations.{WITH}") - modules_of(f"donations.{WITHOUT}")
    tried = [import_times(folders, program) for _ in range(runs)]
    found: dict[str, dict[str, float]] = {}
    for name in only & tried[0].keys():
        package = found.setdefault(name.partition(".")[0], {"modules": 0, "ms": 0.0})
        package["modules"] += 1
        package["ms"] = round(package["ms"] + min(took[name] for took in tried) / 1_000, 2)
    return found


def case(path: str, size: int) -> str:
    """A read, by what the table holds."""
    return f"GET {path}, {size:,}"


def module_of(route: Route) -> str:
    """Where a route's function is."""
    return f"{route.group}.{route.name}"


def handler_of(route: Route) -> Callable[[Any, Any], Any]:
    """A route's function."""
    return importlib.import_module(module_of(route)).handler


def public_event(route: Route) -> dict[str, Any]:
    """A request of a public route, as a browser sends it and API Gateway hands it over."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "benchmark"}
    return stubbed_aws.gateway_event(route, headers, "", {"identity": {"sourceIp": "192.0.2.1"}})


def _payment() -> tuple[dict[str, Any], bytes]:
    """A request for a payment, and what the ledger answers to it."""
    payment = build.lived(12_50, captures=[12_50], merchant="demo", reference="order-1042")
    headers = {"Accept": "*/*", "User-Agent": "benchmark", "X-Api-Key": stubbed_aws.KEY}
    identity = {"sourceIp": "192.0.2.1", "apiKey": stubbed_aws.KEY, "apiKeyId": "a1b2c3"}
    event = stubbed_aws.gateway_event(GET_PAYMENT, headers, "", {"identity": identity})
    event["path"] = f"/payments/{payment.id}"
    event["pathParameters"] = {"transaction_id": payment.id}
    return event, json.dumps({"Item": payment_item(payment)}).encode()


def _request(handler: Callable[[Any, Any], Any], event: dict[str, Any]) -> Callable[[], Any]:
    context = stubbed_aws.Context()
    return lambda: _ok(handler(event, context))


def _told_each_round(times: int) -> Callable[[], float]:
    """Stripe tells of a payment. It is signed anew for each round, since a signature is of its time."""
    handler = handler_of(routes.RECEIVE_STRIPE_EVENT)

    def run() -> float:
        return timer(_request(handler, told(_event())), times)()

    return run


_NULL: Final = (
    *("application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer"),
    *("excluded_payment_method_types", "last_payment_error", "next_action", "on_behalf_of", "processing"),
    *("receipt_email", "review", "setup_future_usage", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)
"""What an intent says nothing in, and says."""
_OF_CARDS: Final = ("installments", "mandate_options", "network")


def _event() -> str:
    """An event `payment_intent.succeeded` as Stripe writes it: all fields that are always there."""
    intent = {
        "id": "pi_3SVbenchmark",
        "object": "payment_intent",
        "amount": 50_00,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 50_00,
        "automatic_payment_methods": {"allow_redirects": "never", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": "pi_3SVbenchmark_secret_x",
        "confirmation_method": "automatic",
        "created": 1_795_000_000,
        "currency": "usd",
        "description": f"Donation {given.DONATION_ID}",
        "latest_charge": f"ch_{1:024}",
        "livemode": False,
        "metadata": {"donation_id": given.DONATION_ID},
        "payment_method": f"pm_{1:024}",
        "payment_method_configuration_details": {"id": f"pmc_{1:024}", "parent": None},
        "payment_method_options": {"card": {**dict.fromkeys(_OF_CARDS), "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "link"],
        "status": "succeeded",
        **dict.fromkeys(_NULL),
    }
    event = {
        "id": f"evt_{1:024}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_000_000,
        "data": {"object": intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{1:014}", "idempotency_key": None},
        "type": "payment_intent.succeeded",
    }
    return json.dumps(event, indent=2)


def told(body: str) -> dict[str, Any]:
    """Stripe's request, signed now, as API Gateway hands it over."""
    now = int(time.time())
    headers = {
        "Accept": "*/*; q=0.5, application/xml",
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": f"t={now},v1={stripe_signature(_SECRET, now, body.encode())},v0={'0' * 64}",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return stubbed_aws.gateway_event(
        routes.RECEIVE_STRIPE_EVENT, headers, body, {"identity": {"sourceIp": "192.0.2.2"}}
    )


def _after(replay: "_Replay", body: bytes, run: Callable[[], float]) -> Callable[[], float]:
    def with_answer() -> float:
        replay.body = body
        try:
            return run()
        finally:
            replay.body = b"{}"

    return with_answer


class _Replay:
    """Answers all reads of a client with one body."""

    def __init__(self) -> None:
        self.body = b"{}"

    def answer(self, client: Any) -> None:
        client.meta.events.register_first("before-send.dynamodb", self._reply)

    def _reply(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 200, headers, stubbed_aws.Raw(self.body))


def _ok(reply: dict[str, Any]) -> dict[str, Any]:
    if reply["statusCode"] != 200:
        raise AssertionError(f"a request was refused: {reply['body']}")
    return reply
