"""Errors told: on the screen, to programs, and as the exit code of the command."""

from mmhnet_cli import errors
from mmhnet_cli.cli._output import Output
from mmhnet_cli.cli._words.row import UNFORESEEN
from mmhnet_cli.cli._words.table import row_for
from mmhnet_cli.errors import leaves

USAGE = 2


def tell(error: BaseException, output: Output) -> int:
    """Say what went wrong, one sentence and one next step per problem; return the exit code of the gravest one.

    Wrong usage is the gravest, because it is what the user can change at once; a bug of ours outweighs everything.
    """
    told = [(type(leaf).__name__, *_words(leaf)) for leaf in leaves(error)]
    following = [*(hint for _, _, hint, _ in told[1:]), None]
    for (name, sentence, hint, code), after in zip(told, following, strict=True):
        # The same step for several in a row is said once, below them.
        _say(name, sentence, "" if hint == after else hint, code, output)
    return min(code for *_, code in told)


def words_of(error: BaseException) -> list[dict[str, str]]:
    """Return a sentence and a next step for each problem, for who cannot read the screen."""
    return [{"sentence": sentence, "next": hint} for sentence, hint, _ in map(_words, leaves(error))]


def _words(error: BaseException) -> tuple[str, str, int]:
    """Return the sentence, the next step and the exit code of one error."""
    if isinstance(error, errors.MMHNetError):
        row = row_for(error)
        code = row.exit_code + error.signal if isinstance(error, errors.Interrupted) else row.exit_code
        return row.sentence(error), row.next_step(error), code
    first_line = (str(error).splitlines() or [""])[0]
    sentence = f"Unforeseen {type(error).__name__}: {first_line}"
    return sentence, "This is a fault of mmhnet. Run again with --debug for the traceback.", UNFORESEEN


def tell_usage(name: str, message: str, output: Output) -> int:
    """Say what is wrong with the command line itself, and return the exit code. name: that of the error."""
    _say(name, message.rstrip("."), "Add --help to the command for its options and examples.", USAGE, output)
    return USAGE


def _say(name: str, sentence: str, hint: str, code: int, output: Output) -> None:
    output.error(sentence, hint)
    if output.mode == "json":
        output.result("", {"type": "error", "error": name, "message": sentence, "exit_code": code})
