"""The page in a real browser: what is seen, heard and done there."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mmhnet_cli.audition.desk import Desk, Wishes
from mmhnet_cli.audition.library import Shelf
from mmhnet_cli.audition.server import serving
from mmhnet_cli.audition.work import Work
from mmhnet_cli.cli._errors import words_of
from mmhnet_cli.cli.app import main
from mmhnet_cli.media.audio_file import write_wav
from mmhnet_cli.models.digests import file_sha256
from tests.audition.conftest import PICTURES, Page
from tests.conftest import MakeFilm

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright of the extra dev is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine to open the page in"),
]

PICTURE = """() => {
    const canvas = document.createElement("canvas"), video = document.querySelector("video");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const row = context.getImageData(0, canvas.height / 2, canvas.width, 1).data;
    let number = 0;
    for (let bit = 0; bit < 8; bit++) if (row[4 * Math.floor((bit + 0.5) * canvas.width / 8)] > 127) number |= 1 << bit;
    return number;
}"""
"""The number in a picture of `numbered_picture`."""


@pytest.fixture(scope="module")
def chromium() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--mute-audio"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: "sync_api.Browser", page: Page) -> Iterator["sync_api.Page"]:
    yield from opened(chromium, page.address)


def opened(chromium: "sync_api.Browser", address: str) -> Iterator["sync_api.Page"]:
    """Yield a tab with the page, in which nothing goes wrong and which asks nobody else for anything."""
    tab = chromium.new_page(viewport={"width": 1400, "height": 860})
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "409" not in said.text else None)
    tab.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith((address, "data:")) else None)
    tab.goto(address)
    until(tab, "window.audition?.version && document.querySelector('video').readyState >= 2")
    yield tab
    tab.close()
    assert wrong == []


def until(tab: "sync_api.Page", true: str, within_s: float = 30) -> None:
    """Wait until an expression is true. The page's policy lets nobody evaluate texts in it, but for a debugger."""
    end = time.monotonic() + within_s
    while not tab.evaluate(true):
        assert time.monotonic() < end, f"not within {within_s} s: {true}"
        tab.wait_for_timeout(50)


def level(tab: "sync_api.Page") -> float:
    """The level of what is heard now."""
    return tab.evaluate(
        """() => { const { tap } = audition.player, a = new Float32Array(tap.fftSize); tap.getFloatTimeDomainData(a);
        return Math.sqrt(a.reduce((sum, x) => sum + x * x, 0) / a.length); }"""
    )


def test_what_is_seen(tab: "sync_api.Page") -> None:
    assert tab.locator("#versions li").all_inner_texts()[0].split("\n")[1].strip() == "mmhnet · take 1"
    assert tab.locator("#heads .headline span").all_inner_texts() == ["mix", "fx", "amb"]
    assert tab.locator(".hit").count() == 2
    until(tab, "document.querySelectorAll('.lane[data-drawn]').length === 3")
    until(tab, "[...document.querySelectorAll('.tiles img')].every((one) => one.naturalWidth)")
    assert tab.locator(".tiles img").count() >= 3
    assert tab.locator("#clock").inner_text() == "10:00:00:00"


def test_frames_are_those_of_the_film(tab: "sync_api.Page") -> None:
    for frame in (0, 1, 2, 3, 7):
        until(tab, f"({PICTURE})() === {frame}", 5)
        until(tab, f"document.getElementById('clock').textContent === '10:00:00:0{frame}'", 5)
        for _ in range({3: 4}.get(frame, 1)):
            tab.keyboard.press("ArrowRight")
    tab.keyboard.press("End")
    until(tab, f"({PICTURE})() === {PICTURES - 1}", 5)


def test_sound_and_picture_go_together(tab: "sync_api.Page") -> None:
    tab.keyboard.press("Space")
    until(tab, "audition.player.position > 1.5")
    assert level(tab) > 0
    assert abs(tab.evaluate("audition.picture.behind")) < 0.1
    tab.keyboard.press("m")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("m")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("m")
    time.sleep(0.2)
    assert level(tab) < 1e-4
    tab.keyboard.press("s")
    tab.wait_for_timeout(150)
    assert tab.evaluate("[...audition.player.audible].length") == 1
    tab.keyboard.press("Space")
    assert not tab.evaluate("audition.player.playing")


def test_the_other_take_by_a_key_at_the_same_place(tab: "sync_api.Page") -> None:
    tab.keyboard.press("2")
    until(tab, "audition.version.take === 2")
    tab.keyboard.press("Space")
    until(tab, "audition.player.position > 0.5")
    before = tab.evaluate("audition.player.position")
    tab.keyboard.press("x")
    until(tab, "audition.version.take === 1")
    assert 0 <= tab.evaluate("audition.player.position") - before < 0.5
    assert tab.evaluate("audition.player.playing")


