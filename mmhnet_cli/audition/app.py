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


def page_of(desk: Desk, folder: str) -> Starlette:
    """Return the page. folder: of its own, for proxies."""
    # Playback is never kept waiting by what is drawn.
    drawing, playing = CapacityLimiter(2), CapacityLimiter(16)

    async def page(request: Request) -> Response:
        found = PAGE.get(request.path_params.get("name", ""))
        if found is None:
            return _nothing()
        content = files("mmhnet_cli.audition").joinpath("page", found[0]).read_bytes()
        return Response(content, media_type=found[1], headers={"Cache-Control": "no-cache"})

    async def library(request: Request) -> Response:
        found = await run_in_threadpool(desk.look)
        said = [one for problem in found.problems for one in desk.work.words(problem)]
        facts = await run_in_threadpool(library_facts, found, set(desk.proxies))
        return JSONResponse({**facts, "problems": said}, headers={"Cache-Control": "no-store"})

    async def film(request: Request) -> Response:
        key = request.path_params["key"]
        if key not in desk.library.films:
            return _nothing()
        path = desk.proxies.get(key) if "proxy" in request.query_params else desk.library.films[key].path
        return _nothing() if path is None else FileResponse(path)

    async def samples(request: Request) -> Response:
        path = desk.library.sounds.get(request.path_params["key"])
        first, count = _number(request, "first"), _number(request, "count")
        if path is None or not 0 < count <= MOST_SAMPLES:
            return _nothing()
        content = await to_thread.run_sync(_samples, path, first, count, limiter=playing)
        return Response(content, media_type="application/octet-stream", headers=SEEN)

    async def peaks(request: Request) -> Response:
        path = desk.library.sounds.get(request.path_params["key"])
        if path is None:
            return _nothing()
        first, last, bins = (_number(request, name) for name in ("first", "last", "bins"))
        found = await to_thread.run_sync(desk.peaks.between, path, first, last, bins, limiter=drawing)
        content = np.ascontiguousarray(found, "<u2").tobytes()
        return Response(content, media_type="application/octet-stream", headers=SEEN)

    async def picture(request: Request) -> Response:
        path = desk.library.sounds.get(request.path_params["key"])
        if path is None:
            return _nothing()
        level, number = request.path_params["level"], request.path_params["number"]
        found = await to_thread.run_sync(tile, path, level, number, limiter=drawing)
        return Response(found, media_type="image/png", headers=SEEN)

    async def work(request: Request) -> Response:
        return JSONResponse(desk.work.facts(), headers={"Cache-Control": "no-store"})

    async def do(request: Request) -> Response:
        asked = await _asked(request)
        done: dict[str, Callable[[], Any]] = {
            "redo": lambda: desk.redo(asked).facts(),
            "pick": lambda: desk.pick(asked),
            "export": lambda: desk.export(asked),
            "proxy": lambda: desk.proxy(str(asked.get("film")), Path(folder)).facts(),
            "stop": lambda: {"found": desk.work.stop(asked["number"]) if type(asked.get("number")) is int else False},
        }
        action = done.get(request.path_params["action"])
        return _nothing() if action is None else JSONResponse(await run_in_threadpool(action))

    routes = [
        Route("/", partial(_told, page, desk.work.words)),
        Route("/page/{name}", partial(_told, page, desk.work.words)),
        Route("/library", partial(_told, library, desk.work.words)),
        Route("/film/{key}", partial(_told, film, desk.work.words)),
        Route("/samples/{key}", partial(_told, samples, desk.work.words)),
        Route("/peaks/{key}", partial(_told, peaks, desk.work.words)),
        Route("/tile/{key}/{level:int}/{number:int}", partial(_told, picture, desk.work.words)),
        Route("/work", partial(_told, work, desk.work.words)),
        Route("/do/{action}", partial(_told, do, desk.work.words), methods=["POST"]),
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
