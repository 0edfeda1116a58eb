"""DynamoDB three times: our own, ministack's and moto's, each behind the JSON protocol.

A case is what is stored, and a request. Its outcome is the response as far as AWS documents it, and the items then.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber
from moto.dynamodb.models import dynamodb_backends

from cli.deploy.installation import installation
from engine.dynamodb.memory import MemoryTables
from engine.dynamodb.numbers import canonical
from engine.dynamodb.operations import answer
from engine.dynamodb.refusals import RefusedError, UnusualRequestError

Items = Mapping[str, Sequence[Mapping[str, Any]]]
"""Items by table."""
Response = tuple[int, Any]

UNUSUAL: Final = 0
"""Our status of a request that we leave to others."""

FAILED: Final = 500
"""moto's status of a request that it does not expect, such as the size of a missing attribute. It is no answer."""

_PROGRAM: Final = Path(__file__).with_name("ministack_answers.py")
_URL: Final = "https://dynamodb.us-east-1.amazonaws.com/"
_PAGES_MAX: Final = 20
_NOT_COMPARED: Final = ("ConsumedCapacity", "ItemCollectionMetrics")


@dataclass(frozen=True)
class Case:
    """A request to tables that have these items, after other requests: the first answer of those is not compared."""

    operation: str
    request: Mapping[str, Any]
    items: Items = field(default_factory=dict[str, Sequence[Mapping[str, Any]]])
    before: Sequence[tuple[str, Mapping[str, Any]]] = ()


@dataclass(frozen=True)
class Outcome:
    """The status, the response or the code of a refusal, and the items of each table afterwards.

    `message` is the text of a refusal, which is not compared: AWS documents none.
    """

    status: int
    body: Any
    stored: Any
    message: str = field(default="", compare=False)


class Implementation(Protocol):
    """Answers requests, one after another, with tables that are empty before the first."""

    def __call__(self, tables: Sequence[Mapping[str, Any]], requests: Sequence[tuple[str, Any]]) -> list[Response]: ...


def outcome(of: Implementation, tables: Sequence[Mapping[str, Any]], case: Case) -> Outcome:
    """Return the outcome of a case: of a Query or Scan, that of all pages, and of all segments."""
    puts = [("PutItem", {"TableName": name, "Item": item}) for name, items in case.items.items() for item in items]
    scans = [("Scan", {"TableName": table["TableName"]}) for table in tables]
    pages: list[Response] = []
    scanned: list[Response] = []
    request: Mapping[str, Any] | None = case.request
    while request is not None:
        responses = of(tables, [*puts, *case.before, (case.operation, request), *scans])
        assert all(status == 200 for status, _ in responses[: len(puts)]), responses[: len(puts)]
        *_, page = responses[: -len(scans)]
        scanned = responses[-len(scans) :]
        pages.append(page)
        assert len(pages) <= _PAGES_MAX
        request = _next(request, *page)
    stored = [_sorted(comparable(response["Items"])) for _, response in scanned]
    return _outcome(case.operation, pages, stored)


def answers(
    of: Implementation, tables: Sequence[Mapping[str, Any]], requests: Sequence[tuple[str, Any]]
) -> list[Outcome]:
    """Return the outcome of each of several requests, one after another, without what is stored."""
    responses = zip(requests, of(tables, requests), strict=True)
    return [_outcome(operation, [response], ()) for (operation, _), response in responses]


def _outcome(operation: str, pages: Sequence[Response], stored: Any) -> Outcome:
    status, body = pages[-1]
    if status == 200:
        return Outcome(status, _read(operation, [page for _, page in pages]), stored)
    if status == UNUSUAL:
        return Outcome(status, None, stored, body)
    return Outcome(status, _refusal(body), stored, body.get("message", body.get("Message")))


def _next(request: Mapping[str, Any], status: int, body: Any) -> Mapping[str, Any] | None:
    """Return the request of the page behind one, or None."""
    if status != 200:
        return None
    if "LastEvaluatedKey" in body:
        return {**request, "ExclusiveStartKey": body["LastEvaluatedKey"]}
    segment = request.get("Segment", 0) + 1
    if segment >= request.get("TotalSegments", 1):
        return None
    return {name: value for name, value in request.items() if name != "ExclusiveStartKey"} | {"Segment": segment}


