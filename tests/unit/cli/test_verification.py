"""`paysandbox verify`: what a check is, what makes it fail, and what it says then."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli.api import client_of
from cli.promises import CHAPTERS
from cli.steps import Quiet, Step, Steps
from cli.verification import (
    ABSENT,
    PRESENT,
    Ask,
    Chapter,
    Check,
    DonorAsk,
    Expect,
    Finding,
    KeyAsk,
    Of,
    Outcome,
    Verification,
)
from cli.verification_report import Report
from cli.verify import verified
from paysandbox.routes import stripe_api
from paysandbox.routes.all import ROUTES
from paysandbox.routes.route import Api
from tests.support.deployed_account import Account, deployed
from tests.support.donation_account import donation_account
from tests.support.program import paysandbox
from tests.support.wire import HANG_UP, Reply, Request, Wire, served

KEY = "sk_test_verify_secret"
TOKEN = "a.donors.token"
VISA = "4242424242424242"
PAYMENT = {"auth_id": "auth_1", "status": "approved", "amount": 1000, "captures": [{"amount": 400}]}
REFUSED = {"code": "capture_exceeds_authorized", "title": "Too much", "detail": "600 remain."}

LIFE = Chapter("life", (
    Check("a key is made", KeyAsk.MAKE),
    Check("it authorizes", Ask("POST", "/payments/authorize", body={"card": {"number": VISA}, "amount": 1000}),
          Expect(200, {"status": "approved", "amount": 1000, "captures.#": 1, "captures.0.amount": 400,
                       "auth_id": PRESENT}, {"Idempotent-Replayed": ABSENT}), keep="payment"),
    Check("it repeats", Ask("POST", "/payments/authorize", headers={"X-Idempotency-Key": "again"}),
          Expect(200, headers={"Idempotent-Replayed": "true"}, same_as="payment")),
    Check("it shows", Ask("GET", "/payments/{id}", path={"id": Of("payment", "auth_id")}),
          Expect(200, {"auth_id": Of("payment", "auth_id")})),
    Check("it refuses", Ask("POST", "/payments/capture", body={"auth_id": Of("payment", "auth_id")}),
          Expect(409, {"code": "capture_exceeds_authorized"})),
    Check("it explains", Ask("GET", "/docs", with_key=False), Expect(contains=("swagger",))),
))  # fmt: skip

SOUND = {
    "it authorizes": Reply(200, PAYMENT, {"Request-Id": "req-1"}),
    "it repeats": Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}),
    "it shows": Reply(200, PAYMENT),
    "it refuses": Reply(409, REFUSED),
    "it explains": Reply(200, "<script src=swagger>"),
}


def asked(request: Request) -> str:
    """The check that a request belongs to."""
    if request.path == "/payments/authorize":
        return "it repeats" if "x-idempotency-key" in request.headers else "it authorizes"
    return {"/payments/capture": "it refuses", "/docs": "it explains"}.get(request.path, "it shows")


def verify(
    answer: Callable[[Request], Reply | None], chapter: Chapter = LIFE, pause: Callable[[float], None] = time.sleep
) -> tuple[dict[str, Finding], Wire]:
    """What was found, by the check's name."""
    with served(answer) as wire, client_of(wire.base_url) as http:
        facts = {
            "environment": "test",
            "merchant": "verify",
            "expiry_year": 2040,
            "stripe_base_url": f"{wire.base_url}/elsewhere",
        }
        run = Verification(http, facts, lambda: KEY, lambda: None, lambda: TOKEN, pause)
        return {finding.name: finding for finding in run.chapter(chapter, lambda _: None)}, wire


def outcomes(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.outcome.value for name, finding in findings.items() if finding.outcome is not Outcome.PASSED}


