"""Sound for film: MMHNet, video-to-audio generation that carries any length."""

__version__ = "0.1.0"
