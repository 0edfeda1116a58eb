"""A coding agent's side of an MCP server: the official SDK's client, over stdio or HTTP, with calls that wait."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


@dataclass
class Agent:
    """Calls tools. `heard` has every answer as it came, as JSON."""

    client: Client
    portal: BlockingPortal
    heard: list[str] = field(default_factory=list[str])

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return the structured answer of a call that succeeds."""
        result = self.result(tool, **arguments)
        assert not result["isError"], result
        return result["structuredContent"]

    def fails(self, tool: str, **arguments: Any) -> Any:
        """Return the structured answer of a call that fails."""
        result = self.result(tool, **arguments)
        assert result["isError"], result
        return result["structuredContent"]

    def result(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the result of a call."""
        return self._heard(self.portal.call(self.client.call_tool, tool, arguments))

    def tools(self) -> list[dict[str, Any]]:
        """Return the tools as they are listed."""
        return self._heard(self.portal.call(self.client.list_tools))["tools"]

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources as they are listed."""
        return self._heard(self.portal.call(self.client.list_resources))["resources"]

    def read(self, uri: str) -> str:
        """Return the text of a resource."""
        return self._heard(self.portal.call(self.client.read_resource, uri))["contents"][0]["text"]

    def prompt(self, name: str, **arguments: str) -> str:
        """Return the text of a prompt."""
        [message] = self._heard(self.portal.call(self.client.get_prompt, name, arguments))["messages"]
        return str(message["content"]["text"])

    def _heard(self, model: Any) -> dict[str, Any]:
        text = model.model_dump_json(by_alias=True)
        self.heard.append(text)
        return json.loads(text)


@contextmanager
def agent_of(command: str, *words: str, env: Mapping[str, str], mode: Any = "auto") -> Iterator[Agent]:
    """Start a server and its client, and end both. `mode` is the SDK's: `legacy` shakes hands."""
    server = StdioServerParameters(command=command, args=[*words], env={**env})
    client = Client(server, mode=mode, read_timeout_seconds=120)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client) as connected:
        yield Agent(connected, portal)


@contextmanager
def agent_over_http(url: str, key: str, mode: Any = "auto") -> Iterator[Agent]:
    """Connect a client to a server at a URL, with an API key as its bearer token."""
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=120)
    client = Client(streamable_http_client(url, http_client=http), mode=mode, read_timeout_seconds=120)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(http),
        portal.wrap_async_context_manager(client) as connected,
    ):
        yield Agent(connected, portal)
