"""One question to a server, which need not be honest: bounded in time and in where it may lead.

How long an answer may be is for the caller to say, who reads it block by block.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from huggingface_hub import utils

from mmhnet_cli.errors import DownloadFailed

TIMEOUT_S = 30.0
MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Pace:
    """A server must bring `bytes_per_s` on the mean of every `over_s` seconds; a slower one is hung up on."""

    bytes_per_s: int = 10_000
    over_s: float = 60.0


class Broken(Exception):
    """It says that a connection could not be made, or ended early: a second try may mend it."""


@dataclass(frozen=True)
class Answer:
    """What a server says. Names of headers are found in any case."""

    status: int
    headers: Mapping[str, str]
    redirects: bool
    _response: Any
    _alarm: "_Alarm"

    def blocks(self) -> Iterator[bytes]:
        """Yield the body as it comes, not unpacked: who unpacks believes a size that nobody has seen."""
        # As the blocks come: what waits to fill a larger one is lost when the connection breaks.
        for block in self._response.iter_raw():
            self._alarm.heard += len(block)
            yield block
        # Where the end of the connection is the end of the body, hanging up looks like one.
        if self._alarm.rung:
            raise Broken("it was hung up on")


@contextmanager
def ask(
    source: str, method: str, url: str, headers: Mapping[str, str], pace: Pace = Pace(), elsewhere: bool = True
) -> Iterator[Answer]:
    """Put a question and follow where it is sent on.

    source: what to call it in an error. elsewhere: go on to other servers too, without what identifies the user;
    otherwise the answer is the one that names such a server.

    Raises Broken, or DownloadFailed where no second try would help.
    """
    # A client reads the certificates of this machine first, for which no server is to blame.
    with utils.httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client, _Alarm(pace) as alarm:
        try:
            plain = {**headers, "Accept-Encoding": "identity"}
            request = client.build_request(method, url, headers=plain, extensions={"trace": alarm.note})
            response = _follow(client, source, request, elsewhere)
            yield Answer(response.status_code, response.headers, response.has_redirect_location, response, alarm)
        except (Broken, utils.httpx.HTTPError, utils.httpx.InvalidURL) as error:
            if alarm.rung:
                kilobytes = f"{pace.bytes_per_s / 1000:g} kB a second"
                raise DownloadFailed(source, f"the server sends less than {kilobytes}") from error
            raise Broken(reason(error)) from error


def reason(error: Exception) -> str:
    """Return the first line of what an error says, without a full stop."""
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__


def refuse_packed(source: str, answer: Answer) -> None:
    """Raise DownloadFailed for a body that would have to be unpacked, and for a page that people are to read."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadFailed(source, "the server sends it packed")
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        page = "the server answers with a web page, as networks do that want a login: open one in a browser"
        raise DownloadFailed(source, page)


def leaves_https(before: str, after: str) -> bool:
    """Tell whether a redirect leads from https to a connection that everybody can read and change."""
    return before == "https" and after != "https"


def _follow(client: Any, source: str, request: Any, elsewhere: bool) -> Any:
    for _ in range(MOST_REDIRECTS):
        # The client takes what identifies the user off a request to another server.
        response = client.send(request, stream=True)
        following = response.next_request
        if following is None or not (elsewhere or _place(following.url) == _place(request.url)):
            return response
        response.close()
        if leaves_https(request.url.scheme, following.url.scheme):
            raise DownloadFailed(source, "the server leads from https to an open connection")
        request = following
    raise DownloadFailed(source, f"the server leads on more than {MOST_REDIRECTS} times")


def _place(url: Any) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class _Alarm:
    """It hangs up on a server that is too slow.

    A time-out of the client is for one read, and a byte now and then keeps every read within it. So the sockets are
    noted as they are opened, and a thread shuts them down, upon which each read ends.
    """

    def __init__(self, pace: Pace) -> None:
        self.pace, self.heard, self.rung = pace, 0, False
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the sockets that the client tells of as it opens them."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.rung:
                self._hang_up()

    def _listen(self) -> None:
        before = 0
        while not self._over.wait(self.pace.over_s):
            if self.heard - before < self.pace.bytes_per_s * self.pace.over_s:
                self.rung = True
                self._hang_up()
                return
            before = self.heard

    def _hang_up(self) -> None:
        for opened in self._sockets:
            # A socket that was wrapped in TLS is no longer one; of the wrapper, only what lies below is shut.
            with suppress(OSError):
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
