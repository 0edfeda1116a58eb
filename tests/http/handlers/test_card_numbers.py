"""No card number outlives its request, however it was sent: not in the ledger, a log or an answer.

Free text from the caller (description, reference, metadata, reason, a donor's message) is refused if it contains a
card number. In an environment that accepts such text, it is stored and shown unchanged, and masked in the log. A
merchant's name is public, too.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.donations.routes import CREATE_DONATION_INTENT
from paysandbox.http import middleware
from paysandbox.http.route import Route
from paysandbox.payments.bank.response import Check
from paysandbox.payments.bank.test_cards import TEST_CARDS, TestCard
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    GET_HEALTH,
    GET_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from paysandbox.request_log import tables as request_log_table
from paysandbox.webhooks.routes import CREATE_ENDPOINT
from request_log import store_requests
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send
from tests.support.fakes.deliveries import delivery
from tests.support.tools.card_numbers import found_in
from tests.support.tools.tiers import first_of_each, full_but, soak_but
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Told

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

# One for each length and brand.
NUMBERS = [
    "4242424242424242",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "36227206271667",
    "3056930009020004",
    "3566002020360505",
    "6200000000000005",
    "6205500000000000004",
]

Printed = Callable[[], str]


@pytest.fixture
def printed(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> Printed:
    """Return everything written to standard output and standard error."""

    def read() -> str:
        captured = capsys.readouterr()
        return captured.out + captured.err

    return read


def _left(ledger: Ledger, printed: Printed, *replies: Reply) -> bytes:
    """Return every byte that a request leaves in the ledger, the output and the replies."""
    answers = [f"{reply.text} {dict(reply.headers)}" for reply in replies]
    return "\n".join([json.dumps(tables.items(ledger), ensure_ascii=False), printed(), *answers]).encode()


def _branch(card: TestCard) -> Hashable:
    """Return how a payment with this card goes on, at once and later, and how long the number is."""
    return type(card.outcome), card.reason is None, bool(card.plan), card.brand, len(card.number)


@pytest.mark.parametrize(
    "number",
    soak_but(TEST_CARDS, keep=first_of_each(TEST_CARDS, by=lambda number: _branch(TEST_CARDS[number]))),
)
def test_in_the_card_number_field(number: str, demo: Merchant, ledger: Ledger, printed: Printed) -> None:
    """This holds whether the payment is approved, declined or refused."""
    replies = [
        demo.authorize(card=build.card_details(number=number, cvc=build.ABSENT)),
        demo.authorize(card=build.card_details(number=number, exp_year=2020)),
    ]
    assert {reply.status for reply in replies} <= {200, 400}
    assert found_in(_left(ledger, printed, *replies), [number]) == set()


def test_through_a_whole_lifecycle(demo: Merchant, ledger: Ledger, printed: Printed) -> None:
    replies: list[Reply] = []
    for number in NUMBERS:
        authorized = demo.authorize(number, card=build.card_details(number=number, cvc=build.ABSENT))
        auth_id = authorized.json["auth_id"]
        replies += [
            authorized,
            demo.authorize(number, card=build.card_details(number=number, cvc=build.ABSENT)),
            demo.authorize(number, card=build.card_details(number=number, cvc=build.ABSENT), amount=1),
            demo.capture(auth_id, number, amount=4_00),
            demo.refund(auth_id, number),
            demo.void(auth_id, number),
            demo.payment(auth_id),
        ]
    replies.append(demo.payments())
    assert {reply.status for reply in replies} == {200, 422}
    assert found_in(_left(ledger, printed, *replies), NUMBERS) == set()


def _spaced(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def _authorize(**body: Any) -> tuple[Route, Mapping[str, Any]]:
    return AUTHORIZE_PAYMENT, {"body": build.authorize_body(**body)}


def _card(**card: Any) -> tuple[Route, Mapping[str, Any]]:
    return _authorize(card=build.card_details(**card))


# Places where a card number may end up by mistake. Each refuses or ignores it.
WRONG_PLACES: dict[str, Callable[[str], tuple[Route, Mapping[str, Any]]]] = {
    "card.number, spaced": lambda n: _card(number=_spaced(n)),
    "card.number, hyphenated": lambda n: _card(number=_spaced(n).replace(" ", "-")),
    "card.number, as a number": lambda n: _card(number=int(n)),
    "card.number, in a list": lambda n: _card(number=[n]),
    "card.number, mistyped": lambda n: _card(number=n[:-1] + str((int(n[-1]) + 1) % 10)),
    "card.number, with more behind": lambda n: _card(number=n + "=2512"),
    "card": lambda n: _authorize(card=n),
    "card.name": lambda n: _card(name=n),
    "card.address_zip": lambda n: _card(address_zip=n),
    "card.cvc": lambda n: _card(cvc=n),
    "card.exp_month": lambda n: _card(exp_month=int(n)),
    "card.exp_year": lambda n: _card(exp_year=n),
    "value of an unknown field": lambda n: _authorize(pan=n),
    "value of an unknown field of the card": lambda n: _card(track2=n),
    "name of an unknown field": lambda n: _authorize(**{n: "1"}),
    "name of an unknown field, spaced": lambda n: _authorize(**{_spaced(n): "1"}),
    "name of an unknown field of the card": lambda n: _card(**{n: "1"}),
    "key of metadata whose value is wrong": lambda n: _authorize(metadata={n: 1}),
    "key of metadata that is too long": lambda n: _authorize(metadata={n + "x" * 40: "1"}),
    "value of metadata that is no text": lambda n: _authorize(metadata={"card": int(n)}),
    "value of metadata that is a map": lambda n: _authorize(metadata={"card": {"number": n}}),
    "description that is wrong": lambda n: _authorize(description=f"{n}\n"),
    "reference that is wrong": lambda n: _authorize(reference=[n]),
    "amount": lambda n: _authorize(amount=int(n)),
    "amount, as text": lambda n: _authorize(amount=n),
    "currency": lambda n: _authorize(currency=n),
    "capture_method": lambda n: _authorize(capture_method=n),
    "the whole body": lambda n: (AUTHORIZE_PAYMENT, {"body": n}),
    "the whole body, as text": lambda n: (AUTHORIZE_PAYMENT, {"body": json.dumps(n)}),
    "a body that is no JSON": lambda n: (AUTHORIZE_PAYMENT, {"body": '{"card": {"number": "' + n}),
    "a key sent twice": lambda n: (AUTHORIZE_PAYMENT, {"body": f'{{"{n}": 1, "{n}": 2}}'}),
    "idempotency key": lambda n: (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "key": n}),
    "idempotency key that is wrong": lambda n: (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "key": n * 20}),
    "content type": lambda n: (AUTHORIZE_PAYMENT, {"body": build.authorize_body(), "content_type": n}),
    "API key": lambda n: (LIST_PAYMENTS, {"api_key": n, "gateway": "engine"}),
    "secret of an API key": lambda n: (LIST_PAYMENTS, {"api_key": build.api_key("demo", n + "0000")}),
    "another header": lambda n: (LIST_PAYMENTS, {"headers": {"X-Card": n, n: "1"}}),
    "auth_id of a capture": lambda n: (CAPTURE_PAYMENT, {"body": build.capture_body(n)}),
    "auth_id of a void": lambda n: (VOID_PAYMENT, {"body": build.void_body(n)}),
    "transaction_id of a refund": lambda n: (REFUND_PAYMENT, {"body": build.refund_body(n)}),
    "unknown field of a capture": lambda n: (CAPTURE_PAYMENT, {"body": build.capture_body(number=n)}),
    "name of an unknown field of a void": lambda n: (VOID_PAYMENT, {"body": build.void_body(**{n: 1})}),
    "path": lambda n: (GET_PAYMENT, {"path": {"transaction_id": n}}),
    "cursor": lambda n: (LIST_PAYMENTS, {"query": {"cursor": n}}),
    "limit": lambda n: (LIST_PAYMENTS, {"query": {"limit": n}}),
    "value of an unknown parameter": lambda n: (LIST_PAYMENTS, {"query": {"number": n}}),
    "name of an unknown parameter": lambda n: (LIST_PAYMENTS, {"query": {n: "1"}}),
    "name of a parameter given twice": lambda n: (LIST_PAYMENTS, {"query": {n: ["1", "2"]}}),
    "a parameter of health": lambda n: (GET_HEALTH, {"query": {n: n}}),
}


@pytest.mark.parametrize("place", full_but(WRONG_PLACES, keep=first_of_each(WRONG_PLACES, by=lambda _: "any")))
def test_in_other_fields(place: str, demo: Merchant, ledger: Ledger, printed: Printed) -> None:
    """Nor in the request log, which holds bodies."""
    replies = [send(route, **parts) for route, parts in map(WRONG_PLACES[place], NUMBERS)]
    assert all(reply.status < 500 for reply in replies)
    lines = printed()
    assert found_in(_left(ledger, lambda: lines, *replies), NUMBERS) == set()
    assert found_in(_kept(lambda: lines), NUMBERS) == set()
    shown = [demo.requests(limit="100"), *(demo.request(reply.headers["Request-Id"]) for reply in replies)]
    assert found_in("".join(reply.text for reply in shown).encode(), NUMBERS) == set()


@pytest.mark.parametrize("write", [str, _spaced, lambda n: _spaced(n).replace(" ", "-")], ids=["plain", "spaced", "-"])
def test_in_an_internal_error(
    write: Callable[[str], str], demo: Merchant, ledger: Ledger, wire: Wire, printed: Printed
) -> None:
    """The log masks anything that looks like a card number, even in a library's message about its input."""

    def complain(request: Any, deliver: Any) -> Any:
        raise ValueError("cannot take " + ", ".join(map(write, NUMBERS)))

    with wire.broken(complain, when=lambda sent: sent.operation == "PutItem"):
        reply = demo.authorize()
    assert reply.code == "internal_error"
    left = _left(ledger, printed, reply)
    assert found_in(left, NUMBERS) == set()
    assert b"[number]" in left


