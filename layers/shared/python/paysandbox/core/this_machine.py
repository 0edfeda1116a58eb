"""Which hosts are this machine, by their names alone. Nothing is looked up.

Source: RFC 6761, section 6.3: `localhost` and every name below it (`shop.localhost`) are loopback addresses.
"""

from typing import Final

_LOCALHOST: Final = "localhost"
_ADDRESSES: Final = frozenset({"127.0.0.1", "::1"})


def is_localhost(name: str) -> bool:
    """Return whether a name is `localhost` or ends in `.localhost`, in any case, with or without a dot at its end.

    A name that merely ends in these letters (`evil-localhost`) can be anybody's.
    """
    return name.lower().removesuffix(".").rpartition(".")[2] == _LOCALHOST


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine: a name as above, 127.0.0.1 or ::1, without brackets."""
    return host in _ADDRESSES or is_localhost(host)
