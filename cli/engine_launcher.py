"""Runs the engine: started by cli/engine.py with the Python of .venv-engine, which executes no other file of ours.

    python -I engine_launcher.py <home>

Standard library and ministack only. Besides starting the engine it does seven things that ministack leaves open:

- `/health` is a route of ours, so the engine must not answer it (a test watches the pinned version for the name).
- The engine saves service by service. A stop that is cut short would leave half of an old state and half of a new one,
  so a mark tells a state that was saved to its end; cli/saved_state.py goes by it.
- It saves how far each reader of a table's stream is, and not the stream: after a stop, nobody would hear of anything
  until the new stream is as long as the old one was. What is unread is saved with the tables, and read from its start.
- It saves messages that somebody was working on as hidden; they are shown again at once.
- It holds a lock for as long as it lives. The kernel lets go of it however the process ends, so whether a home's engine
  runs is never guessed from a number in a file.
- Held to policies, the engine asks for a right of each operation's own name. AWS has none for batches of messages: who
  may send one may send ten.
- The engine is AWS to whoever says `Host: localhost`: it would run their code and hand out every key. Where it listens
  for other machines too, those get the API, under whatever name they call it, and nothing else.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

LOCK_NAME = "engine.lock"
SAVED_NAME = ".saved"
DISCARDED_NAME = "discarded"

SERVED_NAME = "served.json"

# The API's domain name in the engine, and how the addresses of this machine's loopback begin.
API_HOST = "127.0.0.1"
LOOPBACKS = ("127.", "::1", "::ffff:127.")
FOR_AWS = (b"host", b"x-amz-", b"x-forwarded-")

AsgiApp = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]

RIGHTS_OF_BATCHES = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}

UNREAD = "unread_stream_records"

LOCK_PATIENCE_S = 0.5
ALREADY_RUNNING = 75  # EX_TEMPFAIL


def main() -> None:
    """Take the home's lock, then be the engine until a signal."""
    home = Path(sys.argv.pop(1))  # ministack reads what is left of the arguments
    held = hold(home / LOCK_NAME)
    remove = threading.Thread(target=shutil.rmtree, args=[home / DISCARDED_NAME, True], daemon=True)
    remove.start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    import ministack.app as engine  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only
    from ministack.core import iam_actions  # pyright: ignore[reportMissingImports] - as above
    from ministack.services import dynamodb, lambda_svc, sqs  # pyright: ignore[reportMissingImports] - as above

    engine._HEALTH_PATHS = ("/_ministack/health", "/_localstack/health")  # noqa: SLF001 - there is no other way to it
    iam_actions.extract_iam_action = as_aws_asks(iam_actions.extract_iam_action)
    keep_streams(dynamodb, lambda_svc)
    hand_back(sqs)
    engine.save_all = marking(engine.save_all, Path(os.environ["STATE_DIR"]))
    if os.environ["BIND_HOST"] != API_HOST:
        is_mapped = engine._resolve_custom_domain_request  # noqa: SLF001 - the one place that knows the API's domain
        engine.app = guarded(
            engine.app, lambda path: served(home, path, lambda path: is_mapped(API_HOST, path) is not None)
        )
    engine.main()
    held.close()


def as_aws_asks(action_of: Callable[..., str | None]) -> Callable[..., str | None]:
    """The right that a request needs, where that is not called as the operation is."""

    def asked(*request: Any) -> str | None:
        action = action_of(*request)
        return RIGHTS_OF_BATCHES.get(action or "", action)

    return asked


def keep_streams(tables: Any, readers: Any) -> None:
    """Save the unread end of each table's stream with the tables; readers begin at its start after a restart.

    A reader that was ahead of another one reads some of it again: at least once, as AWS has it.
    """
    get_tables, load_tables, load_readers = tables.get_state, tables.load_persisted_state, readers.load_persisted_state

    def get_state() -> dict[str, Any]:
        positions = readers._dynamodb_stream_positions  # noqa: SLF001 - there is no other way to it
        read_to: dict[tuple[str, str, str], int] = {}
        for (account, region, reader), position in [*positions._data.items()]:  # noqa: SLF001 - as above
            source = readers._esms.get_scoped(account, region, reader)["EventSourceArn"]  # noqa: SLF001 - as above
            of = (account, region, source.partition("/stream/")[0].rpartition("/")[2])
            read_to[of] = min(position, read_to.get(of, position))
        unread = type(tables._stream_records)()  # noqa: SLF001 - as above
        for (account, region, table), records in [*tables._stream_records._data.items()]:  # noqa: SLF001 - as above
            trimmed = tables._stream_trimmed.get_scoped(account, region, table, 0)  # noqa: SLF001 - as above
            # A reader that has not looked since the start has read nothing.
            read = read_to.get((account, region, table), trimmed)
            unread.set_scoped(account, region, table, records[max(0, read - trimmed) :])
        return {**get_tables(), UNREAD: unread}

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_tables(data)
        tables._stream_records.update(data.get(UNREAD, {}))  # noqa: SLF001 - as above

    def load_without_positions(data: dict[str, Any]) -> None:
        load_readers({name: part for name, part in data.items() if name != "dynamodb_stream_positions"})

    tables.get_state = get_state
    tables.load_persisted_state = load_persisted_state
    readers.load_persisted_state = load_without_positions


