"""Several models and several orientations of the windows as one model."""

from collections.abc import Sequence
from functools import reduce
from itertools import product

import numpy as np
import torch
from mmengine.config import Config
from scipy.special import log_softmax

from ..errors import UserError
from ..rasters.raster_io import RasterInfo, Window
from .segmentor import Segmentor

# (quarter turns, mirrored): no change, the flips, then the other turns and mirrors.
SYMMETRIES = (
    *((0, False), (0, True), (2, False), (2, True)),
    *((1, False), (1, True), (3, False), (3, True)),
)


class Ensemble:
    """Averages the probabilities of models and orientations; used as a ``Segmentor``.

    Args:
        members: Models of the same classes that read the same bands.
        orientations: 1, 4 (both flips) or 8 (quarter turns too) of every window.
    """

    def __init__(self, members: Sequence[Segmentor], orientations: int = 1) -> None:
        first = members[0]
        for member in members[1:]:
            if member.classes != first.classes:
                raise UserError(
                    f'The checkpoint {member.checkpoint} has the classes '
                    f'{", ".join(member.classes)} but {first.checkpoint} has '
                    f'{", ".join(first.classes)}: models to be averaged need the same.'
                )
        self.members = members
        self.symmetries = SYMMETRIES[:orientations]
        self.num_classes = first.num_classes
        self.classes, self.palette = first.classes, first.palette
        self.window_px, self.choice = first.window_px, first.choice
        names = [member.identity for member in members]
        self.identity = ' '.join([*names, f'in {orientations} orientations'])

    def check_scene(self, info: RasterInfo) -> None:
        """Refuses a scene whose bands, or whose scale, are not the models'."""
        for member in self.members:
            member.check_scene(info)

    def __call__(
        self, scene: str, windows: Sequence[tuple[Window, np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """Logarithms of the mean probabilities; see ``Segmentor.__call__``."""
        variants = list(product(self.members, self.symmetries))

        def say(member: Segmentor, symmetry: tuple[int, bool]) -> np.ndarray:
            turned = [
                (place, turn(pixels, *symmetry), turn(valid, *symmetry))
                for place, pixels, valid in windows
            ]
            return log_softmax(turn_back(member(scene, turned), *symmetry), axis=1)

        total = reduce(np.logaddexp, (say(*variant) for variant in variants))
        return total - np.float32(np.log(len(variants)))


SceneModel = Segmentor | Ensemble


def turn(image: np.ndarray, quarters: int, mirrored: bool) -> np.ndarray:
    """An image (H, W, ...) turned by quarters, then mirrored left to right."""
    turned = np.rot90(image, quarters)
    return turned[:, ::-1] if mirrored else turned


def turn_back(logits: np.ndarray, quarters: int, mirrored: bool) -> np.ndarray:
    """Undoes ``turn`` in (N, K, H, W)."""
    unmirrored = logits[..., ::-1] if mirrored else logits
    return np.rot90(unmirrored, -quarters, axes=(2, 3))


def load_model(
    config: Config,
    checkpoints: Sequence[str],
    device: str | None,
    orientations: int = 1,
    precision: str | None = None,
) -> SceneModel:
    """One model as it is; several, or several orientations, as an ensemble.

    Without a ``device`` a GPU if there is one.
    """
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    members = [Segmentor(config, path, device, precision) for path in checkpoints]
    if len(members) == orientations == 1:
        return members[0]
    return Ensemble(members, orientations)
