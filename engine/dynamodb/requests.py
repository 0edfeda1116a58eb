"""What requests have in common: their table, their parameters, and the placeholders of their expressions."""

from collections.abc import Mapping, Sequence, Set as AbstractSet
from typing import Any, Final, Protocol

from engine.dynamodb.checks import Check, Values
from engine.dynamodb.refusals import RefusedError, UnusualRequestError, invalid
from engine.dynamodb.store import Table, Tables
from engine.dynamodb.values import value_size

Request = Mapping[str, Any]
Names = tuple[tuple[str, str], ...]

_NO_VALUES: Final[Values] = {}
_NONE: Final[frozenset[str]] = frozenset()


class _Expression(Protocol):
    """A compiled expression: the name of its parameter, the placeholders in it, and the checks of its values."""

    @property
    def slot(self) -> str: ...
    @property
    def names(self) -> frozenset[str]: ...
    @property
    def values(self) -> frozenset[str]: ...
    @property
    def checks(self) -> tuple[Check, ...]: ...


def check_parameters(request: object, known: frozenset[str]) -> None:
    """Raise UnusualRequestError if a request has a parameter that is not known here."""
    if type(request) is not dict:
        raise UnusualRequestError("a request that is no object")
    if not request.keys() <= known:
        raise UnusualRequestError(f"the parameters {', '.join(sorted(request.keys() - known))}")


def table_of(name: object, tables: Tables) -> Table:
    """Return a request's table. Raises RefusedError if there is none with this name."""
    if type(name) is not str or name.startswith("arn:"):
        raise UnusualRequestError("a table that is not named")
    table = tables.table(name)
    if table is None:
        raise no_table()
    return table


def no_table() -> RefusedError:
    """Return the refusal of a request to a table that does not exist."""
    return RefusedError("ResourceNotFoundException", "Requested resource not found")


def text_in(request: Request, name: str) -> str | None:
    """Return a parameter that is a text, or None."""
    text = request.get(name)
    if text is not None and type(text) is not str:
        raise UnusualRequestError(f"{name} that is no text")
    return text


def flag_in(request: Request, name: str, *, default: bool = False) -> bool:
    """Return a parameter that is true or false."""
    flag = request.get(name, default)
    if type(flag) is not bool:
        raise UnusualRequestError(f"{name} that is neither true nor false")
    return flag


def number_in(request: Request, name: str, least: int) -> int | None:
    """Return a parameter that is a whole number, or None. Raises RefusedError if it is below `least`."""
    number = request.get(name)
    if number is None:
        return None
    if type(number) is not int:
        raise UnusualRequestError(f"{name} that is no number")
    if number < least:
        raise invalid(
            f"1 validation error detected: Value '{number}' at '{name[0].lower()}{name[1:]}' failed to satisfy "
            f"constraint: Member must have value greater than or equal to {least}"
        )
    return number


def names_in(request: Request) -> Names:
    """Return the placeholders of names in a request, and the names."""
    names = request.get("ExpressionAttributeNames")
    if names is None:
        return ()
    if type(names) is not dict or not all(type(name) is str for name in names.values()):
        raise UnusualRequestError("ExpressionAttributeNames that are no texts")
    if not names:
        raise invalid("ExpressionAttributeNames must not be empty")
    return tuple(names.items())


def values_in(request: Request) -> Values:
    """Return the placeholders of values in a request, and the values. Raises RefusedError if one is invalid."""
    values = request.get("ExpressionAttributeValues")
    if values is None:
        return _NO_VALUES
    if type(values) is not dict:
        raise UnusualRequestError("ExpressionAttributeValues that are no object")
    if not values:
        raise invalid("ExpressionAttributeValues must not be empty")
    for placeholder, value in values.items():
        try:
            value_size(value)
        except RefusedError as error:
            raise invalid(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {placeholder}"
            ) from error
    return values


def check_expressions(names: Names, values: Values, *expressions: _Expression | None) -> None:
    """Raise RefusedError if a request has placeholders that its expressions do not use, or lacks values.

    Or if it has a value of a type that an operator does not take.
    """
    used_names = used_values = _NONE
    for expression in expressions:
        if expression is not None:
            used_names |= expression.names
            used_values |= expression.values
    if len(used_names) != len(names):
        raise _unused("ExpressionAttributeNames", dict(names), used_names, expressions)
    if used_values != values.keys():
        for expression in expressions:
            if expression is not None and not expression.values <= values.keys():
                raise invalid(
                    f"Invalid {expression.slot}: An expression attribute value used in expression is not defined; "
                    f"attribute value: {min(expression.values - values.keys())}"
                )
        raise _unused("ExpressionAttributeValues", values, used_values, expressions)
    for expression in expressions:
        if expression is not None:
            for check in expression.checks:
                check(values)


def _unused(
    parameter: str, given: Mapping[str, Any], used: AbstractSet[str], expressions: Sequence[_Expression | None]
) -> RefusedError:
    if not any(expression is not None for expression in expressions):
        return invalid(f"{parameter} can only be specified when using expressions")
    sign = "#" if parameter.endswith("Names") else ":"
    for placeholder in given:
        if placeholder[:1] != sign or not placeholder[1:].replace("_", "a").isalnum():
            return invalid(f'{parameter} contains invalid key: Syntax error; key: "{placeholder}"')
    unused = ", ".join(sorted(given.keys() - used))
    return invalid(f"Value provided in {parameter} unused in expressions: keys: {{{unused}}}")
