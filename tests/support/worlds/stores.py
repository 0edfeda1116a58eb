"""The DynamoDB behind boto3 in this process: our own in memory, or moto's. Tests look into it without a call.

moto answers every other service. `answering` chooses the store and delivers one call at a time; `chosen` returns the
store, and `choose` changes it within the block, as the fixtures of handler tests do.

To send a call by HTTP takes botocore longer than a store takes to answer: it signs and prepares a request, and tells
its events. So a call that succeeds is answered from its body alone, with botocore's serializer before and its parser
after. One that is refused is sent again as a whole, for botocore's errors and retries. So is every call to which a
transport does something (aws_transport.py), or whose request somebody sees: a test that listens, coverage of
`paysandbox.aws`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, Protocol
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber

from tests.support.worlds import moto_shortcuts

Item = dict[str, Any]
"""An item in DynamoDB's format. Of a store, to be read only."""

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
"""What DynamoDB's requests and responses are in."""

Answer = tuple[int, Mapping[str, str], str | bytes]
"""The status, headers and body of a response."""

_REFUSED: Final = 300
"""The lowest status that is no success, for botocore."""

_send: Final = BaseClient._make_request  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it


class Store(Protocol):
    """Tables by their names."""

    def create(self, definition: Mapping[str, Any]) -> None:
        """Create an empty table with these parameters of CreateTable."""
        ...

    def has(self, name: str) -> bool:
        """Return whether there is such a table."""
        ...

    def delete(self, name: str) -> None:
        """Delete a table."""
        ...

    def items(self, name: str) -> list[Item]:
        """Return all items of a table."""
        ...

    def item(self, name: str, key: Mapping[str, Any]) -> Item | None:
        """Return an item, by its key or by attributes among which its key is."""
        ...

    def take(self, name: str) -> Any:
        """Return what `put_back` needs to restore a table's items as they are now."""
        ...

    def put_back(self, name: str, taken: Any = None) -> None:
        """Restore the items of a table: these exactly, or none."""
        ...

    def forget_tables(self) -> None:
        """Forget all tables and tokens."""
        ...

    def forget_tokens(self) -> None:
        """Forget the tokens of transactions, as after ten minutes."""
        ...

    def answer(self, operation: str, url: str, body: Any, /) -> Answer:
        """Answer a call of an operation, such as PutItem. A refused call changes nothing."""
        ...


_chosen: list[Store] = []


def chosen() -> Store:
    """Return the store that answers now."""
    return _chosen[-1]


def choose(store: Store) -> None:
    """Let another store answer until the end of the block of `answering`."""
    _chosen[-1] = store


@contextmanager
def answering(store: Store) -> Iterator[None]:
    """Answer the calls in the block, one at a time: a call to DynamoDB is atomic, and moto is not thread-safe."""
    process, calling = BotocoreStubber.process_request, RLock()

    def process_alone(stubber: BotocoreStubber, request: Any) -> Any:
        with calling:
            operation = _operation_of(request)
            return chosen().answer(operation, request.url, request.body) if operation else process(stubber, request)

    def answer_at_once(client: Any, model: Any, request: dict[str, Any], context: Any) -> Any:
        if not _is_unseen(client, model, request):
            return _send(client, model, request, context)
        with calling:
            status, headers, body = chosen().answer(model.name, request["url"], request["body"])
        if status >= _REFUSED:
            return _send(client, model, request, context)
        response = AWSResponse(request["url"], status, HTTPHeaders.from_dict(headers), None)
        return response, _read(client, model, response, body)

    _chosen.append(store)
    try:
        with (
            patch.object(BotocoreStubber, "process_request", process_alone),
            patch.object(BaseClient, "_make_request", answer_at_once),
        ):
            yield
    finally:
        _chosen.pop()


def _is_unseen(client: Any, model: Any, request: dict[str, Any]) -> bool:
    """Return whether a call is one to DynamoDB that goes to moto, and nobody else listens for its request.

    A transport is told of the call, and passes it on unless it does something to it.
    """
    if client.meta.service_model.service_name != "dynamodb" or moto_shortcuts.traces_botocore.is_set():
        return False
    [*listeners] = client.meta.events._emitter._handlers.prefix_search(f"before-send.dynamodb.{model.name}")
    if not botocore_stubber.enabled or len(listeners) != 1:
        return False
    passes = getattr(getattr(listeners[0], "__self__", None), "passes", None)
    return listeners[0] is botocore_stubber or (passes is not None and passes(model.name, request))


def _read(client: Any, model: Any, response: AWSResponse, body: str | bytes) -> dict[str, Any]:
    """Return what botocore's parser reads in a response."""
    parser = client._endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol)
    answer = {
        "status_code": response.status_code,
        "headers": response.headers,
        "body": body.encode() if isinstance(body, str) else body,
    }
    parsed: dict[str, Any] = parser.parse(answer, model.output_shape)
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return parsed


def _operation_of(request: AWSPreparedRequest) -> str | None:
    """Return the operation of a call to DynamoDB, or None if the call is one of another service."""
    service, _, operation = text(request.headers.get("X-Amz-Target", "")).partition(".")
    return operation if service == "DynamoDB_20120810" else None


def text(value: Any) -> str:
    """Return a header or a body, which botocore has in bytes or as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