@pytest.mark.parametrize("cvc", ["917", "9173"])
def test_security_codes_are_not_stored(cvc: str, demo: Merchant, ledger: Ledger, printed: Printed) -> None:
    """Nor is it returned or logged. The only field named after it is the result of its check."""
    number = build.AMEX if len(cvc) == 4 else build.VISA
    replies = [
        demo.authorize(card=build.card_details(number=number, cvc=cvc)),
        demo.authorize(card=build.card_details(number=number, cvc=cvc + "00")),
    ]
    kept = [json.loads(json.dumps(tables.items(ledger))), *(json.loads(line) for line in printed().splitlines())]
    for name, value in _leaves([*kept, *(reply.json for reply in replies)]):
        assert value != cvc
        assert name != "cvc" or value == Check.PASS


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, key)
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, name)
    else:
        yield name, str(value)


# Free-text fields, and the parameter that a refusal names for each.
OWN_TEXTS: dict[str, tuple[Callable[[str], tuple[Route, Mapping[str, Any]]], str]] = {
    "description": (lambda n: _authorize(description=f"paid with {n}"), "description"),
    "reference": (lambda n: _authorize(reference=n), "reference"),
    "name of metadata": (lambda n: _authorize(metadata={f"a {n}": "x"}), "metadata.a [number]"),
    "value of metadata": (lambda n: _authorize(metadata={"order": n}), "metadata.order"),
    "name on the card": (lambda n: _card(name=n), "card.name"),
    "address line": (lambda n: _card(address_line1=n), "card.address_line1"),
    "reason": (lambda n: (REFUND_PAYMENT, {"body": build.refund_body(reason=n)}), "reason"),
    "endpoint's description": (
        lambda n: (CREATE_ENDPOINT, {"body": build.endpoint_body(description=n)}),
        "description",
    ),
    "donor's message": (
        lambda n: (
            CREATE_DONATION_INTENT,
            {"body": build.donation_body(message=f"My card:\n{n}"), "claims": build.claims()},
        ),
        "message",
    ),
    "donor's name": (
        lambda n: (CREATE_DONATION_INTENT, {"body": build.donation_body(), "claims": build.claims(name=n)}),
        "name",
    ),
}


