"""The coverage page states for each of Stripe's parameters whether it is accepted, in agreement with the models."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError
from stripe.params import PaymentIntentCreateParams, PaymentMethodCreateParams

from docs.stripe_coverage import (
    DOCUMENTED,
    ONLY_IN_DOCUMENT,
    ONLY_IN_TYPES,
    PAGES,
    RESOURCES,
    UNPROVEN_PARAMETERS,
    UNPROVEN_PATHS,
    of_stripe,
    operation,
    pages,
    refused,
    resource,
    stored_only,
    taken,
    without_effect,
)
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.stripe_api.objects.expand import NO_ID, expandable, expansion
from paysandbox.stripe_api.objects.method_types import METHOD_TYPES, NOT_EXCLUDABLE
from paysandbox.stripe_api.objects.render import render_charge, render_intent, render_refund
from paysandbox.stripe_api.routes import (
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    DELETE_WEBHOOK_ENDPOINT,
    GET_ACCOUNT,
    GET_CHARGE,
    GET_OWN_ACCOUNT,
    LIST_REFUNDS,
    UPDATE_WEBHOOK_ENDPOINT,
)
from tests.project.parsed import nodes
from tests.support.builders.stripe_payments import LIVES
from tests.support.tools.every_module import ROOT


def shape_of(route: Any) -> type[BaseModel]:
    return route.body_shape or route.query_shape


LISTS = ("add_invoice_items", "custom_fields", "discounts", "items", "line_items", "shipping_options")
"""Parameters that are lists of maps."""


def sent(place: str, name: str) -> dict[str, Any]:
    """Return a body with one parameter at its place."""
    parts = [*place.replace("]", "").split("["), name] if place else [name]
    body: Any = "x"
    for part in reversed(parts):
        body = {part: [body] if part in LISTS and body != "x" else body}
    return body


@pytest.mark.parametrize(
    "route, expected",
    [
        (CREATE_PAYMENT_INTENT, "create"),
        (CONFIRM_PAYMENT_INTENT, "confirm"),
        (GET_CHARGE, "retrieve"),
        (LIST_REFUNDS, "list"),
        (UPDATE_WEBHOOK_ENDPOINT, "update"),
        (DELETE_WEBHOOK_ENDPOINT, "delete"),
        (GET_ACCOUNT, "retrieve_current"),
        (GET_OWN_ACCOUNT, "retrieve"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_route_is_an_operation_of_stripes(route: Any, expected: str) -> None:
    assert operation(route) == expected


def test_every_route_has_its_place_on_a_page() -> None:
    found = pages()
    for route in DOCUMENTED:
        [name] = [name for name, (_, resources) in PAGES.items() if resource(route) in resources]
        assert f"### {route.method} /v1{route.path}" in found[name].splitlines()
        assert f'<a id="{resource(route)}"></a>[{resource(route)}]({name}.md#' in found["stripe-coverage"]
    assert {resource(route) for route in DOCUMENTED} == set(RESOURCES)


def test_promised_parameters_are_accepted_and_later_ones_refused() -> None:
    assert {"amount", "currency", "capture_method", "confirm", "metadata"} <= set(taken(CREATE_PAYMENT_INTENT)[""])
    assert set(taken(CREATE_PAYMENT_INTENT)["automatic_payment_methods"]) == {"enabled", "allow_redirects"}
    assert {"hooks", "payment_details"} <= set(refused(CREATE_PAYMENT_INTENT)[""])
    assert "klarna" in refused(CREATE_PAYMENT_INTENT)["payment_method_data"]


def test_parameters_that_the_page_lists_as_refused_are_refused_by_name(subtests: pytest.Subtests) -> None:
    """Nothing else is refused: the parent objects are known."""
    for route in [route for route in DOCUMENTED if shape_of(route)]:
        with subtests.test(str(route.name)):
            for place, names in refused(route).items():
                for name in names:
                    with pytest.raises(ValidationError) as current:
                        shape_of(route).model_validate(sent(place, name))
                    unknown = [fault["loc"] for fault in current.value.errors() if fault["type"] == "extra_forbidden"]
                    assert [[part for part in loc if not str(part).startswith("function-")][-1] for loc in unknown] == [
                        name
                    ]


def test_no_accepted_parameter_is_listed_as_refused() -> None:
    for route in DOCUMENTED:
        accepted = taken(route)
        for place, names in refused(route).items():
            assert not set(names) & accepted.get(place, {}).keys(), route


def test_what_is_unproven_is_taken_and_in_no_type_of_stripes() -> None:
    for route, parameters in UNPROVEN_PARAMETERS.items():
        assert parameters.keys() <= taken(route)[""].keys() - {*of_stripe(route)[""]}
    assert UNPROVEN_PATHS.keys() == {f"{kind}.{name}" for kind, names in NO_ID.items() for name in names}
    for path in UNPROVEN_PATHS:
        kind, _, name = path.partition(".")
        assert expansion(kind, [name]) == {}
        assert name not in expandable(kind)


def test_documented_differences_between_types_and_document() -> None:
    shown = {
        "PaymentIntent": render_intent(LIVES["refunded"], private=None),
        "PaymentMethod": render_intent(LIVES["held"], private=None, expand=["payment_method"])["payment_method"],
        "Charge": render_charge(LIVES["refunded"], authorization_of(LIVES["refunded"]).id),
        "Refund": render_refund(LIVES["refunded"], LIVES["refunded"].operations[-1].id),
    }
    for name, body in shown.items():
        assert set(ONLY_IN_TYPES[name]) <= body.keys()
        assert not set(ONLY_IN_DOCUMENT.get(name, ())) & body.keys()


def test_the_payment_method_types_are_stripes() -> None:
    assert METHOD_TYPES - {"card_present", "interac_present"} == literals(PaymentMethodCreateParams, "type") - {
        "custom"
    }
    excluded = literals(PaymentIntentCreateParams, "excluded_payment_method_types")
    assert excluded == METHOD_TYPES - NOT_EXCLUDABLE


def literals(params: Any, name: str) -> set[str]:
    """Return the values of a parameter, as the SDK annotates them."""
    return set(re.findall(r"'(\w+)'", str(params.__annotations__[name])))


# --- what is stored and shown without effect --------------------------------------------------------------------------


READ_WITH_THEIR_DECLARATION: Final = {
    *("default_price", "default_price_data", "lookup_key", "transfer_lookup_key"),
    *("assert_capabilities", "collect", "collection_options", "refresh_url"),
    *("domain_name", "shippable"),
}
"""Parameters that only the module of their declaration reads: it acts on them, or refuses some of them."""

DECLARATIONS: Final = re.compile(
    r"stripe_api/(resources|catalog)/(?!\w+_actions)\w+\.py|resources/\w+/\w+_resources?\.py|"
    r"objects/expand|version_rows|stripe_api/requests|checkout/parameters"
)


LONG: Final = 60
"""Characters of a text that is a sentence."""


def words_of(file: Path) -> Iterator[str]:
    """Iterate over what a module can read a parameter by: attributes, and the words of short texts."""
    for node in nodes(file):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < LONG:
            yield from re.findall(r"\w+", node.value)


def _declares(file: Path) -> bool:
    return bool(DECLARATIONS.search(file.relative_to(ROOT).as_posix()))


def test_a_parameter_that_nothing_reads_is_declared_as_stored_only() -> None:
    """So that the page says of it that it has no effect. What is below such a parameter has none either."""
    folders = (ROOT / "layers/shared/python/paysandbox", ROOT / "lambdas")
    files = [file for folder in folders for file in folder.rglob("*.py") if not _declares(file)]
    read = {word for file in files for word in words_of(file)} | READ_WITH_THEIR_DECLARATION
    without = {
        f"{route.name}: {name}"
        for route in DOCUMENTED
        if route.method == "POST"
        for name in taken(route)[""]
        if name not in {*read, *stored_only(route), *without_effect(route)}
    }
    assert without == set()


def test_a_radar_session_is_taken_wherever_stripe_takes_one() -> None:
    """Stripe.js resolves with one, which a page's server sends on."""
    takes = [route for route in DOCUMENTED if any("radar_options" in names for names in of_stripe(route).values())]
    assert {"create_payment_intent", "confirm_payment_intent", "create_charge"} <= {route.name for route in takes}
    assert [route.name for route in takes if any("radar_options" in names for names in refused(route).values())] == []