def test_a_region_is_redone_picked_and_exported(tab: "sync_api.Page", page: Page) -> None:
    tab.keyboard.press("r")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("text=Nothing is marked.")
    box = tab.locator("#lanes").bounding_box()
    assert box is not None
    tab.mouse.move(box["x"] + box["width"] / 3, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 2 * box["width"] / 3, box["y"] + 40, steps=4)
    tab.mouse.up()
    assert tab.locator("#region").inner_text() == "10:00:01:00 – 10:00:02:00"
    tab.keyboard.press("r")
    tab.keyboard.type("a bell")
    tab.keyboard.press("Enter")
    until(tab, "audition.version.report === 'reel_mmhnet_t01_redo.json'", 120)
    assert (page.folder / "reel_fx_t01_redo.wav").exists()
    assert tab.locator(".redone").count() == 2  # of fx, and of the mix
    tab.keyboard.press("x")
    until(tab, "audition.version.report === 'reel_mmhnet.json'")
    tab.keyboard.press("p")
    tab.wait_for_selector("text=reel_fx.wav")
    tab.keyboard.press("p")
    tab.wait_for_selector("text=is already there and was left as it is")
    tab.keyboard.press("e")
    tab.wait_for_selector("text=reel_mmhnet.rpp")
    assert (page.folder / "reel_mmhnet.rpp").exists()


@pytest.mark.slow
def test_a_proxy_of_what_the_browser_does_not_show(
    chromium: "sync_api.Browser", make_film: MakeFilm, tiny_model_dir: Path, tmp_path: Path
) -> None:
    film = make_film("tape.mov", count=50, rate="25", video=["-c:v", "prores_ks"], audio="sine=d=2")
    shutil.copy(film, tmp_path / "tape.mov")
    asked = ["generate", str(tmp_path / "tape.mov"), "-m", str(tiny_model_dir), "-d", str(tmp_path), "-q"]
    assert main([*asked, "--steps", "1"]) == 0
    with serving(Desk(Shelf(tmp_path, None), Wishes(), Work(words_of)), 0) as address:
        tab = chromium.new_page()
        tab.goto(address)
        tab.wait_for_selector("text=Browsers do not show tape.mov (prores).")
        tab.click("#proxy")
        until(tab, "document.querySelector('video').readyState >= 2", 60)
        for frame in (1, 2, 3):
            tab.keyboard.press("ArrowRight")
            until(tab, f"({PICTURE})() === {frame}", 5)
        tab.close()


@pytest.mark.slow
def test_twenty_minutes(
    chromium: "sync_api.Browser", made: Path, tiny_model_dir: Path, make_film: MakeFilm, tmp_path: Path
) -> None:
    """The first sound does not wait for the file, and the end is as near as the beginning."""
    film = make_film("long.mp4", count=30_000, rate="25", size=(32, 32))
    shutil.copy(film, tmp_path / "long.mp4")
    facts = json.loads((made / "reel_mmhnet.json").read_text())
    samples, rate_hz = 1200 * 48000, 48000
    sound = (np.random.default_rng(1).standard_normal((2, samples), np.float32)) * np.float32(0.05)
    for file in facts["takes"][0]["files"]:
        file["file"] = file["file"].replace("reel", "long")
        if not (tmp_path / "long_fx_t01.wav").exists():
            write_wav(tmp_path / "long_fx_t01.wav", sound, rate_hz)
        if file["file"] != "long_fx_t01.wav":
            (tmp_path / file["file"]).hardlink_to(tmp_path / "long_fx_t01.wav")
    facts["takes"] = facts["takes"][:1]
    facts["source"] = {"file": "long.mp4", "sha256": file_sha256(tmp_path / "long.mp4")}
    facts["sound"]["samples"] = samples
    (tmp_path / "long_mmhnet.json").write_text(json.dumps(facts))
    with serving(Desk(Shelf(tmp_path, None), Wishes(), Work(words_of)), 0) as address:
        for tab in opened(chromium, address):
            tab.keyboard.press("Space")
            until(tab, "audition.player.position > 1")
            assert tab.evaluate("audition.player.firstSound") < 1000
            until(tab, "document.querySelectorAll('.lane[data-drawn]').length === 3", 60)
            tab.evaluate("audition.player.seek(1190)")
            until(tab, "audition.player.position > 1191", 10)
            assert level(tab) > 0
            assert tab.evaluate("audition.player.bytes") < 256e6