@pytest.mark.parametrize("place, write", [*((place, str) for place in OWN_TEXTS), ("description", _spaced)])
def test_text_with_a_card_number_is_refused(
    place: str, write: Callable[[str], str], ledger: Ledger, printed: Printed
) -> None:
    """tests/core/test_card_numbers.py has all forms in which a number is found."""
    ask, param = OWN_TEXTS[place]
    numbers = [*NUMBERS, "4539578763621486"]  # the last is not a published test card
    replies = [send(route, **parts) for route, parts in map(ask, map(write, numbers))]
    assert {(reply.status, reply.code, reply.json["param"]) for reply in replies} == {
        (400, "live_card_in_sandbox", param)
    }
    assert tables.items(ledger) == {}
    assert found_in(_left(ledger, printed, *replies), numbers) == set()


def test_ids_are_accepted_as_text(demo: Merchant) -> None:
    metadata = {
        "uuid": "7d793037-a076-4242-8242-424242424242",
        "snowflake": "1992345678901234567",
        "milliseconds": "1795224000123",
        "hash": "a4242424242424242bcdefab",
        "ean": "4006381333924",
    }
    reply = demo.authorize(metadata=metadata, reference="1795224000123456")
    assert reply.json["metadata"] == metadata


def test_with_the_setting_card_numbers_in_text_are_accepted(
    demo: Merchant, told: Told, ledger: Ledger, printed: Printed
) -> None:
    """Any text is stored and shown unchanged, and logged with anything that looks like a card number masked."""
    told(accept_card_numbers_in_text=True)
    number = NUMBERS[0]
    authorized = demo.authorize(description=number, reference=number, metadata={number: number})
    capture_id = demo.capture(authorized.json["auth_id"]).json["transaction_id"]
    refunded = demo.refund(capture_id, reason=number)
    assert authorized.json["description"] == authorized.json["reference"] == number
    assert authorized.json["metadata"] == {number: number}
    assert refunded.json["reason"] == number
    assert found_in(printed().encode(), NUMBERS) == set()
    assert found_in(json.dumps(tables.items(ledger)).encode(), NUMBERS) == {number}


