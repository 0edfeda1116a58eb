"""`paysandbox verify`: its checks, the causes of their failures, and the messages."""

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from api_reference.routes import ROUTES
from cli.connection.api import client_of
from cli.connection.target import local_target
from cli.state.state_dir import StateDir
from cli.terminal.steps import Quiet, Step, Steps
from cli.verification.client import Client, Credentials, Run
from cli.verification.dashboard_checks import DASHBOARD_SUITE
from cli.verification.report import Report
from cli.verification.response import ABSENT, PRESENT, Response
from cli.verification.suite import Check, Finding, Outcome, Suite, name_of
from cli.verification.suites import deployed_suites, suites_of
from cli.verification.verify import suites_at_once, verified
from paysandbox.core.errors import Code
from paysandbox.donations.routes import LIST_MY_DONATIONS
from paysandbox.http.route import Api, Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_HEALTH, GET_PAYMENT, LIST_PAYMENTS
from paysandbox.reference.routes import GET_DOCS
from paysandbox.stripe_api import routes as stripe_api
from tests.support.clients.program import paysandbox
from tests.support.fakes.wire import HANG_UP, Reply, Request, Wire, served
from tests.support.worlds.deployed_account import Account, deployed
from tests.support.worlds.donation_account import donation_account

KEY = "sk_test_verify_secret"
TOKEN = "a.donors.token"
VISA = "4242424242424242"
TARGET = local_target(StateDir.find(), 4566, "us-east-1")
PAYMENT = {"auth_id": "auth_1", "status": "approved", "amount": 1000, "captures": [{"amount": 400}]}
REFUSED = {"code": "capture_exceeds_authorized", "title": "Too much", "detail": "600 remain."}


class Known(Credentials):
    """The credentials of a test, which AWS does not know."""

    def create_key(self) -> None:
        self.api_key = KEY

    def revoke_key(self) -> None:
        pass

    def create_donor(self) -> None:
        self.token = TOKEN


def new_key(shop: Client) -> None:
    """A key is made."""
    shop.credentials.create_key()


def authorizes(shop: Client) -> None:
    """It authorizes."""
    payment = shop.send(AUTHORIZE_PAYMENT, body={"card": {"number": VISA}, "amount": 1000})
    fields = {"status": "approved", "amount": 1000, "captures.#": 1, "captures.0.amount": 400, "auth_id": PRESENT}
    assert payment.has(fields, headers={"Idempotent-Replayed": ABSENT}), "the payment is approved"
    again = shop.send(AUTHORIZE_PAYMENT, "again")
    assert again.has(headers={"Idempotent-Replayed": "true"}, same_as=payment), "it is the same again"


def shows(shop: Client) -> None:
    """It shows."""
    assert shop.send(GET_PAYMENT, of="auth_1").has({"auth_id": "auth_1"}), "the payment is shown"


def refuses(shop: Client) -> None:
    """It refuses."""
    too_much = shop.send(CAPTURE_PAYMENT, body={"auth_id": "auth_1"})
    assert too_much.is_refused(409, Code.CAPTURE_EXCEEDS_AUTHORIZED), "too much is not captured"


def explains(shop: Client) -> None:
    """It explains."""
    assert shop.send(GET_DOCS).has(contains=["swagger"]), "the page is served"


CHECKS = (new_key, authorizes, shows, refuses, explains)

SOUND = {
    "authorizes": Reply(200, PAYMENT, {"Request-Id": "req-1"}),
    "repeats": Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}),
    "shows": Reply(200, PAYMENT),
    "refuses": Reply(409, REFUSED),
    "explains": Reply(200, "<script src=swagger>"),
}


def purpose(request: Request) -> str:
    if request.path == "/payments/authorize":
        return "repeats" if "x-idempotency-key" in request.headers else "authorizes"
    return {"/payments/capture": "refuses", "/docs": "explains"}.get(request.path, "shows")


def client_at(base_url: str, http: httpx.Client, run_id: str = "1f", **more: Any) -> Client:
    run = Run(run_id, "test", f"{base_url}/elsewhere", "", 2040)
    return Client(http, run, Known(TARGET, "verify"), **more)


