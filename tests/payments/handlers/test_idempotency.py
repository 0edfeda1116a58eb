"""Idempotency keys: scoped to merchant and route, valid for 24 hours.

A merchant's request takes effect once however often it is sent, and each retry gets the first answer, byte for byte.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.idempotency import DISABLED_VARIABLE
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    INCREMENT_PAYMENT,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MICROSECOND
from tests.support.clients.call import Merchant, Reply, send
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock

KEY = "the-key"

Ask = Callable[..., Reply]
"""Sends the same request each time; keyword arguments change its body, `key` its key."""


def _authorization(demo: Merchant) -> Ask:
    def ask(as_: Merchant = demo, key: str = KEY, **body: Any) -> Reply:
        return as_.authorize(key, **{"amount": 5_00} | body)

    return ask


def _capture(demo: Merchant) -> Ask:
    auth_id = demo.authorized(10_00)

    def ask(as_: Merchant = demo, key: str = KEY, **body: Any) -> Reply:
        return as_.capture(auth_id, key, **{"amount": 5_00} | body)

    return ask


def _void(demo: Merchant) -> Ask:
    auth_id = demo.authorized(10_00)
    other = demo.authorized(10_00)

    def ask(as_: Merchant = demo, key: str = KEY, amount: int | None = None, **body: Any) -> Reply:
        # A void has no amount: a different request is a void of another authorization.
        return as_.void(other if amount else auth_id, key, **body)

    return ask


def _refund(demo: Merchant) -> Ask:
    capture_id = demo.captured(10_00)

    def ask(as_: Merchant = demo, key: str = KEY, **body: Any) -> Reply:
        return as_.refund(capture_id, key, **{"amount": 5_00} | body)

    return ask


WISHES = pytest.mark.parametrize("wish", [_authorization, _capture, _void, _refund])
Wish = Callable[[Merchant], Ask]


# --- the table --------------------------------------------------------------------------------------------------------


@WISHES
def test_every_response_after_the_first_is_a_replay(wish: Wish, demo: Merchant, ledger: Ledger) -> None:
    ask = wish(demo)
    first = ask()
    held = tables.items(ledger)
    assert (first.status, first.replayed) == (200, False)
    for _ in range(3):
        again = ask()
        assert (again.status, again.replayed, again.text) == (200, True, first.text)
    assert tables.items(ledger) == held


@pytest.mark.full
def test_replays_are_byte_identical_after_later_operations(demo: Merchant) -> None:
    """Each answer is rendered as of its own operation, so it shows the amount that remained then."""
    auth_id = demo.authorize("a", amount=10_00, metadata={"b": "1", "a": "2"}).json["auth_id"]
    capture_id = demo.capture(auth_id, "c", amount=4_00).json["transaction_id"]
    asks: list[Callable[[], Reply]] = [
        lambda: demo.authorize("a", amount=10_00, metadata={"b": "1", "a": "2"}),
        lambda: demo.capture(auth_id, "c", amount=4_00),
        lambda: demo.refund(auth_id, "r by authorization", amount=1_00),
        lambda: demo.capture(auth_id, "second", amount=2_00),
        lambda: demo.refund(capture_id, "r", reason="broken"),
        lambda: demo.void(auth_id, "v"),
        lambda: demo.authorize("auto", capture_method="automatic"),
        lambda: demo.authorize("no", card=build.card_details(number=build.INSUFFICIENT_FUNDS)),
    ]
    texts: list[str] = []
    for ask in asks:
        texts.append(ask().text)
        assert [earlier().text for earlier in asks[: len(texts)]] == texts
    assert all(ask().replayed for ask in asks)


@WISHES
def test_a_reused_key_with_another_body_is_refused(wish: Wish, demo: Merchant, ledger: Ledger) -> None:
    ask = wish(demo)
    first = ask()
    held = tables.items(ledger)
    reply = ask(amount=5_01)
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert tables.items(ledger) == held
    assert ask().text == first.text


BODY = {"card": build.card_details(name="Ada"), "amount": 5_00, "currency": "USD", "metadata": {"a": "1", "b": "2"}}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(BODY, indent=4),
        json.dumps(BODY, separators=(",", ":")),
        json.dumps(BODY, sort_keys=True),
        json.dumps(dict(reversed(BODY.items()))),
        json.dumps({**BODY, "metadata": {"b": "2", "a": "1"}}),
        json.dumps({**BODY, "card": dict(reversed(BODY["card"].items()))}),
        json.dumps(BODY).replace("Ada", "\\u0041da"),
        "\r\n " + json.dumps(BODY) + "\n",
    ],
)
def test_equivalent_json_is_the_same_body(raw: str, demo: Merchant) -> None:
    first = demo.post(AUTHORIZE_PAYMENT, BODY, KEY)
    again = demo.post(AUTHORIZE_PAYMENT, raw, KEY)
    assert (again.replayed, again.text) == (True, first.text)
    assert demo.post(AUTHORIZE_PAYMENT, raw, KEY, in_base64=True).text == first.text


@pytest.mark.parametrize("cvc", ["999", build.ABSENT, None])
def test_security_codes_are_not_part_of_the_fingerprint(cvc: Any, demo: Merchant) -> None:
    """It is not kept after the authorization, not even hashed (PCI DSS 3.3.1), so it cannot be compared."""
    first = demo.authorize(KEY, card=build.card_details(cvc="123"))
    again = demo.authorize(KEY, card=build.card_details(cvc=cvc))
    assert (again.replayed, again.text) == (True, first.text)


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "USD"},  # the default value: bodies are compared as sent
        {"capture_method": "manual"},
        {"description": None},
        {"amount": 5_01},
        {"metadata": {}},
        {"card": build.card_details(number="4111111111111111")},
        {"card": build.card_details(exp_month=1)},
        {"card": build.card_details(name="Ada")},
    ],
)
def test_any_other_difference_is_another_body(other: dict[str, Any], demo: Merchant) -> None:
    demo.authorize(KEY, amount=5_00)
    assert demo.authorize(KEY, **{"amount": 5_00} | other).code == "idempotency_key_reused"


def test_a_decline_is_replayed_as_the_same_decline(demo: Merchant) -> None:
    """Asking the bank again is a new request and takes a new key."""
    card = build.card_details(number=build.INSUFFICIENT_FUNDS)
    first = demo.authorize(KEY, card=card)
    assert first.says == "declined"
    again = demo.authorize(KEY, card=card)
    assert (again.status, again.replayed, again.text) == (200, True, first.text)
    assert demo.authorize(KEY, card=build.card_details()).code == "idempotency_key_reused"
    assert demo.authorize("another", card=card).json["auth_id"] != first.json["auth_id"]


@WISHES
def test_a_malformed_request_is_not_stored(wish: Wish, demo: Merchant, ledger: Ledger) -> None:
    """The corrected request succeeds under the same key."""
    ask = wish(demo)
    held = tables.items(ledger)
    assert ask(surprise=1).status == 400
    assert tables.items(ledger) == held
    corrected = ask()
    assert (corrected.status, corrected.replayed) == (200, False)
    assert ask(surprise=1).status == 400  # and is still malformed, whatever the key is bound to


@pytest.mark.parametrize(
    "card, code",
    [
        ({"number": "4242424242424241"}, "card_number_incorrect"),
        ({"exp_year": 2020}, "card_expiry_invalid"),
        ({"cvc": "1234"}, "cvc_invalid"),
    ],
)
def test_a_rejected_card_is_not_stored(card: dict[str, Any], code: str, demo: Merchant) -> None:
    assert demo.authorize(KEY, card=build.card_details(**card)).code == code
    assert demo.authorize(KEY).says == "approved"


def test_conflicts_are_reevaluated_on_retry(demo: Merchant, clock: Clock) -> None:
    """It moved no money: the same body may succeed once the state allows it; any other body is a new request."""
    auth_id = demo.authorized(10_00)
    assert demo.refund(auth_id, KEY, amount=4_00).code == "not_captured"
    assert demo.refund(auth_id, KEY, amount=4_00).code == "not_captured"
    assert demo.refund(auth_id, KEY, amount=3_00).code == "idempotency_key_reused"
    demo.captured(4_00, of=auth_id)
    done = demo.refund(auth_id, KEY, amount=4_00)
    assert (done.status, done.replayed) == (200, False)
    assert demo.refund(auth_id, KEY, amount=4_00).text == done.text


def test_not_found_is_reevaluated_on_retry(demo: Merchant) -> None:
    """An authorization's id follows from its key, so a client can know it in advance."""
    elsewhere = demo.authorize("will-be-made").json["auth_id"]
    with_nothing = Merchant("globex")
    assert with_nothing.capture(elsewhere, KEY, amount=1).status == 404
    assert with_nothing.capture(elsewhere, KEY, amount=2).code == "idempotency_key_reused"
    assert with_nothing.capture(elsewhere, KEY, amount=1).status == 404
    assert demo.capture(elsewhere, KEY, amount=1).status == 200


