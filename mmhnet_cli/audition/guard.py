"""Who may speak to the server: the page that it gave itself, on this machine, under its token.

Another page in the same browser knows no token. One whose name is made to lead here sends its own name as `Host`.
"""

import secrets
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 32_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets through to `app` what comes from its own page; the token is the first part of every path."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app, self.token = app, token
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.headers = {
            # The token itself is the nonce: whoever can read it may do everything anyhow.
            "Content-Security-Policy": POLICY.format(nonce=token),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        if refused is not None:
            await PlainTextResponse(refused[1], refused[0])(scope, receive, self._with_headers(send))
            return
        path = scope["path"][len(self.token) + 1 :] or "/"
        inner = {**scope, "path": path, "raw_path": quote(path).encode()}
        await self.app(inner, receive, self._with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and words where a request is not let through."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return 421, "This server answers to 127.0.0.1 alone."
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{hosts[0].lower()}":
            return 403, "Another page may not ask here."
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return 403, "Another page may not ask here."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "GET, HEAD and POST are known."
        if scope["method"] == "POST":
            if origin is None or headers.get("content-type") != "application/json":
                return 403, "Only the page itself may change something."
            length = headers.get("content-length", "")
            if not (length.isascii() and length.isdecimal()) or int(length[:9]) > MOST_BODY_BYTES:
                return 413, f"A request has its length, and {MOST_BODY_BYTES} bytes at most."
        given = scope["path"].split("/")[1].encode()
        if not secrets.compare_digest(given, self.token.encode()) or scope["path"].count("/") < 2:
            return 404, "There is nothing here. Use the address that `mmhnet audition` printed."
        return None

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
                message = {**message, "headers": [*message["headers"], *ours]}
            await send(message)

        return sending
