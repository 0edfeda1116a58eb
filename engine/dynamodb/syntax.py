"""The text of an expression as tokens, and the reader that the parsers share.

Source: Amazon DynamoDB Developer Guide, "Using expressions in DynamoDB".
"""

import re
from collections.abc import Mapping
from typing import Final, NoReturn

from engine.dynamodb.refusals import RefusedError, invalid

EXPRESSION_BYTES_MAX: Final = 4_096
"""Quotas in Amazon DynamoDB, "Expression parameters"."""
OPERATORS_MAX: Final = 300

_TOKEN: Final = re.compile(r"\s*(?:([#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>+\-(),.\[\]])|(\S))")
_END: Final = "<EOF>"
_NEAR: Final = 2


class Reader:
    """Reads an expression. `slot` is the name of its parameter, and `names` what ExpressionAttributeNames has.

    Notes which names and values it read, because a request may have no others.
    """

    def __init__(self, slot: str, text: str, names: Mapping[str, str]) -> None:
        self.slot: Final = slot
        self.names: Final = names
        self.names_read: Final[set[str]] = set()
        self.values_read: Final[set[str]] = set()
        self.operators = 0
        self._at = 0
        if not text.strip():
            raise self.refusal("The expression can not be empty;")
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > EXPRESSION_BYTES_MAX:
            raise self.refusal(
                f"Expression size has exceeded the maximum allowed size; expression size: {size}",
            )
        self._tokens: Final[list[str]] = []
        for match in _TOKEN.finditer(text.rstrip()):
            self._tokens.append(match[1] or match[2])
            if match[2]:
                self._at = len(self._tokens) - 1
                self.refuse()

    def peek(self, ahead: int = 0) -> str:
        """Return the next token, or that so many behind it."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def read(self) -> str:
        """Return the next token, and go on."""
        token = self.peek()
        self._at += 1
        return token

    def keyword(self) -> str:
        """Return the next token in upper case, as keywords are in any case."""
        return self.peek().upper()

    def take(self, token: str) -> bool:
        """Go on if this token is next, a keyword or a sign, and return whether it was."""
        if self.keyword() != token:
            return False
        self._at += 1
        return True

    def expect(self, token: str) -> None:
        """Read this token. Raises RefusedError if another one is next."""
        if not self.take(token):
            self.refuse()

    def expect_end(self) -> None:
        """Raise RefusedError if there are more tokens."""
        if self._at < len(self._tokens):
            self.refuse()

    def count_operator(self) -> None:
        """Raise RefusedError if the expression has too many operators."""
        self.operators += 1
        if self.operators > OPERATORS_MAX:
            raise self.refusal("The expression contains more than the maximum allowed number of operators")

    def placeholder_of_value(self) -> str:
        """Read the placeholder of a value (`:name`)."""
        token = self.peek()
        if token[0] != ":" or len(token) == 1:
            self.refuse()
        self.values_read.add(token)
        return self.read()

    def name_of(self, placeholder: str) -> str:
        """Return the attribute name of a placeholder (`#name`). Raises RefusedError if the request has none."""
        self.names_read.add(placeholder)
        if placeholder not in self.names:
            raise self.refusal(
                "An expression attribute name used in the document path is not defined; attribute name: " + placeholder
            )
        return self.names[placeholder]

    def refuse(self) -> NoReturn:
        """Refuse the next token."""
        first = max(0, self._at - 1)
        near = " ".join(self._tokens[first : self._at + _NEAR])
        raise self.refusal(f'Syntax error; token: "{self.peek()}", near: "{near}"')

    def refusal(self, reason: str) -> RefusedError:
        """Return the refusal of this expression."""
        return invalid(f"Invalid {self.slot}: {reason}")
