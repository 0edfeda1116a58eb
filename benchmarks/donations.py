"""Donate Now: calls and write units of each step, and the CPU time of its routes compared with the native API.

    make bench ARGS=donations

The functions of routes and workers run with boto3 in this process. Calls and units are counted against moto. CPU times
are measured with AWS's responses replayed at once, with the bytes that a table of that size returned. Only their
ratios are comparable with other machines.
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
from paysandbox.payments.ledger.items import number, payment_item, text
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
"""Number of runs that measure loading times; the smallest time is used."""
_CLIENTS: Final = (
    "; from paysandbox.aws import runtime; from paysandbox.donations import stripe_account"
    "; runtime.dynamodb(); runtime.ssm()"
    "; stripe_account._client('sk_test_x', 'http://127.0.0.1:1')"
)
_SECRET: Final = str(json.loads(stubbed_aws.ANSWERS["GetParameter"])["Parameter"]["Value"])
"""The response of Parameter Store to every request for a secret."""
_QUEUE: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/paysandbox-benchmark-donation-payments"


def measure(sizes: tuple[int, ...] = SIZES, rounds: int = 9, times: int = 200) -> dict[str, Any]:
    """Return all results. The first of `sizes` is an empty table."""
    reads: dict[str, dict[str, Any]] = {route.path: {} for route in READS}
    answers: dict[tuple[str, int], bytes] = {}
    for size in sizes:
        with tables.sandbox():
            for item in items(size):
                runtime.dynamodb().put_item(TableName=tables.GIVEN, Item=item)
            for route in READS:
                reads[route.path][str(size)], answers[route.path, size] = read(route)
    steps = donation_steps.taken()
    # Objects of moto and the CDK belong to no function. Unfrozen, every garbage collection would scan them.
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
        "webhook_request": {
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
    """Return the items of this many paid donations, and of the totals: one per currency and shard."""
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
    """Return the calls and bytes of one request to a route that reads the table, and the table's responses."""
    bodies: list[bytes] = []

    def collect_body(response_dict: Mapping[str, Any], **_: Any) -> None:
        bodies.append(response_dict["body"])

    client = runtime.dynamodb()
    client.meta.events.register("before-parse", collect_body)
    with counting(client, indexes={}) as counted:
        reply = _ok(handler_of(route)(public_event(route), stubbed_aws.Context()))
    client.meta.events.unregister("before-parse", collect_body)
    answer = b"".join(bodies)
    figures = {
        "calls": dict(counted.calls),
        "bytes_read": len(answer),
        "bytes_answered": len(reply["body"].encode()),
    }
    return figures, answer


def warm(answers: Mapping[tuple[str, int], bytes], rounds: int, times: int) -> Samples:
    """Return the CPU microseconds of each kind of request, with AWS's recorded responses replayed at once."""
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
                TELL: _webhook(times),
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
    """Return the environment variables of the donation functions."""
    needs = (
        settings.DonationsTableSettings("paysandbox-benchmark-DonationsPlatformTable"),
        settings.PaymentQueueSettings(_QUEUE),
        settings.StripeAccountSettings(
            stripe_key_parameter="/key", stripe_webhook_parameter="/webhook", stripe_api_base="http://127.0.0.1:1"
        ),
        settings.SamplingSettings(),
    )
    return {name: value for need in needs for name, value in need.to_env().items()}


def cold(rounds: int) -> dict[str, Any]:
    """Return the CPU milliseconds of processes that load a function without Stripe's SDK, and one with it.

    Both serve donors' routes over the same table. `sdk_ms` is the difference in each round; `more` breaks it down by
    the packages that only the second one loads, with the milliseconds of their modules.
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
    """Return a function that returns the CPU time of a case's process, which other processes affect little."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1_000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    return spent


def _more(folders: list[str], program: str, runs: int) -> dict[str, dict[str, float]]:
    """Return, by package, the modules that only the function with the SDK loads, and their smallest milliseconds."""
    only = modules_of(f"donations.{WITH}") - modules_of(f"donations.{WITHOUT}")
    tried = [import_times(folders, program) for _ in range(runs)]
    found: dict[str, dict[str, float]] = {}
    for name in only & tried[0].keys():
        package = found.setdefault(name.partition(".")[0], {"modules": 0, "ms": 0.0})
        package["modules"] += 1
        package["ms"] = round(package["ms"] + min(import_us[name] for import_us in tried) / 1_000, 2)
    return found


def case(path: str, size: int) -> str:
    """Return the name of the case of a read route with this many donations."""
    return f"GET {path}, {size:,}"


def module_of(route: Route) -> str:
    """Return the module of a route's handler."""
    return f"{route.group}.{route.name}"


def handler_of(route: Route) -> Callable[[Any, Any], Any]:
    """Return the handler of a route."""
    return importlib.import_module(module_of(route)).handler


def public_event(route: Route) -> dict[str, Any]:
    """Return API Gateway's event for a browser's request to a public route."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "benchmark"}
    return stubbed_aws.gateway_event(route, headers, "", {"identity": {"sourceIp": "192.0.2.1"}})


def _payment() -> tuple[dict[str, Any], bytes]:
    """Return a request that reads a payment, and the ledger's response."""
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


def _webhook(times: int) -> Callable[[], float]:
    """Return a function that sends Stripe's webhook, signed anew in each round, since signatures expire."""
    handler = handler_of(routes.RECEIVE_STRIPE_EVENT)

    def run() -> float:
        return timer(_request(handler, webhook_event(_event())), times)()

    return run


_NULL: Final = (
    *("application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer"),
    *("excluded_payment_method_types", "last_payment_error", "next_action", "on_behalf_of", "processing"),
    *("receipt_email", "review", "setup_future_usage", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)
"""Fields of an intent that are null, and those that have a value."""
_OF_CARDS: Final = ("installments", "mandate_options", "network")


def _event() -> str:
    """Return a `payment_intent.succeeded` event with every field that Stripe always sends."""
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


def webhook_event(body: str) -> dict[str, Any]:
    """Return API Gateway's event for Stripe's request, signed now."""
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
    """Answers all reads of a client with the same body."""

    def __init__(self) -> None:
        self.body = b"{}"

    def answer(self, client: Any) -> None:
        client.meta.events.register_first("before-send.dynamodb", self._reply)

    def _reply(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 200, headers, stubbed_aws.Raw(self.body))


def _ok(reply: dict[str, Any]) -> dict[str, Any]:
    if reply["statusCode"] != 200:
        raise AssertionError(f"a request failed: {reply['body']}")
    return reply
