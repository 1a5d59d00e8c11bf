"""Both helps of every command: the short and the whole one, in windows of 60 columns too."""

import re

import pytest

from mmhnet_cli.encoders.sounding import kind_words
from tests.cli.conftest import RunCommand

COMMANDS = [
    *("", "generate", "batch", "redo", "vary", "pick", "probe", "spot", "export", "kinds", "measure", "doctor"),
    *("config", "config init", "config show", "weights", "weights pull"),
]


@pytest.mark.parametrize("columns", [60, 100, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_its_window(mmhnet: RunCommand, monkeypatch: pytest.MonkeyPatch, command: str, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    whole, short = mmhnet(*command.split(), "--help"), mmhnet(*command.split(), "-h")
    for ran in (whole, short):
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, ran.out.splitlines())) <= columns
        assert ran.out.startswith(f"Usage: mmhnet {command}".rstrip())
        assert not re.search(r"[╭│…]", ran.out)
    assert len(short.out) < len(whole.out)
    assert "--help" in short.out.splitlines()[-1]


def test_the_short_help_has_what_is_asked_for_most(mmhnet: RunCommand) -> None:
    short, whole = mmhnet("generate", "-h").out, mmhnet("generate", "--help").out
    assert len(short.splitlines()) < 40 < len(whole.splitlines())
    for name in ("--prompt", "--stem", "--takes", "--seed", "--output", "--model"):
        assert name in short
    assert "MMHNET_" not in short
    assert {"--guidance", "--progress", "MMHNET_STEPS", "Examples:"} <= set(re.findall(r"[-\w:]+", whole))


@pytest.mark.parametrize("columns", [60, 100])
def test_examples_can_be_copied(mmhnet: RunCommand, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    examples = mmhnet("generate", "--help").out.split("Examples:\n")[1]
    joined = re.sub(r" \\\n +", " ", examples)
    assert "  mmhnet generate street.mov --stem ambience='rain on city street' --stem foley='foot" in joined
    assert all(line.count("'") % 2 == 0 for line in examples.splitlines()), "no text is broken"


def test_a_group_without_a_command_shows_its_help(mmhnet: RunCommand) -> None:
    ran = mmhnet("weights")
    assert ran.code == 2
    assert ran.err.startswith("Usage: mmhnet weights [OPTIONS] COMMAND ...\n\nList the models")


def test_kinds_are_listed_and_found(mmhnet: RunCommand) -> None:
    everything = mmhnet("kinds").out.splitlines()
    assert len(everything) == len(kind_words())
    assert re.fullmatch(r"rain +RAIN +rain, rainfall, .*", everything[0])
    assert [line.split()[0] for line in mmhnet("kinds", "dripping").out.splitlines()] == ["drip"]
    [dog] = mmhnet("kinds", "犬", "--json").records
    assert (dog["kind"], dog["category"]) == ("dog", "ANMLDog")
    nothing = mmhnet("kinds", "velociraptor")
    assert (nothing.code, nothing.out) == (0, "")
    assert "No kind has these words" in nothing.err
