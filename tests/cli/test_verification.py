"""`paysandbox verify`: its checks, the causes of their failures, and the messages."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from api_reference.routes import ROUTES
from cli.connection.api import client_of
from cli.connection.target import local_target
from cli.sandbox.state_dir import StateDir
from cli.terminal.steps import Quiet, Step, Steps
from cli.verification.checks import ABSENT, PRESENT, Answer, Finding, Kept, Outcome, Place, Suite, Visit
from cli.verification.payment_checks import suites_of
from cli.verification.report import Report
from cli.verification.verify import verified
from paysandbox.core.errors import Code
from paysandbox.donations.routes import LIST_MY_DONATIONS
from paysandbox.http.route import Api, Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, GET_HEALTH, GET_PAYMENT, LIST_PAYMENTS
from paysandbox.reference.routes import GET_DOCS
from paysandbox.stripe_api import routes as stripe_api
from tests.support.deployed_account import Account, deployed
from tests.support.donation_account import donation_account
from tests.support.program import paysandbox
from tests.support.wire import HANG_UP, Reply, Request, Wire, served

KEY = "sk_test_verify_secret"
TOKEN = "a.donors.token"
VISA = "4242424242424242"
PAYMENT = {"auth_id": "auth_1", "status": "approved", "amount": 1000, "captures": [{"amount": 400}]}
REFUSED = {"code": "capture_exceeds_authorized", "title": "Too much", "detail": "600 remain."}


class Shop(Visit):
    payment, donation = Kept(), Kept()


def life(shop: Shop) -> None:
    with shop.check("a key is made"):
        shop.makes_a_key()
    with shop.check("it authorizes"):
        shop.payment = shop.expect(
            shop.request(AUTHORIZE_PAYMENT, body={"card": {"number": VISA}, "amount": 1000}),
            {"status": "approved", "amount": 1000, "captures.#": 1, "captures.0.amount": 400, "auth_id": PRESENT},
            headers={"Idempotent-Replayed": ABSENT},
        )
    with shop.check("it repeats"):
        again = shop.request(AUTHORIZE_PAYMENT, "again")
        shop.expect(again, headers={"Idempotent-Replayed": "true"}, same_as=shop.payment)
    with shop.check("it shows"):
        auth_id = shop.payment["auth_id"]
        shop.expect(shop.request(GET_PAYMENT, of=auth_id), {"auth_id": auth_id})
    with shop.check("it refuses"):
        too_much = shop.request(CAPTURE_PAYMENT, body={"auth_id": shop.payment["auth_id"]})
        shop.refused(too_much, 409, Code.CAPTURE_EXCEEDS_AUTHORIZED)
    with shop.check("it explains"):
        shop.expect(shop.request(GET_DOCS), contains=["swagger"])


LIFE = ["a key is made", "it authorizes", "it repeats", "it shows", "it refuses", "it explains"]

SOUND = {
    "it authorizes": Reply(200, PAYMENT, {"Request-Id": "req-1"}),
    "it repeats": Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}),
    "it shows": Reply(200, PAYMENT),
    "it refuses": Reply(409, REFUSED),
    "it explains": Reply(200, "<script src=swagger>"),
}


def asked(request: Request) -> str:
    """Return the check that a request belongs to."""
    if request.path == "/payments/authorize":
        return "it repeats" if "x-idempotency-key" in request.headers else "it authorizes"
    return {"/payments/capture": "it refuses", "/docs": "it explains"}.get(request.path, "it shows")


def visit(base_url: str, http: httpx.Client, run_id: str = "1f", **more: Any) -> Shop:
    place = Place(run_id, "test", f"{base_url}/elsewhere", "", 2040)
    return Shop(http, place, "verify", lambda: KEY, lambda: None, lambda: TOKEN, **more)


def verify(
    answer: Callable[[Request], Reply | None], chapter: Callable[[Shop], None] = life, **more: Any
) -> tuple[dict[str, Finding], Wire]:
    """Return the findings by the check's name."""
    with served(answer) as wire, client_of(wire.base_url) as http:
        found = visit(wire.base_url, http, **more).chapter("life", chapter)
        return {finding.name: finding for finding in found}, wire


def outcomes(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.outcome.value for name, finding in findings.items() if finding.outcome is not Outcome.PASSED}


