"""Strong changes of colour for any number of bands (Li, Chen, Shi, JSTARS 2021)."""

from collections.abc import Sequence

import numpy as np
from mmengine.registry import TRANSFORMS
from numpy.random import Generator

from ...errors import UserError
from .photometry import HueSaturationValue

Range = tuple[float, float]


@TRANSFORMS.register_module()
class ColourJitter:
    """Brightness, contrast, saturation and hue, in random order.

    The bands that show red, green and blue change together; every other band has its
    own brightness and contrast, and neither saturation nor hue.

    Args:
        brightness: Range of the factor.
        contrast: Range of the factor on the distance from the mean of the image.
        saturation: Range of the factor on the distance from the pixel's grey.
        hue: Largest shift in degrees.
        rgb: 0-based positions of red, green and blue; None where there are none.
    """

    def __init__(
        self,
        brightness: Range = (0.7, 1.3),
        contrast: Range = (0.5, 1.5),
        saturation: Range = (0.5, 1.5),
        hue: float = 108.0,
        rgb: Sequence[int] | None = (0, 1, 2),
    ) -> None:
        self.brightness, self.contrast = brightness, contrast
        self.saturation = saturation
        self.rgb = None if rgb is None else list(rgb)
        self.steps = [self._brighten, self._contrast]
        if rgb is not None:
            turn = HueSaturationValue(rgb, hue, saturation=0, value=0, p=1)
            self.steps += [self._saturate, turn]

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if self.rgb is not None and max(self.rgb) >= image.shape[2]:
            raise UserError(
                f'ColourJitter takes bands {self.rgb} for red, green and blue, but the '
                f'view has {image.shape[2]} bands; set rgb to theirs, or to None.'
            )
        for step in rng.permutation(len(self.steps)):
            image = self.steps[step](image, rng).clip(0, 1)
        return image

    def _factors(self, bands: int, limits: Range, rng: Generator) -> np.ndarray:
        factors = rng.uniform(*limits, bands).astype(np.float32)
        if self.rgb is not None:
            factors[self.rgb] = factors[self.rgb[0]]
        return factors

    def _brighten(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        return image * self._factors(image.shape[2], self.brightness, rng)

    def _contrast(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        # Always summed in this order: the last digits of a mean depend on it.
        centre = np.ascontiguousarray(image).mean((0, 1))
        if self.rgb is not None:
            centre[self.rgb] = centre[self.rgb].mean()
        return centre + self._factors(image.shape[2], self.contrast, rng) * (
            image - centre
        )

    def _saturate(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        image = image.copy()
        colours = image[..., self.rgb]
        grey = colours.mean(-1, keepdims=True)
        factor = np.float32(rng.uniform(*self.saturation))
        image[..., self.rgb] = grey + factor * (colours - grey)
        return image


@TRANSFORMS.register_module()
class GreyBands:
    """Replaces bands by their mean; where there are no colours, drops one band.

    A dropped band holds its own mean everywhere.

    Args:
        rgb: 0-based positions of red, green and blue; None where there are none.
        p: Probability.
    """

    def __init__(self, rgb: Sequence[int] | None = (0, 1, 2), p: float = 0.5) -> None:
        self.rgb, self.p = None if rgb is None else list(rgb), p

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() >= self.p:
            return image
        image = image.copy()
        if self.rgb is not None:
            image[..., self.rgb] = image[..., self.rgb].mean(-1, keepdims=True)
            return image
        band = int(rng.integers(image.shape[2]))
        image[..., band] = image[..., band].mean()
        return image