def verify(answer: Callable[[Request], Reply | None], *checks: Check, **more: Any) -> tuple[dict[str, Finding], Wire]:
    """Return the findings by the check's name."""
    with served(answer) as wire, client_of(wire.base_url) as http:
        found = Suite("life", Client, checks or CHECKS).findings(client_at(wire.base_url, http, **more))
        return {finding.name: finding for finding in found}, wire


def outcomes(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.outcome.value for name, finding in findings.items() if finding.outcome is not Outcome.PASSED}


def test_correct_responses_pass() -> None:
    findings, wire = verify(lambda request: SOUND[purpose(request)])

    assert list(findings) == ["A key is made", "It authorizes", "It shows", "It refuses", "It explains"]
    assert outcomes(findings) == {}
    assert wire.requests[0].body == {"card": {"number": VISA}, "amount": 1000}
    assert wire.requests[2].path == "/payments/auth_1"
    assert ["x-api-key" in request.headers for request in wire.requests] == [True] * 4 + [False]


@pytest.mark.parametrize("broken, reply, check, expected, differences", [
    ("authorizes", Reply(500, {"code": "internal_error"}), "It authorizes", "the payment is approved",
     ["the status is 500, not 200"]),
    ("authorizes", Reply(200, PAYMENT | {"status": "declined"}), "It authorizes", "the payment is approved",
     ["status is declined, not approved"]),
    ("authorizes", Reply(200, PAYMENT | {"amount": 1000.0}), "It authorizes", "the payment is approved",
     ["amount is 1000.0, not 1000"]),  # no fractions
    ("authorizes", Reply(200, PAYMENT | {"amount": True}), "It authorizes", "the payment is approved",
     ["amount is True, not 1000"]),
    ("authorizes", Reply(200, PAYMENT | {"captures": []}), "It authorizes", "the payment is approved",
     ["captures.# is 0, not 1", "captures.0.amount is absent, not 400"]),
    ("authorizes", Reply(200, PAYMENT | {"auth_id": None}), "It authorizes", "the payment is approved",
     ["auth_id is None, not present"]),
    ("authorizes", Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}), "It authorizes", "the payment is approved",
     ["header Idempotent-Replayed is true, not absent"]),
    ("repeats", Reply(200, PAYMENT), "It authorizes", "it is the same again",
     ["header Idempotent-Replayed is absent, not true"]),
    ("repeats", Reply(200, PAYMENT | {"amount": 999}, {"Idempotent-Replayed": "true"}), "It authorizes",
     "it is the same again", ["the body differs from that of the first response"]),
    ("shows", Reply(200, PAYMENT | {"auth_id": "auth_2"}), "It shows", "the payment is shown",
     ["auth_id is auth_2, not auth_1"]),
    ("refuses", Reply(200, {"status": "completed"}), "It refuses", "too much is not captured",
     ["the status is 200, not 409"]),
    ("refuses", Reply(409, REFUSED | {"code": "already_voided"}), "It refuses", "too much is not captured",
     ["code is already_voided, not capture_exceeds_authorized"]),
    ("explains", Reply(200, "<html>"), "It explains", "the page is served", ["'swagger' is missing"]),
    ("explains", HANG_UP, "It explains", "",
     ["no response: RemoteProtocolError: Server disconnected without sending a response."]),
])  # fmt: skip
def test_a_wrong_response_fails_with_its_difference(
    broken: str, reply: Reply | None, check: str, expected: str, differences: list[str]
) -> None:
    findings, _ = verify(lambda request: reply if purpose(request) == broken else SOUND[purpose(request)])

    assert outcomes(findings) == {check: "failed"}
    assert list(findings[check].differences) == differences
    assert findings[check].expected.startswith(expected)


def needs_a_field(shop: Client) -> None:
    """It has an id."""
    shop.send(GET_HEALTH)["data.0.id"]


def test_a_missing_field_fails_the_check_that_needs_it() -> None:
    findings, _ = verify(lambda _: Reply(200, {"data": []}), needs_a_field)

    assert findings["It has an id"].expected == "the response has data.0.id"
    assert findings["It has an id"].differences == ("it is not so that the response has data.0.id",)


