"""DynamoDB in this process, behind botocore's transport: our own operations over tables in memory.

    world = OwnDynamoDB()
    world.attach(client)

Clients serialize, sign, retry and parse as they do against AWS; only what they send is answered here. What the product
does not send raises AssertionError, so that a new use of DynamoDB is noticed (engine/dynamodb/).
"""

import io
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import uuid4
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from engine.dynamodb.memory import MemoryTables
from engine.dynamodb.operations import answer
from engine.dynamodb.refusals import RefusedError, UnusualRequestError

_EVENT: Final = "before-send.dynamodb"
_TARGET: Final = "X-Amz-Target"


class OwnDynamoDB:
    """DynamoDB's tables of a test, and the hook that answers clients. A request is atomic."""

    def __init__(self) -> None:
        self.tables: Final = MemoryTables()
        self._answering: Final = threading.Lock()

    def attach(self, client: Any) -> None:
        """Answer the requests of a client. moto no longer does: it would execute them too."""
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register(_EVENT, self._before_send, unique_id=_EVENT)

    def respond(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return the response to a request as a client sends it."""
        operation = _text(request.headers[_TARGET]).rpartition(".")[2]
        status, body = self._answer(operation, json.loads(_text(request.body)))
        return _response(request.url, status, body)

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        return self.respond(request)

    def _answer(self, operation: str, request: Any) -> tuple[int, Mapping[str, Any]]:
        with self._answering:
            if operation == "CreateTable":
                self.tables.create(request)
                return 200, {"TableDescription": {**request, "TableStatus": "ACTIVE"}}
            try:
                return 200, answer(operation, request, self.tables)
            except RefusedError as refusal:
                return 400, refusal.body()
            except UnusualRequestError as unusual:
                raise AssertionError(f"{operation} with {unusual}, which the product does not send") from unusual


def _response(url: str, status: int, body: Mapping[str, Any]) -> AWSResponse:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "content-length": str(len(content)),
        "x-amzn-requestid": str(uuid4()),
        "x-amz-crc32": str(crc32(content)),
    }
    return AWSResponse(url, status, HTTPHeaders.from_dict(headers), _Raw(content))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw(io.BytesIO):
    """A response's body with urllib3's interface."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
