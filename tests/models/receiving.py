"""The small hub that takes models as well: new repositories, large files by Git LFS, and commits."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tests.models.server import World, _Handler, is_large


@dataclass
class OpenWorld(World):
    """What was put there. private: repositories that not everyone sees. blobs: large files by their SHA-256.

    writers: tokens that may write. refused: paths whose POST or PUT is answered by this status.
    """

    private: set[str] = field(default_factory=set)
    blobs: dict[str, bytes] = field(default_factory=dict)
    writers: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)


class Receiver(_Handler):
    """Answers uploads as the hub does, to those that may write."""

    world: OpenWorld

    def _info(self, repository: str, revision: str) -> None:
        self.world.listing = {"private": repository in self.world.private}
        super()._info(repository, revision)

    def do_PUT(self) -> None:  # noqa: N802
        self._take()

    def do_POST(self) -> None:  # noqa: N802
        self._take()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if path in self.world.refused:
            self._refuse(self.world.refused[path])
        elif path.startswith("/blobs/"):
            oid = path.removeprefix("/blobs/")
            assert hashlib.sha256(body).hexdigest() == oid
            self.world.blobs[oid] = body
            self._reply({})
        elif token not in self.world.writers:
            self._refuse(403)
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif path == "/api/validate-yaml":
            self._reply({"errors": [], "warnings": []})
        elif path.endswith("/preupload/main"):
            modes = {True: "lfs", False: "regular"}
            names = [file["path"] for file in json.loads(body)["files"]]
            files = [{"path": name, "uploadMode": modes[is_large(name)], "shouldIgnore": False} for name in names]
            self._reply({"files": files})
        elif path.endswith(".git/info/lfs/objects/batch"):
            self._batch(json.loads(body)["objects"])
        elif path.endswith("/commit/main"):
            self._commit_of(path.removeprefix("/api/models/").removesuffix("/commit/main"), body)
        else:
            self._refuse(404)

    def _create(self, asked: dict[str, str]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.world.repositories:
            self._refuse(409)
            return
        self.world.publish(name, {})
        if asked.get("visibility") == "private":
            self.world.private.add(name)
        self._reply({"url": f"{self.world.url}/{name}"})

    def _batch(self, objects: list[dict[str, str]]) -> None:
        actions = [
            {**one, "actions": {"upload": {"href": f"{self.world.url}/blobs/{one['oid']}"}}}
            if one["oid"] not in self.world.blobs
            else one
            for one in objects
        ]
        self._reply({"transfer": "basic", "objects": actions})

    def _commit_of(self, repository: str, body: bytes) -> None:
        world = self.world
        files = dict(world.repositories[repository][world.commits[repository]])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = world.blobs[value["oid"]]
        commit = world.publish(repository, files)
        self._reply({"commitUrl": f"{world.url}/{repository}/commit/{commit}", "commitOid": commit, "success": True})

    def _reply(self, answer: dict[str, object]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
