"""Replaces ministack's own saving and loading with snapshots (snapshots.py)."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from engine.lock import LOCK_NAME
from engine.ministack import Ministack, scoped
from engine.state import generations, unsaved
from engine.state.snapshots import Blobs, Requests, Snapshots, TableWrites

App = Callable[..., Awaitable[None]]

READS: Final = frozenset(f"DynamoDB_20120810.{action}".encode() for action in ("Query", "GetItem", "BatchGetItem"))
"""The X-Amz-Target of requests that change nothing. The sweeps send a few each minute, and mostly nothing else."""


def install(ministack: Ministack, home: Path, held: IO[str]) -> Requests:
    """Make ministack load the newest generation, save one periodically, and save one on exit.

    Return the requests that are noted here. Changes that need no request are to be noted there too.
    """
    engine, cloudformation, cloudwatch_logs = ministack.app, ministack.cloudformation, ministack.cloudwatch_logs
    dynamodb, lambda_svc, sqs = ministack.dynamodb, ministack.lambda_svc, ministack.sqs
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
        writes=TableWrites(dynamodb),
        blobs=Blobs(lambda_svc),
        held_fd=held.fileno(),
        is_deploying=lambda: any(
            stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"
            for stack in [*scoped(cloudformation.stacks).values()]
        ),
        requests=requests,
        every_s=float(os.environ[generations.EVERY_VARIABLE]),
    )
    app: App = engine.app

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == unsaved.PATH:
            await unsaved.answer(send, snapshots.unsaved)
            return
        if is_read(scope):
            await app(scope, receive, send)
            return
        requests.note()
        try:
            await app(scope, receive, send)
        finally:
            requests.note()

    engine.app = noted
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


def is_read(scope: Mapping[str, Any]) -> bool:
    """Return whether an ASGI request changes nothing that is saved."""
    return any(name == b"x-amz-target" and value in READS for name, value in scope.get("headers", ()))
