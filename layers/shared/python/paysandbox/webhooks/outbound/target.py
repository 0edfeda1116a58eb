"""Parse and check an endpoint's URL, before any name is resolved.

Pure. Programs parse unusual URLs differently (`0177.0.0.1` is two addresses, `a\\@b` two hosts), and a guard that
parses a URL differently than the HTTP client protects nothing. So unusual URLs are refused, and the rest are rebuilt
from their parts: `Target.url`, which parses unambiguously.

Sources of the non-public names: RFC 6761 (`localhost`), RFC 6762 (`local`, and those listed in its appendix G), RFC
8375 (`home.arpa`), and ICANN's decision of 2024 (`internal`).
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final, Self

from paysandbox.core.errors import Code, Refused
from paysandbox.core.merchant import MERCHANT_PATTERN
from paysandbox.core.record import record
from paysandbox.core.this_machine import is_localhost
from paysandbox.webhooks.outbound.address import Kind, kind_of

MAX_URL_LENGTH: Final = 2_048
SETTING: Final = "webhook_allowed_hosts"
"""CDK context key that allows non-public hosts in the local environment: `-c webhook_allowed_hosts=web,10.0.0.7`."""

OWN_PATH: Final = "/webhooks/stripe"
"""A path at the sandbox's own port that accepts events: Stripe's for donations (`paysandbox up` registers it). The
only others are those of inboxes."""

INBOX_TOKEN: Final = re.compile(rf"{MERCHANT_PATTERN}_[a-z2-7]{{32}}")
"""The form of the token in the path of a merchant's inbox."""

_INBOX_PATH: Final = re.compile(rf"/inbox/{INBOX_TOKEN.pattern}")
_MAX_HOST_LENGTH: Final = 253
_USUAL_PORT: Final = {"https": 443, "http": 80}
_FIRST_FREE_PORT: Final = 1_024
_LAST_PORT: Final = 65_535

# No backslash, which browsers treat as a slash, and only printable ASCII after the host.
_URL: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#\\\s]*)(?P<rest>[!-\[\]-~]*)")
_PLACE: Final = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A host whose last label is a number is an IPv4 address or invalid (WHATWG URL, "ends in a number").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Letters that map to different hosts in IDNA 2003 and 2008 (UTS 46, section 7, deviations).
_TWO_READINGS: Final = frozenset("ßς\u200c\u200d")

_TOO_LONG: Final = f"The URL is longer than {MAX_URL_LENGTH} characters."

_INSIDE: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "localdomain"}
)
_NEAR: Final = frozenset({Kind.LOOPBACK, Kind.PRIVATE, Kind.CARRIER_NAT, Kind.UNIQUE_LOCAL})
"""Networks of containers, laptops and LANs. No receiver is on the others, so `webhook_allowed_hosts` cannot allow
them."""


@record
class TargetPolicy:
    """Which hosts this environment allows, in addition to public ones.

    `local`: this is the local environment, where loopback is always allowed, and http to nearby hosts. `allowed_hosts`
    are non-public names and addresses, normalized by `of`. `own_port` is the port of the sandbox itself and of the
    engine behind it. Both are ignored on AWS.
    """

    local: bool
    allowed_hosts: tuple[str, ...] = ()
    own_port: int | None = None

    @classmethod
    def of(cls, *, local: bool, allowed_hosts: str, own_port: int | None = None) -> Self:
        """Build the policy from settings: hosts separated by commas, in any case, IPv6 with or without brackets."""
        entries = (entry.strip().strip("[]").lower().removesuffix(".") for entry in allowed_hosts.split(","))
        return cls(local, tuple(str(_address(entry) or entry) for entry in entries if entry), own_port)

    def lists(self, *hosts: str) -> bool:
        """Whether one of these hosts is allowed explicitly."""
        return self.local and not set(hosts).isdisjoint(self.allowed_hosts)

    def may_be_sandbox(self, target: "Target") -> bool:
        """Whether the target would be the sandbox itself if its host is this machine."""
        path = target.path_and_query
        at_own_path = target.scheme == "http" and (path == OWN_PATH or _INBOX_PATH.fullmatch(path) is not None)
        return self.local and target.port == self.own_port and not at_own_path


@record(kw_only=True)
class Target:
    """A parsed endpoint URL. `host` is lower-case ASCII, IPv6 without brackets; `url` is the whole URL."""

    scheme: str
    host: str
    port: int
    path_and_query: str
    url: str

    @property
    def authority(self) -> str:
        """Value of the `Host` header, with the port unless it is the scheme's default."""
        return _authority(self.scheme, self.host, self.port)


def read_target(url: str, policy: TargetPolicy) -> Target:
    """Parse a URL and check whether events may be sent to it.

    The addresses of its host are not known yet: `reason_against` checks them at each delivery, and at creation if
    `needs_look_up`. Raises Refused (url_not_allowed) for the first problem of: length, syntax, scheme, user, fragment,
    host, port, the sandbox itself under a name that always means this machine.
    """
    scheme, authority, rest = _split(url)
    if scheme != "https" and not (policy.local and scheme == "http"):
        raise _refused("The URL must begin with https://" + (" or http://." if policy.local else "."))
    if "@" in authority:
        raise _refused("The URL must not contain a user name or password.")
    if "#" in rest:
        raise _refused("The URL must not have a fragment (#), which would never be sent.")
    place = _PLACE.fullmatch(authority)
    if place is None:
        raise _refused("The URL's host and port must be written as host:port.")
    host = _name(place["name"]) if place["name"] is not None else _literal(place["literal"])
    _judge(host, policy)
    port = _port(scheme, place["port"])
    path_and_query = rest if rest.startswith("/") else f"/{rest}"
    normalized = f"{scheme}://{_authority(scheme, host, port)}{path_and_query}"
    if len(normalized) > MAX_URL_LENGTH:
        raise _refused(_TOO_LONG)
    target = Target(scheme=scheme, host=host, port=port, path_and_query=path_and_query, url=normalized)
    if is_localhost(host) and policy.may_be_sandbox(target):
        raise _refused(_leads_to_sandbox(target))
    return target