def test_correct_responses_pass() -> None:
    findings, wire = verify(lambda request: SOUND[asked(request)])

    assert list(findings) == LIFE
    assert outcomes(findings) == {}
    assert wire.requests[0].body == {"card": {"number": VISA}, "amount": 1000}
    assert wire.requests[2].path == "/payments/auth_1"
    assert ["x-api-key" in request.headers for request in wire.requests] == [True] * 4 + [False]


@pytest.mark.parametrize("check, reply, told", [
    ("it authorizes", Reply(500, {"code": "internal_error"}), ["the status is 500, not 200"]),
    ("it authorizes", Reply(200, PAYMENT | {"status": "declined"}), ["status is declined, not approved"]),
    ("it authorizes", Reply(200, PAYMENT | {"amount": 1000.0}), ["amount is 1000.0, not 1000"]),     # no fractions
    ("it authorizes", Reply(200, PAYMENT | {"amount": True}), ["amount is True, not 1000"]),
    ("it authorizes", Reply(200, PAYMENT | {"captures": []}),
     ["captures.# is 0, not 1", "captures.0.amount is absent, not 400"]),
    ("it authorizes", Reply(200, PAYMENT | {"auth_id": None}), ["auth_id is None, not present"]),
    ("it authorizes", Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}),
     ["header Idempotent-Replayed is true, not absent"]),
    ("it repeats", Reply(200, PAYMENT), ["header Idempotent-Replayed is absent, not true"]),
    ("it repeats", Reply(200, PAYMENT | {"amount": 999}, {"Idempotent-Replayed": "true"}),
     ["the body differs from that of the response 'payment'"]),
    ("it shows", Reply(200, PAYMENT | {"auth_id": "auth_2"}), ["auth_id is auth_2, not auth_1"]),
    ("it refuses", Reply(200, {"status": "completed"}), ["the status is 200, not 409"]),
    ("it refuses", Reply(409, REFUSED | {"code": "already_voided"}),
     ["code is already_voided, not capture_exceeds_authorized"]),
    ("it explains", Reply(200, "<html>"), ["'swagger' is missing"]),
    ("it explains", HANG_UP, ["no response: RemoteProtocolError: Server disconnected without sending a response."]),
])  # fmt: skip
def test_a_wrong_response_fails_with_its_difference(check: str, reply: Reply | None, told: list[str]) -> None:
    findings, _ = verify(lambda request: reply if asked(request) == check else SOUND[asked(request)])

    assert findings[check].outcome is Outcome.FAILED
    assert list(findings[check].differences) == told
    assert [name for name, outcome in outcomes(findings).items() if outcome == "failed"] == [check]


def at_stripe(shop: Shop) -> None:
    with shop.check("a key is made"):
        shop.makes_a_key()
    with shop.check("it is made"):
        made = shop.request(stripe_api.CREATE_REFUND, body={"metadata[order]": "1", "amount": 400})
        shop.payment = shop.expect(made)
    with shop.check("it is found"):
        shop.expect(shop.request(stripe_api.GET_REFUND, of=shop.payment["id"], query={"expand[]": "charge"}))
    with shop.check("nobody else is"):
        shop.expect(shop.request(stripe_api.LIST_REFUNDS, as_nobody=True))


def test_stripe_checks_use_forms_and_bearer_keys() -> None:
    findings, wire = verify(lambda _: Reply(200, {"id": "re_1"}), at_stripe)

    assert outcomes(findings) == {}
    made, found, stranger = wire.requests
    assert (made.path, made.body) == ("/elsewhere/v1/refunds", {"metadata[order]": "1", "amount": "400"})
    assert made.headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in made.headers
    assert (found.path, found.query) == ("/elsewhere/v1/refunds/re_1", {"expand[]": "charge"})
    assert "authorization" not in stranger.headers


def a_donor(shop: Shop) -> None:
    with shop.check("nobody gives without a token"):
        shop.expect(shop.request(LIST_MY_DONATIONS))
    with shop.check("a donor signs in"):
        shop.signs_in()
    with shop.check("it is shown"):
        shop.expect(shop.request(LIST_MY_DONATIONS))


def test_a_donor_sends_a_token() -> None:
    findings, wire = verify(lambda _: Reply(200), a_donor)

    assert outcomes(findings) == {"nobody gives without a token": "not_tried"}
    (shown,) = wire.requests
    assert (shown.headers["authorization"], "x-api-key" in shown.headers) == (f"Bearer {TOKEN}", False)


