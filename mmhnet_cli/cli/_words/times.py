"""Times as the options take them."""

from fractions import Fraction


def seconds(value: Fraction) -> str:
    """Return a time in the form the options take: 75 s is 0:01:15.000."""
    milliseconds = round(value * 1000)
    whole, rest = divmod(abs(milliseconds), 1000)
    sign = "-" if milliseconds < 0 else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{rest:03}"