def stripe_refund(shop: Client) -> None:
    """A refund is made."""
    made = shop.send(stripe_api.CREATE_REFUND, body={"metadata[order]": "1", "amount": 400})
    assert made.has(), "it is made"
    found = shop.send(stripe_api.GET_REFUND, of=made["id"], query={"expand[]": "charge"})
    assert found.has(), "it is found"
    assert shop.send(stripe_api.LIST_REFUNDS, anonymous=True).has(), "others are listed"


def test_stripe_checks_use_forms_and_bearer_keys() -> None:
    findings, wire = verify(lambda _: Reply(200, {"id": "re_1"}), new_key, stripe_refund)

    assert outcomes(findings) == {}
    made, found, stranger = wire.requests
    assert (made.path, made.body) == ("/elsewhere/v1/refunds", {"metadata[order]": "1", "amount": "400"})
    assert made.headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in made.headers
    assert (found.path, found.query) == ("/elsewhere/v1/refunds/re_1", {"expand[]": "charge"})
    assert "authorization" not in stranger.headers


def test_stripe_errors_are_reported_with_their_reason() -> None:
    refused = {"error": {"type": "invalid_request_error", "code": "parameter_unknown", "message": "Not known."}}
    findings, _ = verify(lambda _: Reply(400, refused), new_key, stripe_refund)

    assert findings["A refund is made"].seen == "400, error.code parameter_unknown, error.message Not known."


def unsigned(shop: Client) -> None:
    """Nobody gives without a token."""
    shop.send(LIST_MY_DONATIONS)


def signed_in(shop: Client) -> None:
    """A donor signs in."""
    shop.credentials.create_donor()
    assert shop.send(LIST_MY_DONATIONS).has({"said": PRESENT}), "the donations are listed"


def test_a_donor_sends_a_token() -> None:
    findings, wire = verify(lambda _: Reply(200, {"said": 1}), unsigned, signed_in)

    assert outcomes(findings) == {"Nobody gives without a token": "not_tried"}
    (shown,) = wire.requests
    assert (shown.headers["authorization"], "x-api-key" in shown.headers) == (f"Bearer {TOKEN}", False)


def test_without_a_server_all_checks_are_skipped() -> None:
    with served(lambda _: Reply()) as wire:
        nobody = wire.base_url
    with client_of(nobody) as http:
        found = list(Suite("life", Client, CHECKS).findings(client_at(nobody, http)))

    assert [finding.outcome.value for finding in found] == ["passed", "failed", *["not_tried"] * 3]
    assert found[-1].seen == f"not run: no connection to {nobody}"


def later(within_s: float, in_a_row: int = 1) -> Check:
    def check(reader: Client) -> None:
        """It comes."""
        assert reader.send(GET_HEALTH).has(within_s=within_s, in_a_row=in_a_row), "it comes"

    return check


def test_eventual_results_are_polled() -> None:
    replies = iter([Reply(404), Reply(404), Reply(200)])
    findings, _ = verify(lambda _: next(replies), later(within_s=60))

    assert outcomes(findings) == {}
    assert findings["It comes"].took_ms >= (0.1 + 0.2) * 1000


def test_inconsistent_results_must_pass_repeatedly() -> None:
    statuses = [403, 200, 200, 403, 200, 200, 200]
    replies = iter(Reply(status) for status in statuses)
    findings, wire = verify(lambda _: next(replies), later(within_s=60, in_a_row=3))

    assert outcomes(findings) == {}
    assert len(wire.requests) == len(statuses)


def test_intermittent_results_fail() -> None:
    statuses = itertools.cycle([200, 200, 403])
    findings, _ = verify(lambda _: Reply(next(statuses)), later(within_s=0.5, in_a_row=3))

    assert findings["It comes"].outcome is Outcome.FAILED


