"""A small hub and a server of release files, over real HTTP on this machine."""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Request(NamedTuple):
    """What a client asked for. start: first byte it wanted. key: what it showed to be let in."""

    method: str
    path: str
    start: int
    key: str | None


@dataclass
class World:
    """What is served, and what goes wrong.

    releases: path to content. repositories: name to branch or commit to file to content; "main" is a commit's copy.
    cuts: path to the bytes that each next GET gets before the connection breaks; None lets one through.
    etags: path to an object id other than the right one. statuses: path to a status instead of an answer.
    redirects: path to another address. wild: path to what answers in its own way, with the connection in its hand.
    listing: what the list of a repository's files says otherwise.
    gated: repositories that want a login. licences: of repositories, as their card says.
    """

    releases: dict[str, bytes] = field(default_factory=dict)
    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, list[int | None]] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    wild: dict[str, Callable[["_Handler"], None]] = field(default_factory=dict)
    listing: dict[str, object] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    licences: dict[str, str] = field(default_factory=dict)
    without_ranges: bool = False
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def publish(self, repository: str, files: dict[str, bytes]) -> str:
        """A new commit on main; its id."""
        commit = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.repositories.setdefault(repository, {})[commit] = files
        self.commits[repository] = commit
        return commit

    def downloads(self, path: str) -> list[int]:
        """Where the GETs of a path began."""
        return [request.start for request in self.requests if request.method == "GET" and request.path == path]


def is_large(name: str) -> bool:
    """Kept with Git LFS: its object id is its SHA-256."""
    return not name.endswith((".txt", ".json", ".md"))


def object_id(name: str, content: bytes) -> str:
    if is_large(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serving(world: World, handler: type["_Handler"] | None = None) -> Iterator[None]:
    """Answer on a free port until the block ends. handler: that answers to more than questions."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler or _Handler,), {"world": world}))
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        world, path = self.world, unquote(urlsplit(self.path).path)
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        self.start = int(wanted[1]) if wanted else 0
        world.requests.append(Request(self.command, path, self.start, self.headers.get("Authorization")))
        if path in world.wild:
            self.close_connection = True
            # Whoever is hung up on need not mind.
            with suppress(OSError):
                world.wild[path](self)
        elif path in world.statuses:
            self._refuse(world.statuses[path])
        elif path in world.redirects:
            self._send(302, b"", {"Location": world.redirects[path]})
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            self._info(match[1], match[2] or "main")
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._hub_file(path, *match.groups())
        elif path in world.releases:
            self._content(path, world.releases[path], {})
        else:
            self._refuse(404)

    def _commit(self, repository: str, revision: str) -> str | None:
        """The commit of a revision; None after an answer that there is none."""
        if repository in self.world.gated:
            self._refuse(403, "GatedRepo")
        elif repository not in self.world.repositories:
            self._refuse(401, "RepoNotFound")
        else:
            commit = self.world.commits[repository] if revision == "main" else revision
            if commit in self.world.repositories[repository]:
                return commit
            self._refuse(404, "RevisionNotFound")
        return None

    def _hub_file(self, path: str, repository: str, revision: str, name: str) -> None:
        commit = self._commit(repository, revision)
        if commit is None:
            return
        files = self.world.repositories[repository][commit]
        if name not in files:
            self._refuse(404, "EntryNotFound", {"X-Repo-Commit": commit})
            return
        identity = self.world.etags.get(name, object_id(name, files[name]))
        self._content(path, files[name], {"X-Repo-Commit": commit, "ETag": f'"{identity}"'})

    def _info(self, repository: str, revision: str) -> None:
        commit = self._commit(repository, revision)
        if commit is None:
            return
        siblings = []
        for name, content in self.world.repositories[repository][commit].items():
            entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
            identity = self.world.etags.get(name, object_id(name, content))
            if is_large(name):
                entry["lfs"] = {"sha256": identity, "size": len(content), "pointerSize": 134}
            else:
                entry["blobId"] = identity
            siblings.append(entry)
        info: dict[str, object] = {"id": repository, "sha": commit, "siblings": siblings}
        if repository in self.world.licences:
            info["cardData"] = {"license": self.world.licences[repository]}
        self._send(200, json.dumps(info | self.world.listing).encode(), {"Content-Type": "application/json"})

    def _content(self, path: str, content: bytes, headers: dict[str, str]) -> None:
        start = 0 if self.world.without_ranges else self.start
        if start >= len(content) and start:
            self._send(416, b"", {**headers, "Content-Range": f"bytes */{len(content)}"})
        elif start:
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206, content[start:], {**headers, "Content-Range": span})
        else:
            self._send(200, content, headers, path)

    def _refuse(self, status: int, code: str = "", headers: dict[str, str] | None = None) -> None:
        self._send(status, b"", {**(headers or {}), **({"X-Error-Code": code} if code else {})})

    def _send(self, status: int, content: bytes, headers: dict[str, str], path: str = "") -> None:
        path = path or unquote(urlsplit(self.path).path)
        cuts = self.world.cuts.get(path, [])
        cut = cuts.pop(0) if self.command == "GET" and cuts else None
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content if cut is None else content[:cut])
        if cut is not None:
            self.close_connection = True
