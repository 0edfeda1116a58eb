"""Replaces ministack's own saving and loading with snapshots (snapshots.py)."""

import asyncio
import json
import os
import re
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from engine.lock import LOCK_NAME
from engine.ministack import Ministack, scoped
from engine.state import generations, unsaved
from engine.state.changes import Changes
from engine.state.snapshots import Blobs, Requests, Snapshots
from engine.state.unsaved import Unsaved

App = Callable[..., Coroutine[Any, Any, None]]

READS: Final = frozenset(f"DynamoDB_20120810.{action}".encode() for action in ("Query", "GetItem", "BatchGetItem"))
"""The X-Amz-Target of requests that change nothing. The sweeps send a few each minute, and mostly nothing else."""

LOGGED: Final = frozenset(
    f"{service}.{action}".encode()
    for service, actions in {
        "DynamoDB_20120810": "PutItem UpdateItem DeleteItem BatchWriteItem TransactWriteItems ExecuteStatement "
        "BatchExecuteStatement ExecuteTransaction",
        "AmazonSQS": "SendMessage SendMessageBatch ReceiveMessage DeleteMessage DeleteMessageBatch "
        "ChangeMessageVisibility ChangeMessageVisibilityBatch PurgeQueue",
        "Logs_20140328": "PutLogEvents",
    }.items()
    for action in actions.split()
)
"""The X-Amz-Target of requests that change nothing but what the log of changes has (changes.py)."""

# The names of actions that read, in the X-Amz-Target or the body of a request.
_READING: Final = re.compile(
    rb"(?:[\w.]+\.|Action=)(?:Get|List|Describe|Scan|Query|Filter|BatchGet|TransactGet|Publish)"
)
# Requests without an action. E-mails are not saved.
_ENDS: Final = ("/invocations", "/outbound-emails")
_FORM: Final = b"application/x-www-form-urlencoded"


def install(ministack: Ministack, home: Path, held: IO[str], is_for_api: Callable[[], bool]) -> Requests:
    """Make ministack load the newest generation with its log, save its state while it runs, and save all on exit.

    `is_for_api` returns whether the current request is for an API, and not for AWS.

    Return the requests that are noted here. Changes that need no request are to be noted there too.
    """
    engine, cloudformation, cloudwatch_logs = ministack.app, ministack.cloudformation, ministack.cloudwatch_logs
    dynamodb, lambda_svc, sqs, stepfunctions = (
        ministack.dynamodb,
        ministack.lambda_svc,
        ministack.sqs,
        ministack.stepfunctions,
    )
    # Zips are stored outside the state's JSON, like all large contents.
    lambda_svc.externalize_code_zip = lambda *_: None
    lambda_svc.prune_orphan_code_blobs = lambda *_: None
    requests = Requests()
    snapshots = Snapshots(
        folder=home / generations.FOLDER_NAME,
        engine=generations.engine_name(json.loads((home / LOCK_NAME).read_text(encoding="utf-8"))),
        port=int(os.environ["GATEWAY_PORT"]),
        persistence=ministack.persistence,
        services=engine.build_persistence_save_dict,
        # Threads that change several objects at once hold one of these locks.
        locks=(
            dynamodb.lock,
            dynamodb.stream_seq_lock,
            sqs.queues_lock,
            cloudwatch_logs.log_events_lock,
            lambda_svc.dynamodb_stream_positions_lock,
        ),
        tables=dynamodb,
        changes=Changes(dynamodb, lambda_svc, sqs, cloudwatch_logs),
        blobs=Blobs(lambda_svc),
        held_fd=held.fileno(),
        is_deploying=lambda: any(
            stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"
            for stack in [*scoped(cloudformation.stacks).values()]
        ),
        requests=requests,
        executions=lambda: progress_of(scoped(stepfunctions.executions).values()),
        every_s=float(os.environ[generations.EVERY_VARIABLE]),
    )
    engine.app = noted(engine.app, requests, is_for_api, lambda: snapshots.unsaved)
    running: list[asyncio.Task[None]] = []  # keeps a reference, since an unreferenced task may be garbage-collected

    def load() -> None:
        modules = {name: partial(engine.get_module, module) for name, module in engine.state_map.items()}
        snapshots.load(modules)
        running.append(asyncio.get_running_loop().create_task(snapshots.run()))

    def save(_services: Any) -> None:
        for task in running:
            task.cancel()
        snapshots.save_last()

    engine.load_persisted_state, engine.save_all = load, save
    return requests


def progress_of(executions: Collection[Mapping[str, Any]]) -> tuple[int, int]:
    """Return how many executions of state machines there are, and how many of them run."""
    return len(executions), sum(each.get("status") == "RUNNING" for each in [*executions])


def noted(
    app: App, requests: Requests, is_for_api: Callable[[], bool], unsaved_now: Callable[[], Unsaved | None]
) -> App:
    """Return an application that notes its requests, and responds with `unsaved_now` at the path for it."""

    async def note_and_answer(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == unsaved.PATH:
            await unsaved.answer(send, unsaved_now())
            return
        if is_read(scope):
            await app(scope, receive, send)
            return
        # A request to an API invokes functions, whose own requests count.
        has_form, is_logged = _has_form(scope), is_for_api() or _changes_only_the_log(scope)

        async def receive_and_look() -> Any:
            nonlocal has_form, is_logged
            message = await receive()
            if has_form and not is_for_api() and message.get("body"):
                has_form, is_logged = False, is_logged_action(message["body"])
                requests.note(rest=not is_logged)
            return message

        requests.note(rest=not is_logged)
        try:
            await app(scope, receive_and_look, send)
        finally:
            requests.note(rest=not is_logged)

    return note_and_answer


def is_read(scope: Mapping[str, Any]) -> bool:
    """Return whether an ASGI request changes nothing that is saved."""
    return any(name == b"x-amz-target" and value in READS for name, value in scope.get("headers", ()))


def is_logged_action(action: bytes) -> bool:
    """Return whether an AWS request changes nothing that the log lacks: by its X-Amz-Target, or the form in its body.

    Those that send an e-mail, or a message to a topic of SNS, change nothing that is saved but queues.
    """
    return action in LOGGED or _READING.match(action) is not None


def _changes_only_the_log(scope: Mapping[str, Any]) -> bool:
    """Return whether an ASGI request changes nothing that the log lacks, until its form is known."""
    if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return True
    target = dict(scope["headers"]).get(b"x-amz-target")
    if target is not None:
        return is_logged_action(target)
    return _has_form(scope) or scope["path"].endswith(_ENDS)


def _has_form(scope: Mapping[str, Any]) -> bool:
    return any(name == b"content-type" and value.startswith(_FORM) for name, value in scope.get("headers", ()))