def test_stripe_errors_are_reported_with_their_reason() -> None:
    refused = {"error": {"type": "invalid_request_error", "code": "parameter_unknown", "message": "Not known."}}
    findings, _ = verify(lambda _: Reply(400, refused), at_stripe)

    assert findings["it is made"].seen == "400, error.code parameter_unknown, error.message Not known."


def test_checks_that_depend_on_a_failed_one_are_skipped() -> None:
    wrong = Reply(200, PAYMENT | {"status": "declined"})
    findings, _ = verify(lambda request: wrong if asked(request) == "it authorizes" else SOUND[asked(request)])

    assert outcomes(findings) == {
        "it authorizes": "failed", "it repeats": "not_tried", "it shows": "not_tried", "it refuses": "not_tried",
    }  # fmt: skip
    assert findings["it shows"].seen == "not run: the response 'payment' is missing"


def test_without_a_server_all_checks_are_skipped() -> None:
    with served(lambda _: Reply()) as wire:
        nobody = wire.base_url
    with client_of(nobody) as http:
        found = visit(nobody, http).chapter("life", life)

    assert [finding.outcome.value for finding in found] == ["passed", "failed", *["not_tried"] * 4]
    assert found[-1].seen == f"not run: no connection to {nobody}"


def later(within_s: float, in_a_row: int = 1) -> Callable[[Visit], None]:
    def chapter(reader: Visit) -> None:
        with reader.check("it comes"):
            reader.expect(reader.request(GET_HEALTH), within_s=within_s, in_a_row=in_a_row)

    return chapter


def test_eventual_results_are_polled() -> None:
    replies = iter([Reply(404), Reply(404), Reply(200)])
    findings, _ = verify(lambda _: next(replies), later(within_s=60))

    assert outcomes(findings) == {}
    assert findings["it comes"].took_ms >= (0.1 + 0.2) * 1000


def test_inconsistent_results_must_pass_repeatedly() -> None:
    statuses = [403, 200, 200, 403, 200, 200, 200]
    replies = iter(Reply(status) for status in statuses)
    findings, wire = verify(lambda _: next(replies), later(within_s=60, in_a_row=3))

    assert outcomes(findings) == {}
    assert len(wire.requests) == len(statuses)


def test_intermittent_results_fail() -> None:
    statuses = itertools.cycle([200, 200, 403])
    findings, _ = verify(lambda _: Reply(next(statuses)), later(within_s=0.5, in_a_row=3))

    assert findings["it comes"].outcome is Outcome.FAILED


def test_late_results_fail() -> None:
    findings, wire = verify(lambda _: Reply(404), later(within_s=0.25))

    assert findings["it comes"].differences == ("the status is 404, not 200",)
    assert len(wire.requests) == 2


def test_exceptions_end_polling() -> None:
    findings, wire = verify(lambda _: Reply(503), later(within_s=60))

    assert findings["it comes"].differences == ("the status is 503, not 200",)
    assert len(wire.requests) == 1


def test_a_donation_is_retried_while_stripe_does_not_respond() -> None:
    replies = iter([Reply(503, {"code": "stripe_unavailable"}), Reply(503, {"code": "stripe_unavailable"}), Reply(200)])
    findings, wire = verify(lambda _: next(replies), later(within_s=60))

    assert outcomes(findings) == {}
    assert len(wire.requests) == 3


def keyed(shop: Shop) -> None:
    for name in ("once", "and again"):
        with shop.check(name):
            shop.expect(shop.request(AUTHORIZE_PAYMENT, "gift 1", as_nobody=True))


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

    assert outcomes(findings) == {"it comes": outcome}
    assert "secrets set STRIPE_SECRET_KEY" in findings["it comes"].seen


# --- all checks -------------------------------------------------------------------------------------------------------

SUITES = suites_of(local_target(StateDir.find(), 4566, "us-east-1"))


class Anything(Answer):
    """An answer that has every field."""

    def __getitem__(self, path: str) -> str:
        return "something"


@dataclass
class Dry:
    """A suite's requests and findings in a dry run, in which every answer is as expected."""

    routes: list[Route] = field(default_factory=list[Route])
    sent: list[httpx.Request] = field(default_factory=list[httpx.Request])
    asked_of_aws: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])


