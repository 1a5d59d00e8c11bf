"""What of a film's picture is lost. Players go on over it, and so does this program; it says how much."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Damage:
    """How much of a picture is lost, as far as is known."""

    pictures: int = 0
    """So many are lost or show wrong parts."""
    seconds: Fraction = Fraction(0)
    """They would be shown for so long."""
    unread: str | None = None
    """It says why the file cannot be read to its end."""
    mended: int = 0
    """The film's clock had to be set right so often."""

    def __bool__(self) -> bool:
        return bool(self.pictures or self.unread or self.mended)

    def and_of_decoding(self, pictures: int, rate: Fraction) -> "Damage":
        """Return it with what the decoder could not make; what the packets told is mostly the same pictures."""
        pictures = max(self.pictures, pictures)
        return Damage(pictures, pictures / rate, self.unread, self.mended)

    def words(self) -> str:
        """Return one clause for each kind of damage."""
        clauses = []
        if self.pictures:
            some = "1 picture is" if self.pictures == 1 else f"{self.pictures} pictures are"
            clauses.append(f"{some} damaged or lost ({float(self.seconds):.2f} s)")
        if self.unread is not None:
            clauses.append(f"the file cannot be read to its end ({self.unread})")
        if self.mended:
            clauses.append("its clock is damaged and was set right")
        return ", ".join(clauses)

    def facts(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "pictures": self.pictures,
            "seconds": round(float(self.seconds), 3),
            "unread": self.unread,
            "clock_mended": self.mended,
        }


UNDAMAGED = Damage()
