"""Refusals of parameters in Stripe's words, and the table of Stripe's parameters that they rest on."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from layers import stripe_names
from paysandbox.http.route import Route
from paysandbox.stripe_api.catalog import operations
from paysandbox.stripe_api.catalog.unknown_urls import unknown_url
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.parameter_errors import (
    parameter_names,
    parameter_refusal,
    parameters_of,
    unknown_parameters,
)
from paysandbox.stripe_api.routes import (
    CREATE_PAYMENT_INTENT,
    CREATE_WEBHOOK_ENDPOINT,
    DELETE_WEBHOOK_ENDPOINT,
    LIST_CHARGES,
    LIST_STRIPE_EVENTS,
    OUTSIDE_DOCUMENT,
    ROUTES,
)

NOT_SIMULATED = "is a Stripe parameter that this sandbox does not simulate yet: /docs/reference/stripe-coverage#"
PARAMETERS = [(route, place) for route in ROUTES for place in parameter_names(parameters_of(route))]


def refused(route: Route, sent: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Return message, parameter and Stripe's own code of the refusal."""
    shape = route.body_shape or route.query_shape
    assert shape is not None
    with pytest.raises(ValidationError) as current:
        shape.model_validate(sent)
    refusal = parameter_refusal(route, current.value, sent)
    return refusal.detail, refusal.param, refusal.stripe_code if isinstance(refusal, StripeRefused) else None


def bracketed(place: tuple[str, ...]) -> str:
    return place[0] + "".join(f"[{name}]" for name in place[1:])


# --- every kind of fault ----------------------------------------------------------------------------------------------

OPENED = {"amount": "1000", "currency": "usd"}
CARD = {"type": "card", "card": {}}
INTEGER = "parameter_invalid_integer"


