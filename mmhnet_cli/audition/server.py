"""The server: a socket on this machine, a thread that answers, and its end."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import uvicorn

from mmhnet_cli.audition.app import page_of
from mmhnet_cli.audition.desk import Desk
from mmhnet_cli.audition.guard import Guard
from mmhnet_cli.errors import BadOption

HOST = "127.0.0.1"
CLOSING_S = 2


@contextmanager
def serving(desk: Desk, port: int) -> Iterator[str]:
    """Answer at `port`, 0 for any, until the end of the block; give the address of the page.

    Raises BadOption where the port is taken.
    """
    with socket.socket() as listening, TemporaryDirectory(prefix="mmhnet-audition-") as folder:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
            listening.listen(100)
        except OSError as error:
            free = f"a port of this machine that is free, or 0 for any ({error.strerror})"
            raise BadOption("--port", str(port), free) from error
        token, port = secrets.token_urlsafe(24), listening.getsockname()[1]
        config = uvicorn.Config(
            Guard(page_of(desk, folder), token, port),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            http="h11",
            ws="none",
            server_header=False,
            limit_concurrency=100,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=CLOSING_S,
            h11_max_incomplete_event_size=16_384,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="audition", daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{port}/{token}/"
        finally:
            server.should_exit = True
            desk.work.close()
            thread.join(2 * CLOSING_S)
