"""Where a merchant wants events sent: an endpoint's URL, read and judged before any name is looked up.

Pure. Programs read odd URLs differently (`0177.0.0.1` is two addresses, `a\\@b` two hosts), and a guard that reads
one otherwise than what connects guards nothing. So what is odd is refused, and what is left is written anew from its
parts: `Target.url`, which reads as itself.

The names that lead nowhere public: RFC 6761 (`localhost`), RFC 6762 (`local`, and those that its appendix G lists),
RFC 8375 (`home.arpa`), and ICANN's decision of 2024 (`internal`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final, Self

from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.address import Kind, kind_of

MAX_URL_LENGTH: Final = 2_048
SETTING: Final = "webhook_allowed_hosts"
"""What lists hosts that are not public, where the sandbox runs locally: `-c webhook_allowed_hosts=web,10.0.0.7`."""

OWN_PATH: Final = "/webhooks/stripe"
"""The one path at the sandbox's own port that events are sent to: the donations' (`paysandbox up` registers it)."""

_MAX_HOST_LENGTH: Final = 253
_USUAL_PORT: Final = {"https": 443, "http": 80}
_FIRST_FREE_PORT: Final = 1_024
_LAST_PORT: Final = 65_535

# No backslash (browsers read it as a slash), nothing that is not printable ASCII behind the host.
_URL: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#\\\s]*)(?P<rest>[!-\[\]-~]*)")
_PLACE: Final = re.compile(r"(?:\[(?P<literal>[^\[\]]*)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A last label that is a number makes the whole an IPv4 address, or nothing (WHATWG URL, "ends in a number").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Letters that older and newer rules for names write as different hosts (UTS 46, section 7, deviations).
_TWO_READINGS: Final = frozenset("ßς\u200c\u200d")

_TOO_LONG: Final = f"The URL is longer than {MAX_URL_LENGTH} characters."

_INSIDE: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "localdomain"}
)
_NEAR: Final = frozenset({Kind.LOOPBACK, Kind.PRIVATE, Kind.CARRIER_NAT, Kind.UNIQUE_LOCAL})
"""Where containers, laptops and machines of a LAN are. The others are nobody's receiver, so no list allows them."""


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """Whether this is the local environment, which hosts may be near there (names and addresses, written by `of`), and
    the port at which the sandbox itself answers, AWS behind it included.

    Locally, loopback is allowed without a list, and http to all that is near. Elsewhere list and port mean nothing.
    """

    local: bool
    allowed_hosts: tuple[str, ...] = ()
    own_port: int | None = None

    @classmethod
    def of(cls, *, local: bool, allowed_hosts: str, own_port: int | None = None) -> Self:
        """The policy as settings tell it: hosts between commas, in any case, IPv6 with or without brackets."""
        entries = (entry.strip().strip("[]").lower().removesuffix(".") for entry in allowed_hosts.split(","))
        return cls(local, tuple(str(_address(entry) or entry) for entry in entries if entry), own_port)

    def lists(self, *hosts: str) -> bool:
        """Whether one of these was allowed by name."""
        return self.local and not set(hosts).isdisjoint(self.allowed_hosts)

    def may_be_sandbox(self, target: "Target") -> bool:
        """Whether the target would be the sandbox itself, if its host is this machine."""
        at_own_path = target.scheme == "http" and target.path_and_query == OWN_PATH
        return self.local and target.port == self.own_port and not at_own_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint's address: `host` is in lower case, ASCII, IPv6 without brackets; `url` is all of it."""

    scheme: str
    host: str
    port: int
    path_and_query: str
    url: str

    @property
    def authority(self) -> str:
        """The request's `Host` header: the port only where it is not the scheme's own."""
        return _authority(self.scheme, self.host, self.port)


def read_target(url: str, policy: TargetPolicy) -> Target:
    """The target that a URL names, if events may be sent to what it says.

    Where its name leads is not known yet: `reason_against` judges that at each delivery, and before a registration
    where `needs_look_up`. Raises Refused (url_not_allowed) for the first of: length, form, scheme, user, fragment,
    host, port, the sandbox itself under a name that is always this machine's.
    """
    scheme, authority, rest = _split(url)
    if scheme != "https" and not (policy.local and scheme == "http"):
        raise _refused("The URL must begin with https://" + (" or http://." if policy.local else "."))
    if "@" in authority:
        raise _refused("The URL must not hold a user or a password.")
    if "#" in rest:
        raise _refused("The URL must not have a fragment (#), which would never be sent.")
    place = _PLACE.fullmatch(authority)
    if place is None:
        raise _refused("Host and port of the URL are not written as host:port.")
    host = _name(place["name"]) if place["name"] is not None else _literal(place["literal"])
    _judge(host, policy)
    port = _port(scheme, place["port"])
    path_and_query = rest if rest.startswith("/") else f"/{rest}"
    written = f"{scheme}://{_authority(scheme, host, port)}{path_and_query}"
    if len(written) > MAX_URL_LENGTH:
        raise _refused(_TOO_LONG)
    target = Target(scheme=scheme, host=host, port=port, path_and_query=path_and_query, url=written)
    if _is_this_machine(host) and policy.may_be_sandbox(target):
        raise _refused(_leads_to_sandbox(target))
    return target


