"""Requests to PayPal end in time, however the answer comes."""

import socket
from contextlib import suppress

import pytest

from paysandbox.http import outbound
from paysandbox.http.outbound import NoAnswerError, fetch
from tests.support.fakes.raw_server import RawServer, raw_server


def test_a_trickling_response_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the whole answer does not. The client closes the connection long before its end."""
    outbound._pool()  # has the usual time-outs, here and in later tests
    monkeypatch.setattr(outbound, "CONNECT_S", 0.1)
    monkeypatch.setattr(outbound, "READ_S", 0.1)

    pieces = iter(range(500))

    def drip(server: RawServer, peer: socket.socket) -> None:
        server.read(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        with suppress(OSError):
            for _ in pieces:
                peer.sendall(b"x")
                if server.ended.wait(0.02):
                    return

    with raw_server(drip) as server, pytest.raises(NoAnswerError, match="answer_too_slow"):
        fetch("POST", f"http://127.0.0.1:{server.port}/", headers={}, body=b"{}", at_most=10_000)
    assert next(pieces, None) is not None
