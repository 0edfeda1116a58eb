"""Servers that misbehave like real ones: a function handles the socket of each connection."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class RawServer:
    """A server on this machine: its port, its connections, and each request that it read completely."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list[bytes])
    ended: threading.Event = field(default_factory=threading.Event)

    def read(self, peer: socket.socket) -> bytes:
        """Read one request with its body. Return nothing if the peer has closed the connection."""
        read = b""
        while b"\r\n\r\n" not in read:
            piece = peer.recv(65_536)
            if not piece:
                return b""
            read += piece
        head, _, body = read.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += peer.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


Talk = Callable[[RawServer, socket.socket], None]


def answering(*answers: bytes) -> Talk:
    """Return a handler that sends the next of `answers` for each request of a connection, then closes it."""

    def talk(server: RawServer, peer: socket.socket) -> None:
        for answer in answers:
            if not server.read(peer):
                return
            peer.sendall(answer)

    return talk


@contextmanager
def raw_server(talk: Talk, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[RawServer]:
    """Run a server that handles every connection with `talk`, each in its own thread, until the block ends."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        server = RawServer(listening.getsockname()[1])
        threads: list[threading.Thread] = []
        open_now: set[socket.socket] = set()

        def serve(peer: socket.socket) -> None:
            # Errors on the peer's side are for the test to judge.
            with peer, suppress(OSError):
                talking = tls.wrap_socket(peer, server_side=True) if tls else peer
                with talking:
                    open_now.add(talking)
                    talk(server, talking)
                    open_now.discard(talking)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    if server.ended.is_set():
                        peer.close()
                        return
                    peer.settimeout(5)
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    server.connections += 1
                    threads.append(threading.Thread(target=serve, args=(peer,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.ended.set()
            socket.create_connection(listening.getsockname()[:2]).close()
            accepting.join(5)
            for peer in set(open_now):
                with suppress(OSError):
                    socket.socket.shutdown(peer, socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)
