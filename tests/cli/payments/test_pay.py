"""`paysandbox pay` on the wire: its requests, output and exit codes."""

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from cli.payments.amount_argument import MAX_AMOUNT
from cli.payments.pay import Status
from paysandbox.core.cards.brand import Brand
from paysandbox.core.errors import Code, problem
from paysandbox.payments import limits, requests as api, schemas
from paysandbox.payments.bank.test_cards import ALL_PASS, TEST_CARDS
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import HANG_UP, Reply, served
from tests.support.worlds.deployed_account import deployed

AUTH = "auth_mzxw6ytboi2gk3tbnzswc3lqnm"
CAP = "cap_mzxw6ytboi2gk3tbnzswc3lqnmaaaaaaaaaa"
AT = "2030-01-07T09:00:00.000000Z"
CARD = {"card_id": "card_x", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2033}
FACTS = {"auth_id": AUTH, "amount": 1250, "currency": "USD", "created_at": AT}
AUTHORIZATION = FACTS | {
    "transaction_id": AUTH, "card": CARD, "capture_method": "manual", "risk_level": "normal",
    "checks": {"cvc": "unchecked", "zip": "unchecked", "line1": "unchecked"},
}  # fmt: skip

APPROVED = AUTHORIZATION | {"status": "approved", "expires_at": "2030-01-14T09:00:00.000000Z"}
SOLD = APPROVED | {"capture_method": "automatic", "captures": [{"transaction_id": CAP, "amount": 1250}]}
DECLINED = AUTHORIZATION | {
    "status": "declined", "decline_code": "insufficient_funds", "advice_code": "try_again_later",
    "card": CARD | {"last4": "9995"}, "reference": "order 7",
}  # fmt: skip
PAGE_OF_CHALLENGE = f"http://127.0.0.1:4610/authenticate/{AUTH}/kq3v7mz2xnb5tgw4yhd6rlcpoe"
CHALLENGED = FACTS | {
    "status": "requires_action", "transaction_id": AUTH, "card": CARD, "capture_method": "manual",
    "three_d_secure": {"result": "C", "version": "2.2.0", "liability_shifted": False},
    "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": PAGE_OF_CHALLENGE}},
}  # fmt: skip
AUTHENTICATED = APPROVED | {
    "three_d_secure": {"result": "Y", "version": "2.2.0", "liability_shifted": True, "eci": "05"},
}  # fmt: skip
IN_PART = APPROVED | {"amount": 800, "amount_requested": 1250}
CAPTURED = FACTS | {
    "status": "completed", "transaction_id": CAP, "amount": 400, "final": True, "remaining": 0, "released": 850,
}  # fmt: skip
INCREMENTED = FACTS | {
    "status": "completed", "transaction_id": "inc_1", "amount": 500, "authorized": 1750, "remaining": 1750,
    "response_code": "00",
}  # fmt: skip
NOT_INCREMENTED = INCREMENTED | {
    "status": "declined", "authorized": 1250, "remaining": 1250, "response_code": "51",
    "decline_code": "insufficient_funds", "advice_code": "try_again_later",
}  # fmt: skip
VOIDED = FACTS | {"status": "completed", "transaction_id": "void_1"}
REFUNDED = FACTS | {
    "status": "completed", "transaction_id": "ref_1", "capture_id": CAP, "amount": 150, "refundable": 250,
    "reason": "torn",
}  # fmt: skip
STEP = {"created_at": AT, "request_id": "req-1"}
SHOWN = APPROVED | {
    "status": "partially_captured", "captured": 400, "released": 0, "refunded": 0, "remaining": 850, "reference": "7",
    "captures": [{"transaction_id": CAP, "amount": 400, "refunded": 0}], "refunds": [],
    "operations": [
        STEP | {"transaction_id": AUTH, "type": "authorization", "amount": 1250},
        STEP | {"transaction_id": CAP, "type": "capture", "amount": 400, "final": False},
    ],
}  # fmt: skip
SHOWN_DECLINED = DECLINED | {
    "captured": 0, "released": 0, "refunded": 0, "remaining": 0, "captures": [], "refunds": [],
    "operations": [STEP | {"transaction_id": AUTH, "type": "authorization", "amount": 1250}],
}  # fmt: skip
PAGE = {"data": [SHOWN, SHOWN_DECLINED], "next_cursor": "next"}