def hand_back(queues: Any) -> None:
    """Show the messages again after a restart that somebody was working on: whoever it was went with the engine.

    Otherwise they would wait for as long as a queue hides them, which is six minutes of ours.
    """
    load_queues = queues.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        load_queues(data)
        now = time.time()
        for queue in queues._queues._data.values():  # noqa: SLF001 - there is no other way to it
            for message in queue["messages"]:
                if message.get("receipt_handle") is not None:
                    message["visible_at"] = min(message["visible_at"], now)

    queues.load_persisted_state = load_persisted_state


def guarded(app: AsgiApp, is_served: Callable[[str], bool]) -> AsgiApp:
    """The engine's app, of which other machines see only the paths that are served; to them, every host is the API.

    A request is from this machine when its peer is on the loopback; what its headers say is not asked.
    """

    async def guard(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan" or str((scope.get("client") or ("",))[0]).startswith(LOOPBACKS):
            await app(scope, receive, send)
        elif scope["type"] != "http" or not is_served(scope["path"]):
            await refuse(scope, send)
        else:
            # Neither another host nor anything by which AWS's services are addressed.
            headers = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(FOR_AWS)]
            await app({**scope, "headers": [*headers, (b"host", API_HOST.encode())]}, receive, send)

    return guard


def served(home: Path, path: str, is_mapped: Callable[[str], bool]) -> bool:
    """Whether the path begins as a route of ours (cli/up.py writes which those are) and the API is deployed.

    The engine has addresses of its own under the API's host, some of which run code: so what is served is listed.
    """
    first = path.split("/")[1] if path.startswith("/") else ""
    try:
        return first in json.loads((home / SERVED_NAME).read_text(encoding="utf-8"))["served"] and is_mapped(path)
    except (OSError, ValueError, KeyError, TypeError):
        return False


async def refuse(scope: dict[str, Any], send: Any) -> None:
    """404, in the API's shape as far as it can be known here; a web socket is closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    problem = {"type": "about:blank", "title": "Only the API is served to other machines", "status": 404,
               "code": "resource_not_found"}  # fmt: skip
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


def hold(lock: Path) -> IO[str]:
    """The lock, with this process's number and address written in it. Exits when another engine has this home."""
    held = lock.open("a+", encoding="utf-8")
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:  # whoever only looks whether it is held holds it for a moment
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                print(f"an engine already runs in {lock.parent}", flush=True)
                sys.exit(ALREADY_RUNNING)
            time.sleep(0.02)
    held.truncate(0)
    facts = {
        "pid": os.getpid(),
        "port": int(os.environ["GATEWAY_PORT"]),
        "bind": os.environ["BIND_HOST"],
        "started_at": now(),
    }
    held.write(json.dumps(facts))
    held.flush()
    return held


def marking(save_all: Callable[[dict[str, Any]], None], state: Path) -> Callable[[dict[str, Any]], None]:
    """`save_all` that leaves a mark, with the time, only when every service's state was written.

    ministack logs a write that failed (a full disk) and goes on; here the missing mark tells.
    """

    def save(services: dict[str, Any]) -> None:
        mark = state / SAVED_NAME
        mark.unlink(missing_ok=True)
        failed: list[str] = []

        def watched(name: str, get_state: Callable[[], Any]) -> Callable[[], Any]:
            def get() -> Any:
                try:
                    content = get_state()
                except Exception:
                    failed.append(name)
                    raise
                if content is not None:
                    expected.append(name)
                return content

            return get

        expected: list[str] = []
        began_ns = time.time_ns()
        save_all({name: watched(name, get_state) for name, get_state in services.items()})
        failed += [name for name in expected if not written_since(state / f"{name}.json", began_ns)]
        if failed:
            print(f"state of {', '.join(failed)} was not saved", flush=True)
            return
        beside = mark.with_name(f"{SAVED_NAME}.new")
        beside.write_text(now(), encoding="utf-8")
        beside.replace(mark)

    return save


def written_since(file: Path, began_ns: int) -> bool:
    """Whether the file was written after that moment; a file system's clock may be a tick behind."""
    try:
        return file.stat().st_mtime_ns >= began_ns - 50_000_000
    except FileNotFoundError:
        return False


def now() -> str:
    """The time, in UTC, as the CLI prints it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


if __name__ == "__main__":
    main()