@pytest.mark.parametrize(
    "params, param, message",
    [
        ({"nope": "1"}, "nope", "Received unknown parameter: nope"),
        ({"customers": "1"}, "customers", "Received unknown parameter: customers. Did you mean customer?"),
        ({"nope": "1", "neither": "1"}, "nope", "Received unknown parameters: nope, neither"),
        ({"customer": "1", "nope": "1"}, "nope", "Received unknown parameter: nope"),
        (
            {"payment_method_data": {**CARD, "bilingdetails": "x"}},
            "payment_method_data[bilingdetails]",
            "Received unknown parameter: payment_method_data[bilingdetails]. Did you mean payment_method_data[billing",
        ),
        (
            {"payment_method_options": {"barter": {}, "card": {}}},
            "payment_method_options[barter]",
            "Received unknown parameter: payment_method_options[barter]",
        ),
        (
            {"payment_method_options": {"klarna": {"capture_metod": "manual"}}},
            "payment_method_options[klarna][capture_metod]",
            "Received unknown parameter: payment_method_options[klarna][capture_metod]. Did you mean payment",
        ),
        ({"payment_method_options": {"klarna": "x"}}, "payment_method_options[klarna]", "Invalid object"),
        ({"payment_method_options": "x"}, "payment_method_options", "Invalid object"),
        ({"mandate_data": {}}, "mandate_data[customer_acceptance]", "Missing required param: mandate_data[customer_a"),
        (
            {"mandate_data": {"customer_acceptance": {"type": "paper"}}},
            "mandate_data[customer_acceptance][type]",
            "Invalid mandate_data[customer_acceptance][type]: must be one of offline or online",
        ),
        (
            {"payment_method_data": {**CARD, "klarna": {"dob": "1"}}},
            "payment_method_data[klarna]",
            f"`payment_method_data[klarna]` {NOT_SIMULATED}payment_intents",
        ),
        ({"mandate": "mandate_1"}, "mandate", f"`mandate` {NOT_SIMULATED}"),
        ({"amount": "abc"}, "amount", "Invalid integer: abc"),
        ({"amount": "4242424242424242"}, "amount", "This value must be less than or equal to 99999999 (it cur"),
        ({"amount": "4242424242424242424242"}, "amount", "Invalid integer: [number]"),
        ({"amount": {"a": "1"}}, "amount", "Invalid integer: a map"),
        ({"amount": ""}, "amount", "You passed an empty string for 'amount'. We assume empty values are an attempt"),
        ({"amount": "0"}, "amount", "This value must be greater than or equal to 1."),
        ({"amount": "100000000"}, "amount", "This value must be less than or equal to 99999999 (it"),
        ({"currency": "usdollar"}, "currency", "Invalid currency: usdollar. Stripe currently supports these "),
        ({"currency": "zzz"}, "currency", "Invalid currency: zzz. "),
        ({"confirm": "yes"}, "confirm", "Invalid boolean: yes"),
        ({"confirm": "1"}, "confirm", "Invalid boolean: 1"),
        ({"confirm": "True "}, "confirm", "Invalid boolean: True "),
        ({"confirm": ["True"]}, "confirm", "Invalid boolean: a list"),
        ({"capture_method": "x"}, "capture_method", "Invalid capture_method: must be one of automatic, automatic_a"),
        ({"payment_method_data": {"type": "klarna"}}, "payment_method_data[type]", "`klarna` is a Stripe value of `p"),
        ({"payment_method_types": "card"}, "payment_method_types", "Invalid array"),
        ({"payment_method_types": []}, "payment_method_types", "Invalid payment_method_types: must have at least 1"),
        ({"metadata": []}, "metadata", "Invalid object"),
        ({"metadata": {"a": {"b": "c"}}}, "metadata[a]", "Invalid string"),
        ({"metadata": {"a": "x" * 501}}, "metadata[a]", "Metadata values can have up to 500 characters, but "),
        ({"metadata": {"k" * 41: "x"}}, f"metadata[{'k' * 41}]", "Metadata keys can have up to 40 characters, but you"),
        ({"metadata": {"a.b": "x" * 501}}, "metadata[a.b]", "Metadata values can have up to 500 characters"),
        ({"description": "a\nb"}, "description", "Invalid description: Control characters and line breaks are not"),
        ({"receipt_email": "ada"}, "receipt_email", "Invalid email address: ada"),
        ({"payment_method_data": "x"}, "payment_method_data", "Invalid object"),
        ({"payment_method_data": {"card": {}}}, "payment_method_data[type]", "Missing required param: payment_"),
        (
            {"payment_method_data": {"type": "card", "card": {"number": "42"}}},
            "payment_method_data[card][number]",
            "Your card number is incorrect.",
        ),
        (
            {"payment_method_data": {"type": "card", "card": {"exp_month": "13"}}},
            "payment_method_data[card][exp_month]",
            "Your card's expiration month is invalid.",
        ),
        (
            {"payment_method_data": {"type": "card", "card": {"exp_year": "then"}}},
            "payment_method_data[card][exp_year]",
            "Your card's expiration year is invalid.",
        ),
        (
            {"payment_method_data": {"type": "card", "card": {"cvc": "x"}}},
            "payment_method_data[card][cvc]",
            "Your card's security code is invalid.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_names_its_parameter(params: dict[str, Any], param: str, message: str) -> None:
    said, named, _ = refused(CREATE_PAYMENT_INTENT, OPENED | params)
    assert named == param
    assert said.startswith(message)


@pytest.mark.parametrize(
    "route, params, param, message, code",
    [
        (CREATE_PAYMENT_INTENT, {}, "amount", "Missing required param: amount.", None),
        (LIST_CHARGES, {"limit": "ten"}, "limit", "Invalid integer: ten (limit)", "parameter_invalid_integer"),
        (LIST_CHARGES, {"limit": ""}, "limit", "You passed an empty string for 'limit'.", "parameter_invalid_empty"),
        (LIST_CHARGES, {"limit": "101"}, "limit", "This value must be less than or equal to 100 (it", INTEGER),
        (LIST_CHARGES, {"limit": "-1"}, "limit", "This value must be greater than or equal to 0.", INTEGER),
        (LIST_CHARGES, {"created": "now"}, "created", "Invalid integer: now (created)", "parameter_invalid_integer"),
        (LIST_CHARGES, {"created": {"gte": "-1"}}, "created[gte]", "This value must be greater", INTEGER),
        (LIST_CHARGES, {"created": {"from": "1"}}, "created[from]", "Received unknown parameter: created[from]", None),
        (LIST_CHARGES, {"starting_afte": "x"}, "starting_afte", "Received unknown parameter: starting_afte. Did", None),
        (LIST_STRIPE_EVENTS, {"types": ["x" * 65]}, "types[0]", "Invalid types[0]: must be at most 64", None),
        (CREATE_WEBHOOK_ENDPOINT, {"url": "x"}, "enabled_events", "Missing required param: enabled_events.", None),
    ],
)  # fmt: skip
def test_a_refusal_of_another_route(
    route: Route, params: dict[str, Any], param: str, message: str, code: str | None
) -> None:
    said, named, own = refused(route, params)
    assert (named, own) == (param, code)
    assert said.startswith(message)


def test_a_route_without_parameters_takes_none() -> None:
    refusal = unknown_parameters(DELETE_WEBHOOK_ENDPOINT, [("force",)])
    assert (refusal.detail, refusal.param) == ("Received unknown parameter: force", "force")


def test_pydantic_messages_are_never_exposed() -> None:
    """Every kind of value in every place of every shape: pydantic's own sentences begin alike."""
    for route in ROUTES:
        shape = route.body_shape or route.query_shape
        for name in shape.model_fields if shape else ():
            for value in ("", "x", "x" * 6_000, [], ["x"] * 600, {}, {"x": "y"}, {"x": {}}, "\x00", "-1", "9" * 30):
                try:
                    shape.model_validate({name: value})  # type: ignore[union-attr] # the loop is empty without one
                except ValidationError as error:
                    said = parameter_refusal(route, error, {name: value}).detail
                    assert not any(word in said for word in ("Input should", "String should", "List should", "Dict")), (
                        said
                    )


# --- the table of Stripe's parameters ---------------------------------------------------------------------------------


@pytest.mark.full
def test_the_names_are_those_of_the_locked_sdk() -> None:
    """`make setup` writes them, with the same bytes on every machine."""
    assert operations.FILE.read_text() == stripe_names.text_of(stripe_names.operations_of_sdk())


def test_what_the_generator_writes_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also an operation without parameters, and one whose name begins another's."""
    names = {
        "GET /v1/charges": {"created": {"gt": None, "lt": None}, "limit": None},
        "DELETE /v1/charges/{}": {},
        "POST /v1/charges": {"card": {"network": ("amex", "visa")}, "amount": None},
    }
    monkeypatch.setattr(operations, "FILE", tmp_path / "operations.txt")
    operations.FILE.write_text(stripe_names.text_of(names))
    assert {name: operations.parameter_lines(name) for name in (*names, "GET /v1/charge")} == {
        "GET /v1/charges": [" created", "  gt", "  lt", " limit"],
        "DELETE /v1/charges/{}": [],
        "POST /v1/charges": [" amount", " card", "  network = amex visa"],
        "GET /v1/charge": [],
    }


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "FILE", tmp_path / "operations.txt")
    with pytest.raises(FileNotFoundError, match=r"operations\.txt is missing\. `make setup` writes it\."):
        operations.parameter_lines("GET /v1/charges")


def test_the_table_has_every_route() -> None:
    of_stripe = [route for route in ROUTES if route not in OUTSIDE_DOCUMENT]
    assert {route for route, _ in PARAMETERS} == {
        route for route in of_stripe if route.method != "DELETE" or route.query
    }
    assert (CREATE_PAYMENT_INTENT, ("payment_method_options", "card", "mit_exemption")) not in PARAMETERS
    assert (CREATE_PAYMENT_INTENT, ("payment_method_options", "card", "request_three_d_secure")) in PARAMETERS


def test_every_parameter_of_stripes_is_taken_or_refused_by_name(subtests: pytest.Subtests) -> None:
    """Nothing is accepted and ignored: what a shape does not have, it refuses."""
    for route in [route for route in ROUTES if route.body or route.query]:
        with subtests.test(str(route.name)):
            shape = route.body_shape or route.query_shape
            assert shape is not None
            for place in [place for of, place in PARAMETERS if of is route]:
                sent: Any = "x"
                for name in reversed(place):
                    sent = {name: sent}
                with pytest.raises(
                    ValidationError
                ) as current:  # none is valid: "x" is no value of any, or another is missing
                    shape.model_validate(sent | {"expand": "x"})
                refusal = parameter_refusal(route, current.value, sent)
                if any(error["type"] == "extra_forbidden" for error in current.value.errors()):
                    assert refusal.param is not None
                    assert bracketed(place).startswith(refusal.param)
                    assert refusal.detail.startswith(f"`{refusal.param}` {NOT_SIMULATED}")


def test_a_document_is_read_like_the_sdk() -> None:
    """The script also compares with an OpenAPI document, which is not committed."""
    schema = {"properties": {"a": {"type": "string"}, "b": {"anyOf": [{"properties": {"c": {"enum": ["x", ""]}}}]}}}
    form = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}}
    query = {"parameters": [{"name": "limit", "in": "query", "schema": {}}, {"name": "id", "in": "path", "schema": {}}]}
    document = json.loads(json.dumps({"paths": {"/v1/charges/{charge}": {"post": form, "get": query}}}))
    assert stripe_names.operations_of_document(document) == {
        "POST /v1/charges/{}": {"a": None, "b": {"c": ("x",)}},
        "GET /v1/charges/{}": {"limit": None},
    }


# --- URLs that no route is at -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, path, is_stripes",
    [
        ("GET", "/v1/tax_rates", True),
        ("GET", "/v1/tax_rates/txr_1", True),
        ("POST", "/v1/checkout/sessions", True),
        ("POST", "/v1/refunds/re_1/cancel", True),
        ("GET", "/v1/foo", False),
        ("PUT", "/v1/tax_rates", False),
        ("GET", "/v1/tax_rates/", False),
        ("GET", "/v1/tax_rates//sources", False),
        ("DELETE", "/v1/payment_intents/pi_1", False),
        ("GET", "/v1/", False),
    ],
)
def test_an_unknown_url_states_whether_stripe_has_it(method: str, path: str, is_stripes: bool) -> None:
    said = unknown_url(method, path).detail
    assert said.startswith(f"Unrecognized request URL ({method}: {path}).")
    assert ("Stripe has it, and this sandbox does not simulate it yet" in said) is is_stripes
    assert ("make sure you passed a valid (non-empty) identifier" in said) is path.endswith("/")
    assert "/docs/reference/stripe-coverage" in said
