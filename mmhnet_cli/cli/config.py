"""`mmhnet config`: the settings in force, where they come from, and a file to start from."""

import typer

from mmhnet_cli.cli import _settings
from mmhnet_cli.cli._help import HelpCommand, HelpGroup
from mmhnet_cli.cli._output import aligned
from mmhnet_cli.cli._session import Session, command
from mmhnet_cli.errors import MMHNetError, OutputUnwritable
from mmhnet_cli.options.sampling import WALKS

app = typer.Typer(
    cls=HelpGroup,
    help="Show the settings and their origin, or start a settings file.",
    epilog="Example: mmhnet config show",
    rich_markup_mode="rich",
    no_args_is_help=True,
)


def show(session: Session) -> None:
    """Print every setting in force, and where it comes from."""
    settings, problems = _settings.resolve(_settings.SETTINGS, {}, session.files)
    if problems:
        raise ExceptionGroup("the settings", problems)
    settings["progress"] = session.settings["progress"]
    if settings["guidance"].value is None:
        settings["guidance"] = _guidance_of(str(settings["model"].value))
    quality = settings["quality"].value
    for name, own in zip(("steps", "solver"), WALKS[quality], strict=True):
        if settings[name].value is None:
            settings[name] = _settings.Setting(own, f"of the quality {quality}", str(own))
    rows = []
    for name, option in _settings.SETTINGS.items():
        setting = settings[name]
        rows.append((option.key, setting.text, setting.origin))
        if session.output.mode == "json":
            is_plain = isinstance(setting.value, int | float | None) and setting.text not in option.words
            plain = setting.value if is_plain else setting.text
            session.output.result("", {"type": "setting", "name": option.key, "value": plain, "origin": setting.origin})
    if session.output.mode != "json":
        session.output.result(aligned(rows), {})


def _guidance_of(model: str) -> _settings.Setting:
    """Return the guidance that a model has of its own; no value where that cannot be told yet, as before a download."""
    from mmhnet_cli.models.registry import find_model

    try:
        files = find_model(model)
        own = files.spec.network.guidance
        return _settings.Setting(own, f"of the model {files.name}", str(own))
    except MMHNetError:
        return _settings.Setting(None, f"of the model {model}")


def path(session: Session) -> None:
    """Print where the settings file of the user is."""
    user = _settings.user_file()
    session.output.result(str(user), {"type": "path", "path": str(user), "exists": user.is_file()})


def init(session: Session) -> None:
    """Write a settings file to start from."""
    from mmhnet_cli.media.output import atomic_output

    user = _settings.user_file()
    try:
        user.parent.mkdir(parents=True, exist_ok=True)
        with atomic_output(user, "error") as unfinished:
            unfinished.write_text(_settings.template(), encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(user, error.strerror or type(error).__name__) from error
    session.output.result(str(user), {"type": "path", "path": str(user), "exists": True})


app.command(
    "show",
    cls=HelpCommand,
    help="Print every setting, its value and its origin.",
    epilog="Example: mmhnet config show --json",
)(command(show))
app.command(
    "path", cls=HelpCommand, help="Print where the settings file of the user is.", epilog="Example: mmhnet config path"
)(command(path))
app.command(
    "init",
    cls=HelpCommand,
    help="Write a settings file with every setting as a comment.",
    epilog="Example: mmhnet config init",
)(command(init))