def test_malformed_ids_do_not_consume_the_key(demo: Merchant, ledger: Ledger) -> None:
    """It can never name a resource: a 404 that binds no key."""
    assert demo.capture("nonsense", KEY).status == 404
    assert tables.items(ledger) == {}
    assert demo.capture(demo.authorized(), KEY).status == 200


# --- the key ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key, code",
    [
        (None, "idempotency_key_required"),
        ("", "idempotency_key_invalid"),
        ("   ", "idempotency_key_invalid"),
        ('""', "idempotency_key_invalid"),
        ("k" * 256, "idempotency_key_invalid"),
        ("a\x00b", "idempotency_key_invalid"),
        ("a\nb", "idempotency_key_invalid"),
        ("a\x7fb", "idempotency_key_invalid"),
        ("key\x1f", "idempotency_key_invalid"),
        ("key\x85", "idempotency_key_invalid"),
        ("schlüssel", "idempotency_key_invalid"),
        ("🔑", "idempotency_key_invalid"),
        (["one", "two"], "idempotency_key_invalid"),
    ],
)
def test_invalid_keys(key: Any, code: str, ledger: Ledger) -> None:
    """Every route that takes a key rejects an invalid one."""
    for route, body in (
        (AUTHORIZE_PAYMENT, build.authorize_body()),
        (CAPTURE_PAYMENT, build.capture_body()),
        (INCREMENT_PAYMENT, build.increment_body()),
        (VOID_PAYMENT, build.void_body()),
        (REFUND_PAYMENT, build.refund_body()),
    ):
        reply = send(route, body=body, key=key)
        assert (reply.status, reply.code) == (400, code), route.name
    assert tables.items(ledger) == {}


