"""Starts the engine, with the parts that ministack lacks.

These are the wall (wall.py), snapshots (snapshots.py, state.py), the lock (lock.py), functions' credentials
(execution_keys.py), fair queues (fair_queues.py), and two corrections:

- `/health` is a route of ours, so the engine must not answer it (a test watches the pinned version for the name).
- When it enforces policies, the engine requires an IAM action named like each operation. AWS has none for batches of
  messages: permission to send one message covers a batch of ten.
"""

import math
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.engine_process import access_key, saving, state
from cli.engine_process.busy import refuse_as_unavailable
from cli.engine_process.execution_keys import execution_credentials
from cli.engine_process.fair_queues import receive_fairly
from cli.engine_process.layers import share_layers
from cli.engine_process.lock import LOCK_NAME, hold
from cli.engine_process.log_subscriptions import gather
from cli.engine_process.rights import as_aws_asks
from cli.engine_process.sources import pace
from cli.engine_process.usage_plans import meter_by_authorizer
from cli.engine_process.wall import API_HOST, Engine, ServedFile, Wall, is_api
from cli.engine_process.worker_logs import end_logs_at_the_mark
from cli.engine_process.workers import bound_workers

# How long a stop waits until the request log is stored.
LOGS_PATIENCE_S = 3.0


def main() -> None:
    """Take the home's lock, then run the engine until a signal."""
    home = Path(sys.argv.pop(1))  # ministack parses the remaining arguments
    held = hold(home / LOCK_NAME)
    remove = threading.Thread(target=shutil.rmtree, args=[home / state.DISCARDED_NAME, True], daemon=True)
    remove.start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    key = access_key.ensure(home)
    # The engine's own credentials, with which S3 verifies presigned links.
    os.environ |= {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}

    import ministack.app as engine  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only
    from ministack.core import iam_actions  # pyright: ignore[reportMissingImports] - as above
    from ministack.services import apigateway_v1, dynamodb, lambda_svc, sqs  # pyright: ignore[reportMissingImports] - as above

    engine._HEALTH_PATHS = ("/_ministack/health", "/_localstack/health")  # noqa: SLF001 - there is no other way to it
    iam_actions.extract_iam_action = as_aws_asks(iam_actions.extract_iam_action)
    state.keep_streams(dynamodb, lambda_svc)
    state.hand_back(sqs)
    meter_by_authorizer(apigateway_v1)
    receive_fairly(sqs)
    saving.install(engine, home, held)
    served = ServedFile(home)
    engine.app = wall(engine, served, key)
    run_functions(served)
    engine.main()
    held.close()


def run_functions(served: ServedFile) -> None:
    """Configure how functions run: the number of workers, complete and prompt logs, log subscriptions in batches."""
    import hypercorn.asyncio  # pyright: ignore[reportMissingImports] - as above
    from ministack.core import lambda_runtime  # pyright: ignore[reportMissingImports] - as above
    from ministack.services import cloudwatch_logs, lambda_svc  # pyright: ignore[reportMissingImports] - as above

    from cli.engine_process.server import stand_in_for

    share_layers(lambda_runtime, lambda_svc._resolve_layer_zip, Path(os.environ["TMPDIR"]) / "layers")  # noqa: SLF001 - there is no other way to it
    bound_workers(lambda_runtime, lambda_svc, lambda function: function in served.read().kept_warm)
    pace(lambda_svc)
    end_logs_at_the_mark(lambda_runtime)
    refuse_as_unavailable(lambda_svc, lambda: (served.read().problems or {}).get("service_unavailable", {}))
    subscriptions = gather(cloudwatch_logs, lambda_svc, log)
    stand_in_for(hypercorn.asyncio, lambda: subscriptions.flush(LOGS_PATIENCE_S))


def wall(engine: Any, served: ServedFile, key: access_key.AccessKey) -> Wall:
    """Return the access wall in front of the engine's application."""
    from ministack.core import lambda_runtime  # pyright: ignore[reportMissingImports] - as above
    from ministack.services import cognito, lambda_svc, sts  # pyright: ignore[reportMissingImports] - as above
    from ministack.services.cloudformation import custom_resource  # pyright: ignore[reportMissingImports] - as above

    from cli.engine_process.signature import Credentials, refusal

    credentials = execution_credentials(key, auth=engine.AUTH, register_session=sts.register_session)
    lambda_runtime.execution_credentials = lambda_svc.execution_credentials = credentials
    resolve: Callable[[str, str], Any] = engine._resolve_custom_domain_request  # noqa: SLF001 - the one place that knows the API's domain
    engine._resolve_custom_domain_request = lambda _host, path: resolve(API_HOST, path) if is_api.get() else None  # noqa: SLF001 - as above

    def credentials_of(key_id: str) -> Credentials | None:
        if key_id == key.id:
            return Credentials(key.secret)
        # Only a signed caller can have a session, since STS is behind the wall too.
        session = sts._sessions.get(key_id)  # noqa: SLF001 - there is no other way to it
        if session is None or session.get("Expiration", math.inf) < time.time():
            return None
        return Credentials(session["SecretAccessKey"], session["SessionToken"])

    behind = Engine(
        app=engine.app,
        port=int(os.environ["GATEWAY_PORT"]),
        refusal_of_signature=lambda request, body: refusal(request, body, credentials_of),
        is_mapped=lambda path: resolve(API_HOST, path) is not None,
        is_pool=lambda pool: cognito._get_pool_unscoped(pool) is not None,  # noqa: SLF001 - as above
        is_awaited=lambda token: token in custom_resource._pending,  # noqa: SLF001 - as above
    )
    return Wall(behind, served, lambda line: log(f"wall: {line}"))


def log(line: str) -> None:
    """Write a line to the engine's log, which is stdout."""
    print(line, flush=True)
