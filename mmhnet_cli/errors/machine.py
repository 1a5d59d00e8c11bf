"""The machine has not what the work takes: exit code 6."""

from dataclasses import dataclass

from mmhnet_cli.errors.base import MMHNetError


@dataclass
class DeviceMissing(MMHNetError):
    """The named device is not on this machine."""

    name: str
    available: tuple[str, ...]


@dataclass
class OutOfMemory(MMHNetError):
    """The device has too little memory for the film."""

    device: str
    stage: str
