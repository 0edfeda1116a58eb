"""The texts that an object is found by, of what a caller has written into it. Pure.

Terms are compared without regard to case. A value of metadata, a description and an e-mail address are found as a
whole, and a name by the beginning of each of its words. A description is often a sentence around a number
("Order 1043, two books"), so its words with a digit are terms too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final
from unicodedata import normalize

from paysandbox.core.record import record

MAX_TERM: Final = 64
"""Characters of a term. What is longer names nothing that somebody would type."""

MAX_OTHER_METADATA: Final = 5
"""Values of metadata that are terms, beside those of the reference keys."""

MAX_WORDS: Final = 5
"""Of a name, and words with a digit of a description, that are terms."""

STANDARD_REFERENCE_KEYS: Final = "order,order_id,order_number,order_reference,reference"

_MAX_KEYS: Final = 10
_KEY: Final = re.compile(r"[\w .-]{1,40}")
_BETWEEN_WORDS: Final = re.compile(r"[\s,;:()\[\]\"'“”]+")
_AROUND_WORDS: Final = ".!?#/"


class ReferenceKeysInvalidError(ValueError):
    """These are no keys of metadata; the text says why."""


class Of(StrEnum):
    """Which text of an object a term is of."""

    REFERENCE = "reference"
    CLIENT_REFERENCE_ID = "client_reference_id"
    METADATA = "metadata"
    DESCRIPTION = "description"
    EMAIL = "email"
    CUSTOMER = "customer"
    NUMBER = "number"


@record
class Terms:
    """What an object is found by: by each text of `whole` exactly, and by the beginning of each of `words`."""

    whole: Mapping[str, Of]
    words: tuple[str, ...] = ()


NOTHING: Final = Terms({})


def read_reference_keys(setting: str) -> tuple[str, ...]:
    """Return the keys of metadata that a setting lists, in the form in which they are compared.

    Raises ReferenceKeysInvalidError.
    """
    keys = [key.strip() for key in setting.split(",") if key.strip()]
    if not 0 < len(keys) <= _MAX_KEYS:
        raise ReferenceKeysInvalidError(f"must be 1 to {_MAX_KEYS} keys separated by commas, such as order,order_id")
    for key in keys:
        if not _KEY.fullmatch(key) or not _comparable(key):
            raise ReferenceKeysInvalidError(f"{key!r} must have 1 to 40 letters, digits, spaces, dots or hyphens")
    return tuple(dict.fromkeys(map(_comparable, keys)))


def folded(text: str | None) -> str | None:
    """Return a text as it is compared, or None if it is no term: empty, or longer than MAX_TERM."""
    term = " ".join(_caseless(text).split())
    return term if 0 < len(term) <= MAX_TERM else None


def reference_in(metadata: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """Return the value of the first reference key that metadata has, as it was written."""
    by_key = {_comparable(key): value for key, value in metadata.items() if value}
    return next((by_key[key] for key in keys if key in by_key), None)


def terms_of(
    keys: Sequence[str],
    *,
    metadata: Mapping[str, str] | None = None,
    description: str | None = None,
    name: str | None = None,
    client_reference_id: str | None = None,
    email: str | None = None,
    customer: str | None = None,
    number: str | None = None,
) -> Terms:
    """Return the terms of an object with these texts. A text that is several of them is the first."""
    found = (
        *((Of.REFERENCE if is_key else Of.METADATA, value) for is_key, value in _values(metadata or {}, keys)),
        (Of.CLIENT_REFERENCE_ID, client_reference_id),
        (Of.DESCRIPTION, description),
        *((Of.DESCRIPTION, word) for word in numbers_in(description)),
        (Of.EMAIL, email),
        (Of.CUSTOMER, customer),
        (Of.NUMBER, number),
    )
    whole: dict[str, Of] = {}
    for of, text in found:
        if (term := folded(text)) is not None:
            whole.setdefault(term, of)
    return Terms(whole, words_in(name)) if whole or name else NOTHING


def words_in(name: str | None) -> tuple[str, ...]:
    """Return the words of a name that are terms, in its order."""
    return tuple(dict.fromkeys(_words(name)))[:MAX_WORDS]


def has_words(terms: Terms, typed: Sequence[str]) -> bool:
    """Whether each of these words begins a word of the name."""
    return all(any(word.startswith(beginning) for word in terms.words) for beginning in typed)


def numbers_in(description: str | None) -> tuple[str, ...]:
    """Return the words of a description that have a digit, in its order: the number of an order or a ticket."""
    with_digit = (word for word in _words(description) if any(character.isdigit() for character in word))
    return tuple(dict.fromkeys(with_digit))[:MAX_WORDS]


def _caseless(text: str | None) -> str:
    """Return a text without case, in which an accent is a part of its letter: a Mac may write it as one of its own."""
    return normalize("NFC", (text or "").casefold())


def _words(text: str | None) -> Iterator[str]:
    for word in _BETWEEN_WORDS.split(_caseless(text)):
        if 0 < len(bare := word.strip(_AROUND_WORDS)) <= MAX_TERM:
            yield bare


def _values(metadata: Mapping[str, str], keys: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yield the values that are terms, those of reference keys first, and whether their key is one."""
    of_keys = sorted(
        (keys.index(compared), value) for key, value in metadata.items() if (compared := _comparable(key)) in keys
    )
    yield from ((True, value) for _, value in of_keys)
    others = [value for key, value in metadata.items() if value and _comparable(key) not in keys]
    yield from ((False, value) for value in others[:MAX_OTHER_METADATA])


def _comparable(key: str) -> str:
    """Return a key without what spellings differ in: `orderId`, `order_id` and `Order ID` are one."""
    return re.sub(r"[\W_]", "", key.casefold())
