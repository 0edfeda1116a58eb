"""The protocol: both kinds of clients, the messages that are refused, and resources."""

from typing import Any

import pytest

from cli.main import whole_program
from cli.mcp.program import Program
from cli.mcp.protocol import LEGACY, MODERN, Server
from cli.mcp.tools import TOOLS
from tests.support.fakes.wire import Reply, served

SERVER = Server(Program(whole_program()))
META = {"io.modelcontextprotocol/protocolVersion": MODERN[0], "io.modelcontextprotocol/clientCapabilities": {}}
PAGES = [
    {"id": 0, "address": "docs", "title": "Documentation", "heading": "Documentation", "text": "All pages."},
    {"id": 1, "address": "docs/how-to/a#b", "title": "Lose answers", "heading": "Part", "text": "A lost answer."},
]


def ask(method: str, params: dict[str, Any] | None = None, *, modern: bool = False) -> dict[str, Any]:
    """Send a request, and return the response."""
    sent = {**(params or {}), **({"_meta": META} if modern else {})}
    response = SERVER.answer({"jsonrpc": "2.0", "id": "a", "method": method, "params": sent})
    assert response is not None
    assert (response["jsonrpc"], response["id"]) == ("2.0", "a")
    return response


@pytest.mark.parametrize("asked, agreed", [*((version, version) for version in LEGACY), ("1900-01-01", LEGACY[0])])
def test_a_handshake_agrees_on_a_version(asked: str, agreed: str) -> None:
    result = ask("initialize", {"protocolVersion": asked, "capabilities": {}, "clientInfo": {}})["result"]
    assert (result["protocolVersion"], result["capabilities"]) == (
        agreed,
        {"tools": {}, "resources": {}, "prompts": {}},
    )
    assert result["serverInfo"]["name"] == "paysandbox"
    assert "idempotency_key" in result["instructions"]


def test_a_client_without_a_handshake_discovers_the_versions() -> None:
    result = ask("server/discover", modern=True)["result"]
    assert (result["resultType"], result["supportedVersions"]) == ("complete", [*MODERN, *LEGACY])
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "paysandbox"
    assert (result["ttlMs"] > 0, result["cacheScope"]) == (True, "private")


@pytest.mark.parametrize("modern", [True, False])
def test_tools_are_listed_in_the_order_of_their_table(modern: bool) -> None:
    result = ask("tools/list", modern=modern)["result"]
    assert [tool["name"] for tool in result["tools"]] == [tool.name for tool in TOOLS]
    assert ("resultType" in result) is modern


@pytest.mark.parametrize("message, code", [
    ({"id": 1, "method": "ping"}, -32600),
    ([], -32600),
    ("ping", -32600),
    ({"jsonrpc": "2.0", "id": None, "method": "ping"}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "completion/complete"}, -32601),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}, None),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1]}, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nothing"}}, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_clock", "arguments": [1]}}, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/list",
      "params": {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "1900-01-01"}}}, -32022),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/list",
      "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": MODERN[0]}}}, -32602),
])  # fmt: skip
def test_refused_messages(message: Any, code: int | None) -> None:
    response = SERVER.answer(message)
    assert response is not None
    assert response["error"]["code"] == (code or -32602)


@pytest.mark.parametrize("message", [
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "method": "nothing"},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
])  # fmt: skip
def test_notifications_and_responses_have_no_response(message: Any) -> None:
    assert SERVER.answer(message) is None


def test_resources_are_the_pages_of_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    markdown = "# Lose answers\n\nsk_test_demo_djxqdjxqdjxqdjxq\n"

    def answer(request: Any) -> Reply:
        return {"/docs/search.json": Reply(body=PAGES), "/docs/how-to/a.md": Reply(body=markdown)}.get(
            request.path, Reply(404, "no")
        )

    with served(answer) as wire:
        monkeypatch.setenv("PAYSANDBOX_BASE_URL", wire.base_url)
        monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_demo_x")
        listed = ask("resources/list", modern=True)["result"]["resources"]
        assert [each["uri"] for each in listed] == ["paysandbox://docs/index", "paysandbox://docs/how-to/a"]
        read = ask("resources/read", {"uri": "paysandbox://docs/how-to/a"}, modern=True)["result"]
        assert read["contents"] == [
            {
                "uri": "paysandbox://docs/how-to/a",
                "mimeType": "text/markdown",
                "text": "# Lose answers\n\nsk_test_***\n",
            }
        ]
        found = ask("tools/call", {"name": "search_docs", "arguments": {"query": "lost answer"}})["result"]
        assert [part["page"] for part in found["structuredContent"]["data"]] == ["how-to/a"]
        for uri in ("paysandbox://docs/nowhere", "paysandbox://payment/--help", "file:///etc/passwd", ""):
            assert ask("resources/read", {"uri": uri}, modern=True)["error"]["code"] == -32602
            assert ask("resources/read", {"uri": uri})["error"]["code"] == -32002


def test_templates_of_resources() -> None:
    listed = ask("resources/templates/list")["result"]["resourceTemplates"]
    assert [each["name"] for each in listed] == ["payment", "event", "docs"]
