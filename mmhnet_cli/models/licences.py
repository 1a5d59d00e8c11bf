"""What the user is asked before anything is downloaded, and what was answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from mmhnet_cli.models.store import Store, read_json, write_json

FILE = "licences.json"


@dataclass(frozen=True)
class Offer:
    """One thing that comes under a licence."""

    name: str
    """It names a part, or a repository."""
    licence: str
    title: str
    """It is the licence in words."""
    url: str
    """The licence can be read here."""
    commercial: bool | None
    """The licence allows paid work, or not; None where nobody says."""
    source: str
    """The thing comes from here."""
    size: int | None
    """It has about so many bytes; None where nobody says."""
    here: bool
    """It is on this machine."""


def not_accepted(offers: Iterable[Offer], store: Store) -> list[Offer]:
    """Return those offers whose licence has not been accepted for what they are."""
    accepted = _accepted(store)
    return [offer for offer in offers if _key(offer) not in accepted]


def accept(offers: Iterable[Offer], store: Store) -> None:
    """Remember that the user has accepted the licences of `offers`."""
    with store.lock("licences"):
        write_json(store.folder / FILE, {"accepted": sorted(_accepted(store) | {_key(offer) for offer in offers})})


def _accepted(store: Store) -> set[str]:
    values = read_json(store.folder / FILE).get("accepted")
    return {str(value) for value in values} if isinstance(values, list) else set()


def _key(offer: Offer) -> str:
    # The same part under a new licence is a new question.
    return f"{offer.licence} for {offer.name}"