@pytest.mark.parametrize("status, within_s, requests", [(404, 0.25, 2), (503, 60, 1)])
def test_late_results_fail_and_exceptions_end_polling(status: int, within_s: float, requests: int) -> None:
    findings, wire = verify(lambda _: Reply(status), later(within_s))

    assert findings["It comes"].differences == (f"the status is {status}, not 200",)
    assert len(wire.requests) == requests


class NoWait(threading.Event):
    """Set by nobody, and waited for by nobody."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as Event has it
        return False


UPSTREAM = Reply(502, {"code": "upstream_error"})
LIMITED = Reply(429, {"code": "rate_limited"}, {"Retry-After": "1"})
UPSTREAM_OF_STRIPE = Reply(502, {"error": {"type": "api_error", "message": "Retry."}})


def sends(route: Route, key: str | None = None, **more: Any) -> Check:
    def check(shop: Client) -> None:
        """It is sent."""
        assert shop.send(route, key, anonymous=True, **more).has(), "it is answered"

    return check


@pytest.mark.parametrize(
    "check, replies, outcome, repeats",
    [
        (sends(GET_HEALTH), [UPSTREAM, UPSTREAM, Reply()], "passed", 2),
        (sends(GET_HEALTH), [UPSTREAM, UPSTREAM, UPSTREAM], "failed", 2),
        (sends(AUTHORIZE_PAYMENT, "order 1"), [UPSTREAM, Reply()], "passed", 1),
        (sends(stripe_api.CREATE_REFUND, "refund 1"), [UPSTREAM_OF_STRIPE, Reply()], "passed", 1),
        (sends(AUTHORIZE_PAYMENT), [UPSTREAM], "failed", 0),  # it could take effect twice
        (sends(AUTHORIZE_PAYMENT), [LIMITED, Reply()], "passed", 1),
        (sends(AUTHORIZE_PAYMENT), [LIMITED, UPSTREAM], "failed", 1),
        (sends(GET_HEALTH), [LIMITED, LIMITED, LIMITED], "failed", 2),
        (sends(GET_HEALTH), [Reply(429, {"code": "quota_exceeded"}, {"Retry-After": "60"})], "failed", 0),
        (sends(GET_HEALTH), [Reply(429, {"code": "rate_limited"})], "failed", 0),
        (sends(GET_HEALTH), [Reply(502, {"code": "other"})], "failed", 0),
        (sends(GET_HEALTH), [Reply(502, "<html>")], "failed", 0),
        (sends(GET_HEALTH), [Reply(500, {"code": "internal_error"})], "failed", 0),
        (sends(GET_HEALTH), [Reply(504, {"code": "upstream_timeout"})], "failed", 0),
    ],
)
def test_requests_that_no_function_answered_are_repeated(
    check: Check, replies: list[Reply], outcome: str, repeats: int
) -> None:
    left = iter(replies)
    findings, wire = verify(lambda _: next(left), check, stop=NoWait())

    found = findings["It is sent"]
    assert (found.outcome.value, found.repeats, len(wire.requests)) == (outcome, repeats, len(replies))


def test_a_donation_is_retried_while_stripe_does_not_respond() -> None:
    replies = iter([Reply(503, {"code": "stripe_unavailable"}), Reply(503, {"code": "stripe_unavailable"}), Reply(200)])
    findings, wire = verify(lambda _: next(replies), later(within_s=60))

    assert outcomes(findings) == {}
    assert len(wire.requests) == 3


def keyed(shop: Client) -> None:
    """A gift is repeated."""
    for _ in range(2):
        shop.send(AUTHORIZE_PAYMENT, "gift 1", anonymous=True)


def test_idempotency_keys_are_unique_to_the_run() -> None:
    sent = [
        [
            request.headers["x-idempotency-key"]
            for request in verify(lambda _: Reply(200), keyed, run_id=run_id)[1].requests
        ]
        for run_id in ("1f", "2f")
    ]

    assert sent == [["gift 1 of 1f"] * 2, ["gift 1 of 2f"] * 2]


UNCONFIGURED = Reply(
    503, {"code": "stripe_not_configured", "detail": "Run paysandbox donations secrets set STRIPE_SECRET_KEY."}
)


@pytest.mark.parametrize("unconfigured, outcome", [(frozenset({"stripe_not_configured"}), "not_tried"),
                                                   (frozenset[str](), "failed")])  # fmt: skip
def test_unsupported_features_are_skipped(unconfigured: frozenset[str], outcome: str) -> None:
    findings, _ = verify(lambda _: UNCONFIGURED, later(within_s=60), unconfigured=unconfigured)

    assert outcomes(findings) == {"It comes": outcome}
    assert "secrets set STRIPE_SECRET_KEY" in findings["It comes"].seen


# --- all checks -------------------------------------------------------------------------------------------------------

SUITES = suites_of(TARGET)


class Anything(Response):
    """A response that has every field, and is or is not as expected."""

    is_as_expected = True

    def __post_init__(self) -> None:
        pass

    def __getitem__(self, path: str) -> str:
        return "something"

    def has(self, *_: Any, **__: Any) -> bool:
        return self.is_as_expected


class Wrong(Anything):
    """A response that is never as expected."""

    is_as_expected = False


@dataclass
class Dry:
    """A suite's requests and findings in a dry run."""

    routes: list[Route] = field(default_factory=list[Route])
    sent: list[httpx.Request] = field(default_factory=list[httpx.Request])
    findings: list[Finding] = field(default_factory=list[Finding])


