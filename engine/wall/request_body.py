"""Bodies of requests, read within a limit: nobody's fills the engine's memory, or reaches a function as a whole."""

from dataclasses import dataclass
from typing import Any, Final

from engine.wall.request import Request
from paysandbox.core.body_limits import MAX_BODY_BYTES
from paysandbox.inbox.message import MAX_BODY_BYTES as MAX_WEBHOOK_BYTES

INBOX_PREFIX: Final = "/inbox/"

MAX_AWS_BYTES: Final = 20_000_000
"""More than the services take: DynamoDB 16 MB, SQS and CloudWatch Logs 1 MB, a CloudFormation template 51,200 bytes."""
MAX_AWS_BYTES_OF: Final = {"lambda": 70_167_211, "s3": 134_217_728}
"""Lambda's own limit, for a package that is sent directly. For S3, more than any part of an upload by an SDK has."""


MAX_UNFINISHED_BYTES: Final = 16_000_000
"""Of all bodies for the API that have begun to arrive. Most arrive as a whole, and are never among them."""


class TooManyBodiesError(Exception):
    """Others are sending large bodies too, more than the engine holds."""


@dataclass
class Unfinished:
    """How many bytes the engine holds of bodies that have not ended, at most `at_most`."""

    at_most: int = MAX_UNFINISHED_BYTES
    held: int = 0


class BodyTooLargeError(Exception):
    """The body has more bytes than are accepted. The text says how many are."""


def max_api_bytes(path: str) -> int:
    """Return how many bytes a body for the API may have."""
    return MAX_WEBHOOK_BYTES if path.startswith(INBOX_PREFIX) else MAX_BODY_BYTES


def max_aws_bytes(request: Request) -> int:
    """Return how many bytes a body for AWS may have, by the service in the scope of its signature."""
    scope = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    return MAX_AWS_BYTES_OF.get(scope[-2] if len(scope) > 1 else "", MAX_AWS_BYTES)


async def read_body(request: Request, receive: Any, at_most: int, unfinished: Unfinished | None = None) -> bytes | None:
    """Return the body, or None if the client disconnects before its end.

    Raises BodyTooLargeError as soon as the body is known to be too large, with at most `at_most` bytes of it read, and
    TooManyBodiesError if it is one of the `unfinished` bodies, and they are too many.
    """
    too_large = BodyTooLargeError(f"The body can have at most {at_most:,} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > at_most:
        raise too_large
    parts: list[bytes] = []
    read = 0
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            parts.append(part)
            if read + len(part) > at_most:
                raise too_large
            if not message.get("more_body", False):
                return b"".join(parts)
            read += len(part)
            if unfinished is not None:
                unfinished.held += len(part)
                if unfinished.held > unfinished.at_most:
                    raise TooManyBodiesError
    finally:
        if unfinished is not None:
            unfinished.held -= read


def replaying(body: bytes, receive: Any) -> Any:
    """Return a `receive` that returns the body that was already read, then further messages."""
    unread = True

    async def receiving() -> dict[str, Any]:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receiving
