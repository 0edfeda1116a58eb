# pyright: standard
"""What the payer enters on a session's page, as the page sends it: read, and checked against what the session asks for.

Every fault is found at once, by the name of its field, so that the page can show each in its place. The card's number
is used and dropped.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes, without_defaults

EMAIL: Final = "email"
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_EXPIRY: Final = re.compile(r"\s*([0-9]{1,2})\s*[/-]?\s*([0-9]{4}|[0-9]{2})\s*")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LONGEST: Final = 255
_ADDRESS: Final = {
    "city": "Locality",
    "country": "Country",
    "line1": "AddressLine1",
    "line2": "AddressLine2",
    "postal_code": "PostalCode",
    "state": "AdministrativeArea",
}
"""The parts of an address, and how the names of their fields end on Stripe's page (`billingPostalCode`)."""

REQUIRED: Final = "required"
INVALID: Final = "invalid"

Fields = Mapping[str, str]
"""What was sent, by the names of the page's fields."""


@record(kw_only=True)
class Payer:
    """What a payer has entered, as a session stores it, and the faults by field: `required` or `invalid`."""

    collected: Attributes
    faults: Mapping[str, str]


def read_payer(session: Attributes, fields: Fields, custom: Fields, *, by_program: bool) -> Payer:
    """Return what a payer has entered for a session.

    A program that pays (`curl`) may leave out everything but the card: it is not asked for what a person is.
    """
    reader = _Reader(session, fields, custom, by_program=by_program)
    reader.read()
    return Payer(collected=without_defaults(reader.collected), faults=reader.faults)


def expiry_in(text: str) -> tuple[int, int] | None:
    """Return month and year of an expiry date (`12 / 34`), or None if it is none."""
    match = _EXPIRY.fullmatch(text)
    return (int(match[1]), int(match[2])) if match and 1 <= int(match[1]) <= 12 else None


class _Reader:
    def __init__(self, session: Attributes, fields: Fields, custom: Fields, *, by_program: bool) -> None:
        self.session, self.fields, self.custom, self.by_program = session, fields, custom, by_program
        self.collected: dict[str, Any] = dict(session.get(COLLECTED, {}))
        self.faults: dict[str, str] = {}

    def read(self) -> None:
        session = self.session
        if not (session.get("customer") and self.collected.get(EMAIL)) and not session.get("customer_email"):
            email = self._text(EMAIL, required=True)
            if email and not _EMAIL.fullmatch(email):
                self.faults[EMAIL] = INVALID
            self._collect(EMAIL, email)
        self._collect("name", self._text("billingName"))
        whole = session.get("billing_address_collection") == "required"
        self._collect("address", self._address("billing", whole=whole))
        if (session.get("phone_number_collection") or {}).get("enabled"):
            self._collect("phone", self._text("phoneNumber", required=True))
        if session.get("shipping_address_collection"):
            self._read_shipping(session["shipping_address_collection"]["allowed_countries"])
        for field in session.get("custom_fields", ()):
            self._read_custom(field)
        if (session.get("consent_collection") or {}).get("terms_of_service") == REQUIRED:
            accepted = self.fields.get("termsOfServiceConsentCheckbox") in ("on", "true") or self.by_program
            if not accepted:
                self.faults["termsOfServiceConsentCheckbox"] = REQUIRED
            self.collected["terms"] = accepted or None
        if (session.get("tax_id_collection") or {}).get("enabled"):
            self._collect("business_name", self._text("businessName"))

    def _read_shipping(self, countries: list[str]) -> None:
        name, address = self._text("shippingName", required=True), self._address("shipping", whole=True)
        if address and address.get("country") and address["country"] not in countries:
            self.faults["shippingCountry"] = INVALID
        if name and address:
            self.collected["shipping"] = {"address": address, "name": name}

    def _read_custom(self, field: Attributes) -> None:
        key, kind = field["key"], field["type"]
        given: Attributes = field.get(kind) or {}
        value = self.custom.get(key, "").strip() or given.get("default_value") or ""
        name = f"customFields[{key}]"
        if not value:
            if not field.get("optional") and not self.by_program:
                self.faults[name] = REQUIRED
            return
        allowed = {option["value"] for option in given.get("options", ())}
        least, most = given.get("minimum_length") or 1, given.get("maximum_length") or _LONGEST
        fits = value in allowed if kind == "dropdown" else least <= len(value) <= most
        if not fits or (kind == "numeric" and not (value.isascii() and value.isdigit())):
            self.faults[name] = INVALID
            return
        self.collected["custom_fields"] = {**self.collected.get("custom_fields", {}), key: value}

    def _address(self, prefix: str, *, whole: bool) -> Attributes | None:
        required = ("country", "line1") if whole else ()
        parts = {part: self._text(f"{prefix}{name}", required=part in required) for part, name in _ADDRESS.items()}
        country = parts["country"]
        if country and not _COUNTRY.fullmatch(country):
            self.faults[f"{prefix}Country"] = INVALID
        return without_defaults(parts) or None

    def _text(self, name: str, *, required: bool = False) -> str | None:
        value = self.fields.get(name, "").strip()
        if len(value) > _LONGEST:
            self.faults[name] = INVALID
        elif not value and required and not self.by_program:
            self.faults[name] = REQUIRED
        return value or None

    def _collect(self, name: str, value: Any) -> None:
        if value is not None:
            self.collected[name] = value
