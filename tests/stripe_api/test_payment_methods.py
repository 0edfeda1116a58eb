"""Stored cards: written once per id, visible to their own merchant only, and gone after they expire."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from paysandbox.payments.terms import Method
from paysandbox.stripe_api.payment_methods.payment_methods_table import (
    PaymentMethod,
    PaymentMethods,
    get_payment_method,
    put_payment_method,
    use_payment_method,
)
from tests.support.builders import build
from tests.support.builders.build import DAY, MERCHANT, MONDAY, OTHER_MERCHANT, RETENTION
from tests.support.worlds import tables

METHOD_ID = "pm_" + "m" * 26


@pytest.fixture
def methods() -> Iterator[PaymentMethods]:
    with tables.sandbox() as ledger:
        yield PaymentMethods(ledger.client, tables.METHODS, int(RETENTION.total_seconds()))


def method(method_id: str = METHOD_ID, *, kept: Method | None = None, metadata: str | None = None) -> PaymentMethod:
    return PaymentMethod(
        id=method_id,
        merchant=MERCHANT,
        method=kept or Method(build.card()),
        created_at=MONDAY,
        request_id="req_1",
        metadata=metadata,
    )


@pytest.mark.full
@pytest.mark.parametrize(
    "sent",
    [
        method(),
        method(kept=Method(build.card(last4="0002"), ("cvc", "zip", "line1"))),
        method(kept=Method(build.card(), ("cvc",), METHOD_ID)),
        method(metadata='{"order":"17"}'),
        replace(method(), request_id="request-of-method"),
    ],
)
def test_a_stored_card_is_read_unchanged(methods: PaymentMethods, sent: PaymentMethod) -> None:
    assert put_payment_method(methods, sent) == (sent, True)
    assert get_payment_method(methods, METHOD_ID, MERCHANT) == sent


def test_the_first_one_under_an_id_stays(methods: PaymentMethods) -> None:
    put_payment_method(methods, method())
    another = replace(method(metadata="{}"), merchant=OTHER_MERCHANT, created_at=MONDAY + DAY)

    assert put_payment_method(methods, another) == (method(), False)
    assert get_payment_method(methods, METHOD_ID, MERCHANT) == method()


@pytest.mark.parametrize("method_id, merchant", [("pm_" + "n" * 26, MERCHANT), (METHOD_ID, OTHER_MERCHANT)])
def test_an_unknown_card_and_another_merchants_are_alike(
    methods: PaymentMethods, method_id: str, merchant: str
) -> None:
    put_payment_method(methods, method())

    assert get_payment_method(methods, method_id, merchant) is None


def test_of_many_concurrent_requests_one_is_stored_and_all_return_it(methods: PaymentMethods) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = [*pool.map(lambda number: put_payment_method(methods, method(metadata=str(number))), range(8))]

    assert sum(put for _, put in kept) == 1
    assert len({one for one, _ in kept}) == 1


def test_one_payment_uses_a_card_and_can_use_it_again(methods: PaymentMethods) -> None:
    put_payment_method(methods, method())

    assert [use_payment_method(methods, METHOD_ID, MERCHANT, one) for one in ("a", "a", "b", "a")] == [
        True, True, False, True,
    ]  # fmt: skip
    assert get_payment_method(methods, METHOD_ID, MERCHANT) == replace(method(), used_by="a")


@pytest.mark.parametrize("method_id, merchant", [("pm_" + "n" * 26, MERCHANT), (METHOD_ID, OTHER_MERCHANT)])
def test_unknown_methods_and_those_of_other_merchants_are_not_used(
    methods: PaymentMethods, method_id: str, merchant: str
) -> None:
    put_payment_method(methods, method())

    assert not use_payment_method(methods, method_id, merchant, "a")
    assert len(methods.client.scan(TableName=methods.table)["Items"]) == 1
    assert get_payment_method(methods, METHOD_ID, MERCHANT) == method()


def test_of_many_concurrent_payments_one_uses_the_payment_method(methods: PaymentMethods) -> None:
    put_payment_method(methods, method())
    with ThreadPoolExecutor(20) as pool:
        used = [*pool.map(lambda n: use_payment_method(methods, METHOD_ID, MERCHANT, f"payment-{n}"), range(20))]

    assert sum(used) == 1


def test_a_card_is_kept_for_as_long_as_payments_are(methods: PaymentMethods) -> None:
    put_payment_method(methods, method())
    (item,) = methods.client.scan(TableName=methods.table)["Items"]

    assert item["purge_at"] == {"N": str(int((MONDAY + RETENTION).timestamp()))}


def test_other_errors_of_the_table_pass_through(methods: PaymentMethods) -> None:
    nowhere = replace(methods, table="nowhere")

    with pytest.raises(ClientError, match="ResourceNotFound"):
        put_payment_method(nowhere, method())
