"""What a field of a search is compared as. By itself, since payments do not load the search."""

from enum import StrEnum


class FieldType(StrEnum):
    """What a field is compared as."""

    TOKEN = "token"  # noqa: S105 - Stripe's name of a type
    STRING = "string"
    NUMERIC = "numeric"
