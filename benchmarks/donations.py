"""Donate Now over 10^5 donations: calls and units of each step, and what its routes take beside the native API's.

    make bench ARGS=donations

The routes' and workers' own functions and boto3, in this process. Calls and units are counted, over a table that finds
items as DynamoDB does (`donation_tables`). CPU times are taken with AWS answering at once, in the very bytes with which
a table of that size answered; what carries to another machine are their ratios.
"""

import gc
import importlib
import json
import os
import resource
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks import donation_steps, donation_tables, donations_model, stubbed_aws
from benchmarks.cold_import import import_times, modules_of, process, shipped_folders
from benchmarks.donation_tables import deployed, holding
from benchmarks.rounds import Samples, alternate, machine, ratios, spread
from benchmarks.stripe_translation import each_time, native_event
from benchmarks.tables_in_sqlite import Raw, Tables
from benchmarks.warm_authorize import timer
from paysandbox.routes import donations as routes
from paysandbox.routes.payments import GET_PAYMENT
from paysandbox.routes.route import Route
from paysandbox.runtime import effects
from paysandbox.table.items import payment_item
from tests.support import build

SIZES: Final = (0, 1_000, 100_000)
READS: Final = (routes.GET_DONATION_TOTAL, routes.LIST_RECENT_DONATIONS)

GET: Final = "GET /payments/{transaction_id}"
AUTHORIZE: Final = "POST /payments/authorize"
TELL: Final = "POST /webhooks/stripe"

WITHOUT: Final = "list_my_donations"
WITH: Final = "create_donation_intent"
CLIENTS: Final = "create_donation_intent, with its clients"
_IMPORTS: Final = 5
"""So often it is looked at what takes how long to load; the least counts."""
_CLIENTS: Final = (
    "; from paysandbox.runtime import effects, stripe_account; effects.dynamodb(); effects.ssm()"
    "; stripe_account._client('sk_test_x', 'http://127.0.0.1:1')"
)


def measure(sizes: tuple[int, ...] = SIZES, rounds: int = 9, times: int = 200, acts: int = 50) -> dict[str, Any]:
    """All of it. `sizes` begin with an empty table; the steps are taken `acts` times each over the largest."""
    # What the CDK brings along is no function's: it would be looked through at each collection of garbage.
    gc.collect()
    gc.freeze()
    reads: dict[str, dict[str, Any]] = {route.path: {} for route in READS}
    answers: dict[tuple[str, int], bytes] = {}
    steps: dict[str, Any] = {}
    for size in sizes:
        with holding(size) as kept:
            for route in READS:
                figures, answers[route.path, size] = read(kept, route)
                reads[route.path][str(size)] = figures
            if size == sizes[-1]:
                steps = donation_steps.taken(kept, acts)
    samples = warm(answers, rounds, times)
    gc.unfreeze()
    return {
        "machine": machine(),
        "rounds": rounds,
        "calls_per_round": times,
        "currencies": len(donation_tables.CURRENCIES),
        "acts": acts,
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
        "model": donations_model.priced(steps, _asked(reads, samples, sizes[-1])),
        "cold": cold(rounds),
        "samples": samples,
    }


def _times(samples: Samples, name: str, *, empty: str) -> dict[str, Any]:
    return {
        "value": spread(samples[name]),
        "over_empty": spread(ratios(samples, name, empty)),
        "over_native": spread(ratios(samples, name, GET)),
    }


def _asked(reads: Mapping[str, Mapping[str, Any]], samples: Samples, size: int) -> dict[str, Any]:
    """The reads over a table of that size, as the model takes steps."""
    return {
        f"GET {path}": {
            **by_size[str(size)],
            "write_units": 0,
            "stripe_calls": 0,
            "cpu_ms": spread(samples[case(path, size)])["median"] / 1_000,
        }
        for path, by_size in reads.items()
    }


def read(kept: Tables, route: Route) -> tuple[dict[str, Any], bytes]:
    """One request of a route that reads this table: calls, units and bytes; and what the table answered."""
    said: list[bytes] = []

    def heard(response_dict: Mapping[str, Any], **_: Any) -> None:
        said.append(response_dict["body"])

    with deployed(kept) as platform:
        effects.dynamodb().meta.events.register("before-parse", heard)
        before = platform.spent()
        reply = handler_of(route)(public_event(route), stubbed_aws.Context())
        spent = platform.spent().since(before)
    if reply["statusCode"] != 200:
        raise AssertionError(f"{route.path} was refused: {reply['body']}")
    answer = b"".join(said)
    figures = {
        "calls": dict(spent.calls),
        "read_units": spent.read_units,
        "bytes_read": len(answer),
        "bytes_answered": len(reply["body"].encode()),
        "log_bytes": spent.log_bytes,
    }
    return figures, answer


def warm(answers: Mapping[tuple[str, int], bytes], rounds: int, times: int) -> Samples:
    """CPU microseconds of a request of each kind, AWS answering at once: the reads with what tables answered."""
    donation_tables.forget()
    native = (stubbed_aws.AUTHORIZE, module_of(GET_PAYMENT))
    replay = _Replay()
    with (
        stubbed_aws.functions(*native) as (authorize, get_payment),
        patch.dict(os.environ, donation_tables.variables()),
    ):
        try:
            replay.answer(effects.ledger().client)
            replay.answer(effects.dynamodb())
            stubbed_aws.answer_at_once(effects.sqs())
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
            donation_tables.forget()


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
        return timer(_request(handler, donation_steps.told(donation_steps.EXAMPLE)), times)()

    return run


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
        return AWSResponse(request.url, 200, headers, Raw(self.body))


def _ok(reply: dict[str, Any]) -> dict[str, Any]:
    if reply["statusCode"] != 200:
        raise AssertionError(f"a request was refused: {reply['body']}")
    return reply