def dry_run(suite: Suite, response: type[Anything]) -> Dry:
    dry = Dry()

    class DryClient(suite.client):
        def send(self, route: Route, *args: Any, **options: Any) -> Response:
            dry.routes.append(route)
            return super().send(route, *args, **options)

        def response(self, request: httpx.Request) -> Response:
            dry.sent.append(request)
            return response(request, self.http.send, lambda _: None, self._compared)

    with client_of("http://native.test") as http:
        run = Run("1f", "test", "http://stripe.test", "Bearer sk_test_account", 2040, "https://dashboard.test/")
        client = DryClient(http, run, Known(TARGET, "verify"))
        dry.findings += suite.findings(client)
    return dry


@pytest.fixture(scope="module")
def dry() -> list[Dry]:
    return [dry_run(suite, Anything) for suite in (*SUITES, DASHBOARD_SUITE)]


def test_names_of_checks_and_suites_are_unique() -> None:
    names = [name_of(check) for suite in SUITES for check in suite.checks]
    assert len(names) == len(set(names))
    assert len({suite.name for suite in SUITES}) == len(SUITES)


def test_each_check_passes_with_expected_responses(dry: list[Dry]) -> None:
    assert [finding for run in dry for finding in run.findings if finding.outcome is not Outcome.PASSED] == []


def test_each_check_fails_with_other_responses(subtests: pytest.Subtests) -> None:
    """A check without an assertion would pass whatever the sandbox does."""
    for suite in (*SUITES, DASHBOARD_SUITE):
        for finding in dry_run(suite, Wrong).findings:
            with subtests.test(finding.name):
                assert finding.outcome is Outcome.FAILED
                assert finding.expected


def test_every_idempotency_key_has_the_runs_id(dry: list[Dry]) -> None:
    headers = [item for run in dry for request in run.sent for item in request.headers.items()]
    keys = [value for name, value in headers if name.endswith("idempotency-key")]
    assert keys
    assert [key for key in keys if not key.endswith(" of 1f")] == []


def test_every_route_is_checked(dry: list[Dry]) -> None:
    sent = {(route.api, route.method, route.path) for run in dry for route in run.routes}
    assert {(route.api, route.method, route.path) for route in (*ROUTES, *stripe_api.ROUTES)} - sent == {
        (Api.NATIVE, "GET", "/docs/{asset}/{page}"),  # pages like those that are checked
    }


# --- the report -------------------------------------------------------------------------------------------------------


def report(*findings: Finding) -> Report:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return Report("dev", "https://api.example.test", "0.1.0", at, 1.25, findings, (KEY,))