@pytest.mark.parametrize("shape, body", [
    (schemas.PaymentAuthorized, APPROVED),
    (schemas.PaymentAuthorized, SOLD),
    (schemas.PaymentAuthorized, DECLINED),
    (schemas.PaymentAuthorized, IN_PART),
    (schemas.PaymentAuthorized, CHALLENGED),
    (schemas.PaymentAuthorized, AUTHENTICATED),
    (schemas.PaymentCaptured, CAPTURED),
    (schemas.PaymentIncremented, INCREMENTED),
    (schemas.PaymentIncremented, NOT_INCREMENTED),
    (schemas.PaymentVoided, VOIDED),
    (schemas.PaymentRefunded, REFUNDED),
    (schemas.PaymentBody, SHOWN),
    (schemas.PaymentList, PAGE),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def pay(words, *replies):
    """Run the program against these replies in turn, and return its result and requests."""
    turn = iter(replies)
    with served(lambda _: next(turn)) as wire:
        options = ["--base-url", wire.base_url, *KEY_FROM_STDIN]
        return paysandbox("pay", *words, *options, piped="sk_test_demo_x\n"), wire.requests


def refused(code, **more):
    body = problem(code, request_id="req-1", instance="/payments", **more)
    return Reply(body["status"], body, {"Content-Type": "application/problem+json"})


CAPTURE = ["capture", AUTH]
REFUND = ["refund", CAP]


@pytest.mark.parametrize("words, path, sent", [
    (["authorize", "12.50"], "authorize", {"amount": 1250, "currency": "USD", "capture_method": "manual"}),
    (["authorize", "1250", "--minor"], "authorize", {"amount": 1250}),
    (["authorize", "500", "--currency", "JPY"], "authorize", {"amount": 500, "currency": "JPY"}),
    (["authorize", "1.250", "--currency", "KWD"], "authorize", {"amount": 1250, "currency": "KWD"}),
    (["authorize", "1", "--currency", "zzz"], "authorize", {"amount": 100, "currency": "zzz"}),   # the API's to refuse
    (["authorize", "1", "--capture", "automatic"], "authorize", {"capture_method": "automatic"}),
    (["authorize", "1", "--reference", "7"], "authorize", {"reference": "7"}),
    (["authorize", "1", "--description", "tea"], "authorize", {"description": "tea"}),
    (["authorize", "1", "--metadata", "a=1", "--metadata", "b=x=y"], "authorize", {"metadata": {"a": "1", "b": "x=y"}}),
    (["authorize", "1", "--allow-partial"], "authorize", {"allow_partial": True}),
    ([*CAPTURE], "capture", {"auth_id": AUTH}),
    ([*CAPTURE, "400", "--minor", "--final"], "capture", {"auth_id": AUTH, "amount": 400, "final": True}),
    ([*CAPTURE, "4", "--currency", "USD"], "capture", {"auth_id": AUTH, "amount": 400, "currency": "USD"}),
    (["increment", AUTH, "5", "--currency", "USD"], "increment", {"auth_id": AUTH, "amount": 500, "currency": "USD"}),
    (["increment", AUTH, "500", "--minor"], "increment", {"auth_id": AUTH, "amount": 500}),
    (["void", AUTH], "void", {"auth_id": AUTH}),
    ([*REFUND], "refund", {"transaction_id": CAP}),
    ([*REFUND, "1.50", "--currency", "USD", "--reason", "torn"], "refund",
     {"transaction_id": CAP, "amount": 150, "currency": "USD", "reason": "torn"}),
])  # fmt: skip
def test_requests_of_commands(words, path, sent):
    body = {
        "authorize": APPROVED, "capture": CAPTURED, "increment": INCREMENTED, "void": VOIDED, "refund": REFUNDED,
    }[path]  # fmt: skip
    result, [request] = pay(words, Reply(body=body))

    assert result.exit_code == 0, result.stderr
    assert (request.method, request.path) == ("POST", f"/payments/{path}")
    assert request.body.items() >= sent.items()
    assert path == "authorize" or request.body == sent  # omitted options are not sent
    assert request.headers["x-api-key"] == "sk_test_demo_x"
    assert request.headers["x-idempotency-key"] in result.stdout


@pytest.mark.parametrize("words, card", [
    ([], {"number": "4242424242424242", "exp_month": 12}),
    (["--card", "3782 822463-10005", "--cvc", "1234"], {"number": "378282246310005", "cvc": "1234"}),
    (["--exp", "3/2031"], {"exp_month": 3, "exp_year": 2031}),
    (["--exp", "03/31"], {"exp_month": 3, "exp_year": 2031}),
])  # fmt: skip
def test_card_options(words, card):
    _, [request] = pay(["authorize", "1", *words], Reply(body=APPROVED))
    assert request.body["card"].items() >= card.items()


@pytest.mark.parametrize("words, body, posted", [
    ([*CAPTURE, "4.000"], CAPTURED, "/payments/capture"),
    ([*REFUND, "0.150"], REFUNDED, "/payments/refund"),
])  # fmt: skip
def test_an_amount_has_the_decimals_of_the_payments_currency(words, body, posted):
    result, [asked, sent] = pay(words, Reply(body=SHOWN | {"currency": "KWD"}), Reply(body=body))

    assert result.exit_code == 0, result.stderr
    assert (asked.method, asked.path) == ("GET", f"/payments/{words[1]}")
    assert (sent.path, sent.body["amount"]) == (posted, int(words[2].replace(".", "")))
    assert "currency" not in sent.body


@pytest.mark.parametrize("words, body, lines", [
    (["authorize", "12.50"], APPROVED, [
        "approved  12.50 USD  visa •••• 4242",
        f"  payment         {AUTH}",
        "  remaining       12.50 USD, expires 2030-01-14 09:00 UTC",
    ]),
    (["authorize", "12.50"], SOLD, [
        "approved  12.50 USD  visa •••• 4242",
        f"  payment         {AUTH}",
        f"  captured        12.50 USD  {CAP}",
    ]),
    (["authorize", "12.50"], CHALLENGED, [
        "requires_action  12.50 USD  visa •••• 4242",
        f"  payment         {AUTH}",
        f"  page            {PAGE_OF_CHALLENGE}",
    ]),
    (["authorize", "12.50"], AUTHENTICATED, [
        "approved  12.50 USD  visa •••• 4242",
        f"  payment         {AUTH}",
        "  remaining       12.50 USD, expires 2030-01-14 09:00 UTC",
        "  3-D Secure      result Y, the issuer is liable for fraud",
    ]),
    (["authorize", "12.50"], DECLINED, [
        "declined  12.50 USD  visa •••• 9995",
        f"  payment         {AUTH}",
        "  reason          insufficient_funds (try_again_later)",
        "  reference       order 7",
    ]),
    ([*CAPTURE], CAPTURED, [
        "completed  capture of 4.00 USD",
        f"  capture         {CAP}",
        f"  payment         {AUTH}",
        "  remaining       0.00 USD",
        "  released        8.50 USD",
    ]),
    (["void", AUTH], VOIDED, [
        "completed  void of 12.50 USD",
        "  void            void_1",
        f"  payment         {AUTH}",
    ]),
    ([*REFUND], REFUNDED, [
        "completed  refund of 1.50 USD",
        "  refund          ref_1",
        f"  capture         {CAP}",
        f"  payment         {AUTH}",
        "  refundable      2.50 USD",
        "  reason          torn",
    ]),
])  # fmt: skip
def test_output_of_commands(words, body, lines):
    result, _ = pay([*words, "--idempotency-key", "k1"], Reply(body=body))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [*lines, "  idempotency key k1"]


def test_a_payment_is_shown_with_its_operations():
    result, [request] = pay(["show", CAP], Reply(body=SHOWN))

    assert (request.method, request.path) == ("GET", f"/payments/{CAP}")
    assert result.stdout.splitlines() == [
        "partially_captured  12.50 USD  visa •••• 4242",
        f"  payment         {AUTH}",
        "  captured        4.00 USD",
        "  remaining       8.50 USD",
        "  expires         2030-01-14 09:00 UTC",
        "  reference       7",
        "",
        "  TIME                  OPERATION      AMOUNT     ID",
        f"  2030-01-07 09:00:00Z  authorization  12.50 USD  {AUTH}",
        f"  2030-01-07 09:00:00Z  capture        4.00 USD   {CAP}",
    ]


BODY = AUTH.removeprefix("auth_")
OF_STRIPE = [
    f"pi_{BODY}",
    f"ch_{BODY}aaaaaaaaaa",
    f"re_{BODY}aaaaaaaaaa",
    f"txn_{BODY}aaaaaaaaaa",
    f"du_{BODY}aaaaaaaaaa",
]


def test_a_payment_of_stripes_api_has_its_name_there():
    opened = {"transaction_id": AUTH, "type": "opening", "amount": 1250}
    intent = SHOWN | {"operations": [STEP | opened, *SHOWN["operations"]]}
    result, _ = pay(["show", AUTH], Reply(body=intent))
    listed, _ = pay(["list"], Reply(body={"data": [intent, SHOWN], "next_cursor": None}))

    assert result.stdout.splitlines()[1:3] == [f"  payment         pi_{BODY}", f"  natively        {AUTH}"]
    assert re.findall(r"(?:pi|auth)_\w+", listed.stdout) == [f"pi_{BODY}", AUTH]


@pytest.mark.parametrize("name", OF_STRIPE)
@pytest.mark.parametrize("matched, path", [("id", AUTH), ("reference", None)])
def test_a_payment_is_shown_by_any_of_its_ids(name, matched, path):
    found = {"object": "payment", "id": AUTH, "payment_id": None, "matched": matched}

    def answer(request):
        return Reply(body={"data": [found], "searched": 0} if request.path == "/search" else SHOWN)

    with served(answer) as api:
        ran = paysandbox("pay", "show", name, "--base-url", api.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    assert ran.exit_code == 0
    assert [(request.path, request.query.get("q")) for request in api.requests] == [
        ("/search", name),
        (f"/payments/{path or name}", None),
    ]


@pytest.mark.parametrize("words, path, body", [
    (["capture", OF_STRIPE[0], "4.00", "--currency", "USD"], "/payments/capture", "auth_id"),
    (["increment", OF_STRIPE[1], "5.00", "--currency", "USD"], "/payments/increment", "auth_id"),
    (["void", OF_STRIPE[0]], "/payments/void", "auth_id"),
    (["refund", OF_STRIPE[2]], "/payments/refund", "transaction_id"),
])  # fmt: skip
def test_a_payment_is_changed_by_an_id_of_stripes(words, path, body):
    found = {"object": "payment", "id": AUTH, "payment_id": None, "matched": "id"}

    def answer(request):
        return Reply(body={"data": [found], "searched": 0} if request.path == "/search" else CAPTURED)

    with served(answer) as api:
        ran = paysandbox("pay", *words, "--base-url", api.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x")
    assert ran.exit_code == 0, ran.stderr
    assert [request.path for request in api.requests] == ["/search", path]
    assert api.requests[-1].body[body] == AUTH


def test_a_payment_is_shown_with_its_refunds():
    refund = {"transaction_id": "ref_1", "capture_id": CAP, "amount": 150}
    update = {"transaction_id": "rfu_1", "type": "refund_update", "amount": 150, "refund_id": "ref_1"}
    shown = SHOWN | {
        "refund_pending": 150,
        "refunds": [refund | {"status": "requires_action"}],
        "operations": [
            *SHOWN["operations"],
            STEP | refund | {"type": "refund"},
            STEP | update | {"refund_status": "requires_action"},
        ],
    }
    schemas.PaymentBody.model_validate_json(json.dumps(shown))
    result, _ = pay(["show", CAP], Reply(body=shown))

    assert "  refund pending  1.50 USD" in result.stdout.splitlines()
    assert [said.split()[2:-1] for said in result.stdout.splitlines()[-2:]] == [
        ["refund", "1.50", "USD"],
        ["refund", "requires_action", "1.50", "USD"],
    ]


def test_a_payment_is_shown_with_its_dispute():
    dispute = {"dispute_id": "du_1", "status": "needs_response"}
    result, _ = pay(["show", AUTH], Reply(body=SHOWN | {"disputed": 400, "dispute": dispute}))
    assert "  disputed        4.00 USD" in result.stdout.splitlines()
    assert "  dispute         needs_response, du_1" in result.stdout.splitlines()


@pytest.mark.parametrize("words, sent", [([], None), (["--outcome", "refund=pending:5"], "refund=pending:5")])
def test_outcome_of_a_refund(words, sent):
    result, [request] = pay([*REFUND, *words], Reply(body=REFUNDED | {"status": "pending"}))
    assert request.headers.get("x-sandbox-outcome") == sent
    assert result.stdout.splitlines()[0] == "pending  refund of 1.50 USD"


def test_a_declined_payment_is_shown_with_its_reason():
    result, _ = pay(["show", AUTH], Reply(body=SHOWN_DECLINED))
    assert "  reason          insufficient_funds (try_again_later)" in result.stdout.splitlines()
    assert "remaining" not in result.stdout


def test_list_continues_from_a_cursor():
    result, [request] = pay(["list", "--limit", "2", "--cursor", "here"], Reply(body=PAGE))

    assert (request.path, request.query) == ("/payments", {"limit": "2", "cursor": "here"})
    header, first, second = result.stdout.splitlines()
    assert header.split() == ["CREATED", "STATUS", "AMOUNT", "CARD", "PAYMENT", "REFERENCE"]
    assert first.split()[2:4] == ["partially_captured", "12.50"]
    assert second.split()[2] == "declined"
    assert "pay list --limit 2 --cursor next" in result.stderr

    result, _ = pay(["list"], Reply(body={"data": [], "next_cursor": None}))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No payments yet" in result.stderr


FILTERS = [
    "--status", "captured", "--reference", "no 7", "--card-id", "card_x", "--disputed",
    "--last4", "4242", "--customer", "cus_1", "--order", "asc",
    "--created-to", "2030-01-08T00:00:00Z", "--limit", "2",
]  # fmt: skip


def test_the_list_takes_the_filters_of_the_api():
    result, [request] = pay(["list", *FILTERS, "--created-from", "2030-01-07T10:00:00+01:00"], Reply(body=PAGE))

    assert request.query == {
        "status": "captured", "reference": "no 7", "card_id": "card_x", "created_from": "2030-01-07T09:00:00.000000Z",
        "created_to": "2030-01-08T00:00:00.000000Z", "disputed": "true", "limit": "2",
        "last4": "4242", "customer": "cus_1", "order": "asc",
    }  # fmt: skip
    assert set(request.query) | {"cursor"} == {*api.ListPayments.model_fields}
    [more] = [line for line in result.stderr.splitlines() if line.startswith("Next page: ")]
    again, [next_request] = pay(shlex.split(more)[4:], Reply(body=PAGE))
    assert (again.exit_code, next_request.query) == (0, {**request.query, "cursor": "next"})


def test_since_counts_back_from_now():
    _, [request] = pay(["list", "--created-from", "2h", "--limit", "2"], Reply(body=PAGE))
    ago = datetime.now(UTC) - datetime.fromisoformat(request.query["created_from"])
    assert timedelta(hours=2) <= ago < timedelta(hours=2, minutes=5)


def test_statuses_match_the_api():
    assert {*Status} == {*get_args(api.PaymentStatus)}


@pytest.mark.parametrize("words, said", [
    (["--status", "paid"], "'paid' is not one of"),
    (["--created-from", "yesterday"], "'yesterday' is not a time"),
])  # fmt: skip
def test_invalid_filters_are_usage_errors(words, said):
    result, requests = pay(["list", *words])
    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


@pytest.mark.parametrize("words, page, said", [
    ([], {"data": [], "next_cursor": None}, "No payments yet. Make one: paysandbox pay authorize 12.50"),
    (["--status", "voided"], {"data": [], "next_cursor": None}, "No matching payments."),
])  # fmt: skip
def test_an_empty_page_is_explained(words, page, said):
    assert pay(["list", *words], Reply(body=page))[0].stderr.splitlines()[0] == said


def test_replays_are_marked():
    result, _ = pay(
        ["authorize", "1", "--idempotency-key", "k1"], Reply(body=APPROVED, headers={"Idempotent-Replayed": "true"})
    )
    assert "k1  (replayed: the original response to this key)" in result.stdout


@pytest.mark.parametrize("words, body, exit_code", [
    (["authorize", "1"], DECLINED, 0),
    (["authorize", "1", "--fail-on-decline"], DECLINED, 1),
    (["authorize", "1", "--fail-on-decline"], APPROVED, 0),
])  # fmt: skip
@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_a_decline_exits_0_unless_requested_otherwise(words, body, exit_code, json_too):
    result, _ = pay([*words, *json_too], Reply(body=body))
    assert result.exit_code == exit_code
    assert body["status"] in result.stdout


@pytest.mark.parametrize("words, body", [
    (["authorize", "1"], SOLD), ([*CAPTURE], CAPTURED), (["void", AUTH], VOIDED), ([*REFUND], REFUNDED),
    (["show", AUTH], SHOWN), (["list", "--limit", "2"], PAGE),
])  # fmt: skip
def test_json_is_the_apis_body(words, body):
    text = json.dumps(body, separators=(",", ":"))
    result, [request] = pay([*words, "--json"], Reply(body=text))

    assert result.stdout == text + "\n"
    key = request.headers.get("x-idempotency-key")
    assert result.stderr == (f"idempotency key: {key}\n" if key else "")


def test_an_error_exits_1_and_shows_the_limits():
    possible = {"currency": "USD", "remaining": 850, "refundable": 400, "current_status": "partially_captured"}
    result, _ = pay(
        [*CAPTURE, "900", "--minor", "--idempotency-key", "k1"],
        refused(Code.CAPTURE_EXCEEDS_AUTHORIZED, detail="Less remains.", param="amount", possible=possible),
    )

    assert (result.exit_code, result.stdout) == (1, "")
    said = result.stderr.splitlines()
    assert said[:2] == ["409 The capture exceeds the amount still authorized", "Less remains."]
    for fact in ("capture_exceeds_authorized", "amount", "8.50 USD", "req-1", "k1"):
        assert any(line.split(maxsplit=1)[-1].endswith(fact) for line in said), fact


def test_json_of_an_error_is_the_problem():
    reply = refused(Code.RESOURCE_NOT_FOUND)
    result, _ = pay(["show", AUTH, "--json"], reply)
    assert result.problem == reply.body


def test_a_lost_response_is_retried_and_reported():
    result, requests = pay(["authorize", "1"], HANG_UP, Reply(body=APPROVED, headers={"Idempotent-Replayed": "true"}))

    assert result.exit_code == 0
    assert len({request.headers["x-idempotency-key"] for request in requests}) == 1
    assert len(requests) == 2
    assert "Retrying" in result.stderr
    assert "replayed" in result.stdout


@pytest.mark.parametrize("words", [
    ["authorize"],
    ["authorize", "12,50"],
    ["authorize", "12.505"],
    ["authorize", "12.50", "--currency", "JPY"],
    ["authorize", "12.50", "--minor"],
    ["authorize", "1", "--exp", "13/2030"],
    ["authorize", "1", "--exp", "2030-12"],
    ["authorize", "1", "--capture", "later"],
    ["authorize", "1", "--metadata", "novalue"],
    ["authorize", "1", "--idempotency-key", "ключ"],
    ["authorize", "1", "--idempotency-key", "two\nlines"],
    ["capture", "no/id"],
    ["capture", ""],
    ["show", ".."],
    ["list", "--limit", "0"],
    ["steal", AUTH],
])  # fmt: skip
def test_usage_errors_exit_2_before_any_request(words):
    result, requests = pay(words)
    assert (result.exit_code, requests) == (2, [])


POSITIVE = "Amount must be greater than 0."


@pytest.mark.parametrize("words, said", [
    (["authorize", "0"], POSITIVE),
    (["authorize", "-5"], POSITIVE),
    (["authorize", "0", "--minor"], POSITIVE),
    (["authorize", "-1250", "--minor", "--currency", "EUR"], POSITIVE),
    (["authorize", "1000000"], "Amount must be at most 999999.99 USD."),
    (["authorize", "100000000", "--minor"], "Amount must be at most 99999999."),
    (["authorize", "12.505"], "'12.505' has too many decimal places: USD has 2, as in 12.50."),
    (["capture", AUTH, "-5"], POSITIVE),
    (["capture", AUTH, "0", "--currency", "USD"], POSITIVE),
    (["refund", AUTH, "-5"], POSITIVE),
    (["authorize", "5", "--five"], "No such option: --five"),
    (["authorize", "5", "-f"], "No such option: -f"),
])  # fmt: skip
def test_invalid_amounts_are_refused_before_any_request(words, said):
    result, requests = pay(words)
    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


def test_largest_amount_matches_the_api():
    assert MAX_AMOUNT == limits.MAX_AMOUNT


def test_negative_numbers_are_values_not_options():
    result, [request] = pay(["authorize", "1", "--reference", "-5"], Reply(body=APPROVED))
    assert (result.exit_code, request.body["reference"]) == (0, "-5")


def test_too_many_decimals_are_a_usage_error():
    result, [asked] = pay([*CAPTURE, "4.001"], Reply(body=SHOWN))
    assert (result.exit_code, asked.method) == (2, "GET")


@pytest.mark.parametrize("group", [["pay", "--help"], ["pay", "authorize", "--help"]])
def test_help_lists_the_common_test_cards(group):
    shown = paysandbox(*group).stdout
    listed = {card for card in TEST_CARDS.values() if f"  {card.number:<19}  {card.brand}, {card.says}" in shown}
    assert {card.brand for card in listed} == set(Brand) - {Brand.UNKNOWN}
    assert listed >= {card for card in TEST_CARDS.values() if card.reason or card.checks != ALL_PASS}
    assert len(listed) < 45
    assert f"`paysandbox cards` lists all {len(TEST_CARDS)}" in shown


@pytest.mark.parametrize("words, sent", [
    ([], None),
    (["--outcome", "decline:lost_card"], "decline:lost_card"),
    (["--outcome", "no such thing"], "no such thing"),      # the API's to refuse
])  # fmt: skip
def test_outcome_option(words, sent):
    _, [request] = pay(["authorize", "1", *words], Reply(body=APPROVED))
    assert request.headers.get("x-sandbox-outcome") == sent


@pytest.mark.parametrize("words, body", [(["authorize", "1"], IN_PART), (["show", AUTH], SHOWN | IN_PART)])
def test_partial_approvals_show_both_amounts(words, body):
    result, _ = pay(words, Reply(body=body | {"status": "approved"}))
    assert "8.00 USD" in result.stdout
    assert "requested" in result.stdout
    assert "12.50 USD" in result.stdout


def test_help_states_the_exit_code_of_a_decline():
    shown = " ".join(paysandbox("pay", "--help").stdout.split())
    assert "0, the API answered. A decline is an answer" in shown


def test_environment_variables_set_url_and_key(monkeypatch):
    with served(lambda _: Reply(body=PAGE)) as wire:
        monkeypatch.setenv("PAYSANDBOX_BASE_URL", wire.base_url)
        monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_shell_x")
        assert paysandbox("pay", "list", "--limit", "2").exit_code == 0
        assert paysandbox("pay", "list", "--limit", "2", *KEY_FROM_STDIN, piped="sk_test_said_x").exit_code == 0
    assert [request.headers["x-api-key"] for request in wire.requests] == ["sk_test_shell_x", "sk_test_said_x"]


@pytest.mark.parametrize("words", [["pay", "list"], ["get", "/payments"]])
def test_a_refused_key_of_the_environment_is_named(monkeypatch, words):
    body = problem(Code.API_KEY_INVALID)
    with served(lambda _: Reply(401, body, {"Content-Type": "application/problem+json"})) as wire:
        monkeypatch.setenv("PAYSANDBOX_BASE_URL", wire.base_url)
        monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_shell_x")
        refused = paysandbox(*words)
        other = paysandbox(*words, *KEY_FROM_STDIN, piped="sk_test_said_x")
    assert "The key comes from PAYSANDBOX_API_KEY." in " ".join(refused.stderr.split())
    assert 'paysandbox status -o env)"' in refused.stderr
    assert "PAYSANDBOX_API_KEY" not in other.stderr


def test_a_url_without_a_key_is_an_error(monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_BASE_URL", "http://127.0.0.1:9")
    result = paysandbox("pay", "list")
    assert result.exit_code == 1
    assert "no API key for http://127.0.0.1:9" in result.stderr


def test_env_option_overrides_environment_variables(monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_shell_x")
    with served(lambda _: Reply(body=PAGE)) as wire, deployed("dev", outputs={"BaseUrl": wire.base_url + "/live"}):
        keys = [
            json.loads(paysandbox("keys", "create", "--merchant", merchant, "--env", "dev", "--json").stdout)
            for merchant in ("demo", "acme")
        ]
        listed = [paysandbox("pay", "list", "--limit", "2", "--env", "dev", *words)
                  for words in ([], ["--merchant", "acme"], ["--merchant", "nobody"])]  # fmt: skip

    assert [result.exit_code for result in listed] == [0, 0, 1]
    assert [request.headers["x-api-key"] for request in wire.requests] == [key["api_key"] for key in keys]
    assert {request.path for request in wire.requests} == {"/live/payments"}
    assert "--cursor next --env dev --merchant acme" in listed[1].stderr
    assert "keys create --merchant nobody --env dev" in listed[2].stderr
