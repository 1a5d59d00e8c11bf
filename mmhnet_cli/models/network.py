"""How what is not on this machine may be reached."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from huggingface_hub import constants


@dataclass(frozen=True)
class Network:
    """How to reach what is not here."""

    token: str | None = None
    """It opens closed repositories of the hub; None takes the one of `hf auth login` or HF_TOKEN."""
    offline: bool = False
    """Nothing is to be reached. HF_HUB_OFFLINE says the same."""
    releases_url: str | None = None
    """It is a mirror of the server that has the release files; None takes the server itself."""

    @property
    def off(self) -> bool:
        """Tell whether nothing may be reached."""
        return self.offline or constants.HF_HUB_OFFLINE

    def release(self, url: str) -> str:
        """Return where to read a release file. The mirror has it under the same path."""
        return url if self.releases_url is None else self.releases_url.rstrip("/") + urlsplit(url).path
