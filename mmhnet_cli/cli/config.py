"""`mmhnet config`: the settings in force, where they come from, and a file to start from."""

from typing import Any

import typer

from mmhnet_cli.cli import _settings
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session, command
from mmhnet_cli.errors import BadOption, MMHNetError, OutputUnwritable

app = typer.Typer(
    help="Show the settings and their origin, or start a settings file.",
    epilog="Example: mmhnet config show",
    rich_markup_mode="rich",
    no_args_is_help=True,
)


def show(session: Session) -> None:
    # The options of `generate` carry the defaults, the environment names and the checks of all settings.
    commands = getattr(session.ctx.find_root().command, "commands", {})
    with typer.Context(commands["generate"], info_name="generate") as ctx:
        _read_environment(ctx)
        settings = _settings.resolve(ctx, session.files)
    settings["progress"] = session.settings["progress"]
    if settings["guidance"].value is None:
        settings["guidance"] = _guidance_of(str(settings["model"].value))
    rows = []
    for name in _settings.SETTINGS:
        setting = settings[name]
        key, value = name.replace("_", "-"), setting.value
        shown = "" if value is None else str(value)
        rows.append((key, shown, setting.origin))
        if session.output.mode == "json":
            plain = value if isinstance(value, int | float | None) else str(value)
            session.output.result("", {"type": "setting", "name": key, "value": plain, "origin": setting.origin})
    if session.output.mode != "json":
        session.output.result(aligned(rows), {})


def _read_environment(ctx: Any) -> None:
    """Give the context what `MMHNET_*` says. Raises an ExceptionGroup of all variables that cannot be used."""
    problems: list[MMHNetError] = []
    for parameter in ctx.command.params:
        if parameter.name in _settings.SETTINGS:
            try:
                parameter.handle_parse_result(ctx, {}, [])
            except typer.BadParameter as problem:
                value = str(parameter.value_from_envvar(ctx))
                problems.append(BadOption(f"environment {parameter.envvar}", value, problem.message))
    if problems:
        raise ExceptionGroup("the environment", problems)


def _guidance_of(model: str) -> _settings.Setting:
    """What a model has of its own; no value where that cannot be told yet, as of one that is still to be downloaded."""
    from mmhnet_cli.models.registry import find_model

    try:
        files = find_model(model)
        return _settings.Setting(files.spec.network.guidance, f"of the model {files.name}")
    except MMHNetError:
        return _settings.Setting(None, f"of the model {model}")


def path(session: Session) -> None:
    user = _settings.user_file()
    session.output.result(str(user), {"type": "path", "path": str(user), "exists": user.is_file()})


def init(session: Session) -> None:
    from mmhnet_cli.media.output import atomic_output

    user = _settings.user_file()
    try:
        user.parent.mkdir(parents=True, exist_ok=True)
        with atomic_output(user, "error") as unfinished:
            unfinished.write_text(_settings.template(), encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(user, error.strerror or type(error).__name__) from error
    session.output.result(str(user), {"type": "path", "path": str(user), "exists": True})


app.command("show", help="Print every setting, its value and its origin.", epilog="Example: mmhnet config show --json")(
    command(show)
)
app.command("path", help="Print where the settings file of the user is.", epilog="Example: mmhnet config path")(
    command(path)
)
app.command(
    "init", help="Write a settings file with every setting as a comment.", epilog="Example: mmhnet config init"
)(command(init))
