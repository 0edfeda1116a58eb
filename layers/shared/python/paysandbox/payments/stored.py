"""How a field of a record is stored in an item: declared where the field is, and read by `ledger/records.py`.

A field that declares nothing is text. One that has its default is not stored, because every write is billed by size,
nor one that has its `usual` value; another one without a default always is.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, Final

from paysandbox.core.record import record


class Form(Enum):
    """The form in which a field is stored."""

    TEXT = auto()
    TEXTS = auto()
    """A list of texts."""
    NUMBER = auto()
    TIME = auto()
    """Text, as in all answers."""
    FLAG = auto()
    """It is stored that the field does not have its default."""
    PARTS = auto()
    """A list of pairs: ID and amount."""
    RECORD = auto()
    RECORDS = auto()
    """A list of records."""
    INLINE = auto()
    """A record whose fields are stored among those of the record that has it."""


@record(kw_only=True)
class Stored:
    """A field's form, its attribute's name (None: the field's), and what parses a text or is the class of a record.

    `usual` is the value of almost every record, if there is one. Whoever makes a record states it nevertheless.
    """

    form: Form
    name: str | None = None
    of: Callable[..., Any] = str
    usual: str | int | None = None


TEXT: Final = Stored(form=Form.TEXT)


def _as(form: Form, **more: Any) -> Mapping[str, Stored]:
    return {"stored": Stored(form=form, **more)}


TEXTS: Final = _as(Form.TEXTS)
NUMBER: Final = _as(Form.NUMBER)
TIME: Final = _as(Form.TIME)
FLAG: Final = _as(Form.FLAG)
PARTS: Final = _as(Form.PARTS)


def text_of(parse: Callable[[str], object]) -> Mapping[str, Stored]:
    """A text with a meaning of its own, such as that of an enumeration."""
    return _as(Form.TEXT, of=parse)


def usually(value: str | int) -> Mapping[str, Stored]:
    """A text or a number that is not stored if it is this one."""
    return _as(Form.NUMBER if isinstance(value, int) else Form.TEXT, usual=value)


def flag(name: str) -> Mapping[str, Stored]:
    """A flag under another name, which says what is so if the field does not have its default."""
    return _as(Form.FLAG, name=name)


def record_of(cls: type) -> Mapping[str, Stored]:
    """A record."""
    return _as(Form.RECORD, of=cls)


def records_of(cls: type) -> Mapping[str, Stored]:
    """A list of records."""
    return _as(Form.RECORDS, of=cls)


def inline(cls: type) -> Mapping[str, Stored]:
    """A record whose fields are stored among those of the record that has it."""
    return _as(Form.INLINE, of=cls)