def needs_look_up(target: Target, policy: TargetPolicy) -> bool:
    """Whether creation must resolve the host: it may be the sandbox itself, or a public host over http."""
    is_plain_http = target.scheme == "http" and not is_localhost(target.host) and not policy.lists(target.host)
    return policy.local and (is_plain_http or policy.may_be_sandbox(target))


def reason_against(
    target: Target,
    address: IPv4Address | IPv6Address,
    policy: TargetPolicy,
    is_local_address: Callable[[IPv4Address | IPv6Address], bool],
) -> str | None:
    """Return why events may not be sent to this address of the target's host and how to fix it, or None if they may.

    `is_local_address` is called only for addresses at the sandbox's own port.
    """
    kind = objection(target.host, address, policy)
    if kind is not None:
        return f"The host has an address that is not public ({kind}).{setting_hint(target.host, kind, policy)}"
    if policy.may_be_sandbox(target) and is_local_address(address):
        return _leads_to_sandbox(target)
    if target.scheme == "http" and kind_of(address) is None and not policy.lists(target.host, str(address)):
        way = setting_hint(target.host, None, policy)
        return f"http:// is only allowed for hosts on the local network, and this one is public. Use https://.{way}"
    return None


def objection(host: str, address: IPv4Address | IPv6Address, policy: TargetPolicy) -> Kind | None:
    """Return why this address of the host is not allowed, or None if it is."""
    kind = kind_of(address)
    if policy.local and kind is Kind.LOOPBACK:
        return None
    return None if kind in _NEAR and policy.lists(host, str(address)) else kind


def setting_hint(host: str, kind: Kind | None, policy: TargetPolicy) -> str:
    """Return a sentence, after a space, on the setting that would allow this host; empty if none would."""
    if not policy.local or (kind is not None and kind not in _NEAR):
        return ""
    return f" To allow it in the local environment, use `-c {SETTING}={host}` (separate several hosts with commas)."


def _leads_to_sandbox(target: Target) -> str:
    return (
        f"The URL points to the sandbox itself, at port {target.port}. Run your receiver on another port, or use the "
        "URL of your inbox, which GET /sandbox/inbox returns."
    )


def _split(url: str) -> tuple[str, str, str]:
    """Return the scheme, the authority, and the rest."""
    if len(url) > MAX_URL_LENGTH:
        raise _refused(_TOO_LONG)
    parts = _URL.fullmatch(url)
    if parts is None:
        raise _refused(
            "This is not a URL such as https://example.com/webhooks. In the path and query, percent-encode "
            "spaces, backslashes and non-ASCII characters."
        )
    return parts["scheme"].lower(), parts["authority"], parts["rest"]


def _literal(text: str) -> str:
    """Normalize the IPv6 address in brackets to its short form. Zone IDs (`%eth0`) only have meaning on the sender."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        address = None
    if address is None or address.scope_id is not None:
        raise _refused("The URL's host in brackets is not an IPv6 address.")
    return str(address)


def _name(text: str) -> str:
    """Normalize a host without brackets: a lower-case ASCII name, or an IPv4 address in dotted decimal form."""
    host = (text if text.isascii() else _to_ascii(text)).lower().removesuffix(".")
    if len(host) > _MAX_HOST_LENGTH or not _NAME.fullmatch(host):
        raise _refused("The URL's host is not a host name.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _address(host) is None:
        raise _refused("The URL's host is a number. Write an IPv4 address as four decimal numbers.")
    return host


def _to_ascii(text: str) -> str:
    """Convert a host to ASCII (IDNA 2003, Python's own codec), if newer IDNA versions agree."""
    try:
        # Check the length first: the codec takes quadratic time.
        if len(text) <= _MAX_HOST_LENGTH and _TWO_READINGS.isdisjoint(text):
            return text.encode("idna").decode()
    except UnicodeError:
        pass
    raise _refused("The URL's host cannot be converted to ASCII. Use its Punycode form, xn--….")


def _judge(host: str, policy: TargetPolicy) -> None:
    address = _address(host)
    if address is not None:
        kind = objection(host, address, policy)
        if kind is not None:
            raise _refused(f"The URL's host is not a public address ({kind}).{setting_hint(host, kind, policy)}")
    elif _is_inside(host) and not (policy.local and is_localhost(host)) and not policy.lists(host):
        raise _refused(f"The URL's host is a name of a private network.{setting_hint(host, None, policy)}")


def _is_inside(host: str) -> bool:
    """Whether this name does not exist on the public internet."""
    first, dot, last = host.rpartition(".")
    return not dot or last in _INSIDE or (last == "arpa" and first.rpartition(".")[2] == "home")


def _port(scheme: str, text: str | None) -> int:
    """Return the scheme's default port, or one from 1024 on: a POST must not reach other protocols by accident."""
    port = int(text) if text else _USUAL_PORT[scheme]
    if port != _USUAL_PORT[scheme] and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        raise _refused(f"The URL's port must be {_USUAL_PORT[scheme]} or from {_FIRST_FREE_PORT} to {_LAST_PORT}.")
    return port


def _authority(scheme: str, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port == _USUAL_PORT[scheme] else f"{shown}:{port}"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _refused(detail: str) -> Refused:
    return Refused(Code.URL_NOT_ALLOWED, detail, "url")