@pytest.mark.parametrize("key", ["k", "k" * 255, " ~!@#$%^&*()_+{}|:<>?`-=[];',./ a", "0", "a,b"])
def test_keys_may_be_any_printable_text(key: str, demo: Merchant) -> None:
    first = demo.authorize(key)
    assert first.status == 200
    assert demo.authorize(key).text == first.text


SAME_KEY: list[Mapping[str, Any]] = [
    {"key": KEY},
    {"key": f'"{KEY}"'},  # a structured-field string (RFC 8941)
    {"key": f"  {KEY}\t"},  # white space around a field's value is not part of it (RFC 9110, 5.5)
    {"key": None, "headers": {"Idempotency-Key": KEY}},
    {"key": None, "headers": {"Idempotency-Key": f'"{KEY}"'}},
    {"key": None, "headers": {"iDEMPOTENCY-kEY": KEY}},
    {"key": KEY, "headers": {"Idempotency-Key": f'"{KEY}"'}},
]


@pytest.mark.parametrize("parts", SAME_KEY)
def test_equivalent_ways_to_write_a_key(parts: Mapping[str, Any]) -> None:
    first = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key=KEY)
    again = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), **parts)
    assert (again.replayed, again.text) == (True, first.text)


def test_escapes_in_a_quoted_key(demo: Merchant) -> None:
    first = demo.authorize('say "hi" \\ bye')
    assert demo.authorize('"say \\"hi\\" \\\\ bye"').text == first.text


@pytest.mark.parametrize("key", ['"open', 'closed"', '"a"b"', "'the-key'", '"the-key";v=1'])
def test_unquoted_keys_are_literal(key: str, demo: Merchant) -> None:
    bare = demo.authorize(KEY).json["auth_id"]
    first = demo.authorize(key)
    assert first.status == 200
    assert first.json["auth_id"] != bare
    assert demo.authorize(key).text == first.text


