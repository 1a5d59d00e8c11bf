"""The base of all errors, and the errors of a group."""

from collections.abc import Iterator


class MMHNetError(Exception):
    """Base of every error a user can meet. Subclasses are dataclasses whose fields are the facts."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The single errors inside a group, in order; an error alone is its own leaf."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error
