"""What a call raises: the API's problems (RFC 9457), and requests that got no answer."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class RequestError(Exception):
    """The API refused a request or did not answer. The message names the request and the reason.

    `idempotency_key` is the key that was sent, or None. The same call with this key has one effect altogether.
    """

    def __init__(self, message: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class NoAnswerError(RequestError):
    """No attempt was answered. Unless `was_sent` is false, the request may have had its effect."""

    def __init__(self, message: str, *, was_sent: bool, idempotency_key: str | None = None) -> None:
        super().__init__(message, idempotency_key=idempotency_key)
        self.was_sent = was_sent


class ApiError(RequestError):
    """The API answered with an error: a problem with a stable `code` to branch on. Its page at `doc_url` explains it.

    `problem` is the whole document: some codes have further members. Without one, as from a proxy in between, `code` is
    None. `param` is the parameter at fault, as a dotted path. `retry_after_s` is the answer's Retry-After, in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        problem: Mapping[str, Any],
        request_id: str | None = None,
        retry_after_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message, idempotency_key=idempotency_key)
        self.status = status
        self.problem = problem
        self.code: str | None = problem.get("code")
        self.detail: str | None = problem.get("detail")
        self.param: str | None = problem.get("param")
        self.doc_url: str | None = problem.get("doc_url")
        self.request_id: str | None = problem.get("request_id", request_id)
        self.retry_after_s = retry_after_s

    @property
    def is_outcome_known(self) -> bool:
        """Whether the request certainly had no effect: false for a 5xx, after which only the ledger knows."""
        return self.status < HTTPStatus.INTERNAL_SERVER_ERROR