def test_what_answers_as_promised_passes() -> None:
    findings, wire = verify(lambda request: SOUND[asked(request)])

    assert list(findings) == [check.name for check in LIFE.checks]
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
    ("it authorizes", Reply(200, PAYMENT | {"auth_id": None}), ["auth_id is None, not there"]),
    ("it authorizes", Reply(200, PAYMENT, {"Idempotent-Replayed": "true"}),
     ["the header Idempotent-Replayed is true, not absent"]),
    ("it repeats", Reply(200, PAYMENT), ["the header Idempotent-Replayed is absent, not true"]),
    ("it repeats", Reply(200, PAYMENT | {"amount": 999}, {"Idempotent-Replayed": "true"}),
     ["the bytes are not those of the answer 'payment'"]),
    ("it shows", Reply(200, PAYMENT | {"auth_id": "auth_2"}), ["auth_id is auth_2, not auth_1"]),
    ("it refuses", Reply(200, {"status": "completed"}), ["the status is 200, not 409"]),
    ("it refuses", Reply(409, REFUSED | {"code": "already_voided"}),
     ["code is already_voided, not capture_exceeds_authorized"]),
    ("it explains", Reply(200, "<html>"), ["'swagger' is nowhere in it"]),
    ("it explains", HANG_UP, ["no answer: RemoteProtocolError: Server disconnected without sending a response."]),
])  # fmt: skip
def test_a_wrong_answer_fails_there_and_says_what_is_wrong(check: str, reply: Reply | None, told: list[str]) -> None:
    findings, _ = verify(lambda request: reply if asked(request) == check else SOUND[asked(request)])

    assert findings[check].outcome is Outcome.FAILED
    assert list(findings[check].differences) == told
    assert [name for name, outcome in outcomes(findings).items() if outcome == "failed"] == [check]


STRIPE = Chapter("Stripe's clients", (
    Check("a key is made", KeyAsk.MAKE),
    Check("it is made", Ask("POST", "/refunds", form={"metadata[order]": "1", "amount": 400}, api=Api.V1), keep="made"),
    Check("it is found", Ask("GET", "/refunds/{id}", path={"id": Of("made", "id")}, query={"expand[]": "charge"},
                             api=Api.V1)),
    Check("nobody else is", Ask("GET", "/refunds", with_key=False, api=Api.V1)),
))  # fmt: skip


def test_stripes_way_is_a_form_under_a_bearer_at_an_address_of_its_own() -> None:
    findings, wire = verify(lambda _: Reply(200, {"id": "re_1"}), STRIPE)

    assert outcomes(findings) == {}
    made, found, stranger = wire.requests
    assert (made.path, made.body) == ("/elsewhere/v1/refunds", {"metadata[order]": "1", "amount": "400"})
    assert made.headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in made.headers
    assert (found.path, found.query) == ("/elsewhere/v1/refunds/re_1", {"expand[]": "charge"})
    assert "authorization" not in stranger.headers


DONATION = Chapter("a donation", (
    Check("a donor signs in", DonorAsk.SIGN_IN),
    Check("it is begun", Ask("POST", "/donations", headers={"Authorization": Of("donor", "authorization")},
                             body={"amount": 5000}, with_key=False), keep="donation"),
    Check("it is shown", Ask("GET", "/intents/{id}", path={"id": Of("donation", "secret", before="_secret_")},
                             with_key=False)),
))  # fmt: skip


def test_a_donor_sends_a_token_and_an_id_may_be_the_beginning_of_a_secret() -> None:
    findings, wire = verify(lambda _: Reply(200, {"secret": "pi_1_secret_2"}), DONATION)

    assert outcomes(findings) == {}
    begun, shown = wire.requests
    assert (begun.headers["authorization"], "x-api-key" in begun.headers) == (f"Bearer {TOKEN}", False)
    assert shown.path == "/intents/pi_1"


def test_what_stripes_way_refuses_is_told_with_its_reason() -> None:
    refused = {"error": {"type": "invalid_request_error", "code": "parameter_unknown", "message": "Not known."}}
    findings, _ = verify(lambda _: Reply(400, refused), STRIPE)

    assert findings["it is made"].seen == "400, error.code parameter_unknown, error.message Not known."


