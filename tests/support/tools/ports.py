"""Local ports."""

import secrets
import socket
from typing import Final

NOT_EPHEMERAL: Final = range(20_000, 32_000)
"""Below the ephemeral ports, which outgoing connections get: from 32768 on Linux, from 49152 on macOS and Windows."""


def free_port() -> int:
    """Return a port that is currently unused, and that no connection of another test takes before it is bound."""
    while True:
        port = secrets.choice(NOT_EPHEMERAL)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