OK = Finding("life", "it authorizes", Outcome.PASSED, "200", "200", 12.34)
SECRETS = ("pi_1_secret_Ab0", "whsec_c2Vj+/c==")
BAD = Finding("life", "it refuses", Outcome.FAILED, "409", f"200, {KEY} | {VISA}, {' and '.join(SECRETS)}.", 5.0,
              (f"it says {VISA}",), "req-9")  # fmt: skip
LEFT = Finding("life", "it shows", Outcome.NOT_TRIED, "", "not tried", 0.0)


def test_reports_have_route_difference_and_request_id() -> None:
    text = report(OK, BAD, LEFT).as_markdown()

    for told in ("`dev`: FAILED", "https://api.example.test", "version | 0.1.0", "2026-11-20T12:00:00Z",
                 "1 of 3 checks passed, 1 failed, 1 not run in 1.2 s.",
                 "request id: req-9", "| ✓ | it authorizes | 200 | 200 | 12 |"):  # fmt: skip
        assert told in text


@pytest.mark.parametrize("shape", ["as_json", "as_markdown"])
def test_reports_have_no_keys_secrets_or_card_numbers(shape: str) -> None:
    text = getattr(report(OK, BAD), shape)()

    for secret in (KEY, VISA, *SECRETS):
        assert secret not in text


def test_reports_say_how_many_requests_were_repeated() -> None:
    found = report(OK, replace(OK, repeats=2), replace(BAD, repeats=1))
    assert found.summary == "2 of 3 checks passed, 1 failed, 3 requests repeated after a 429 or 502 in 1.2 s"
    assert [check["repeats"] for check in json.loads(found.as_json())["checks"]] == [0, 2, 1]


def test_a_run_without_checks_fails() -> None:
    assert [report(*findings).passed for findings in ((), (LEFT,), (BAD,))] == [False] * 3


def test_skipped_checks_fail_only_in_strict_mode() -> None:
    left = report(OK, LEFT)
    told = [json.loads(one.as_json()) for one in (left, replace(left, strict=True))]

    assert [(one["strict"], one["passed"]) for one in told] == [(False, True), (True, False)]
    assert told[0]["counts"] == {"passed": 1, "failed": 0, "not_tried": 1}
    assert replace(report(OK), strict=True).passed


# --- the command ------------------------------------------------------------------------------------------------------


NOT_FOUND = Reply(404, {"code": "resource_not_found"})
UNWELL = Reply(503, {"code": "service_unavailable", "detail": "No table."}, {"Request-Id": "req-7"})


@contextmanager
def account_of(wire: Wire) -> Iterator[Account]:
    """Provide an account whose gateways are at this address."""
    with deployed("dev", outputs={"BaseUrl": wire.base_url}) as account:
        account.deploy_v1(wire.base_url)
        yield account


