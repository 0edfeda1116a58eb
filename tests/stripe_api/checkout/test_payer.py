"""What a payer enters on the page of a Checkout session, and what is wrong with it."""

from typing import Any

import pytest

from paysandbox.stripe_api.checkout.payer import expiry_in, read_payer

EMAIL = {"email": "jenny@example.com"}
WHOLE = {"billingCountry": "US", "billingAddressLine1": "1 Main St"}
SHIPPING = {"shippingName": "Jenny", "shippingCountry": "DE", "shippingAddressLine1": "Weg 1"}
ASKS_SHIPPING = {"shipping_address_collection": {"allowed_countries": ["DE", "AT"]}}


def field(kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"custom_fields": [{"key": "size", "type": kind, "label": {"custom": "Size"}, **more}]}


@pytest.mark.parametrize(
    "session, fields, custom, collected",
    [
        ({}, EMAIL, {}, EMAIL),
        ({}, {**EMAIL, "billingName": " Jenny "}, {}, {**EMAIL, "name": "Jenny"}),
        ({}, {**EMAIL, "billingPostalCode": "12345"}, {}, {**EMAIL, "address": {"postal_code": "12345"}}),
        ({"customer_email": "a@b.c", "collected": {"email": "a@b.c"}}, EMAIL, {}, {"email": "a@b.c"}),
        ({"customer": "cus_1", "collected": {"email": "a@b.c"}}, EMAIL, {}, {"email": "a@b.c"}),
        ({"customer": "cus_1"}, EMAIL, {}, EMAIL),
        (
            {"billing_address_collection": "required"},
            {**EMAIL, **WHOLE},
            {},
            {**EMAIL, "address": {"country": "US", "line1": "1 Main St"}},
        ),
        ({"phone_number_collection": {"enabled": True}}, {**EMAIL, "phoneNumber": "1"}, {}, {**EMAIL, "phone": "1"}),
        (
            ASKS_SHIPPING,
            {**EMAIL, **SHIPPING},
            {},
            {**EMAIL, "shipping": {"name": "Jenny", "address": {"country": "DE", "line1": "Weg 1"}}},
        ),
        (field(), EMAIL, {"size": "XL"}, {**EMAIL, "custom_fields": {"size": "XL"}}),
        (field(text={"default_value": "M"}), EMAIL, {}, {**EMAIL, "custom_fields": {"size": "M"}}),
        (field(optional=True), EMAIL, {}, EMAIL),
        (
            field("dropdown", dropdown={"options": [{"label": "Large", "value": "l"}]}),
            EMAIL,
            {"size": "l"},
            {**EMAIL, "custom_fields": {"size": "l"}},
        ),
        (
            {"consent_collection": {"terms_of_service": "required"}},
            {**EMAIL, "termsOfServiceConsentCheckbox": "true"},
            {},
            {**EMAIL, "terms": True},
        ),
        ({"tax_id_collection": {"enabled": True}}, {**EMAIL, "businessName": "B"}, {}, {**EMAIL, "business_name": "B"}),
    ],
)
def test_what_is_collected(session: Any, fields: Any, custom: Any, collected: Any) -> None:
    payer = read_payer(session, fields, custom, by_program=False)
    assert (dict(payer.collected), dict(payer.faults)) == (collected, {})


@pytest.mark.parametrize(
    "session, fields, custom, faults",
    [
        ({}, {}, {}, {"email": "required"}),
        ({}, {"email": "jenny"}, {}, {"email": "invalid"}),
        ({}, {"email": "a@b c"}, {}, {"email": "invalid"}),
        ({}, {**EMAIL, "billingCountry": "Germany"}, {}, {"billingCountry": "invalid"}),
        ({}, {**EMAIL, "billingName": "x" * 256}, {}, {"billingName": "invalid"}),
        (
            {"billing_address_collection": "required"},
            EMAIL,
            {},
            {"billingCountry": "required", "billingAddressLine1": "required"},
        ),
        ({"phone_number_collection": {"enabled": True}}, EMAIL, {}, {"phoneNumber": "required"}),
        (ASKS_SHIPPING, {**EMAIL, **SHIPPING, "shippingCountry": "US"}, {}, {"shippingCountry": "invalid"}),
        (ASKS_SHIPPING, {**EMAIL, **SHIPPING, "shippingName": ""}, {}, {"shippingName": "required"}),
        (field(), EMAIL, {}, {"customFields[size]": "required"}),
        (field(text={"maximum_length": 2}), EMAIL, {"size": "XXL"}, {"customFields[size]": "invalid"}),
        (field(text={"minimum_length": 2}), EMAIL, {"size": "L"}, {"customFields[size]": "invalid"}),
        (field("numeric"), EMAIL, {"size": "L"}, {"customFields[size]": "invalid"}),
        (field("dropdown", dropdown={"options": []}), EMAIL, {"size": "l"}, {"customFields[size]": "invalid"}),
        (
            {"consent_collection": {"terms_of_service": "required"}},
            EMAIL,
            {},
            {"termsOfServiceConsentCheckbox": "required"},
        ),
    ],
)
def test_faults(session: Any, fields: Any, custom: Any, faults: Any) -> None:
    assert dict(read_payer(session, fields, custom, by_program=False).faults) == faults


@pytest.mark.parametrize(
    "session",
    [
        {"billing_address_collection": "required", "phone_number_collection": {"enabled": True}},
        ASKS_SHIPPING,
        field(),
        {"consent_collection": {"terms_of_service": "required"}},
    ],
)
def test_a_program_may_leave_everything_out(session: Any) -> None:
    assert read_payer(session, {}, {}, by_program=True).faults == {}


@pytest.mark.parametrize(
    "text, expiry",
    [
        ("12 / 34", (12, 34)), ("1234", (12, 34)), ("02/2034", (2, 2034)), (" 3-34 ", (3, 34)),
        ("13/34", None), ("0/34", None), ("12", None), ("ab/cd", None), ("", None),
    ],
)  # fmt: skip
def test_expiry_dates(text: str, expiry: tuple[int, int] | None) -> None:
    assert expiry_in(text) == expiry
