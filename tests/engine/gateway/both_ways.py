"""Sends requests to an API of ministack through the wall. It runs in the engine's Python, as a program.

    both_ways.py direct|plain < script.json

`direct` is what the engine does, and `plain` is ministack's own way, which keeps nothing and looks into everything. The
script is a list of steps: a request of a client (`{"send": {…}}`), a change by a call of a service (`{"call": […]}`) or
by CloudFormation (`{"provision": […]}`), or the name of a path's resource (`{"resource": "/path", "name": …}`). A name
in `<…>` stands for the ID of what was made. The responses are printed as JSON, without what is different each time.
Functions respond with their event; the authorizer `door` allows `good`.
"""

import asyncio
import importlib
import itertools
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "shared" / "python")]

from engine import ministack as adapter  # noqa: E402 - this program is run by its path
from engine.start import answer_apis  # noqa: E402 - as above
from engine.wall.wall import Engine, ServedFile, Wall  # noqa: E402 - as above

PORT = 4566
SERVED = {"served": ["", "health", "payments", "open", "door", "files", "v1"], "routes": {}}
_OF_EACH = re.compile(r"(?i)date|x-amzn-requestid|x-amz-request-id|request-id")
_OF_EACH_EVENT = ("requestId", "extendedRequestId", "requestTime", "requestTimeEpoch")


class World:
    """An API with a domain, keys and plans, behind the wall."""

    def __init__(self, *, direct: bool) -> None:
        self.ministack = adapter.load()
        self._gateway = self.ministack.apigateway_v1
        numbers = itertools.count(1)
        # Otherwise the resources in the events have other IDs each time.
        module = importlib.import_module(adapter.MODULES["apigateway_v1"])
        vars(module)["_new_id"] = lambda: f"id{next(numbers):04}"
        is_mapped, answering = answer_apis(self.ministack, lambda: None, plain=not direct)
        self._gateway.run_reentrant = self._invoke
        self.names: dict[str, str] = {}
        self.taken_directly = 0

        def counted(*request: Any) -> Any:
            answer = answering(*request)
            self.taken_directly += answer is not None
            return answer

        home = Path(tempfile.mkdtemp())
        (home / "served.json").write_text(json.dumps(SERVED))
        behind = Engine(
            app=self.ministack.app.app,
            port=PORT,
            refusal_of_signature=lambda *_: "no",
            is_mapped=is_mapped,
            is_pool=lambda _: False,
            is_awaited=lambda _: False,
            answering=counted,
        )
        self.wall = Wall(behind, ServedFile(home), lambda _: None)
        for name in ("pay", "door"):
            arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
            config = {"FunctionName": name, "FunctionArn": arn, "Runtime": "python3.14"}
            self.ministack.lambda_svc.functions[name] = {"config": config, "aliases": {}, "versions": {}}

    async def _invoke(self, _what: Any, record: Any, event: Any, **_: Any) -> dict[str, Any]:
        if record["config"]["FunctionName"] == "door":
            allows = event.get("authorizationToken") == "good"
            statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if allows else "Deny", "Resource": "*"}
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return {"body": {"principalId": "someone", "policyDocument": policy, "context": {"merchant": "acme"}}}
        event = {**event, "requestContext": {**event["requestContext"]}}
        for name in _OF_EACH_EVENT:
            event["requestContext"].pop(name)
        body = json.dumps({"by": record["config"].get("Description", ""), **event})
        cookies = {"Set-Cookie": ["a=1", "b=2"]}
        headers = {"content-type": "application/json", "X-Text": "für"}
        return {"body": {"statusCode": 201, "headers": headers, "multiValueHeaders": cookies, "body": body}}

    async def step(self, step: dict[str, Any]) -> Any:
        """Do a step, and return what is to be compared."""
        if "send" in step:
            return await self._send(**step["send"])
        if "call" in step:
            return await self._call(*step["call"])
        if "resource" in step:
            resources = self._gateway.resources[self.names["api"]].values()
            self.names[step["name"]] = next(each["id"] for each in resources if each["path"] == step["resource"])
            return None
        kind, what, *arguments = step["provision"]
        made = self.ministack.provisioners.RESOURCE_HANDLERS[kind][what](*self._filled(arguments))
        if "name" in step:
            self.names[step["name"]] = made[0]
        return None

    async def _call(
        self, module: str, method: str, path: str, body: Any = None, name: str | None = None, key: str = "id"
    ) -> Any:
        handle = getattr(self.ministack, module).handle_request
        sent = b"" if body is None else json.dumps(self._filled(body)).encode()
        status, _, answered = await handle(method, self._filled(path), {}, sent, {})
        if name is not None:
            self.names[name] = json.loads(answered)[key]
        return status

    async def _send(
        self, path: str, method: str = "GET", query: str = "", headers: Sequence[Sequence[str]] = (), body: str = ""
    ) -> Any:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body.encode("latin-1"), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        pairs = [(name.encode(), value.encode("latin-1")) for name, value in self._filled([*headers])]
        length = [(b"content-length", str(len(body)).encode())] if body else []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", b"localhost:4566"), *pairs, *length],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", PORT),
        }
        # Each request of a connection has a context of its own.
        await asyncio.create_task(self.wall(scope, receive, send))
        answered = b"".join(message.get("body", b"") for message in sent).decode()
        shown = [
            (name.decode(), "…" if _OF_EACH.fullmatch(name.decode()) else value.decode("latin-1"))
            for name, value in sent[0]["headers"]
        ]
        return [sent[0]["status"], shown, self._named(_without_ids(answered))]

    def _filled(self, value: Any) -> Any:
        return json.loads(re.sub(r"<(\w+)>", lambda name: self.names.get(name[1], name[0]), json.dumps(value)))

    def _named(self, text: str) -> str:
        for name, given in self.names.items():
            text = text.replace(given, f"<{name}>")
        return text


def _without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", text)


async def run(world: World, script: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the responses to the steps of a script."""
    return [await world.step(step) for step in script]


def main() -> None:
    """Do the steps of a script, and print their responses, and how many requests were answered directly."""
    world = World(direct=sys.argv[1] == "direct")
    answers = asyncio.run(run(world, json.load(sys.stdin)))
    sys.stdout.write(json.dumps({"answers": answers, "direct": world.taken_directly}) + "\n")


if __name__ == "__main__":
    main()
