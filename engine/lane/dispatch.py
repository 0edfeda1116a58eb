"""What responds to the calls that come over lanes: ministack's services, without HTTP, the wall and a signature.

The identity of a caller takes the place of its signature. The rest is as for a request (engine/wall/wall.py, and
`app` of ministack): account and Region, rights if they are enforced, errors, and the IDs of responses.
"""

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from engine.fast_json import decoded
from engine.lane.lanes import Answer, Call, Caller, Reply
from engine.ministack import Ministack
from engine.state.saving import READS, is_logged_action
from engine.state.table_store import OPERATIONS

_DYNAMODB: Final = "DynamoDB_20120810."
_READS: Final = frozenset(target.decode() for target in READS)
_REQUEST_ID: Final = "x-amzn-requestid"
_LOOPBACK: Final = "127.0.0.1"


def answering(
    ministack: Ministack,
    host: str,
    is_known: Callable[[str], bool],
    note: Callable[..., None],
    log: Callable[[str], None],
) -> Answer:
    """Return the function that responds to calls.

    `host` is the engine's own, `is_known` returns whether an access key is valid now, `note` is called when a call may
    change the engine's state, as `saving.install` returns it, and `log` receives failures of the engine.
    """
    app, dynamodb = ministack.app, ministack.dynamodb

    async def answer(caller: Caller, call: Call) -> Reply:
        if not is_known(caller.key_id):
            return _error(403, "UnrecognizedClientException", "The access key does not belong to this sandbox.")
        reset = app.get_reset_lock()
        if reset.locked():
            async with reset:
                pass
        changes = call.target not in _READS
        rest = changes and not is_logged_action(call.target.encode() or call.body)
        if changes:
            note(rest=rest)
        try:
            status, headers, body = await respond(caller, call)
            passed = {name: str(value) for name, value in headers.items() if not _is_for_pages(name)}
            return status, passed, body if isinstance(body, bytes) else body.encode()
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a response
            log(f"lane: {call.target or call.service} of {caller.function} failed: {error!r}")
            return _error(500, "InternalError", str(error))
        finally:
            if changes:
                note(rest=rest)

    async def respond(caller: Caller, call: Call) -> Any:
        enforces: bool = app.AUTH
        app.set_request_account_id(app.request_account_scope(caller.key_id) if enforces else caller.key_id)
        app.set_request_region(caller.region)
        # What stands between a request and DynamoDB takes longer than DynamoDB itself.
        if call.target.startswith(_DYNAMODB) and not enforces and "cloudtrail" not in app.loaded_modules:
            status, headers, body = await _of_dynamodb(dynamodb, call)
            headers[_REQUEST_ID] = str(uuid4())
            return status, headers, body
        app.set_request_client_ip(_LOOPBACK)
        if enforces:
            app.pin_request_origin(_LOOPBACK, False)
        headers = _headers(caller, call, host)
        return await app.dispatch_service_request("POST", "/", headers, call.body, {}, str(uuid4()))

    return answer


async def _of_dynamodb(dynamodb: Any, call: Call) -> Any:
    """Return DynamoDB's response. What ministack does around an operation takes as long as one of ours."""
    function = OPERATIONS.get(call.target.removeprefix(_DYNAMODB))
    if function is not None:
        try:
            request = decoded(call.body)
        except ValueError:
            pass  # ministack knows how to refuse it
        else:
            return getattr(dynamodb, function)(request)
    return await dynamodb.handle_request("POST", "/", {"x-amz-target": call.target}, call.body, {})


def _headers(caller: Caller, call: Call, host: str) -> dict[str, str]:
    """Return the headers from which ministack reads what is called, by whom, and where."""
    scope = f"Credential={caller.key_id}/00000000/{caller.region}/{call.service}/aws4_request"
    given = {
        "x-amz-target": call.target,
        "x-amzn-trace-id": call.trace,
        "x-amzn-query-mode": call.query_mode,
        "content-type": call.content_type,
    }
    return {
        "host": host,
        "authorization": f"AWS4-HMAC-SHA256 {scope}",
        "content-length": str(len(call.body)),
    } | {name: value for name, value in given.items() if value}


def _is_for_pages(header: str) -> bool:
    """Return whether a header is CORS's, which the wall removes too."""
    return header.lower().startswith("access-control-")


def _error(status: int, code: str, message: str) -> Reply:
    body = json.dumps({"__type": code, "message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.0"}, body
