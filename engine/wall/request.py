"""An HTTP request for the access wall, read once from the ASGI scope."""

from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, quote

_OF_A_SIGNATURE = frozenset({"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid"})
LOOPBACKS = ("127.", "::1", "::ffff:127.")


@dataclass(frozen=True)
class Request:
    """An HTTP request. Header names are in lower case, values of one name joined by commas, as Signature V4 does.

    `repeated` has each value of those that were sent several times. `port` is the sandbox's own, to which the client is
    connected.
    """

    method: str
    path: str
    raw_path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    hosts: tuple[str, ...]
    peer: str
    port: int
    repeated: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @classmethod
    def of(cls, scope: dict[str, Any]) -> Self:
        """Return the request of an `http` scope."""
        headers: dict[str, str] = {}
        repeated: dict[str, list[str]] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
            if name not in headers:
                headers[name] = value
                continue
            repeated.setdefault(name, [headers[name]]).append(value)
            headers[name] = f"{headers[name]},{value}"
        hosts = repeated.get("host", [headers["host"]] if "host" in headers else [])
        raw_path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        return cls(
            method=scope["method"],
            path=scope["path"],
            raw_path=raw_path.decode("latin-1"),
            query=parse_qs(_text(scope.get("query_string", b"")), keep_blank_values=True),
            headers=headers,
            hosts=tuple(hosts),
            peer=str((scope.get("client") or ("",))[0]),
            port=(scope.get("server") or ("", 0))[1] or 0,
            repeated=repeated,
        )

    @property
    def signed_in_header(self) -> bool:
        """Whether the Authorization header is an AWS signature of any version."""
        return self.headers.get("authorization", "").startswith("AWS")

    @property
    def signed_in_query(self) -> bool:
        """Whether the query contains any parameter of a signature."""
        return not _OF_A_SIGNATURE.isdisjoint(name.lower() for name in self.query)

    @property
    def is_from_this_machine(self) -> bool:
        """Whether the client connects from the loopback interface, regardless of the headers."""
        return self.peer.startswith(LOOPBACKS)

    @property
    def is_from_a_web_page(self) -> bool:
        """Whether a browser sent it for a page (Fetch standard: `Origin`; Fetch Metadata: `Sec-Fetch-Site`)."""
        return "origin" in self.headers or self.headers.get("sec-fetch-site", "none") != "none"


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
