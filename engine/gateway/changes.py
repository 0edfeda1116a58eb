"""Notices what may change an API or a function: calls of the services that have them, and resources of stacks.

ministack changes their records in place, in several hundred functions. All of them run within a call of the service or
within a handler of CloudFormation, which can run in a thread. So what was resolved before the end of either is resolved
again.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

_READING: Final = frozenset({"GET", "HEAD"})

_INVOKING: Final = "/invocations"
"""The end of the path of Lambda's `Invoke`, which changes no function."""


class Changes:
    """Tells whether something may have changed since `version` was read."""

    def __init__(self) -> None:
        self.version = object()

    def note(self) -> None:
        """Something may have changed."""
        self.version = object()


def notice(changes: Changes, services: Iterable[Any], resource_types: Mapping[str, dict[str, Any]]) -> None:
    """Note the changes of ministack.

    `services` are its modules of API Gateway's REST APIs and of Lambda, and `resource_types` the handlers of its
    CloudFormation, by resource type and by what they do.
    """
    for service in services:
        service.handle_request = _noting_calls(changes, service.handle_request)
        for name in ("reset", "load_persisted_state"):
            setattr(service, name, _noting(changes, getattr(service, name)))
    for handlers in resource_types.values():
        handlers.update({name: _noting(changes, handle) for name, handle in handlers.items() if callable(handle)})


def _noting(changes: Changes, change: Callable[..., Any]) -> Callable[..., Any]:
    def changing(*arguments: Any, **options: Any) -> Any:
        try:
            return change(*arguments, **options)
        finally:
            changes.note()

    return changing


def _noting_calls(changes: Changes, handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def handling(method: str, path: str, *about: Any) -> Any:
        try:
            return await handle(method, path, *about)
        finally:
            if method not in _READING and not path.endswith(_INVOKING):
                changes.note()

    return handling
