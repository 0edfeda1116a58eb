"""The direct way of a request to its route, past ministack's application.

That examines each request for some thirty services, by host, path and headers, before it looks for an API. The wall
knows that this one is for the API. What the gateway does from then on, and in which order, is ministack's: it
authorizes, checks the key, limits and validates, and invokes. Requests for which the application does anything else are
left to it: paths and methods without a route, HEAD (which it treats as S3's), and all if policies are enforced.
"""

import json
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_DECODED: Final = "aws-chunked"
"""A `Content-Encoding` whose body the application decodes."""

_CONNECTIONS: Final = "/@connections/"
"""The paths by which programs send to clients of a WebSocket API."""


class Routed:
    """Answers requests for routes. `app` and `gateway` are ministack's modules of its application and of REST APIs.

    `resolve` returns API, stage and remaining path of a path, or None. `note` is called before and after each request,
    since it may change the engine's state.
    """

    def __init__(
        self, app: Any, gateway: Any, resolve: Callable[[str], tuple[str, str, str] | None], note: Callable[[], None]
    ) -> None:
        # Bound once: each access of a private name of ministack takes a microsecond.
        self._enforces: bool = app.AUTH
        self._reset_lock, self._send, self._dated = app.get_reset_lock, app.send_response, app.with_date_header
        self._identified, self._logger = app.with_data_plane_headers, app.logger
        self._execute_request, self._owner_of = gateway.handle_execute, gateway.find_api_scope
        self._match, self._in_scope = gateway.match_resource_tree, gateway.request_scope
        self._resolve = resolve
        self._note = note

    def answering(
        self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
    ) -> Callable[[Any], Coroutine[Any, Any, None]] | None:
        """Return a function that answers a request with an ASGI `send`, or None if it is left to the application.

        Header names are in lower case, and several values of a header are joined as ministack does.
        """
        if method not in METHODS or self._enforces or _DECODED in headers.get("content-encoding", ""):
            return None
        resolved = self._resolve(path)
        if resolved is None:
            return None
        api_id, stage, rest = resolved
        if not stage or rest.startswith(_CONNECTIONS) or not self._has_route(api_id, method, rest):
            return None

        async def answer(send: Any) -> None:
            lock = self._reset_lock()
            if lock.locked():
                async with lock:
                    pass
            self._note()
            try:
                response = await self._execute(api_id, stage, method, rest, headers, body, query)
                response = self._identified(response, str(uuid.uuid4()), wildcard_cors=False)
                await self._send(self._dated(send), *response)
            finally:
                self._note()

        return answer

    def _has_route(self, api_id: str, method: str, path: str) -> bool:
        """Whether the path has a resource with this method. The account and Region are those of the API."""
        owner = self._owner_of(api_id)
        if owner is None:
            return False
        with self._in_scope(*owner):
            resource, _ = self._match(api_id, [part for part in path.split("/") if part])
        methods = (resource or {}).get("resourceMethods", {})
        return method in methods or "ANY" in methods

    async def _execute(self, *request: Any) -> tuple[int, dict[str, Any], Any]:
        try:
            response: tuple[int, dict[str, Any], Any] = await self._execute_request(*request)
        except Exception as error:  # as the application does
            self._logger.exception("A request could not be executed")
            body = json.dumps({"message": str(error)}).encode()
            return 500, {"Content-Type": "application/json"}, body
        return response
