"""The answer to a call of a tool: what its command printed, without secrets, or what went wrong and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from cli.connection.api import RUN_AGAIN
from cli.mcp.arguments import BadArgument, as_arguments
from cli.mcp.program import Ended
from paysandbox.core.cards.masking import without_secrets

# The caller's own key, the status line of `get` and `post`, and attempts before the one that was answered.
_NO_NOTE: Final = re.compile(r"idempotency key: |[1-5][0-9]{2} [A-Z]|.* Retrying in ")
_REQUEST_ID: Final = re.compile(r"req_[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def succeeded(value: Any, notes: str = "") -> dict[str, Any]:
    """Return a result (CallToolResult) with a value: as `structuredContent`, and as text. `notes` is one more text."""
    text = without_secrets(_compact(value if isinstance(value, dict) else {"data": value}))
    content = [{"type": "text", "text": text}] + ([{"type": "text", "text": without_secrets(notes)}] if notes else [])
    return {"content": content, "structuredContent": json.loads(text), "isError": False}


def failed(code: str, detail: str, what_to_do: str, *, param: str = "", problem: Any = None) -> dict[str, Any]:
    """Return a result that is an error: its code, what happened, the argument it is about, if any, and what to do.

    `problem` is the API's answer as it came.
    """
    facts = {"code": code, "detail": detail, "param": param, "what_to_do": what_to_do, "problem": problem}
    text = without_secrets(_compact({name: value for name, value in facts.items() if value}))
    return {"content": [{"type": "text", "text": text}], "structuredContent": json.loads(text), "isError": True}


def refused(bad: BadArgument) -> dict[str, Any]:
    """Return the answer to a call with an argument that is not valid. Nothing was done."""
    return failed("argument_invalid", str(bad), "Correct the argument. Nothing was done.", param=bad.name)


def answer_of(ended: Ended) -> dict[str, Any]:
    """Return the answer that a command's end makes."""
    if ended.exit_code == 0:
        return succeeded(_value(ended.stdout), _notes(ended.stderr))
    if ended.misuse:
        detail = as_arguments(ended.misuse)
        return failed("argument_invalid", detail, "Correct the argument. Nothing was done.", param=ended.param)
    printed, problem = _value(ended.stdout), _problem(ended.stderr)
    if problem is not None:
        return _of_problem(problem)
    if isinstance(printed, dict) and isinstance(printed.get("error"), dict):
        return _of_stripe(printed["error"], ended.stderr)
    if isinstance(printed, dict) and printed.get("healthy") is False:
        detail = "The sandbox is not running, or does not answer."
        return failed("sandbox_unavailable", detail, "Start it with `paysandbox up`.", problem=printed)
    last = ended.stderr.strip().rpartition("\n")[2]
    if last.startswith("5"):
        return failed("outcome_unknown", last, "Call the tool again with the same idempotency_key.", problem=printed)
    return failed("command_failed", last or "The command failed.", "Run `paysandbox doctor`.", problem=printed)


def _of_problem(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of a problem (RFC 9457): of the API, which has a code, or of this program."""
    title, detail = str(problem["title"]), str(problem.get("detail") or "")
    if "code" not in problem:
        return failed("sandbox_unavailable" if _is_down(title) else "failed", title, _for_tools(detail))
    code, param = str(problem["code"]), str(problem.get("param") or "")
    return failed(code, detail or title, _remedy(code), param=param, problem=problem)


def _of_stripe(error: Mapping[str, Any], stderr: str) -> dict[str, Any]:
    """Return the answer of an error of the Stripe-compatible API. `stderr` has the status line and the request's ID."""
    code = str(error.get("decline_code") or error.get("code") or error.get("type") or "api_error")
    request_id = _REQUEST_ID.search(stderr)
    explained = f"Call explain_request with {request_id[0]}: it says why, and what to do." if request_id else ""
    detail = str(error.get("message") or "The request was refused.")
    what_to_do = explained or "Correct the parameters. search_docs finds what is covered."
    return failed(code, detail, what_to_do, param=str(error.get("param") or ""), problem=error)


def _remedy(code: str) -> str:
    from paysandbox.core.errors import Code
    from paysandbox.reference.error_docs import ERROR_DOCS, again

    if code not in set(Code):
        return ""
    return f"{ERROR_DOCS[Code(code)].do} Retry: {again(Code(code))}"


def _is_down(title: str) -> bool:
    return "not running" in title or "Connection failed" in title


def _for_tools(advice: str) -> str:
    """Return an advice about a command as one about a call."""
    return advice.replace(RUN_AGAIN, "Call the tool again with idempotency_key")


def _notes(stderr: str) -> str:
    """Return what a command printed beside its answer."""
    return "\n".join(line for line in stderr.splitlines() if line and _NO_NOTE.match(line) is None)


def _problem(stderr: str) -> dict[str, Any] | None:
    """Return the problem that a command printed last, or None."""
    value = _value(stderr.rstrip("\n").rpartition("\n")[2])
    return value if isinstance(value, dict) and "title" in value else None


def _value(text: str) -> Any:
    """Return the JSON of an output. Several lines of JSON, or none, are a list; any other text is itself."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return {"data": [json.loads(line) for line in text.splitlines()]}
    except ValueError:
        return {"text": text}


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
