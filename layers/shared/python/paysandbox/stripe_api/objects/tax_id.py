"""Stripe's TaxId: what it shows beside its type and its value. Pure.

Source: TaxIds.d.ts of stripe-node 23.1.0, and Stripe, "Customer tax IDs" (validation, and the values for tests).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.stored_object import StoredObject

TAX_ID: Final = "tax_id"
TAX_IDS: Final = "tax_ids"
"""Beside the fields of a customer: the IDs of its tax IDs, the latest first."""

TAX_IDS_MAX: Final = 100
"""Of a customer. Stripe's own limit is unpublished."""

_VERIFIED: Final = ("au_abn", "eu_vat", "gb_vat")
"""The types that Stripe asks a register about."""

_RESULTS: Final[Mapping[str, str]] = {"000000000": "verified", "111111111": "unverified", "222222222": "pending"}
"""What a value with these digits gets in a test."""

_OF_THE_UNION: Final = "eu"
_COUNTRY: Final = re.compile(r"([A-Z]{2})[A-Z0-9]")
_OTHERWISE: Final[Mapping[str, str]] = {"EL": "GR", "XI": "GB"}
"""Countries that have another code in VAT numbers: Greece, and Northern Ireland."""


def tax_id_fields(stored: StoredObject) -> Body:
    """Return what a stored tax ID has beside its own fields."""
    kind, value, customer = (stored.attributes[name] for name in ("type", "value", "customer"))
    return {
        "country": country_of(kind, value),
        "customer_account": None,
        "owner": {"customer": customer, "customer_account": None, "type": "customer"},
        "verification": {"status": verification_of(kind, value), "verified_address": None, "verified_name": None},
    }


def country_of(kind: str, value: str) -> str | None:
    """Return the country of a tax ID: that of its type, or the first letters of a VAT number of the European Union.

    None if those are no country's.
    """
    country = kind.partition("_")[0]
    if country != _OF_THE_UNION:
        return country.upper()
    found = _COUNTRY.match(value.upper())
    return _OTHERWISE.get(found[1], found[1]) if found and found[1] != _OF_THE_UNION.upper() else None


def verification_of(kind: str, value: str) -> str:
    """Return the status of a tax ID's verification: no register is asked, so it stays `pending` but for tests' values.

    `unavailable` if the type has no register.
    """
    if kind not in _VERIFIED:
        return "unavailable"
    return next((result for digits, result in _RESULTS.items() if digits in value), "pending")


def tax_ids_list(customer_id: str, shown: list[Body], *, more: bool = False) -> Body:
    """Return a customer's list of tax IDs."""
    return {"object": "list", "data": shown, "has_more": more, "url": f"/v1/customers/{customer_id}/tax_ids"}


def tax_ids_of(customer: Mapping[str, Any]) -> list[str]:
    """Return the IDs of a customer's tax IDs, the latest first, by its attributes."""
    return list(customer.get(TAX_IDS, ()))
