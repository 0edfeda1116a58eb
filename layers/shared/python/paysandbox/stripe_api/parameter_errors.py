"""Refusals of parameters as Stripe words them: each names its parameter, and whether Stripe has it.

Loaded when a request is refused, never before: the table of Stripe's parameters is large.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from paysandbox.core.errors import Code, Refused
from paysandbox.http.reading import fault_code, parameter_name
from paysandbox.http.route import Route
from paysandbox.stripe_api.catalog.outline import VALUES, Known, known_parameters
from paysandbox.stripe_api.errors import COVERAGE_PAGE, StripeRefused, missing, unsupported_currency

_MAX_SHOWN: Final = 40
_MAX_LISTED: Final = 5
_PATH_PARAMETER: Final = re.compile(r"\{\w+\}")
_QUOTED: Final = re.compile(r"'([^']*)'")
_PYDANTICS_OWN: Final = frozenset(get_args(ErrorType))

# A card's faults have Stripe's words for cards, which name the detail and never the value.
_OF_CARDS: Final[Mapping[Code, str]] = {
    Code.CARD_NUMBER_INCORRECT: "Your card number is incorrect.",
    Code.CVC_INVALID: "Your card's security code is invalid.",
}
_KINDS: Final[Mapping[str, str]] = {
    "string_type": "string",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}


def parameter_refusal(route: Route, error: ValidationError, sent: Mapping[str, Any]) -> Refused:
    """Return the refusal of a request's parameters: the unknown ones, otherwise the first that is invalid."""
    errors = error.errors(include_url=False)
    unknown = [_place(details, sent) for details in errors if details["type"] == "extra_forbidden"]
    if unknown:
        return unknown_parameters(route, unknown)
    place = _place(errors[0], sent)
    return _invalid(route, errors[0], place) if place else StripeRefused(Code.REQUEST_INVALID, _reason(errors[0]))


def unknown_parameters(route: Route, places: Sequence[Sequence[str]]) -> StripeRefused:
    """Return the refusal of parameters that a route does not take: those that Stripe does not have, or the first."""
    known = parameters_of(route)
    strange = [place for place in places if _find(known, place) is None][:_MAX_LISTED]
    if not strange:
        name = _bracketed(places[0])
        return StripeRefused(
            Code.PARAMETER_UNKNOWN,
            f"`{name}` is a Stripe parameter that this sandbox does not simulate yet: {_page(route)}",
            name,
        )
    names = [_bracketed(place) for place in strange]
    if len(names) > 1:
        return StripeRefused(Code.PARAMETER_UNKNOWN, f"Received unknown parameters: {', '.join(names)}", names[0])
    beside = _find(known, strange[0][:-1]) or {}
    close = difflib.get_close_matches(strange[0][-1], [name for name in beside if name], n=1, cutoff=0.75)
    hint = f". Did you mean {_bracketed([*strange[0][:-1], *close])}?" if close else ""
    return StripeRefused(Code.PARAMETER_UNKNOWN, f"Received unknown parameter: {names[0]}{hint}", names[0])


def parameters_of(route: Route) -> Known:
    """Return Stripe's parameters of the operation that a route simulates."""
    return known_parameters(f"{route.method} /v1{_PATH_PARAMETER.sub('{}', route.path)}")


