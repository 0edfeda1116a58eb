"""`paysandbox donations create` on the wire: its requests, its waiting, and its results."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.donations.donor_pool import DonorPool
from cli.donations.donors import VARIABLE
from cli.donations.walk import Walk
from paysandbox.core.errors import Code, problem
from paysandbox.donations import schemas as shapes
from paysandbox.donations.donation import Receipt
from tests.support.clients.program import paysandbox
from tests.support.fakes.wire import Reply, Request, Wire, served
from tests.support.worlds.donation_account import ADDRESS, KEY_PARAMETER, DonationAccount, donation_account

KEY = "sk_test_51HxAbCdEfGhIjKlMn"
DONATION = "019a9f7e-0000-7000-8000-000000000001"
SECRET = "pi_1_secret_2"
SHOWN = {
    "donation_id": DONATION, "amount": 5000, "currency": "usd", "status": "PENDING", "refunded": 0, "anonymous": False,
    "receipt": "none", "created_at": "2026-11-20T09:00:00.000000Z",
}  # fmt: skip
DECLINED = Reply(402, {"error": {"type": "card_error", "code": "card_declined", "message": "Declined."}})
PAID = Reply(200, {"id": "pi_1", "object": "payment_intent", "status": "succeeded"})


def shown(**facts: Any) -> Reply:
    body = {"data": [{**SHOWN, **facts}], "next_cursor": None}
    shapes.MyDonationList.model_validate(body)
    return Reply(200, body)


def walk_of(*seen: Reply, confirm: Reply = PAID, intent: Reply | None = None) -> Callable[[Request], Reply]:
    """Return the replies of an API and Stripe; the last of the donation's states repeats."""
    left = list(seen)

    def answer(request: Request) -> Reply:
        if request.path == "/donations/create-intent":
            return intent or Reply(200, {"client_secret": SECRET, "donation_id": DONATION})
        if request.path == "/donations/mine":
            return left.pop(0) if len(left) > 1 else left[0]
        return confirm

    return answer


@contextmanager
def street(answer: Callable[[Request], Reply], key: str | None = KEY) -> Iterator[tuple[DonationAccount, Wire]]:
    """Provide an environment whose API and Stripe are at this address."""
    with served(answer) as wire, donation_account(base_url=wire.base_url) as there:
        if key is not None:
            there.account.client("ssm").put_parameter(Name=KEY_PARAMETER, Value=key, Type="SecureString")
        yield there, wire


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.donations.walk._POLL_S", 0)
    monkeypatch.setenv("PAYSANDBOX_DONOR_TOKEN", "a.token")


def donate(answer: Callable[[Request], Reply], *words: str, key: str | None = KEY):
    """Run the command, and return its result and requests."""
    with street(answer, key) as (_, wire):
        return paysandbox("donations", "create", "--env", "dev", *words), wire.requests


SENT = [shown(), shown(status="SUCCEEDED", receipt="due"), shown(status="SUCCEEDED", receipt="sent")]


def test_create_pays_and_waits_for_webhook_and_receipt() -> None:
    said, requests = donate(
        walk_of(*SENT), "--amount", "50.00", "--message", "For the roof", "--idempotency-key", "k-1", "--json"
    )
    assert said.exit_code == 0, said.stderr
    assert json.loads(said.stdout) == {
        "donation_id": DONATION, "payment_intent": "pi_1", "status": "SUCCEEDED", "receipt": {"state": "sent"},
    }  # fmt: skip
    asked, confirmed, *looked = requests
    assert asked.body == {"amount": 5000, "currency": "USD", "message": "For the roof"}
    shapes.CreateDonationIntent.model_validate(asked.body)
    assert (asked.headers["authorization"], asked.headers["x-idempotency-key"]) == ("Bearer a.token", "k-1")
    assert "x-api-key" not in asked.headers
    assert (confirmed.path, confirmed.headers["authorization"]) == ("/v1/payment_intents/pi_1/confirm", f"Bearer {KEY}")
    assert confirmed.body["payment_method"] == "pm_card_visa"
    assert len(looked) == len(SENT)
    assert SECRET not in said.stdout + said.stderr
    assert KEY not in said.stdout + said.stderr


def test_amount_and_receipt_are_shown() -> None:
    said, _ = donate(walk_of(*SENT), "--amount", "50.00")
    assert said.stdout.splitlines() == [
        "50.00 USD: SUCCEEDED",
        f"  donation        {DONATION}",
        "  intent          pi_1",
        "  receipt         sent",
    ]


@pytest.mark.full
@pytest.mark.parametrize("words, amount", [
    (["--amount", "500", "--currency", "JPY"], 500),
    (["--amount", "1.250", "--currency", "kwd"], 1250),
    (["--amount", "12"], 1200),
])  # fmt: skip
def test_an_amount_has_the_decimals_of_its_currency(words: list[str], amount: int) -> None:
    _, (asked, *_) = donate(walk_of(*SENT), *words)
    assert asked.body["amount"] == amount


def test_a_number_is_sent_as_a_card() -> None:
    _, (_, confirmed, *_) = donate(walk_of(*SENT), "--amount", "5", "--card", "4242 4242 4242 4242")
    assert confirmed.body["payment_method_data[card][number]"] == "4242424242424242"


