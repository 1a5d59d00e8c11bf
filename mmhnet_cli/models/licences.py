"""What the user is asked before anything is downloaded, and what was answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from mmhnet_cli.models.store import Store, read_json, write_json

FILE = "licences.json"


@dataclass(frozen=True)
class Offer:
    """One thing that comes under a licence.

    name: a part, or a repository. title, url: the licence in words, and where it can be read.
    commercial: whether it allows paid work; None where nobody says.
    source: where it comes from. size: bytes, about; None where nobody says.
    here: it is on this machine.
    """

    name: str
    licence: str
    title: str
    url: str
    commercial: bool | None
    source: str
    size: int | None
    here: bool


def not_accepted(offers: Iterable[Offer], store: Store) -> list[Offer]:
    """Those whose licence has not been accepted for what they are."""
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
