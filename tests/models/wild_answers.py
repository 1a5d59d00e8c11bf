"""What a server sends that means no good, byte by byte: answers for `World.wild`."""

import gzip
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

Wild = Callable[[BaseHTTPRequestHandler], None]

PATIENCE_S = 30.0
"""After so long a server that would go on for ever ends, and the test that waits for it fails."""


def says(head: str, body: bytes = b"") -> Wild:
    """One answer as it is."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    return answer


def goes_on(head: str, block: bytes, pause_s: float = 0.0) -> Wild:
    """An answer whose body does not end."""
    return _endless(head.replace("\n", "\r\n").encode() + b"\r\n\r\n", lambda _: block, pause_s)


def headers_without_end(pause_s: float = 0.0) -> Wild:
    """Header after header."""
    return _endless(b"HTTP/1.1 200 OK\r\n", lambda number: b"X-%d: x\r\n" % number, pause_s)


def chunk(content: bytes) -> bytes:
    """As it goes over the line where no length was announced."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def packed_zeros(megabytes: int) -> bytes:
    """A thousandth of what it unpacks to."""
    return gzip.compress(bytes(megabytes << 20))


def _endless(start: bytes, block: Callable[[int], bytes], pause_s: float) -> Wild:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        began, number = time.monotonic(), 0
        while time.monotonic() - began < PATIENCE_S:
            handler.wfile.write(block(number))
            number += 1
            time.sleep(pause_s)

    return answer
