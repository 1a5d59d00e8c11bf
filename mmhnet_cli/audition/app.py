"""The addresses of the page and of what it shows. Keys are looked up; whatever else a path says leads nowhere."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from mmhnet_cli.audition.desk import Desk, Unknown
from mmhnet_cli.audition.facts import library_facts
from mmhnet_cli.audition.guard import MOST_BODY_BYTES
from mmhnet_cli.audition.waves import tile
from mmhnet_cli.audition.work import TooMuch, Words
from mmhnet_cli.errors import MMHNetError
from mmhnet_cli.media.sound_part import SoundPart

PAGE = {
    "": ("index.html", "text/html; charset=utf-8"),
    "style.css": ("style.css", "text/css"),
    **{
        f"{name}.js": (f"{name}.js", "text/javascript")
        for name in ("main", "player", "lanes", "time", "picture", "server", "work", "wavesurfer.esm")
    },
}
"""Each file of the page has its name in the package, and its kind."""
MOST_SAMPLES = 480_000
SEEN = {"Cache-Control": "private, max-age=86400, immutable"}
"""What stands under a key never changes: the key does."""
TOO_MUCH = [{"sentence": "Enough work waits already.", "next": "Stop some of it, or wait until it is done."}]


class _Answers:
    """What the page asks for. folder: of its own, for proxies."""

    def __init__(self, desk: Desk, folder: str) -> None:
        self.desk, self.folder = desk, folder
        # Playback is never kept waiting by what is drawn.
        self.drawing, self.playing = CapacityLimiter(2), CapacityLimiter(16)

    async def page(self, request: Request) -> Response:
        """Give a file of the page itself."""
        found = PAGE.get(request.path_params.get("name", ""))
        if found is None:
            return _nothing()
        content = files("mmhnet_cli.audition").joinpath("page", found[0]).read_bytes()
        return Response(content, media_type=found[1], headers={"Cache-Control": "no-cache"})

    async def library(self, request: Request) -> Response:
        """Give what is on the shelf."""
        found = await run_in_threadpool(self.desk.look)
        said = [one for problem in found.problems for one in self.desk.work.words(problem)]
        facts = await run_in_threadpool(library_facts, found, set(self.desk.proxies))
        return JSONResponse({**facts, "problems": said}, headers={"Cache-Control": "no-store"})

    async def film(self, request: Request) -> Response:
        """Give a film, or its proxy."""
        key = request.path_params["key"]
        if key not in self.desk.library.films:
            return _nothing()
        path = self.desk.proxies.get(key) if "proxy" in request.query_params else self.desk.library.films[key].path
        return _nothing() if path is None else FileResponse(path)

    async def samples(self, request: Request) -> Response:
        """Give samples of a sound, float32."""
        path = self.desk.library.sounds.get(request.path_params["key"])
        first, count = _number(request, "first"), _number(request, "count")
        if path is None or not 0 < count <= MOST_SAMPLES:
            return _nothing()
        content = await to_thread.run_sync(_samples, path, first, count, limiter=self.playing)
        return Response(content, media_type="application/octet-stream", headers=SEEN)

    async def peaks(self, request: Request) -> Response:
        """Give least and largest samples between two moments."""
        path = self.desk.library.sounds.get(request.path_params["key"])
        if path is None:
            return _nothing()
        first, last, bins = (_number(request, name) for name in ("first", "last", "bins"))
        found = await to_thread.run_sync(self.desk.peaks.between, path, first, last, bins, limiter=self.drawing)
        content = np.ascontiguousarray(found, "<u2").tobytes()
        return Response(content, media_type="application/octet-stream", headers=SEEN)

    async def picture(self, request: Request) -> Response:
        """Give a tile of a spectrogram."""
        path = self.desk.library.sounds.get(request.path_params["key"])
        if path is None:
            return _nothing()
        level, number = request.path_params["level"], request.path_params["number"]
        found = await to_thread.run_sync(tile, path, level, number, limiter=self.drawing)
        return Response(found, media_type="image/png", headers=SEEN)

    async def work(self, request: Request) -> Response:
        """Give what is being done."""
        return JSONResponse(self.desk.work.facts(), headers={"Cache-Control": "no-store"})

    async def do(self, request: Request) -> Response:
        """Do what was asked for."""
        asked = await _asked(request)
        done: dict[str, Callable[[], Any]] = {
            "redo": lambda: self.desk.redo(asked).facts(),
            "pick": lambda: self.desk.pick(asked),
            "export": lambda: self.desk.export(asked),
            "proxy": lambda: self.desk.proxy(str(asked.get("film")), Path(self.folder)).facts(),
            "stop": lambda: {
                "found": self.desk.work.stop(asked["number"]) if type(asked.get("number")) is int else False
            },
        }
        action = done.get(request.path_params["action"])
        return _nothing() if action is None else JSONResponse(await run_in_threadpool(action))


def page_of(desk: Desk, folder: str) -> Starlette:
    """Return the page. folder: of its own, for proxies."""
    answers = _Answers(desk, folder)
    routes = [
        Route("/", partial(_told, answers.page, desk.work.words)),
        Route("/page/{name}", partial(_told, answers.page, desk.work.words)),
        Route("/library", partial(_told, answers.library, desk.work.words)),
        Route("/film/{key}", partial(_told, answers.film, desk.work.words)),
        Route("/samples/{key}", partial(_told, answers.samples, desk.work.words)),
        Route("/peaks/{key}", partial(_told, answers.peaks, desk.work.words)),
        Route("/tile/{key}/{level:int}/{number:int}", partial(_told, answers.picture, desk.work.words)),
        Route("/work", partial(_told, answers.work, desk.work.words)),
        Route("/do/{action}", partial(_told, answers.do, desk.work.words), methods=["POST"]),
    ]
    return Starlette(routes=routes)


async def _told(answer: Callable[[Request], Awaitable[Response]], words: Words, request: Request) -> Response:
    """Answer; what goes wrong is told in the words of the commands."""
    try:
        return await answer(request)
    except (MMHNetError, ExceptionGroup) as error:
        return JSONResponse({"said": words(error), "kind": type(error).__name__}, 409)
    except TooMuch:
        return JSONResponse({"said": TOO_MUCH, "kind": "TooMuch"}, 429)
    except (Unknown, FileNotFoundError):
        return _nothing()
    except (ValueError, RecursionError):
        return Response("The request makes no sense.", 400)


def _nothing() -> Response:
    return Response("There is no such thing.", 404)


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.removeprefix("-").isdecimal() or len(text) > 15:
        raise ValueError(name)
    return int(text)


async def _asked(request: Request) -> dict[str, Any]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise ValueError("too long")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _samples(path: Path, first: int, count: int) -> bytes:
    """Return float32 samples of all channels, interleaved, as they lie in the file; silence outside it."""
    with SoundPart(path) as sound:
        return np.ascontiguousarray(sound.read(first, count).T, "<f4").tobytes()