def dry_run(suite: Suite) -> Dry:
    dry = Dry()

    def expect(request: httpx.Request, *_: Any, **__: Any) -> Answer:
        dry.sent.append(request)
        return Anything(b"", {})

    def note(text: str) -> str:
        dry.asked_of_aws.append(text)
        return text

    with client_of("http://native.test") as http:
        place = Place("1f", "test", "http://stripe.test", "Bearer sk_test_account", 2040)
        aws = (lambda: note(KEY), lambda: dry.asked_of_aws.append("revoked"), lambda: note(TOKEN))
        run = suite.visit(http, place, "verify", *aws)
        build = run.request

        def request(route: Route, *args: Any, **options: Any) -> httpx.Request:
            dry.routes.append(route)
            return build(route, *args, **options)

        with patch.object(run, "expect", expect), patch.object(run, "request", request):
            for name, chapter in suite.chapters.items():
                dry.findings += run.chapter(name, chapter)
    return dry


@pytest.fixture(scope="module")
def dry() -> dict[str, Dry]:
    return {suite.name: dry_run(suite) for suite in SUITES}


def test_names_of_checks_and_suites_are_unique(dry: dict[str, Dry]) -> None:
    names = [finding.name for one in dry.values() for finding in one.findings]
    chapters = [name for suite in SUITES for name in suite.chapters]
    assert len(names) == len(set(names))
    assert len(set(chapters)) == len(chapters)


def test_suites_use_their_own_results_and_key(dry: dict[str, Dry]) -> None:
    """What rests on an answer, a key or a donor that was not there before is not tried."""
    assert [finding for one in dry.values() for finding in one.findings if finding.outcome is not Outcome.PASSED] == []


def test_every_check_makes_one_request(dry: dict[str, Dry]) -> None:
    """A check without a request would pass whatever the sandbox does."""
    for one in dry.values():
        assert len(one.sent) + len(one.asked_of_aws) == len(one.findings)


def test_every_idempotency_key_has_the_runs_id(dry: dict[str, Dry]) -> None:
    headers = [item for one in dry.values() for request in one.sent for item in request.headers.items()]
    keys = [value for name, value in headers if name.endswith("idempotency-key")]
    assert keys
    assert [key for key in keys if not key.endswith(" of 1f")] == []