@pytest.mark.parametrize(
    "parts, param",
    [
        ({"key": "one", "headers": {"Idempotency-Key": "two"}}, "Idempotency-Key"),
        ({"key": None, "headers": {"Idempotency-Key": ["one", "two"]}}, "Idempotency-Key"),
        ({"key": None, "headers": {"idempotency-key": [KEY, KEY]}}, "Idempotency-Key"),
        ({"key": ["one", "two"]}, "X-Idempotency-Key"),
        ({"key": [KEY, KEY], "headers": {"Idempotency-Key": KEY}}, "X-Idempotency-Key"),
    ],
)
def test_several_keys_are_refused_by_name(parts: Mapping[str, Any], param: str, ledger: Ledger) -> None:
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(), **parts)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "idempotency_key_invalid", param)
    assert tables.items(ledger) == {}


def test_keys_are_case_sensitive(demo: Merchant) -> None:
    assert demo.authorize("key").json["auth_id"] != demo.authorize("KEY").json["auth_id"]


@WISHES
def test_keys_are_per_merchant(wish: Wish, demo: Merchant, globex: Merchant) -> None:
    mine, theirs = wish(demo), wish(globex)
    first, other = mine(), theirs(amount=6_00)
    assert (first.status, other.status, other.replayed) == (200, 200, False)
    assert first.json["transaction_id"] != other.json["transaction_id"]
    assert mine().text == first.text
    assert theirs(amount=6_00).text == other.text


def test_merchant_and_key_are_separated_in_the_hash(demo: Merchant) -> None:
    """`ab` with key `c` differs from `a…` with key `bc`."""
    ids = {Merchant(name).authorize(key).json["auth_id"] for name, key in (("aa", "bc"), ("aab", "c"), ("aa", "b"))}
    assert len(ids) == 3


def test_keys_are_per_route(demo: Merchant) -> None:
    auth_id = demo.authorize(KEY, amount=10_00).json["auth_id"]
    captured = demo.capture(auth_id, KEY, amount=4_00)
    refunded = demo.refund(auth_id, KEY, amount=4_00)
    voided = demo.void(auth_id, KEY)
    assert [reply.status for reply in (captured, refunded, voided)] == [200, 200, 200]
    assert not any(reply.replayed for reply in (captured, refunded, voided))
    assert demo.capture(auth_id, KEY, amount=4_00).text == captured.text