def test_what_rests_on_an_answer_that_never_came_is_not_tried_and_the_rest_is() -> None:
    wrong = Reply(200, PAYMENT | {"status": "declined"})
    findings, _ = verify(lambda request: wrong if asked(request) == "it authorizes" else SOUND[asked(request)])

    assert outcomes(findings) == {
        "it authorizes": "failed", "it repeats": "not_tried", "it shows": "not_tried", "it refuses": "not_tried",
    }  # fmt: skip
    assert findings["it shows"].seen == "not tried: there is no answer 'payment' to go on from"


def test_where_nothing_answers_nothing_else_is_tried() -> None:
    with served(lambda _: Reply()) as wire:
        nobody = wire.base_url
    with client_of(nobody) as http:
        run = Verification(http, {"merchant": "verify"}, lambda: KEY, lambda: None, lambda: TOKEN)
        found = list(run.chapter(LIFE, lambda _: None))

    assert [finding.outcome.value for finding in found] == ["passed", "failed", *["not_tried"] * 4]
    assert found[-1].seen == f"not tried: nothing answers at {nobody}"


def later(within_s: float) -> Chapter:
    return Chapter("later", (Check("it comes", Ask("GET", "/requests", with_key=False), Expect(within_s=within_s)),))


def test_what_takes_its_time_is_asked_for_until_it_is_there() -> None:
    replies = iter([Reply(404), Reply(404), Reply(200)])
    pauses: list[float] = []
    findings, _ = verify(lambda _: next(replies), later(within_s=60), pauses.append)

    assert outcomes(findings) == {}
    assert pauses == [0.1, 0.2]


def test_what_does_not_come_in_time_has_failed() -> None:
    findings, wire = verify(lambda _: Reply(404), later(within_s=0.25))

    assert findings["it comes"].differences == ("the status is 404, not 200",)
    assert len(wire.requests) == 2


def test_a_fault_is_not_waited_out() -> None:
    findings, wire = verify(lambda _: Reply(503), later(within_s=60))

    assert findings["it comes"].differences == ("the status is 503, not 200",)
    assert len(wire.requests) == 1


# --- the table of promises --------------------------------------------------------------------------------------------

ALL = [check for chapter in CHAPTERS for check in chapter.checks]


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in ALL}) == len(ALL)


def test_every_route_is_tried() -> None:
    tried = {(check.ask.api, check.ask.method, check.ask.address) for check in ALL if isinstance(check.ask, Ask)}
    routes = {(route.api, route.method, route.path) for route in (*ROUTES, *stripe_api.ROUTES)}
    assert routes - tried == {
        (Api.NATIVE, "GET", "/docs/{asset}")  # what the page loads, and not what it promises
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


def test_a_report_says_where_what_and_what_to_quote() -> None:
    text = report(OK, BAD, LEFT).as_markdown()

    for told in ("`dev`: FAILED", "https://api.example.test", "version | 0.1.0", "2026-11-20T12:00:00Z",
                 "1 of 3 checks as expected, 1 failed, 1 not tried, in 1.2 s.",
                 "request id: req-9", "| ✓ | it authorizes | 200 | 200 | 12 |"):  # fmt: skip
        assert told in text


@pytest.mark.parametrize("shape", ["as_json", "as_markdown"])
def test_no_report_holds_a_key_a_secret_or_a_card_number(shape: str) -> None:
    text = getattr(report(OK, BAD), shape)()

    for secret in (KEY, VISA, *SECRETS):
        assert secret not in text


def test_a_run_that_tried_nothing_has_not_passed() -> None:
    assert [report(*findings).passed for findings in ((), (OK,), (OK, LEFT))] == [False, True, False]


# --- the command ------------------------------------------------------------------------------------------------------


NOT_FOUND = Reply(404, {"code": "resource_not_found"})
UNWELL = Reply(503, {"code": "service_unavailable", "detail": "No table."}, {"Request-Id": "req-7"})


@contextmanager
def account_of(wire: Wire) -> Iterator[Account]:
    """An account whose gateways answer there."""
    with deployed("dev", outputs={"BaseUrl": wire.base_url}) as account:
        account.deploy_stack("v1", {"StripeApiBase": wire.base_url})
        yield account


def test_the_command_fails_at_what_is_wrong_and_leaves_no_key(tmp_path) -> None:
    gateway = None

    def unwell(request: Request) -> Reply:
        """An API that knows its keys, and cannot do anything else."""
        keys = [key["value"] for key in gateway.get_api_keys(includeValues=True)["items"]] if gateway else []
        if request.path == "/payments":
            known = request.headers.get("x-api-key") in keys
            return Reply(200, {"data": []}) if known else Reply(401, {"code": "api_key_invalid"})
        if request.path.startswith("/v1/"):
            known = request.headers.get("authorization", "").removeprefix("Bearer ") in keys
            return NOT_FOUND if known else Reply(401, {"error": {"type": "invalid_request_error"}})
        if request.path == "/requests":  # or it would be waited for as long as AWS may take
            return Reply(200, {"data": [{"outcome": "refused", "route": "capture_payment"}]})
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
        "a new merchant's key is made",
        "the key works, and its merchant has no payments",
        "without a key nobody gets in",
        "an unknown id is not found",
        "a batch that took nothing of it is not there",
        "an unknown path is not found",
        "without a key nobody gets in there",
        "it lists what was refused",
        "the key is revoked",
        "it opens nothing any more",
        "nor does it to Stripe's clients",
    }
    assert file.read_text() == said.stdout


