"""The result of a 3-D Secure authentication."""

from enum import StrEnum
from typing import Final


class AuthenticationResult(StrEnum):
    """The result of a 3-D Secure authentication, by its letter (EMVCo, "3-D Secure Protocol", transStatus)."""

    AUTHENTICATED = "Y"
    ATTEMPTED = "A"
    """The issuer or cardholder does not take part. Liability shifts all the same."""
    FAILED = "N"
    UNAVAILABLE = "U"
    """The issuer could not authenticate. The merchant decides whether to proceed."""
    REJECTED = "R"
    CHALLENGE = "C"
    """A challenge is required. Not an end result."""
    DECOUPLED = "D"
    """The issuer authenticates the cardholder elsewhere. Not an end result."""
    INFORMATIONAL = "I"
    """The merchant asked for information only."""
    ABANDONED = "abandoned"
    """The cardholder did not answer the challenge in time."""


NOT_FINAL: Final = (AuthenticationResult.CHALLENGE, AuthenticationResult.DECOUPLED)
