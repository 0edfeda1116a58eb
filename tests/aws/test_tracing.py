"""Traces with `tracing=full`: what reaches the X-Ray daemon from a payment and from the workers that follow it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.aws.settings import FULL_TRACING, TracingSettings
from tests.aws.traced_payment import CARD
from tests.benchmarks.module_loader import module_loader
from tests.support.builders import build
from tests.support.tools.card_numbers import found_in

ROOT: Final = Path(__file__).resolve().parents[2]
TRACED: Final = TracingSettings(FULL_TRACING).to_env()
ANNOTATED: Final = ("payment_id", "merchant", "outcome", "trace_id")

Json = dict[str, Any]


Run = tuple[Json, list[bytes]]
"""The report of a payment, and what X-Ray's daemon got."""

PAYMENT: Final = "tests.aws.traced_payment"
DONE: Final = b"-- done --\n"
# What the payment needs besides the layer takes half of its time, and is loaded once.
EACH_IN_A_FORK: Final = f"""
import json, os, runpy, sys
import boto3, moto.cloudformation.models, moto.dynamodb.models
import moto.iam.models, moto.sns.models, moto.sqs.models, moto.ssm.models
for environment in json.loads(sys.argv[1]):
    if not os.fork():
        os.environ.update(environment)
        runpy.run_module({PAYMENT!r}, run_name="__main__")
        break
    if os.wait()[1]:
        sys.exit("A payment failed.")
    sys.stdout.write({DONE.decode()!r})
    sys.stdout.flush()
"""


def run(words: Sequence[str], **environment: str) -> bytes:
    """Run a program in a function's process with these variables, and return its output."""
    given = {name: os.environ[name] for name in ("PATH", "TMPDIR", "COVERAGE_FILE") if name in os.environ}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=given | {"LAMBDA_TASK_ROOT": "/var/task"} | environment,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


@contextmanager
def daemon() -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """Listen as X-Ray's daemon, and yield the socket with the variable for its senders."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        yield listening, {"AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{listening.getsockname()[1]}"}


def report_in(printed: bytes) -> Json:
    return json.loads(printed.splitlines()[-1])


def received(daemon: socket.socket) -> Iterator[bytes]:
    """Yield what was sent. The socket keeps it until then."""
    with suppress(BlockingIOError):
        while True:
            yield daemon.recv(65_535)


@pytest.fixture(scope="module")
def traced(pytestconfig: pytest.Config) -> Run:
    """Provide a traced payment. X-Ray's SDK is loaded there alone, so it is measured there if anything is."""
    measured = ["-m", "coverage", "run"] if pytestconfig.pluginmanager.has_plugin("_cov") else []
    with daemon() as (listening, address):
        printed = run([*measured, "-m", PAYMENT], **TRACED, **address)
        return report_in(printed), [*received(listening)]


def parts_of(function: str, traced: Run) -> list[Json]:
    """Return the subsegments of one invocation, by the trace that it ran in."""
    report, sent = traced
    documents = [json.loads(one.partition(b"\n")[2]) for one in sent]
    return [one for one in documents if one["trace_id"] == report[function]]


def annotations_of(function: str, traced: Run) -> list[Mapping[str, str]]:
    return [one["annotations"] for one in parts_of(function, traced) if "annotations" in one]


@pytest.mark.full
@pytest.mark.parametrize(
    "function, calls",
    [
        ("request", {"GetSecretValue", "PutItem"}),
        ("refused", set()),
        ("publisher", {"PublishBatch"}),
        ("planner", {"BatchGetItem", "PutItem", "SendMessageBatch"}),
        ("deliverer", {"BatchGetItem", "GetSecretValue", "PutItem", "UpdateItem", "SendMessageBatch"}),
        ("retrier", {"BatchGetItem", "UpdateItem"}),
    ],
)
def test_each_aws_call_is_a_subsegment(function: str, calls: set[str], traced: Run) -> None:
    found = [one for one in parts_of(function, traced) if one.get("namespace") == "aws"]
    assert {one["aws"]["operation"] for one in found} == calls
    assert all(one["end_time"] >= one["start_time"] for one in found)


def test_a_write_is_a_subsegment_with_its_table(traced: Run) -> None:
    parts = parts_of("request", traced)
    (request,) = (one for one in parts if one["name"] == "authorize_payment")
    (write,) = (one for one in parts if one.get("aws", {}).get("operation") == "PutItem")
    assert (write["parent_id"], write["aws"]["table_name"]) == (request["id"], "paysandbox-test-PaymentsLedger")