# --- the request log, which holds bodies ------------------------------------------------------------------------------


def _kept(printed: Printed) -> bytes:
    """Return the contents of the request log after it has processed the printed lines."""
    store_requests.handler(delivery(*printed().splitlines()), None)
    log = request_log_table.request_log()
    return json.dumps(log.client.scan(TableName=log.table)["Items"], ensure_ascii=False).encode()


def test_request_log_has_bodies_without_card_data(demo: Merchant, printed: Printed) -> None:
    """Each number's last four digits appear in its place, which shows that the body was searched."""
    for number in NUMBERS:
        demo.authorize(card=build.card_details(number=number, cvc="917", name="A. Cardholder"), reference=number)
    kept = _kept(printed)
    assert found_in(kept, NUMBERS) == set()
    assert all(f"************{number[-4:]}".encode() in kept for number in NUMBERS)
    bodies = [json.loads(one["body"]) for one in demo.requests().json["data"]]
    assert [body["card"]["cvc"] for body in bodies] == ["***"] * len(NUMBERS)
    assert b"Cardholder" not in kept


def test_masking_hides_them(demo: Merchant, printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches above cover the places that hold bodies."""
    monkeypatch.setattr(middleware, "masked", lambda event, _: event["body"])
    demo.authorize(card=build.card_details(number=NUMBERS[0]))
    left = printed()
    assert found_in(left.encode(), NUMBERS) == {NUMBERS[0]}
    store_requests.handler(delivery(*left.splitlines()), None)
    assert found_in(demo.requests().text.encode(), NUMBERS) == {NUMBERS[0]}
