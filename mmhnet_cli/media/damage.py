"""What of a film's picture is lost. Players go on over it, and so does this program; it says how much."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Damage:
    """pictures: that are lost or show wrong parts, as far as is known. seconds: how long they would be shown.

    unread: why the file cannot be read to its end. mended: how often its clock had to be set right.
    """

    pictures: int = 0
    seconds: Fraction = Fraction(0)
    unread: str | None = None
    mended: int = 0

    def __bool__(self) -> bool:
        return bool(self.pictures or self.unread or self.mended)

    def and_of_decoding(self, pictures: int, rate: Fraction) -> "Damage":
        """With what the decoder could not make; what the packets told is mostly the same pictures."""
        pictures = max(self.pictures, pictures)
        return Damage(pictures, pictures / rate, self.unread, self.mended)

    def words(self) -> str:
        """One clause for each kind."""
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
        """As plain JSON values."""
        return {
            "pictures": self.pictures,
            "seconds": round(float(self.seconds), 3),
            "unread": self.unread,
            "clock_mended": self.mended,
        }


UNDAMAGED = Damage()
