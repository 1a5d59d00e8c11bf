"""How what is not on this machine may be reached."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from huggingface_hub import constants


@dataclass(frozen=True)
class Network:
    """How to reach what is not here.

    token: for closed repositories of the hub; None takes the one of `hf auth login` or HF_TOKEN.
    offline: reach nothing. HF_HUB_OFFLINE does the same.
    releases_url: a mirror of the server that has the release files; None takes the server itself.
    """

    token: str | None = None
    offline: bool = False
    releases_url: str | None = None

    @property
    def off(self) -> bool:
        """Nothing may be reached."""
        return self.offline or constants.HF_HUB_OFFLINE

    def release(self, url: str) -> str:
        """Where to read a release file. The mirror has it under the same path."""
        return url if self.releases_url is None else self.releases_url.rstrip("/") + urlsplit(url).path