def test_every_route_is_checked(dry: dict[str, Dry]) -> None:
    tried = {(route.api, route.method, route.path) for one in dry.values() for route in one.routes}
    assert {(route.api, route.method, route.path) for route in (*ROUTES, *stripe_api.ROUTES)} - tried == {
        (Api.NATIVE, "GET", "/docs/{asset}/{page}"),  # pages like those that are tried
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
    gateway = None

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
            return Reply(200, {"data": []}) if request.path == "/v1/payment_intents" else NOT_FOUND
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
    assert "✗ health" in said.stderr
    health, *rest = json.loads(said.stdout)["checks"]
    assert health["differences"] == ["the status is 503, not 200"]
    assert health["request_id"] == "req-7"
    assert health["seen"].startswith("503, code service_unavailable, ")
    assert {one["name"] for one in rest if one["outcome"] == "passed"} == {
        "an API key is created for a new merchant",
        "the API key works and its merchant has no payments",
        "a request without an API key is rejected",
        "an unknown id returns 404",
        "a batch without the merchant's payments returns 404",
        "an unknown path returns 404",
        "a /v1 request without an API key is rejected",
        "the rejected requests are listed",
        "the metrics count the rejected requests",
        "the feed has entries",
        "an unknown inbox returns 404",
        "the API key is revoked",
        "the revoked API key is rejected",
        "an API key is created for a Stripe client",
        "the API key works and its merchant has no PaymentIntents",
        "the Stripe client's API key is revoked",
        "the Stripe client's revoked API key is rejected",
        "an API key is created for a merchant that pays customers",
        "the API key works and its merchant has no disbursements",
        "an unknown customer returns 404",
        "an unknown disbursement returns 404",
        "the API key of the merchant that pays customers is revoked",
        "the revoked API key pays nothing",
    }
    assert file.read_text() == said.stdout


def test_failures_show_expected_and_actual_values() -> None:
    def elsewhere(request: Request) -> Reply:
        return (
            Reply(200, {"status": "ok", "environment": "prod", "version": "9"}) if request.path == "/health" else UNWELL
        )

    with served(elsewhere) as wire, account_of(wire):
        said = paysandbox("verify", "--env", "dev")

    assert said.exit_code == 1
    assert said.stdout.splitlines()[:5] == [
        "✗ health: the health check needs no API key",
        "  difference environment is prod, not dev",
        "  expected   200, status ok, environment dev, version present",
        "  actual     200, status ok, environment prod, version 9",
        "  request id none",
    ]


class InterruptedAfter(Quiet):
    """A user who presses Ctrl-C after the key was created."""

    def finished(self, step: Step) -> None:
        if step.title == "merchant":
            raise KeyboardInterrupt


def first_two(shop: Shop) -> None:
    with shop.check("a key is made"):
        shop.makes_a_key()
    with shop.check("it authorizes"):
        shop.expect(shop.request(LIST_PAYMENTS))


def test_an_interrupted_run_leaves_no_key() -> None:
    with served(lambda _: NOT_FOUND) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        with pytest.raises(KeyboardInterrupt):
            verified(target, (Suite("life", Shop, {"merchant": first_two, "life": life}),), Steps(InterruptedAfter()))
        assert account.client("apigateway").get_api_keys()["items"] == []

    assert wire.requests[0].headers["x-api-key"].startswith("sk_test_verify-")


def one_request(name: str, path: str, within_s: float = 0.0) -> Suite:
    """Return a suite of one request that needs no key."""

    def chapter(reader: Visit) -> None:
        with reader.check(name):
            reader.expect(reader.request(replace(GET_HEALTH, path=path)), within_s=within_s)

    return Suite(name, Visit, {name: chapter})


def test_suites_run_concurrently() -> None:
    both = threading.Barrier(2, timeout=30)

    def together(_: Request) -> Reply:
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


def test_an_interrupted_run_stops_polling() -> None:
    with served(lambda request: Reply(200 if request.path == "/1" else 404)) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        waits = one_request("other", "/2", within_s=3600)
        with pytest.raises(KeyboardInterrupt):
            verified(target, [waits, one_request("one", "/1")], Steps(InterruptedAtOnce()))


@pytest.mark.parametrize("options, exit_code", [((), 0), (("--strict",), 1)])
def test_skipped_checks_are_reported(options: tuple[str, ...], exit_code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    suites = (one_request("tried", "/1"), one_request("left", "/2"))
    monkeypatch.setattr("cli.verification.payment_checks.suites_of", lambda _: suites)
    with served(lambda request: Reply(200) if request.path == "/1" else UNCONFIGURED) as wire, account_of(wire):
        said = paysandbox("verify", "--env", "dev", *options)

    assert said.exit_code == exit_code
    reason = "not run: stripe_not_configured: Run paysandbox donations secrets set STRIPE_SECRET_KEY."
    assert said.stdout.splitlines()[0] == f"· 1 check {reason}"
    assert "1 of 2 checks passed, 1 not run" in said.stdout


def test_an_unwritable_report_fails_before_any_check(tmp_path) -> None:
    said = paysandbox("verify", "--report", str(tmp_path / "nowhere" / "verify.md"))

    assert (said.exit_code, said.stdout) == (1, "")
    assert "There is no folder" in said.stderr


def test_a_run_leaves_no_donor_and_reports_have_no_token() -> None:
    tokens: list[str] = []

    def shown(request: Request) -> Reply:
        tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        return Reply(200, {"said": tokens[-1]})

    def chapter(donor: Visit) -> None:
        with donor.check("a donor signs in"):
            donor.signs_in()
        with donor.check("the token is repeated"):
            donor.expect(donor.request(LIST_MY_DONATIONS), {"said": PRESENT})

    with served(shown) as wire, donation_account(base_url=wire.base_url, with_pool=True) as there:
        there.account.deploy_v1(wire.base_url)
        target = replace(there.target, base_url=wire.base_url)
        found = verified(target, (Suite("donor", Visit, {"donor": chapter}),), Steps(Quiet()))
        left = there.account.client("cognito-idp").list_users(UserPoolId=there.pool_id)["Users"]

    assert (found.passed, left) == (True, [])
    assert tokens[0].startswith("ey")
    assert tokens[0] not in found.as_json() + found.as_markdown()