def parameter_names(known: Known, inside: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every parameter, those within others included."""
    for name, within in known.items():
        if name != VALUES:
            yield (*inside, name)
            yield from parameter_names(within, (*inside, name))


def _invalid(route: Route, error: ErrorDetails, place: Sequence[str]) -> StripeRefused:
    kind, value, dotted = error["type"], error["input"], ".".join(place)
    param = _bracketed(place)
    code = fault_code(kind, dotted)
    if code is Code.PARAMETER_MISSING:
        return StripeRefused(code, missing(param).detail, param)
    if code in _OF_CARDS:
        return StripeRefused(code, _OF_CARDS[code], param)
    if code is Code.CARD_EXPIRY_INVALID:
        part = "month" if dotted.endswith("month") else "year"
        return StripeRefused(code, f"Your card's expiration {part} is invalid.", param)
    if value == "":
        return _empty(code, param)
    if kind in ("integer_invalid", "boolean_invalid", "decimal_invalid"):
        kind = kind.removesuffix("_invalid")
        return StripeRefused(
            code,
            f"Invalid {kind}: {_shown(value)} ({param})",
            param,
            stripe_code="parameter_invalid_integer" if kind == "integer" else None,
        )
    if kind in ("literal_error", "not_simulated"):
        return StripeRefused(code, _none_of(route, place, error), param)
    if kind in _BOUNDS:
        own = None if code is Code.AMOUNT_TOO_LARGE else "parameter_invalid_integer"
        return StripeRefused(code, _BOUNDS[kind](error.get("ctx", {}), _shown(value)), param, stripe_code=own)
    return _of_text(code, error, place)


def _empty(code: Code, param: str) -> StripeRefused:
    return StripeRefused(
        code,
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty "
        "value.",
        param,
        stripe_code="parameter_invalid_empty",
    )


def _of_text(code: Code, error: ErrorDetails, place: Sequence[str]) -> StripeRefused:
    """Return the refusal of a value that is neither a number nor one of an enumeration."""
    kind, param, shown = error["type"], _bracketed(place), _shown(error["input"])
    if place[-1] == "currency":
        return StripeRefused(code, unsupported_currency(shown), param)
    if place[-1] in ("email", "receipt_email") and kind == "string_pattern_mismatch":
        return StripeRefused(code, f"Invalid email address: {shown}", param, stripe_code="email_invalid")
    if place[0] == "metadata" and len(place) > 1 and kind == "string_too_long":
        return StripeRefused(code, _too_long_in_metadata(error), param)
    if kind in _KINDS:
        return StripeRefused(code, f"Invalid {_KINDS[kind]}", param)
    return StripeRefused(code, f"Invalid {param}: {_reason(error)}", param)


def _too_long_in_metadata(error: ErrorDetails) -> str:
    """Return why an entry of metadata is too long: its key, if the location ends with that, or its value."""
    what = "key" if error["loc"][-1] == "[key]" else "value"
    limit, text = error.get("ctx", {}).get("max_length"), str(error["input"])
    return (
        f"Metadata {what}s can have up to {limit} characters, but you passed in a {what} that is {len(text)} "
        f"characters. Invalid {what}: {_shown(text)}"
    )


def _reason(error: ErrorDetails) -> str:
    """Return what a value must be, without the value."""
    kind, context = error["type"], error.get("ctx", {})
    if kind not in _PYDANTICS_OWN:
        return error["msg"]
    says: Callable[[Mapping[str, Any]], str] | None = _SAYS.get(kind)
    return says(context) if says else "this value is not allowed"


_BOUNDS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "greater_than": lambda context, _: f"This value must be greater than or equal to {context['gt'] + 1}.",
    "greater_than_equal": lambda context, _: f"This value must be greater than or equal to {context['ge']}.",
    "less_than_equal": lambda context, value: (
        f"This value must be less than or equal to {context['le']} (it currently is '{value}')."
    ),
}
"""Why an integer is refused, in Stripe's words. They do not name the parameter, which is in `param`."""

_SAYS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "string_too_short": lambda context: f"must be at least {_counted(context['min_length'], 'character')}",
    "string_too_long": lambda context: f"must be at most {_counted(context['max_length'], 'character')}",
    "string_pattern_mismatch": lambda _: "this value has the wrong format",
    "too_short": lambda context: f"must have at least {_counted(context['min_length'], 'item')}",
    "too_long": lambda context: f"must have at most {_counted(context['max_length'], 'item')}",
}


def _none_of(route: Route, place: Sequence[str], error: ErrorDetails) -> str:
    """Return why a value of an enumeration is refused: it is Stripe's and not simulated, or nobody's."""
    param, value = _bracketed(place), error["input"]
    if error["type"] == "not_simulated" or value in (_find(parameters_of(route), place) or {}).get(VALUES, ()):
        return f"`{value}` is a Stripe value of `{param}` that this sandbox does not simulate yet: {_page(route)}"
    *others, last = _QUOTED.findall(error.get("ctx", {}).get("expected", "")) or ("",)
    either = f"one of {', '.join(others)}{',' if len(others) > 1 else ''} or {last}" if others else last
    return f"Invalid {param}: must be {either}"


def _find(known: Known, place: Sequence[str]) -> Known | None:
    """Return Stripe's parameter at a place. The positions of a list's items are not part of its name."""
    for name in place:
        if not name.isdecimal():
            found = known.get(name)
            if found is None:
                return None
            known = found
    return known


def _place(error: ErrorDetails, sent: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path of the parameter that an error is about, as it may be shown.

    Pydantic's locations also name the alternatives of a union, which are no part of a request: what was not sent is no
    part of the path, unless it is the missing parameter itself.
    """
    place: list[str] = []
    level: Any = sent
    is_missing = error["type"] == "missing"
    for part in error["loc"][:-1] if is_missing else error["loc"]:
        entries = dict(enumerate(cast("list[Any]", level))) if isinstance(level, list) else level
        if isinstance(entries, Mapping) and part in entries:
            level = cast("Mapping[int | str, Any]", entries)[part]
            place.append(parameter_name(str(part)))
    return (*place, parameter_name(str(error["loc"][-1]))) if is_missing else tuple(place)


def _bracketed(place: Sequence[str]) -> str:
    return place[0] + "".join(f"[{name}]" for name in place[1:])


def _shown(value: object) -> str:
    """Return a value as it may be repeated: a number or a word, cut, and never a card number."""
    if not isinstance(value, str):
        return "a map" if isinstance(value, Mapping) else "a list"
    text = parameter_name(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _page(route: Route) -> str:
    return f"{COVERAGE_PAGE}#{route.path.split('/')[1]}"