@pytest.mark.parametrize("words", [
    ["--amount", "5.005"], ["--amount", "5,00"], ["--amount", "-5"], ["--amount", "5", "--card", "visa"], [],
])  # fmt: skip
def test_usage_errors_come_before_any_request(words: list[str]) -> None:
    said, requests = donate(walk_of(*SENT), *words)
    assert (said.exit_code, said.stdout, requests) == (2, "", [])


@pytest.mark.parametrize("key, told", [
    (None, "has no Stripe API key"),
    ("sk_live_51HxAbCdEfGhIjKlMn", "never moves money"),
    ("rk_live_51HxAbCdEfGhIjKlMn", "never moves money"),
])  # fmt: skip
def test_only_test_keys_are_accepted(key: str | None, told: str) -> None:
    said, requests = donate(walk_of(*SENT), "--amount", "5", key=key)
    assert (said.exit_code, requests) == (1, [])
    assert told in said.stderr


@pytest.mark.full
@pytest.mark.parametrize("answer, words, status, receipt, told", [
    (walk_of(shown(status="FAILED"), confirm=DECLINED), [], "FAILED", None, "The payment failed"),
    (walk_of(shown()), ["--timeout", "1"], "PENDING", None, "Stripe's event did not arrive in time"),
    (walk_of(shown(status="SUCCEEDED", receipt="due")), ["--timeout", "1"], "SUCCEEDED", "due", "was not sent in time"),
    (walk_of(shown(status="SUCCEEDED", receipt="refused")), [], "SUCCEEDED", "refused", "The receipt was rejected"),
])  # fmt: skip
def test_an_incomplete_donation_exits_1_and_shows_its_progress(
    answer: Any, words: list[str], status: str, receipt: str | None, told: str
) -> None:
    said, _ = donate(answer, "--amount", "50.00", "--json", *words)
    walked = json.loads(said.stdout)
    assert (said.exit_code, walked["status"]) == (1, status)
    assert walked["receipt"] == (receipt and {"state": receipt})
    assert told in said.words


@pytest.mark.full
@pytest.mark.parametrize("confirm, told", [
    (Reply(401, {"error": {"type": "invalid_request_error", "message": "No such key."}}), "rejected the API key"),
    (Reply(400, {"error": {"type": "invalid_request_error", "message": "No such method."}}), "No such method."),
    (Reply(200, {"id": "pi_1", "object": "payment_intent", "status": "requires_action"}), "in a browser"),
])  # fmt: skip
def test_errors_of_stripe_are_reported(confirm: Reply, told: str) -> None:
    said, _ = donate(walk_of(*SENT, confirm=confirm), "--amount", "50.00")
    assert (said.exit_code, said.stdout) == (1, "")
    assert told in said.words


def test_a_paid_donation_is_still_followed() -> None:
    state = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state", "message": "Paid."}
    answers = walk_of(*SENT, confirm=Reply(400, {"error": state}))

    def once_paid(request: Request) -> Reply:
        return PAID if request.path == "/v1/payment_intents/pi_1" else answers(request)

    said, _ = donate(once_paid, "--amount", "50.00", "--json")
    assert (said.exit_code, json.loads(said.stdout)["status"]) == (0, "SUCCEEDED")


def test_errors_of_the_api_are_printed_as_json() -> None:
    body = problem(Code.AMOUNT_TOO_SMALL, request_id="req-1", instance="/donations/create-intent")
    said, _ = donate(walk_of(*SENT, intent=Reply(400, body)), "--amount", "0.01", "--json")
    assert said.problem["code"] == "amount_too_small"


def test_tracebacks_have_no_key_or_client_secret() -> None:
    with street(walk_of(*SENT)) as (there, _):
        assert KEY not in repr(Walk.of(there.target))


def test_every_receipt_status_ends_the_wait() -> None:
    """The command waits for states that may still change, and for no others."""
    from cli.donations.walk import _SETTLED

    assert set(Receipt) - _SETTLED == {Receipt.NONE, Receipt.DUE, Receipt.SENDING}


def test_token_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("another.token\n")
    said, requests = donate(walk_of(*SENT), "--amount", "50.00", "--token-file", str(file))
    assert said.exit_code == 0, said.stderr
    assert requests[0].headers["authorization"] == "Bearer another.token"


def test_without_a_token_the_donor_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYSANDBOX_DONOR_TOKEN")
    with served(walk_of(*SENT)) as wire, donation_account(base_url=wire.base_url, with_pool=True) as there:
        there.account.client("ssm").put_parameter(Name=KEY_PARAMETER, Value=KEY, Type="SecureString")
        password = DonorPool.of(there.target).create(ADDRESS, "Jo").password
        monkeypatch.setenv(VARIABLE, password)
        nobody = paysandbox("donations", "create", "--env", "dev", "--amount", "5.00")
        somebody = paysandbox("donations", "create", "--env", "dev", "--amount", "5.00", "--email", ADDRESS)
    assert (nobody.exit_code, "An email address is required" in nobody.words) == (2, True)
    assert somebody.exit_code == 0, somebody.stderr
    assert wire.requests[0].headers["authorization"].startswith("Bearer ey")
    assert password not in somebody.stdout + somebody.stderr
