"""Words for what the machine has not."""

from mmhnet_cli import errors
from mmhnet_cli.cli._words.row import Row

ROWS = (
    Row(
        errors.DeviceMissing,
        6,
        lambda e: f"This machine has no device {e.name} for PyTorch.",
        lambda e: f"Available: {', '.join(e.available)}. Use --device auto for the best of them.",
    ),
    Row(
        errors.OutOfMemory,
        6,
        lambda e: f"The memory of {e.device} was too small at the step {e.stage!r}.",
        lambda e: "Use --device cpu, or a shorter range with --start and --end.",
    ),
)
