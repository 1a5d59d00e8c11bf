"""A look at the pictures of a film, with its progress."""

from typing import TYPE_CHECKING

from mmhnet_cli.cli._session import Session

if TYPE_CHECKING:
    from mmhnet_cli.encoders.protocol import Picture
    from mmhnet_cli.media.probe import VideoInfo


def look(session: Session, film: "VideoInfo") -> "Picture":
    """Return what is seen in a film, and when something happens; damaged pictures are passed over."""
    import torch

    from mmhnet_cli.cores import count_cores
    from mmhnet_cli.pipeline.making import looking

    torch.set_num_threads(min(torch.get_num_threads(), count_cores()))
    with session.progress() as progress:
        return looking.look(film, lambda second, reason: None, progress)