def test_the_command_tells_a_person_what_was_expected_and_seen() -> None:
    def elsewhere(request: Request) -> Reply:
        return (
            Reply(200, {"status": "ok", "environment": "prod", "version": "9"}) if request.path == "/health" else UNWELL
        )

    with served(elsewhere) as wire, account_of(wire):
        said = paysandbox("verify", "--env", "dev")

    assert said.exit_code == 1
    assert said.stdout.splitlines()[:5] == [
        "✗ health: it is healthy, and says so without a key",
        "  wrong      environment is prod, not dev",
        "  expected   200, status ok, environment dev, version there",
        "  seen       200, status ok, environment prod, version 9",
        "  request id none",
    ]


class InterruptedAfter(Quiet):
    """Somebody at the terminal who presses Ctrl-C when the key was made."""

    def finished(self, step: Step) -> None:
        if step.title == "merchant":
            raise KeyboardInterrupt


def test_a_run_that_is_interrupted_leaves_no_key() -> None:
    with served(lambda _: NOT_FOUND) as wire, account_of(wire) as account:
        target = replace(account.target, base_url=wire.base_url)
        with pytest.raises(KeyboardInterrupt):
            verified(target, (Chapter("merchant", LIFE.checks[:2]), LIFE), Steps(InterruptedAfter()))
        assert account.client("apigateway").get_api_keys()["items"] == []

    assert wire.requests[0].headers["x-api-key"].startswith("sk_test_verify-")


def test_a_report_that_cannot_be_written_is_told_before_anything_is_done(tmp_path) -> None:
    said = paysandbox("verify", "--report", str(tmp_path / "nowhere" / "verify.md"))

    assert (said.exit_code, said.stdout) == (1, "")
    assert "There is no folder" in said.stderr


def test_a_run_leaves_no_donor_and_its_token_is_in_no_report() -> None:
    tokens: list[str] = []

    def shown(request: Request) -> Reply:
        tokens.append(request.headers["authorization"].removeprefix("Bearer "))
        return Reply(200, {"said": tokens[-1]})

    chapter = Chapter("donor", (
        Check("a donor signs in", DonorAsk.SIGN_IN),
        Check("the token is repeated", Ask("GET", "/", headers={"Authorization": Of("donor", "authorization")},
                                           with_key=False), Expect(200, {"said": PRESENT})),
    ))  # fmt: skip
    with served(shown) as wire, donation_account(base_url=wire.base_url, with_pool=True) as there:
        there.account.deploy_stack("v1", {"StripeApiBase": wire.base_url})
        found = verified(replace(there.target, base_url=wire.base_url), (chapter,), Steps(Quiet()))
        left = there.account.client("cognito-idp").list_users(UserPoolId=there.pool_id)["Users"]

    assert (found.passed, left) == (True, [])
    assert tokens[0].startswith("ey")
    assert tokens[0] not in found.as_json() + found.as_markdown()
