"""What the shop in examples/shop/python decides without an API: books, attempts, signatures and webhooks."""

import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.support.tools.blocks import ROOT, blocks

FOLDER = ROOT / "examples" / "shop" / "python"
MODULES = ("bugs", "books", "checkout", "hooks")
ORDER = "order-1042"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Shop = Callable[[str], Any]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Return a function that imports the shop with these bugs. Its books are empty."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("SHOP_BOOKS", str(tmp_path / "books.db"))

    def load(bugs: str = "") -> Any:
        monkeypatch.setenv("SHOP_BUGS", bugs)
        found: dict[str, ModuleType] = {name: importlib.import_module(name) for name in MODULES}
        return SimpleNamespace(**found)

    yield load
    for name in MODULES:
        sys.modules.pop(name, None)


def payment(status: str, captured: int = 0, refunded: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a payment as the API shows it."""
    captures = [{"amount": captured, "refunded": refunded}] if captured else []
    about = {"auth_id": "auth_1", "currency": "USD", "metadata": {"attempt": "1"}}
    return about | {"status": status, "captures": captures} | fields


PAID = payment("captured", 3750)
REFUNDED = payment("partially_refunded", 3750, 1250)


@pytest.mark.parametrize(
    "payments, paid, refunded, sent, is_open",
    [
        ([PAID], 3750, 0, 3750, 0),
        ([PAID, PAID], 3750, 0, 3750, 0),
        ([PAID, REFUNDED], 3750, 1250, 3750, 0),
        ([REFUNDED, PAID], 3750, 1250, 3750, 0),
        ([payment("requires_action")], 0, 0, 0, 1),
        ([payment("processing")], 0, 0, 0, 1),
        ([payment("processing"), PAID], 3750, 0, 3750, 0),
        ([payment("declined")], 0, 0, 0, 0),
        ([payment("captured", 100)], 100, 0, 0, 0),
        ([payment("captured", 3750, currency="JPY")], 0, 0, 0, 0),
        ([PAID, payment("captured", 3750, auth_id="auth_2")], 7500, 0, 3750, 0),
    ],
)
def test_answers_are_booked_once_and_final(
    shop: Shop, payments: Sequence[dict[str, Any]], paid: int, refunded: int, sent: int, is_open: int
) -> None:
    it = shop("")
    it.books.begin_payment(ORDER)
    for each in payments:
        it.checkout.take(ORDER, each)
    order = it.books.order(ORDER)
    assert (order["paid"], order["refunded"], order["sent"], order["is_open"]) == (paid, refunded, sent, is_open)


def test_reconciliation_takes_back_a_refund_that_failed(shop: Shop) -> None:
    it = shop("")
    for each in (REFUNDED, PAID):
        it.checkout.take(ORDER, each, exact=True)
    assert it.books.order(ORDER)["refunded"] == 0


def test_attempt_keeps_its_number_until_its_outcome_is_known(shop: Shop) -> None:
    books = shop("").books
    assert [books.begin_payment(ORDER), books.begin_payment(ORDER)] == [1, 1]
    books.end_payment(ORDER, 1)
    assert books.begin_payment(ORDER) == 2


def test_earlier_decline_does_not_end_the_last_attempt(shop: Shop) -> None:
    """The nightly job sees it again, while the answer to the last attempt is lost."""
    it = shop("")
    for _ in range(2):
        it.books.begin_payment(ORDER)
        it.checkout.take(ORDER, payment("declined"))
    assert it.books.begin_payment(ORDER) == 2
    it.checkout.take(ORDER, payment("declined", auth_id="auth_2", metadata={"attempt": "2"}))
    assert it.books.begin_payment(ORDER) == 3


def test_refund_keeps_its_first_amount(shop: Shop) -> None:
    books = shop("").books
    assert [books.begin_refund(ORDER, 1250), books.begin_refund(ORDER, 900)] == [1250, 1250]


def signed(body: bytes, secret: str = SECRET, ago_s: int = 0) -> dict[str, str]:
    """Return the headers of a webhook, as another library signs them."""
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    signature = Webhook(secret).sign("evt_1", at, body.decode())
    return {"webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


OTHER = "whsec_" + 32 * "A"


@pytest.mark.parametrize(
    "change, is_valid",
    [
        (dict[str, str], True),
        (lambda: signed(b"{}", OTHER), False),
        (lambda: signed(b'{"a":1}'), False),
        (lambda: signed(b"{}", ago_s=600), False),
        (lambda: signed(b"{}", ago_s=-600), False),
        (lambda: {"webhook-id": "evt_2"}, False),
        (lambda: {"webhook-timestamp": "now"}, False),
        (lambda: {"webhook-signature": "v1,é"}, False),
        (lambda: {"webhook-signature": ""}, False),
    ],
)
def test_signature(shop: Shop, change: Callable[[], Mapping[str, str]], is_valid: bool) -> None:
    assert shop("").hooks.is_signed(SECRET, {**signed(b"{}"), **change()}, b"{}") is is_valid


def test_one_of_two_signatures_is_enough(shop: Shop) -> None:
    """After a rotation of the secret, there are two."""
    headers = signed(b"{}")
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"
    assert shop("").hooks.is_signed(SECRET, headers, b"{}")


def event(kind: str, amount: int, captured: int, refunded: int = 0) -> bytes:
    """Return a webhook's body."""
    totals = {"captured": captured, "refunded": refunded}
    data = {"auth_id": "auth_1", "amount": amount, "currency": "USD", "payment": totals}
    return json.dumps({"type": kind, "data": data}).encode()


CAPTURED = event("payment_captured", 3750, 3750)
PART = event("payment_captured", 100, 100)


@pytest.mark.parametrize(
    "bugs, body, times, secret, status, paid, sent",
    [
        ("", CAPTURED, 1, SECRET, 204, 3750, 3750),
        ("", CAPTURED, 2, SECRET, 204, 3750, 3750),
        ("", CAPTURED, 1, OTHER, 400, 0, 0),
        ("", PART, 1, SECRET, 204, 100, 0),
        ("", event("payment_voided", 3750, 3750), 1, SECRET, 204, 0, 0),
        ("event-twice", CAPTURED, 2, SECRET, 204, 7500, 3750),
        ("unsigned", CAPTURED, 1, OTHER, 204, 3750, 3750),
        ("any-amount", PART, 1, SECRET, 204, 100, 3750),
    ],
)
def test_webhook(
    shop: Shop, bugs: str, body: bytes, times: int, secret: str, status: int, paid: int, sent: int
) -> None:
    it = shop(bugs)
    it.books.begin_payment(ORDER)
    it.checkout.take(ORDER, payment("processing"))
    assert {it.hooks.receive(SECRET, signed(body, secret), body) for _ in range(times)} == {status}
    order = it.books.order(ORDER)
    assert (order["paid"], order["sent"]) == (paid, sent)


def test_late_webhook_takes_no_refund_back(shop: Shop) -> None:
    it = shop("")
    it.checkout.take(ORDER, payment("requires_action"))
    for body in (event("payment_refunded", 1250, 3750, 1250), CAPTURED):
        assert it.hooks.receive(SECRET, signed(body), body) == 204
    assert it.books.order(ORDER)["refunded"] == 1250


EXTRACTS = [block for block in blocks("") if block.file == "docs/how-to/write-a-checkout.md"]


def test_guide_shows_the_code(subtests: pytest.Subtests) -> None:
    assert EXTRACTS
    for block in EXTRACTS:
        with subtests.test(str(block)):
            file, _, code = block.text.partition("\n")
            assert code in (ROOT / file.removeprefix("# ")).read_text()


@pytest.mark.parametrize("shop_in", ["python/bugs.py", "node/bugs.mjs"])
def test_guide_names_every_bug(shop_in: str) -> None:
    names = re.findall(r'^ +"([a-z-]+)", +(?:#|//)', (ROOT / "examples" / "shop" / shop_in).read_text(), re.MULTILINE)
    table = (ROOT / "docs/how-to/write-a-checkout.md").read_text().partition("## What each bug costs")[2]
    assert names
    assert [name for name in names if f"`{name}`" not in table] == []


def test_unknown_bug_is_refused(shop: Shop) -> None:
    with pytest.raises(SystemExit, match="SHOP_BUGS can be new-key"):
        shop("new-keys")
