"""@paysandbox/client in a project of its own: what it sends again and what not, its errors and its types."""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any, Final

import pytest

from tests.support.fakes.wire import HANG_UP, Reply, Wire, served
from tests.support.tools.node_package import PAYSANDBOX_CLIENT, attempt, empty_project, run
from tests.support.tools.ports import free_port

pytestmark = pytest.mark.full

OK: Final = Reply(body={"auth_id": "auth_1"})
CUT_OFF: Final = Reply(body={"auth_id": "auth_1"}, headers={"Content-Length": "4096"})
NOT_JSON: Final = Reply(body="<html>")

AUTHORIZE: Final = {"body": {"amount": 1250, "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030}}}
MOVE: Final = {"body": {"advance_s": 60}}

CALLS: Final = """
import { ApiError, NoAnswerError, RequestError, Sandbox } from "@paysandbox/client";

const calls = JSON.parse(process.argv[2]);
const outcome = async ({ baseUrl, method, call }) => {
  const startedAt = performance.now();
  const took = () => (performance.now() - startedAt) / 1000;
  try {
    return { answer: await new Sandbox({ baseUrl, apiKey: "sk_test_shop_1" })[method](call), tookS: took() };
  } catch (error) {
    return {
      kind: error instanceof ApiError ? "ApiError" : error instanceof NoAnswerError ? "NoAnswerError" : String(error),
      isRequestError: error instanceof RequestError, message: error.message, tookS: took(), ...error,
    };
  }
};
console.log(JSON.stringify(await Promise.all(calls.map(outcome))));
"""


def problem(status: int, code: str = "some_code", headers: dict[str, str] | None = None, **members: Any) -> Reply:
    """Return a problem as the API answers it."""
    return Reply(status, {"code": code, "detail": "Why.", "request_id": "req-1", **members}, headers or {})


@dataclass(frozen=True)
class Row:
    """A call, the replies to it, and how many requests it takes. The last reply is given to all further requests."""

    name: str
    method: str
    call: Any
    replies: Sequence[Reply | None]
    requests: int
    kind: str = ""
    at_least_s: float = 0


UNKNOWN: Final = {
    "hang up": HANG_UP,
    "cut off": CUT_OFF,
    "not JSON": NOT_JSON,
    **{str(status): problem(status) for status in (500, 502, 503, 504)},
}
ROWS: Final[Sequence[Row]] = [
    *(Row(f"authorize, {name}", "authorizePayment", AUTHORIZE, (lost, lost, OK), 3) for name, lost in UNKNOWN.items()),
    *(
        Row(f"move, {name}", "moveClock", MOVE, (lost,), 1, "ApiError" if name.isdigit() else "NoAnswerError")
        for name, lost in UNKNOWN.items()
    ),
    Row("read", "getPayment", {"transaction_id": "auth_1"}, (HANG_UP, problem(503), OK), 3),
    Row("change", "updateEndpoint", {"endpoint_id": "we_1", "body": {"description": "x"}}, (HANG_UP, OK), 2),
    Row("delete", "deleteEndpoint", {"endpoint_id": "we_1"}, (HANG_UP, OK), 2),
    *(
        Row(f"{status} is final", "authorizePayment", AUTHORIZE, (problem(status),), 1, "ApiError")
        for status in (400, 401, 402, 403, 404, 409, 413, 415, 422)
    ),
    *(
        Row(f"429, {method}", method, call, (problem(429, headers={"Retry-After": "2"}), OK), 2, at_least_s=2)
        for method, call in (("authorizePayment", AUTHORIZE), ("moveClock", MOVE))
    ),
    Row("retries end", "authorizePayment", AUTHORIZE, (problem(503),), 3, "ApiError", 0.75),
    Row("too long", "authorizePayment", AUTHORIZE, (problem(503, headers={"Retry-After": "31"}),), 1, "ApiError"),
    Row("redirect", "getHealth", {}, (Reply(302, {}, {"Location": "http://127.0.0.1:9/"}),), 1, "ApiError"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the package and a compiler."""
    it = empty_project(tmp_path_factory.mktemp("client"), PAYSANDBOX_CLIENT)
    (it / "calls.mjs").write_text(CALLS)
    return it


def outcomes(project: Path, *calls: Any) -> list[Any]:
    """Make the calls at the same time, and return what became of each."""
    return json.loads(run(project, "node", "calls.mjs", json.dumps(calls)))


@pytest.fixture
def wires() -> Iterator[list[Wire]]:
    """Provide an API for each row, which answers with its replies."""
    with ExitStack() as stack:
        yield [stack.enter_context(served(answers(row))) for row in ROWS]


def answers(row: Row) -> Any:
    left = [*row.replies]
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_what_is_sent_again(project: Path, wires: list[Wire], subtests: pytest.Subtests) -> None:
    calls = [
        {"baseUrl": wire.base_url, "method": row.method, "call": row.call}
        for row, wire in zip(ROWS, wires, strict=True)
    ]
    for row, wire, outcome in zip(ROWS, wires, outcomes(project, *calls), strict=True):
        with subtests.test(row.name):
            assert len(wire.requests) == row.requests
            assert outcome.get("kind", "") == row.kind
            assert outcome["tookS"] >= row.at_least_s
            keys = {request.headers.get("x-idempotency-key") for request in wire.requests}
            assert len(keys) == 1, "the attempts of a call have one key"
            [key] = keys
            takes_key = row.method == "authorizePayment"
            assert (uuid.UUID(key or "").version == 4) if takes_key else key is None
            if row.kind:
                assert outcome["isRequestError"]
                assert outcome.get("idempotencyKey") == key
            else:
                assert outcome["answer"] == OK.body


def test_a_connection_that_was_refused_is_tried_again(project: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    found = outcomes(
        project,
        {"baseUrl": url, "method": "moveClock", "call": MOVE},
        {"baseUrl": url.replace("127.0.0.1", "localhost"), "method": "moveClock", "call": MOVE},
    )
    for outcome in found:
        assert outcome["kind"] == "NoAnswerError"
        assert outcome["tookS"] >= 0.75
        assert "POST http://" in outcome["message"]


def test_an_error_has_what_the_problem_says(project: Path) -> None:
    with served(lambda _: problem(409, "capture_exceeds_authorized", param="amount", remaining=1250)) as wire:
        call = {"body": {"auth_id": "auth_1"}, "idempotencyKey": "key-1"}
        [error] = outcomes(project, {"baseUrl": wire.base_url, "method": "capturePayment", "call": call})
    assert error["message"] == "POST /payments/capture was answered with 409: capture_exceeds_authorized. Why."
    assert (error["code"], error["param"], error["status"]) == ("capture_exceeds_authorized", "amount", 409)
    assert (error["requestId"], error["idempotencyKey"]) == ("req-1", "key-1")
    assert error["problem"]["remaining"] == 1250
    assert wire.requests[0].headers["x-idempotency-key"] == "key-1"


def test_parameters_are_sent_where_the_document_says(project: Path) -> None:
    with served(lambda _: OK) as wire:
        outcomes(
            project,
            {
                "baseUrl": f"{wire.base_url}/",
                "method": "authorizePayment",
                "call": {**AUTHORIZE, "headers": {"X-Sandbox-Outcome": "decline:lost_card"}},
            },
        )
        outcomes(
            project,
            {"baseUrl": wire.base_url, "method": "getPayment", "call": {"transaction_id": "auth/1?x=1"}},
        )
        outcomes(
            project,
            {"baseUrl": wire.base_url, "method": "listPayments", "call": {"status": "captured", "disputed": False}},
        )
    first, second, third = wire.requests
    assert (first.method, first.path, first.body) == ("POST", "/payments/authorize", AUTHORIZE["body"])
    assert (first.headers["x-sandbox-outcome"], first.headers["x-api-key"]) == ("decline:lost_card", "sk_test_shop_1")
    assert (second.method, second.path) == ("GET", "/payments/auth%2F1%3Fx%3D1")
    assert (third.path, third.query) == ("/payments", {"status": "captured", "disputed": "false"})


SIGNAL: Final = """
import { Sandbox } from "@paysandbox/client";
const sandbox = new Sandbox({ baseUrl: process.argv[2], timeoutMs: 200, maxRetries: 0 });
const late = await sandbox.getHealth().catch((error) => error.name);
const ends = new AbortController();
const patient = new Sandbox({ baseUrl: process.argv[2] });
const call = patient.getHealth({ signal: ends.signal }).catch((error) => error.message);
setTimeout(() => ends.abort(new Error("the shopper left")), 100);
console.log(JSON.stringify([late, await call]));
"""


def test_a_call_ends_by_its_time_out_or_its_signal(project: Path) -> None:
    (project / "signal.mjs").write_text(SIGNAL)
    with create_server(("127.0.0.1", 0)) as silent:  # accepts and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert json.loads(run(project, "node", "signal.mjs", url)) == ["NoAnswerError", "the shopper left"]


STRICT: Final = ("--noEmit", "--strict", "--target", "ES2023", "--module", "NodeNext", "--types", "node")
TYPED: Final = """
import { type CallResult, Sandbox } from "@paysandbox/client";
const sandbox = new Sandbox({ baseUrl: "http://127.0.0.1:4610", apiKey: "sk_test_shop_1" });
const card = { number: "4242424242424242", exp_month: 12, exp_year: 2030 };
const payment: CallResult<"authorize_payment"> = await sandbox.authorizePayment({ body: { amount: 1250, card } });
const id: string = payment.auth_id;
const { data } = await sandbox.listPayments({ status: "captured" });
const amount: number = data[0]!.amount;
await sandbox.getPayment({ transaction_id: id });
await sandbox.simulateAction({ object_id: id, action: "expire" });
await sandbox.getSettings();
"""
WRONG: Final = {
    "amount: 1250, card": ('amount: "12.50", card', "Type 'string' is not assignable to type 'number'"),
    "amount: 1250, ": ("", "Property 'amount' is missing"),
    '"captured"': ('"caught"', '"caught"\' is not assignable to type'),
    "{ transaction_id: id }": ("", "Expected 1 arguments, but got 0"),
    "getSettings()": ("getSetings()", "Property 'getSetings' does not exist"),
    "getSettings();": ("getSettings({ limit: 5 });", "'limit' does not exist in type"),
    '"expire" }': ('"expire", body: 7 }', "Type 'number' has no properties in common"),
    ".auth_id": (".auth", "Property 'auth' does not exist"),
}


def test_it_is_typed(project: Path, subtests: pytest.Subtests) -> None:
    (project / "typed.ts").write_text(TYPED)
    run(project, "node_modules/.bin/tsc", *STRICT, "typed.ts")
    for number, (right, (wrong, _)) in enumerate(WRONG.items()):
        (project / f"wrong_{number}.ts").write_text(TYPED.replace(right, wrong, 1))
    done = attempt(project, "node_modules/.bin/tsc", *STRICT, *(f"wrong_{number}.ts" for number in range(len(WRONG))))
    for number, (_, message) in enumerate(WRONG.values()):
        with subtests.test(message):
            found = [line for line in done.stdout.splitlines() if line.startswith(f"wrong_{number}.ts")]
            assert len(found) == 1, done.stdout
            assert message in done.stdout
