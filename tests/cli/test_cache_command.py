"""`mmhnet cache` and what the commands keep of films."""

from pathlib import Path

import pytest

from mmhnet_cli.encoders import seen
from tests.cli.conftest import RunCommand


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.slow
def test_a_second_sound_takes_what_was_seen_until_it_is_cleared(
    mmhnet: RunCommand, film: Path, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("generate", film, "-d", tmp_path, "--model", tiny_model_dir, "--steps", 1, "-q", "-f", "--prompt")
    assert mmhnet(*command, "rain", "--cache-gb", 0).code == 0
    assert mmhnet("cache", "show", "--json").records[0]["readings"] == 0
    assert mmhnet(*command, "rain").code == 0
    [shown] = mmhnet("cache", "show", "--json").records
    assert shown["readings"] == 1 and shown["size_bytes"] > 1000
    assert [path.stat().st_size for path in Path(shown["folder"]).iterdir()] == [shown["size_bytes"]]
    with monkeypatch.context() as patched:
        patched.setattr(seen, "read_frames", lambda *given, **named: pytest.fail("the film is read again"))
        assert mmhnet(*command, "wind").code == 0
    said = mmhnet("cache", "clear", "--json").records
    assert said == [{"type": "cache_cleared", "folder": shown["folder"], "size_bytes": shown["size_bytes"], "left": 0}]
    assert "readings  0" in mmhnet("cache", "show").out


def test_a_size_that_cannot_be_is_refused(mmhnet: RunCommand, film: Path) -> None:
    ran = mmhnet("generate", film, "--cache-gb", "-1")
    assert ran.code == 2 and "--cache-gb" in ran.err and "0 to 10000" in ran.err