def _read(operation: str, pages: list[Any]) -> Any:
    """Return a response as far as AWS documents it: a scan's order and pages are a store's own."""
    if operation != "Scan":
        return [comparable(page) for page in pages]
    items = [item for page in pages for item in page.get("Items", ())]
    return _sorted(comparable(items)), *(sum(page[name] for page in pages) for name in ("Count", "ScannedCount"))


def _refusal(body: Any) -> Any:
    """Return the code of a refusal, the item in it, and the reasons of a transaction's, without their texts."""
    reasons = [
        {name: comparable(value) for name, value in reason.items() if name != "Message"}
        for reason in body.get("CancellationReasons", [])
    ]
    return body["__type"].rpartition("#")[2], comparable(body.get("Item")), reasons


def comparable(value: Any) -> Any:
    """Return a response without what has no order, or several forms: sets, numbers, and what was consumed."""
    match value:
        case {"N": str(number), **others} if not others:
            return {"N": _number(number)}
        case {"SS": list(members), **others} | {"BS": list(members), **others} if not others:
            return {next(iter(value)): sorted(members)}
        case {"NS": list(members), **others} if not others:
            return {"NS": sorted(map(_number, members))}
        case dict():
            compared = {name: comparable(below) for name, below in value.items() if name not in _NOT_COMPARED}
            return {name: below for name, below in compared.items() if name != "Attributes" or below}
        case list():
            return [comparable(below) for below in value]
        case _:
            return value


def _number(text: str) -> str:
    try:
        return canonical(text)
    except RefusedError:  # others store what is none
        return text


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def ours(tables: Sequence[Mapping[str, Any]], requests: Sequence[tuple[str, Any]]) -> list[Response]:
    """Answer by our own operations."""
    world = MemoryTables()
    for table in tables:
        world.create(table)
    return [_answer(operation, json.loads(json.dumps(request)), world) for operation, request in requests]


def _answer(operation: str, request: Any, world: MemoryTables) -> Response:
    try:
        return 200, answer(operation, request, world)
    except RefusedError as refusal:
        return 400, refusal.body()
    except UnusualRequestError as unusual:
        return UNUSUAL, str(unusual)


@contextmanager
def ministack() -> Iterator[Implementation]:
    """Yield ministack, in a process of its own."""
    words = (installation().engine_python, "-I", _PROGRAM)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def answers(tables: Sequence[Mapping[str, Any]], requests: Sequence[tuple[str, Any]]) -> list[Response]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"tables": tables, "requests": requests}) + "\n")
            process.stdin.flush()
            return [(status, body) for status, body in json.loads(process.stdout.readline())]

        yield answers
        process.stdin.close()  # pyright: ignore[reportOptionalMemberAccess] - as above


_SUFFIXES: Final = count()
"""Of tokens: moto remembers those of one process, also if it is begun again."""


@contextmanager
def moto() -> Iterator[Implementation]:
    """Yield moto, in this process."""

    def answers(tables: Sequence[Mapping[str, Any]], requests: Sequence[tuple[str, Any]]) -> list[Response]:
        dynamodb_backends.reset()
        suffix = next(_SUFFIXES)
        for table in tables:
            assert _ask_moto("CreateTable", table)[0] == 200
        return [_ask_moto(operation, _with_token(request, suffix)) for operation, request in requests]

    with mock_aws():
        yield answers


def _with_token(request: Any, suffix: int) -> Any:
    """Return a request with a token of its own, since the tokens that tests give moto outlive its tables."""
    token = request.get("ClientRequestToken")
    return request if token is None else {**request, "ClientRequestToken": f"{token}-{suffix}"}


_process: Final[Callable[..., Any]] = BotocoreStubber.process_request


def _ask_moto(operation: str, request: Any) -> Response:
    headers: Any = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    sent = AWSPreparedRequest("POST", _URL, headers, json.dumps(request).encode(), stream_output=False)
    try:
        status, _, body = _process(botocore_stubber, sent)
    except Exception as error:  # noqa: BLE001 - a request that moto does not expect
        return FAILED, {"__type": "InternalServerError", "message": repr(error)}
    return status, json.loads(body)