def test_a_failing_run_exits_1_and_leaves_no_key(tmp_path) -> None:
    gateway, lists_of_v1 = None, ("/v1/payment_intents", "/v1/customers", "/v1/accounts", "/v1/subscriptions")

    def unwell(request: Request) -> Reply:
        """Answer as an API that recognizes its keys, and fails at all else."""
        keys = [key["value"] for key in gateway.get_api_keys(includeValues=True)["items"]] if gateway else []
        if request.path in ("/payments", "/v1/api/payment") and request.method == "GET":
            known = request.headers.get("x-api-key") in keys
            return Reply(200, {"data": []}) if known else Reply(401, {"code": "api_key_invalid"})
        if request.path.startswith("/v1/api/"):
            return NOT_FOUND
        if request.path.startswith("/v1/"):
            known = request.headers.get("authorization", "").removeprefix("Bearer ") in keys
            if not known:
                return Reply(401, {"error": {"type": "invalid_request_error"}})
            return Reply(200, {"data": []}) if request.path in lists_of_v1 else NOT_FOUND
        if request.path == "/requests":  # or it would be waited for as long as AWS may take
            return Reply(200, {"data": [{"outcome": "refused", "route": "capture_payment"}]})
        if request.path == "/metrics":  # likewise
            return Reply(200, {"by_code": [{"code": "capture_exceeds_authorized", "count": 1}]})
        if request.path == "/feed":  # likewise
            return Reply(200, {"data": [{"id": "req-1"}], "next_cursor": "c"})
        # A fault is told at once; an event that is not there yet would be waited for.
        return UNWELL if request.path in ("/health", "/events") else NOT_FOUND

    file = tmp_path / "verify.json"
    with served(unwell) as wire, account_of(wire) as account:
        gateway = account.client("apigateway")
        said = paysandbox("verify", "--env", "dev", "--report", str(file), "--json")
        assert gateway.get_api_keys()["items"] == []

    assert said.exit_code == 1
    assert "✗ pages" in said.stderr
    health, *rest = json.loads(said.stdout)["checks"]
    assert health["differences"] == ["the status is 503, not 200"]
    assert health["request_id"] == "req-7"
    assert health["seen"].startswith("503, code service_unavailable, ")
    assert {check["name"] for check in rest if check["outcome"] == "passed"} == {
        "A new API key works, and its merchant has no payments",
        "A new API key works, and its merchant has no customers",
        "A new API key works, and its merchant has no subscriptions",
        "A new API key works, and its merchant has no connected accounts",
        "An unknown inbox returns 404",
        "A request without an API key and an unknown path are rejected",
        "The request log lists rejected requests",
        "The metrics count the rejected requests, and the feed has entries",
        "A revoked API key is rejected",
        "A new API key works, and its merchant has no PaymentIntents",
        "A /v1 request without an API key is rejected",
        "A revoked API key is rejected by the Stripe-compatible API",
        "A new API key works, and its merchant has no disbursements",
        "An unknown disbursement returns 404",
        "A revoked API key pays nothing",
    }
    assert file.read_text() == said.stdout


@pytest.mark.full
def test_failures_show_expected_and_actual_values() -> None:
    def elsewhere(request: Request) -> Reply:
        return (
            Reply(200, {"status": "ok", "environment": "prod", "version": "9"}) if request.path == "/health" else UNWELL
        )

    with served(elsewhere) as wire, account_of(wire):
        said = paysandbox("verify", "--env", "dev")

    assert said.exit_code == 1
    assert said.stdout.splitlines()[:5] == [
        "✗ pages: The health check needs no API key",
        "  difference environment is prod, not dev",
        "  expected   the environment is healthy: 200, status ok, environment dev, version present",
        "  actual     200, status ok, environment prod, version 9",
        "  request id none",
    ]


class InterruptedAfter(Quiet):
    """A user who presses Ctrl-C after the key was created."""

    def finished(self, step: Step) -> None:
        if step.title == "life":
            raise KeyboardInterrupt


def lists(shop: Client) -> None:
    """It lists."""
    assert shop.send(LIST_PAYMENTS).has(status=404), "there is no list"


def test_an_interrupted_run_leaves_no_key() -> None:
    with served(lambda _: NOT_FOUND) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        with pytest.raises(KeyboardInterrupt):
            verified(target, (Suite("life", Client, (new_key, lists)),), Steps(InterruptedAfter()))
        assert account.client("apigateway").get_api_keys()["items"] == []

    assert wire.requests[0].headers["x-api-key"].startswith("sk_test_verify-")


def one_request(name: str, path: str, within_s: float = 0.0) -> Suite:
    """Return a suite of one request that needs no key."""

    def check(reader: Client) -> None:
        assert reader.send(replace(GET_HEALTH, path=path)).has(within_s=within_s), "it is found"

    check.__doc__ = name
    return Suite(name, Client, (check,))


NEW = {"AccountLimit": {"ConcurrentExecutions": 10}}
USUAL = {"AccountLimit": {"ConcurrentExecutions": 1_000}}


def limit_executions(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | None) -> None:
    """Let Lambda answer how many executions the account has, or (None) refuse to."""
    call = getattr(BaseClient, "_make_api_call")  # noqa: B009 - private

    def answered(client: Any, operation: str, parameters: Any) -> Any:
        if operation != "GetAccountSettings":
            return call(client, operation, parameters)
        if answer is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)