def needs_look_up(target: Target, policy: TargetPolicy) -> bool:
    """Whether a registration has to know where the host leads: to the sandbox itself, or over http to public hosts."""
    by_http = target.scheme == "http" and not _is_this_machine(target.host) and not policy.lists(target.host)
    return policy.local and (by_http or policy.may_be_sandbox(target))


def reason_against(
    target: Target,
    address: IPv4Address | IPv6Address,
    policy: TargetPolicy,
    is_local_address: Callable[[IPv4Address | IPv6Address], bool],
) -> str | None:
    """Why nothing is sent to this address, to which the target's host leads, and what to do; None if it may be.

    `is_local_address` is asked only for addresses at the sandbox's own port.
    """
    kind = objection(target.host, address, policy)
    if kind is not None:
        return f"The host has an address that is not public ({kind}).{way_out(target.host, kind, policy)}"
    if policy.may_be_sandbox(target) and is_local_address(address):
        return _leads_to_sandbox(target)
    if target.scheme == "http" and kind_of(address) is None and not policy.lists(target.host, str(address)):
        way = way_out(target.host, None, policy)
        return f"http:// is for hosts near the sandbox, and this one is public. Use https://.{way}"
    return None


def objection(host: str, address: IPv4Address | IPv6Address, policy: TargetPolicy) -> Kind | None:
    """Why this address, to which the host's name leads, is not connected to; None if it may be."""
    kind = kind_of(address)
    if policy.local and kind is Kind.LOOPBACK:
        return None
    return None if kind in _NEAR and policy.lists(host, str(address)) else kind


def way_out(host: str, kind: Kind | None, policy: TargetPolicy) -> str:
    """A sentence, behind a blank, on the setting that would allow this host; empty where none would."""
    if not policy.local or (kind is not None and kind not in _NEAR):
        return ""
    return f" In the local environment `-c {SETTING}={host}` allows it (several are separated by commas)."


def _leads_to_sandbox(target: Target) -> str:
    return f"The URL leads to the sandbox itself, at port {target.port}. Let your receiver listen on another port."


def _split(url: str) -> tuple[str, str, str]:
    """Scheme, authority, and all behind it."""
    if len(url) > MAX_URL_LENGTH:
        raise _refused(_TOO_LONG)
    parts = _URL.fullmatch(url)
    if parts is None:
        raise _refused(
            "This is not a URL such as https://example.com/webhooks. In its path and query blanks, backslashes and "
            "letters that are not ASCII are written with percent signs."
        )
    return parts["scheme"].lower(), parts["authority"], parts["rest"]


def _literal(text: str) -> str:
    """What stands in brackets: an IPv6 address, in its one short form. A zone (`%eth0`) is the sender's own affair."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        address = None
    if address is None or address.scope_id is not None:
        raise _refused("What stands in brackets is not an IPv6 address.")
    return str(address)


def _name(text: str) -> str:
    """A host outside of brackets in lower case and ASCII: a name, or an IPv4 address as four decimal numbers."""
    host = (text if text.isascii() else _to_ascii(text)).lower().removesuffix(".")
    if len(host) > _MAX_HOST_LENGTH or not _NAME.fullmatch(host):
        raise _refused("The URL's host is not a host name.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _address(host) is None:
        raise _refused("The URL's host is a number; an IPv4 address is written as four decimal numbers.")
    return host


def _to_ascii(text: str) -> str:
    """The host as DNS knows it (IDNA 2003, Python's own), where newer rules say the same."""
    try:
        # Its length is checked first: the codec's time grows with the square of it.
        if len(text) <= _MAX_HOST_LENGTH and _TWO_READINGS.isdisjoint(text):
            return text.encode("idna").decode()
    except UnicodeError:
        pass
    raise _refused("The URL's host is not a name that can be written in ASCII; give it in its own form, xn--….")


def _judge(host: str, policy: TargetPolicy) -> None:
    address = _address(host)
    if address is not None:
        kind = objection(host, address, policy)
        if kind is not None:
            raise _refused(f"The URL's host is not a public address ({kind}).{way_out(host, kind, policy)}")
    elif _is_inside(host) and not (policy.local and _is_this_machine(host)) and not policy.lists(host):
        raise _refused(f"The URL's host is a name of a private network.{way_out(host, None, policy)}")


def _is_this_machine(host: str) -> bool:
    return host.rpartition(".")[2] == "localhost"


def _is_inside(host: str) -> bool:
    """Whether the public internet has no such name, so that it would lead to a neighbour or nowhere."""
    first, dot, last = host.rpartition(".")
    return not dot or last in _INSIDE or (last == "arpa" and first.rpartition(".")[2] == "home")


def _port(scheme: str, text: str | None) -> int:
    """The scheme's own port, or one from 1024 on: below live protocols that a POST might speak to by accident."""
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
