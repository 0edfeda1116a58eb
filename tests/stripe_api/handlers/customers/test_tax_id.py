"""What follows from the type and the value of a tax ID."""

from typing import get_args

import pytest

from paysandbox.stripe_api.catalog.outline import VALUES, known_parameters
from paysandbox.stripe_api.catalog.tax_id_types import TaxIdType
from paysandbox.stripe_api.objects.tax_id import country_of, verification_of


@pytest.mark.parametrize("kind, value, country, status", [
    ("us_ein", "12-3456789", "US", "unavailable"), ("gb_vat", "GB123456789", "GB", "pending"),
    ("eu_vat", "DE123456789", "DE", "pending"), ("eu_vat", "frab123456789", "FR", "pending"),
    ("eu_vat", "EL123456789", "GR", "pending"), ("eu_vat", "XI123456789", "GB", "pending"),
    ("eu_oss_vat", "EU123456789", None, "unavailable"), ("eu_vat", "222222222", None, "pending"),
    ("eu_vat", "DE000000000", "DE", "verified"), ("au_abn", "111111111", "AU", "unverified"),
    ("us_ein", "000000000", "US", "unavailable"),
])  # fmt: skip
def test_country_and_verification(kind: str, value: str, country: str | None, status: str) -> None:
    assert (country_of(kind, value), verification_of(kind, value)) == (country, status)


def test_the_types_are_stripes() -> None:
    known = known_parameters("POST /v1/customers/{}/tax_ids")["type"][VALUES]
    assert list(get_args(TaxIdType)) == known
