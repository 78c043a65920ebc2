"""How a scene is read in windows."""

from dataclasses import dataclass

from ..errors import UserError


@dataclass(frozen=True)
class SlidingWindow:
    """Windows that a scene is read in.

    Attributes:
        window_px: Side of the windows; that of the config's test set when None.
        overlap_px: Least overlap of neighbours; a quarter of the window when None.
        batch_size: Windows per forward pass. The map does not depend on it.
    """

    window_px: int | None = None
    overlap_px: int | None = None
    batch_size: int = 8

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise UserError(
                f'The batch size must be at least 1, got {self.batch_size}.'
            )


DEFAULT = SlidingWindow()