def test_the_page_lists_them_below_their_operation() -> None:
    sections = dict(section.split("\n", 1) for section in "\n".join(pages().values()).split("\n### ")[1:])
    for route in DOCUMENTED:
        kept = stored_only(route)
        text = sections[f"{route.method} /v1{route.path}"]
        said = re.findall(r"^Stored and shown without effect: (.*)\.$", text, re.MULTILINE)
        assert said == ([", ".join(f"`{name}`" for name in kept)] if kept else [])
        accepted = without_effect(route)
        said = re.findall(r"^Accepted without effect, and not stored: (.*)\.$", text, re.MULTILINE)
        assert said == ([", ".join(f"`{name}`" for name in accepted)] if accepted else [])


@pytest.mark.parametrize(
    "name, parameters",
    [
        ("update_account", {"business_type", "tos_acceptance"}),
        ("create_payment_intent", {"shipping", "transfer_group", "statement_descriptor_suffix", "receipt_email"}),
        ("create_shipping_rate", {"tax_behavior", "tax_code"}),
        (
            "create_tax_rate",
            {"country", "description", "display_name", "inclusive", "jurisdiction", "percentage", "state", "tax_type"},
        ),
    ],
)
def test_what_the_guides_say_of_them(name: str, parameters: set[str]) -> None:
    route = next(route for route in DOCUMENTED if route.name == name)
    assert parameters <= {*stored_only(route)}