def test_a_request_is_annotated_with_its_payment(traced: Run) -> None:
    (annotated,) = annotations_of("request", traced)
    payment_id = traced[0]["payment_id"]
    assert annotated == {"payment_id": payment_id, "merchant": build.MERCHANT, "outcome": "approved"}
    assert annotations_of("refused", traced) == [{"merchant": build.MERCHANT, "outcome": "refused"}]


@pytest.mark.parametrize(
    "function, outcome",
    [
        ("publisher", "payment_authorized"),
        ("planner", "payment_authorized"),
        ("deliverer", "delivery_failed"),
        ("retrier", "delivered"),
    ],
)
def test_workers_continue_the_trace_of_the_request(function: str, outcome: str, traced: Run) -> None:
    """X-Ray's own chain ends at the ledger's stream."""
    report, _ = traced
    (annotated,) = annotations_of(function, traced)
    values = (report["payment_id"], build.MERCHANT, outcome, report["request"])
    assert annotated == dict(zip(ANNOTATED, values, strict=True))


def test_trace_is_a_message_attribute_and_not_in_the_event(traced: Run) -> None:
    report, _ = traced
    assert report["attributes"] == [["merchant", "trace", "type"]]
    assert report["published"] == report["rendered"]
    assert report["delivered"] == report["rendered"] * 2
    assert report["request"] not in report["rendered"][0]


def test_unsampled_traces_are_not_stored(traced: Run) -> None:
    report, _ = traced
    assert report["stored"] == [report["request"], None]
    assert parts_of("unsampled", traced) == []


def test_failures_are_recorded_without_their_messages(traced: Run) -> None:
    failing = {one["name"]: one for one in parts_of("failing", traced)}
    assert failing["failing"]["fault"] is True
    (exception,) = failing["ssm"]["cause"]["exceptions"]
    assert exception["type"] == "ParameterNotFound"
    assert "message" not in exception


def test_no_card_number_is_in_a_trace(traced: Run) -> None:
    """The card of the payment, one in a text that is refused, and one in the message of two errors."""
    _, sent = traced
    assert len(sent) > 10
    assert found_in(b"\n".join(sent), [CARD]) == set()


UNRECORDED: Final[Mapping[str, Mapping[str, str]]] = {
    "not set": {},
    "by Lambda alone": {"PAYSANDBOX_TRACING": "lambda"},
    "outside Lambda": TRACED | {"LAMBDA_TASK_ROOT": ""},
}
NO_DAEMON: Final = TRACED | {"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9"}


@pytest.fixture(scope="module")
def others() -> Mapping[str, Run]:
    """Provide the payment in every environment that is not recorded, and in one that has no daemon."""
    environments = UNRECORDED | {"no daemon": NO_DAEMON}
    with ExitStack() as stack:
        daemons = {name: stack.enter_context(daemon()) for name in environments}
        each = [dict(daemons[name][1] | environments[name]) for name in environments]
        printed = run(["-c", EACH_IN_A_FORK, json.dumps(each)]).split(DONE)
        assert len(printed) == len(environments) + 1
        return {
            name: (report_in(of_one), [*received(daemons[name][0])])
            for name, of_one in zip(environments, printed, strict=False)
        }


@pytest.mark.full
@pytest.mark.parametrize("environment", UNRECORDED)
def test_without_tracing_nothing_is_recorded_or_stored(environment: str, others: Mapping[str, Run]) -> None:
    report, sent = others[environment]
    assert sent == []
    assert report["stored"] == [None, None]
    assert report["attributes"] == [["merchant", "type"]]
    assert report["delivered"] == report["rendered"] * 2


@pytest.mark.full
def test_payments_and_workers_run_without_a_daemon(others: Mapping[str, Run]) -> None:
    report, _ = others["no daemon"]
    assert report["stored"] == [report["request"], None]
    assert report["delivered"] == report["rendered"] * 2


@pytest.mark.full
@pytest.mark.parametrize("environment, is_loaded", [({}, False), (TRACED, True)], ids=["not set", "full"])
def test_sdk_is_imported_only_with_full_tracing(environment: dict[str, str], is_loaded: bool) -> None:
    """Of what the layer ships: so it holds all that tracing needs, too."""
    sdk = {"aws_xray_sdk", "aws_xray_sdk.ext.botocore.patch"}
    with module_loader("boto3", LAMBDA_TASK_ROOT="/var/task", **environment) as load:
        for handler in ("payments.authorize_payment", "payments.publish_event", "webhooks.deliver_event"):
            assert load(handler) & sdk == (sdk if is_loaded else set()), handler