def test_suites_run_concurrently(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_executions(monkeypatch, USUAL)
    both = threading.Barrier(2, timeout=30)

    def together(request: Request) -> Reply:
        if request.path in ("/1", "/2"):
            both.wait()
        return Reply(200)

    with served(together) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        done = verified(target, [one_request("one", "/1"), one_request("other", "/2")], Steps(Quiet()))

    assert (done.passed, [finding.name for finding in done.findings]) == (True, ["one", "other"])


class InterruptedAtOnce(Quiet):
    """A user who presses Ctrl-C when one suite is done, while the other one waits."""

    def finished(self, step: Step) -> None:
        if step.title == "one":
            raise KeyboardInterrupt


def test_an_interrupted_run_stops_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_executions(monkeypatch, USUAL)
    with served(lambda request: Reply(200 if request.path == "/1" else 404)) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        waits = one_request("other", "/2", within_s=3600)
        with pytest.raises(KeyboardInterrupt):
            verified(target, [waits, one_request("one", "/1")], Steps(InterruptedAtOnce()))


def test_suites_of_features_that_an_environment_leaves_out_do_not_run() -> None:
    every = {
        *("pages", "payments", "stripe", "customers", "billing", "accounts", "donations", "disbursements", "dashboard")
    }
    with deployed("dev") as account:
        assert {suite.name for suite in deployed_suites(account.target)} == every
    with deployed("dev", outputs={"LeftOut": "donations,disbursements"}) as account:
        assert {suite.name for suite in deployed_suites(account.target)} == every - {"donations", "disbursements"}


@pytest.mark.parametrize("options, exit_code", [((), 0), (("--strict",), 1)])
def test_skipped_checks_are_reported(options: tuple[str, ...], exit_code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    suites = (one_request("tried", "/1"), one_request("left", "/2"))
    monkeypatch.setattr("cli.verification.suites.suites_of", lambda _: suites)
    with served(lambda request: Reply(200) if request.path == "/1" else UNCONFIGURED) as wire, account_of(wire):
        said = paysandbox("verify", "--env", "dev", *options)

    assert said.exit_code == exit_code
    reason = "not run: stripe_not_configured: Run paysandbox donations secrets set STRIPE_SECRET_KEY."
    assert said.stdout.splitlines()[0] == f"· 1 check {reason}"
    assert "1 of 2 checks passed, 1 not run" in said.stdout


def test_without_assertions_nothing_is_verified() -> None:
    """A run of Python that leaves assertions out would report that all is well."""
    command = [sys.executable, "-O", "-c", "from cli.verification.verify import verify; verify()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "Python runs without assertions" in done.stderr


def test_an_unwritable_report_fails_before_any_check(tmp_path) -> None:
    said = paysandbox("verify", "--report", str(tmp_path / "nowhere" / "verify.md"))

    assert (said.exit_code, said.stdout) == (1, "")
    assert "There is no folder" in said.stderr


@pytest.mark.full
def test_a_run_leaves_no_donor_and_reports_have_no_token() -> None:
    tokens: list[str] = []

    def shown(request: Request) -> Reply:
        tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        return Reply(200, {"said": tokens[-1]})

    with served(shown) as wire, donation_account(base_url=wire.base_url, with_pool=True) as there:
        there.account.deploy_v1(wire.base_url)
        target = replace(there.target, base_url=wire.base_url)
        found = verified(target, (Suite("donor", Client, (signed_in,)),), Steps(Quiet()))
        left = there.account.client("cognito-idp").list_users(UserPoolId=there.pool_id)["Users"]

    assert (found.passed, left) == (True, [])
    assert tokens[0].startswith("ey")
    assert tokens[0] not in found.as_json() + found.as_markdown()


@pytest.mark.parametrize(
    "answer, at_once",
    [(NEW, 1), (USUAL, 9), (None, 1)],
)
def test_suites_run_one_after_another_in_a_new_account(
    answer: dict[str, Any] | None, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_executions(monkeypatch, answer)
    with deployed("dev") as account:
        assert suites_at_once(account.target, suites_of(account.target)) == at_once


def test_suites_of_a_local_sandbox_run_in_parallel() -> None:
    assert suites_at_once(TARGET, SUITES) == len(SUITES)
