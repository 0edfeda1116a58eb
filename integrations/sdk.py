"""The calls of a replay, made by the SDK that the codebase pins: from PyPI or npm, in a process of its own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeGuard

from integrations.calls import Request, Sdk, Sender, Side, nested
from integrations.listed import Package
from integrations.packages import installed
from integrations.run_program import PROGRAMS, command, reason

_REGISTRIES: Final = {"Python": "pypi", "Node": "npm"}


class SdkError(Exception):
    """The SDK made no call, and what it said."""


def can_run(sdk: Sdk | None) -> TypeGuard[Sdk]:
    """Return whether the SDK is in a registry that is at hand: those for PHP, Ruby and Rust are not."""
    return sdk is not None and sdk.language in _REGISTRIES


@contextmanager
def over_sdk(sdk: Sdk, version: str | None, side: Side) -> Iterator[Sender]:
    """Send calls with an SDK, and a Stripe-Version if given. Raises PackageError, and from the sender SdkError."""
    package = Package(_REGISTRIES[sdk.language], "stripe", sdk.version)
    folder = installed(package)
    words, env = command(PROGRAMS / f"sdk_calls.{'py' if package.registry == 'pypi' else 'cjs'}", folder)
    env |= {"API": side.base_url, "SECRET_KEY": side.secret_key, "STRIPE_VERSION": version or ""}
    with subprocess.Popen(
        words, cwd=folder, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:

        def send(request: Request) -> tuple[int, Any]:
            asked = {
                "method": request.method,
                "path": request.path,
                "params": nested(request.form),
                "headers": request.headers,
                "idempotency_key": request.idempotency_key,
            }
            if process.stdin is None or process.stdout is None or process.stderr is None:
                raise SdkError(f"{sdk} has no pipes")
            print(json.dumps(asked), file=process.stdin, flush=True)
            line = process.stdout.readline()
            if not line:
                raise SdkError(f"{sdk}: {reason(process.stderr.read())}")
            answer = json.loads(line)
            return answer["status"], answer["body"]

        try:
            yield send
        finally:
            process.terminate()
