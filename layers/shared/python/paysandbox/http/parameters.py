"""Declare a body once: what each parameter may be, and how it is documented.

    @record(kw_only=True)
    class VoidPayment:
        \"\"\"A void to make.\"\"\"

        auth_id: str = field(metadata=parameter(Text(most=64), "Id of the authorization to void."))

`reader_of` makes the reader of such a class. `parameter_shape.model_of` makes the pydantic model, from which the
OpenAPI document and the gateway's schema come, and which says what is wrong with a body that the reader does not
accept: the import of pydantic would take a quarter of a cold start. Both accept the same bodies, as a test compares. A
parameter whose default is None may be null.

The kinds are plain classes, since each record would take 0.1 ms of a cold start.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final, TypeAlias, TypeVar, cast

_Body = TypeVar("_Body")
_Check = Callable[[Any], bool]

Kind: TypeAlias = "Text | Whole | Choice | Flag | Entries | Nested"

PARAMETER: Final = "parameter"
"""The key of a declaration in the metadata of a field."""


class Text:
    """A string: its least and most characters, or a pattern that it matches as a whole.

    `faults` return what is wrong with a text as a sentence, or None. An `upper` text is read in upper case.
    `openapi_pattern` is documented only: a fault checks it, with a readable sentence.
    """

    def __init__(
        self,
        *,
        least: int | None = None,
        most: int | None = None,
        pattern: str | None = None,
        faults: tuple[Callable[[str], str | None], ...] = (),
        upper: bool = False,
        openapi_pattern: str | None = None,
        description: str | None = None,
        example: str | None = None,
    ) -> None:
        self.least = least
        self.most = most
        self.pattern = pattern
        self.faults = faults
        self.upper = upper
        self.openapi_pattern = openapi_pattern
        self.description = description
        self.example = example

    def check(self) -> _Check:
        """Return the check of a value."""
        least, most, faults = self.least or 0, self.most, self.faults
        matches: Callable[[str], object] = re.compile(self.pattern).fullmatch if self.pattern else _is_unicode

        def fits(value: Any) -> bool:
            if not (isinstance(value, str) and least <= len(value) and (most is None or len(value) <= most)):
                return False
            return bool(matches(value)) and not any(fault(value) for fault in faults)

        return fits

    def conversion(self) -> Callable[[Any], Any] | None:
        """Return how a value is converted, if it is."""
        return str.upper if self.upper else None


class Whole:
    """A whole number of at least `least`, or more than `above`, and at most `most`."""

    def __init__(
        self,
        *,
        most: int,
        least: int | None = None,
        above: int | None = None,
        description: str | None = None,
        example: int | None = None,
    ) -> None:
        self.most = most
        self.least = least
        self.above = above
        self.description = description
        self.example = example

    def check(self) -> _Check:
        """Return the check of a value. True is no number."""
        numbers = range((self.above or 0) + 1 if self.least is None else self.least, self.most + 1)
        return lambda value: type(value) is int and value in numbers

    def conversion(self) -> None:
        """Return None: a number is not converted."""


class Choice:
    """One of several words."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def check(self) -> _Check:
        """Return the check of a value."""
        words = self.words
        return lambda value: value in words

    def conversion(self) -> None:
        """Return None: a word is not converted."""


class Flag:
    """True or false."""

    def check(self) -> _Check:
        """Return the check of a value."""
        return lambda value: isinstance(value, bool)

    def conversion(self) -> None:
        """Return None: a flag is not converted."""


class Entries:
    """An object of texts by name, with at most `most` entries."""

    def __init__(self, *, key: Text, value: Text, most: int, fault: Callable[[dict[str, str]], str | None]) -> None:
        self.key = key
        self.value = value
        self.most = most
        self.fault = fault

    def check(self) -> _Check:
        """Return the check of a value."""
        most, fault, is_key, is_value = self.most, self.fault, self.key.check(), self.value.check()

        def fits(value: Any) -> bool:
            if not isinstance(value, dict):
                return False
            entries = cast("dict[str, Any]", value)
            return (
                len(entries) <= most
                and all(is_key(key) and is_value(entry) for key, entry in entries.items())
                and fault(entries) is None
            )

        return fits

    def conversion(self) -> None:
        """Return None: entries are not converted."""


class Nested:
    """An object that is declared as a class of its own."""

    def __init__(self, declared: type[Any]) -> None:
        self.declared = declared

    def check(self) -> _Check:
        """Return the check of a value."""
        return _check_of(self.declared)

    def conversion(self) -> Callable[[Any], Any]:
        """Return how the object is made."""
        return _maker_of(self.declared)


class Parameter:
    """What a parameter may be. Its description and example are those of its kind, unless it has its own."""

    def __init__(self, kind: Kind, description: str | None, example: Any) -> None:
        self.kind = kind
        self.description = description
        self.example = example


def parameter(kind: Kind, description: str | None = None, example: Any = None) -> dict[str, Parameter]:
    """Return the metadata of a field that is a parameter."""
    return {PARAMETER: Parameter(kind, description, example)}


def parameters_of(declared: type[Any]) -> dict[str, tuple[Parameter, "Field[Any]"]]:
    """Return the parameters of a class by name, with their fields."""
    return {each.name: (each.metadata[PARAMETER], each) for each in fields(declared)}


def reader_of(declared: type[_Body]) -> Callable[[Mapping[str, Any]], _Body | None]:
    """Return the reader of a declared body. It returns None for a body with a fault."""
    fits, make = _check_of(declared), _maker_of(declared)
    return lambda sent: make(sent) if fits(sent) else None


def _check_of(declared: type[Any]) -> _Check:
    parameters = parameters_of(declared)
    required = {name for name, (_, each) in parameters.items() if each.default is MISSING}
    checks = {
        name: _or_null(given.kind.check()) if each.default is None else given.kind.check()
        for name, (given, each) in parameters.items()
    }

    def fits(sent: Any) -> bool:
        if not isinstance(sent, dict):
            return False
        values = cast("dict[str, Any]", sent)
        if not (required <= values.keys() <= checks.keys()):
            return False
        for name, value in values.items():  # noqa: SIM110 - a generator takes longer than the checks
            if not checks[name](value):
                return False
        return True

    return fits


def _maker_of(declared: type[_Body]) -> Callable[[Mapping[str, Any]], _Body]:
    """Return how a class is made of a body that it accepts."""
    found = {name: given.kind.conversion() for name, (given, _) in parameters_of(declared).items()}
    conversions = tuple((name, convert) for name, convert in found.items() if convert is not None)
    if not conversions:
        return lambda sent: declared(**sent)

    def make(sent: Mapping[str, Any]) -> _Body:
        values = dict(sent)
        for name, convert in conversions:
            if values.get(name) is not None:
                values[name] = convert(values[name])
        return declared(**values)

    return make


def _or_null(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


def _is_unicode(text: str) -> bool:
    """Return whether UTF-8 can encode a text: JSON may have half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