def test_two_keys_for_one_payment_are_two_requests(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    assert demo.capture(auth_id, "one", amount=3_00).json["remaining"] == 7_00
    assert demo.capture(auth_id, "two", amount=3_00).json["remaining"] == 4_00


# --- 24 hours ---------------------------------------------------------------------------------------------------------


def _time_of(reply: Reply) -> datetime:
    return parse_timestamp(reply.json["created_at"])


@pytest.mark.parametrize("after, replayed", [(DAY - MICROSECOND, True), (DAY, False), (DAY + MICROSECOND, False)])
@pytest.mark.parametrize("wish", [_authorization, _capture, _refund])
def test_keys_expire_after_exactly_24_hours(wish: Wish, after: timedelta, replayed: bool, demo: Merchant) -> None:
    ask = wish(demo)
    first = ask()
    later = ask(demo.at(_time_of(first) + after))
    assert (later.status, later.replayed) == (200, replayed)
    assert (later.json["transaction_id"] == first.json["transaction_id"]) is replayed


@pytest.mark.parametrize("wish", [_authorization, _capture, _refund])
def test_an_expired_key_accepts_another_body(wish: Wish, demo: Merchant) -> None:
    ask = wish(demo)
    first = ask()
    within, over = demo.at(_time_of(first) + DAY - MICROSECOND), demo.at(_time_of(first) + DAY)
    assert ask(within, amount=4_00).code == "idempotency_key_reused"
    second = ask(over, amount=4_00)
    assert (second.status, second.replayed, second.json["amount"]) == (200, False, 4_00)
    assert ask(over, amount=4_00).text == second.text
    assert ask(over).code == "idempotency_key_reused"  # the key is bound to the second body now


@pytest.mark.parametrize("wish", [_authorization, _capture, _refund])
def test_each_use_of_a_key_lasts_24_hours(wish: Wish, demo: Merchant) -> None:
    """First use, a second use 25 hours later, its replay 23 hours on, a third at 49 hours, its replay."""
    ask = wish(demo)
    first = ask(amount=1_00)
    start = _time_of(first)
    at = {hours: demo.at(start + hours * HOUR) for hours in (25, 48, 49, 72)}
    second = ask(at[25], amount=1_00)
    assert (second.replayed, second.json["transaction_id"] != first.json["transaction_id"]) == (False, True)
    assert ask(at[25], amount=1_00).text == second.text
    assert (ask(at[48], amount=1_00).replayed, ask(at[48], amount=1_00).text) == (True, second.text)
    third = ask(at[49], amount=1_00)
    assert not third.replayed
    assert len({reply.json["transaction_id"] for reply in (first, second, third)}) == 3
    assert (ask(at[72], amount=1_00).replayed, ask(at[72], amount=1_00).text) == (True, third.text)


def test_a_retry_across_the_24_hour_limit(demo: Merchant) -> None:
    """The second use is sent just after the limit and its answer is lost: a retry finds it, and makes no third."""
    first = demo.authorize(KEY)
    over = demo.at(_time_of(first) + DAY)
    second = over.authorize(KEY)
    retry = demo.at(_time_of(first) + DAY + 5 * HOUR).authorize(KEY)
    assert (retry.replayed, retry.text) == (True, second.text)
    # Sent just before the limit and retried after it, a key is free by then: that is the meaning of 24 hours.
    assert demo.at(_time_of(second) + DAY - MICROSECOND).authorize(KEY).text == second.text
    assert not demo.at(_time_of(second) + DAY).authorize(KEY).replayed


def test_clock_skew_at_the_limit_makes_no_third_payment(demo: Merchant) -> None:
    """A function with a slightly slow clock still sees the first use, and never repeats the operation for it."""
    first = demo.authorize(KEY)
    second = demo.at(_time_of(first) + DAY).authorize(KEY)
    behind = demo.at(_time_of(first) + DAY - MICROSECOND).authorize(KEY)
    assert (behind.replayed, behind.text) == (True, first.text)
    assert demo.at(_time_of(first) + DAY + HOUR).authorize(KEY).text == second.text


def test_an_expired_void_key_is_reevaluated(demo: Merchant) -> None:
    """The key is free, so this is a new void of a payment that is already void."""
    auth_id = demo.authorized()
    first = demo.void(auth_id, KEY)
    assert demo.at(_time_of(first) + DAY - MICROSECOND).void(auth_id, KEY).text == first.text
    assert demo.at(_time_of(first) + DAY).void(auth_id, KEY).code == "already_voided"


def test_expiry_uses_the_functions_clock(demo: Merchant, clock: Clock) -> None:
    first = demo.authorize(KEY)
    clock.advance(DAY - HOUR)
    assert demo.authorize(KEY).text == first.text
    clock.advance(HOUR)
    second = demo.authorize(KEY)
    assert (second.status, second.replayed) == (200, False)
    clock.advance(25 * HOUR)
    assert not demo.authorize(KEY).replayed
    assert len(demo.payments().json["data"]) == 3


def test_reuse_shortly_before_the_purge(demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    """A key's lookup goes through its first payment, which is kept as long as that lookup is needed.

    The second use comes a day less than 90 after the first. If the first payment were removed on its day, a retry of
    the second use would find the key free and make a third.
    """
    first = demo.authorize(KEY).json["auth_id"]
    clock.advance(89 * DAY)
    second = demo.authorize(KEY)
    second_at = int(_time_of(second).timestamp())
    assert not second.replayed
    assert _purge_at(ledger, first) >= second_at + 2 * DAY.total_seconds()
    clock.advance(DAY - HOUR)
    assert demo.authorize(KEY).text == second.text
    assert demo.payment(first).status == 200


def test_reuse_long_before_the_purge_leaves_the_first_payment_alone(
    demo: Merchant, clock: Clock, ledger: Ledger
) -> None:
    first = demo.authorize(KEY).json["auth_id"]
    held = tables.items(ledger)[first]
    clock.advance(80 * DAY)
    assert not demo.authorize(KEY).replayed
    assert tables.items(ledger)[first] == held


def test_a_key_of_a_purged_payment_is_new(demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    first = demo.authorize(KEY).json["auth_id"]
    clock.advance(91 * DAY)
    ledger.client.delete_item(TableName=ledger.table, Key={"transaction_id": {"S": first}})
    again = demo.authorize(KEY)
    assert (again.status, again.replayed, again.json["auth_id"]) == (200, False, first)


def test_idempotency_records_are_stored_longer_than_they_are_valid(demo: Merchant, ledger: Ledger) -> None:
    """It is kept twice as long, so that no clock error removes it early; no rule reads that TTL."""
    done = demo.capture(demo.authorized(), KEY).json
    (claim,) = [item for item in tables.items(ledger).values() if "claimed_at" in item]
    claimed_at = parse_timestamp(claim["claimed_at"]["S"])
    assert int(claim["purge_at"]["N"]) == int((claimed_at + 2 * DAY).timestamp())
    assert claim["operation_id"]["S"] == done["transaction_id"]
    assert not {"operations", "merchant_key", "card_key", "due_key", "listed_at"} & claim.keys()


def test_expired_idempotency_records_are_ignored(demo: Merchant) -> None:
    """TTL removes items late: expiry is judged by the stored time."""
    auth_id = demo.authorized(10_00)
    first = demo.capture(auth_id, KEY, amount=1_00)
    later = demo.at(_time_of(first) + 3 * DAY)
    assert not later.capture(auth_id, KEY, amount=2_00).replayed


def _purge_at(ledger: Ledger, item_id: str) -> int:
    return int(tables.items(ledger)[item_id]["purge_at"]["N"])


# --- the pepper -------------------------------------------------------------------------------------------------------


@pytest.fixture
def put_pepper() -> Iterator[Callable[..., None]]:
    """Writes another pepper (`tables.put_pepper`), as a rotation does. The functions' cached pepper stays as it is."""
    yield tables.put_pepper
    tables.put_pepper()
    tables.forget(clients=False)


PutPepper = Callable[..., None]


@WISHES
def test_replay_after_a_rotation_of_the_hashing_keys(wish: Wish, demo: Merchant, put_pepper: PutPepper) -> None:
    """An item names the pepper version that hashed its body, and is compared under that version."""
    ask = wish(demo)
    first = ask()
    put_pepper(current=2, versions=(1, 2))
    tables.forget(clients=False)
    assert (ask().replayed, ask().text) == (True, first.text)
    assert ask(amount=6_00).code == "idempotency_key_reused"


def test_new_items_use_the_new_hashing_key(demo: Merchant, ledger: Ledger, put_pepper: PutPepper) -> None:
    old = demo.authorized()
    put_pepper(current=2, versions=(1, 2))
    tables.forget(clients=False)
    new = demo.authorized()
    items = tables.items(ledger)
    assert (items[old]["key_version"], items[new]["key_version"]) == ({"N": "1"}, {"N": "2"})
    assert demo.payment(old).json["card"] == demo.payment(new).json["card"]  # a card's id never changes


@WISHES
def test_an_unknown_hashing_key_version_is_reloaded(
    wish: Wish, demo: Merchant, wire: Wire, put_pepper: PutPepper
) -> None:
    """One function hashed under a version that another one, started before the rotation, has not loaded."""
    ask = wish(demo)
    put_pepper(current=2, versions=(1, 2))
    tables.forget(clients=False)
    first = ask()
    put_pepper(current=1, versions=(1,))
    tables.forget(clients=False)
    assert (hashing_keys().current, [*hashing_keys().body]) == (1, [1])  # as cached before the rotation
    put_pepper(current=2, versions=(1, 2))
    with wire.record() as sent:
        again = ask()
    assert (again.replayed, again.text) == (True, first.text)
    assert [call.operation for call in sent].count("GetSecretValue") == 1
    assert ask(amount=6_00).code == "idempotency_key_reused"


# --- cannot be disabled -----------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("wish", [_capture, _void, _refund])
@pytest.mark.parametrize("value", ["1", "true", "false"])
def test_idempotency_cannot_be_switched_off(
    value: str, wish: Wish, demo: Merchant, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Powertools has a variable that disables it. Where it is set, no operation on a payment takes place."""
    ask = wish(demo)
    held = tables.items(ledger)
    monkeypatch.setenv(DISABLED_VARIABLE, value)
    reply = ask()
    assert (reply.status, reply.code) == (500, "internal_error")
    assert tables.items(ledger) == held
    monkeypatch.delenv(DISABLED_VARIABLE)
    assert ask().status == 200
