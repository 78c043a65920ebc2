"""Photometry for any number of bands and any dtype.

Every operation works on ``(H, W, C)`` float32 in units of the value range, 0 to 1, and
names the bands it acts on. ``apply_photometry`` converts to these units and back; in
memory each band lies by itself, for numpy is slow where few numbers lie innermost.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from mmengine.registry import TRANSFORMS
from numpy.random import Generator

from ...errors import UserError
from ...rasters.pixel_layout import as_integers, planes
from ...wording import counted
from .value_range import Limit

CV2_BANDS = 64


def apply_photometry(
    operations: Sequence,
    image: np.ndarray,
    value_range: tuple[Limit, Limit],
    rng: Generator,
    path: str = 'The image',
) -> np.ndarray:
    """Applies operations to ``(H, W, C)`` pixels and returns their own dtype.

    Args:
        operations: Of this module.
        image: Pixels of any dtype.
        value_range: Values that count as black and white, for all bands or for each.
            Results are clipped to it, so it must span the data.
        rng: Of the sample.
        path: Of the raster, for an error.

    Raises:
        UserError: An operation, drawn this time or not, acts on a band that is not
            there.
    """
    if not operations:
        return image
    check_bands(operations, image.shape[2], path)
    low, high = value_range
    # In place where it can be: fresh memory costs more than the arithmetic.
    unit = planes(image).astype(np.float32).transpose(1, 2, 0)
    unit -= low
    unit /= high - low
    for operation in operations:
        unit = operation(unit, rng)
    pixels = np.clip(unit, 0, 1)
    pixels *= high - low
    pixels += low
    if image.dtype.kind in 'ui':
        return as_integers(pixels, image.dtype)
    return pixels.astype(image.dtype)


def check_bands(operations: Sequence, count: int, path: str) -> None:
    """Refuses operations on bands that an image of ``count`` bands does not have.

    Raises:
        UserError: Names the operation, its bands and those of the image.
    """
    for operation in operations:
        check_bands(getattr(operation, 'operations', ()), count, path)
        bands = getattr(operation, 'bands', None)
        if bands is not None and len(bands) and max(bands) >= count:
            raise UserError(
                f'{path} is read with {counted(count, "band")}, but '
                f'{type(operation).__name__} of the photometry acts on the bands '
                f'{list(bands)}, counted from 0; give it other bands, or leave it out: '
                f'hue needs three.'
            )


def _positions(bands: Sequence[int] | None, image: np.ndarray) -> np.ndarray:
    """The bands that are meant."""
    return np.arange(image.shape[2]) if bands is None else np.asarray(bands)


@TRANSFORMS.register_module()
class PhotometryGroup:
    """Applies all of its operations or none.

    Args:
        operations: Configs of the operations.
        p: Probability.
    """

    def __init__(self, operations: Sequence[dict], p: float = 0.8) -> None:
        self.operations = [TRANSFORMS.build(dict(o)) for o in operations]
        self.p = p

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() < self.p:
            for operation in self.operations:
                image = operation(image, rng)
        return image


@TRANSFORMS.register_module()
class HueSaturationValue:
    """Shifts hue, saturation and value of the three bands that show red, green, blue.

    Hue wraps around the circle; the authors' shift wraps modulo 256 instead, which
    turns reds into greens. Defaults are their 8-bit ranges.

    Args:
        bands: 0-based positions of red, green and blue.
        hue: Largest shift in degrees.
        saturation: Largest shift as a share of its range.
        value: Largest shift as a share of the value range.
        p: Probability.
    """

    def __init__(
        self,
        bands: Sequence[int] = (0, 1, 2),
        hue: float = 60.0,
        saturation: float = 5 / 255,
        value: float = 15 / 255,
        p: float = 0.5,
    ) -> None:
        self.bands = list(bands)
        self.hue, self.saturation, self.value, self.p = hue, saturation, value, p

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() >= self.p:
            return image
        limits = np.array([self.hue, self.saturation, self.value])
        shift = rng.uniform(-limits, limits).astype(np.float32)
        rgb = cv2.merge([image[..., band].clip(0, 1) for band in self.bands])
        hue, *others = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))
        shifted = [_wrapped(hue + shift[0])]
        shifted += [
            (plane + by).clip(0, 1) for plane, by in zip(others, shift[1:], strict=True)
        ]
        changed = cv2.cvtColor(cv2.merge(shifted), cv2.COLOR_HSV2RGB)
        image = image.copy('K')
        for band, plane in zip(self.bands, cv2.split(changed), strict=True):
            image[..., band] = plane
        return image


def _wrapped(degrees: np.ndarray) -> np.ndarray:
    """Angles from -360 to 720 as 0 to below 360, to the bit as ``%`` does it."""
    turn = np.float32(360)
    # Products rather than masks, which numpy takes one by one.
    turns = (degrees < 0).astype(np.float32) - (degrees >= turn)
    degrees += turns * turn
    # float32: -1e-9 + 360 rounds to 360, which the conversion does not know.
    degrees[degrees >= 360] = 0
    return degrees


@TRANSFORMS.register_module()
class BrightnessContrast:
    """Brightness and contrast of each band on its own.

    A brightness b up to 1 scales the band, above 1 it blends it with white by b - 1;
    the contrast multiplies.

    Args:
        brightness: Range of b.
        contrast: Range of the factor.
        bands: 0-based positions; all when None.
    """

    def __init__(
        self,
        brightness: tuple[float, float] = (0.9, 1.1),
        contrast: tuple[float, float] = (0.9, 1.1),
        bands: Sequence[int] | None = None,
    ) -> None:
        self.brightness, self.contrast, self.bands = brightness, contrast, bands

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        bands = _positions(self.bands, image)
        gain = np.ones(image.shape[2], np.float32)
        white = np.zeros(image.shape[2], np.float32)
        for band in bands:
            b = rng.uniform(*self.brightness)
            contrast = rng.uniform(*self.contrast)
            gain[band] = (b if b <= 1 else 2 - b) * contrast
            white[band] = max(0.0, b - 1) * contrast
        changed = image * gain
        changed += white
        return np.clip(changed, 0, 1, out=changed)


@TRANSFORMS.register_module()
class PixelNoise:
    """Replaces single values by uniform noise.

    Args:
        share: Probability of each value.
        bands: 0-based positions; all when None.
    """

    def __init__(
        self, share: float = 0.001, bands: Sequence[int] | None = None
    ) -> None:
        self.share, self.bands = share, bands

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        height, width = image.shape[:2]
        bands = _positions(self.bands, image)
        total = height * width * len(bands)
        # Positions of a binomial number of hits instead of a draw for every value.
        hits = rng.integers(total, size=rng.binomial(total, self.share))
        pixel, band = np.divmod(hits, len(bands))
        image = image.copy('K')
        image[*np.divmod(pixel, width), bands[band]] = rng.random(len(hits))
        return image


@TRANSFORMS.register_module()
class CopyBand:
    """Copies one random band into all: the authors' form of "gray".

    Args:
        p: Probability.
        bands: 0-based positions among which it copies; all when None.
    """

    def __init__(self, p: float = 0.1, bands: Sequence[int] | None = None) -> None:
        self.p, self.bands = p, bands

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() >= self.p:
            return image
        bands = _positions(self.bands, image)
        image = image.copy('K')
        source = image[..., bands[int(rng.integers(len(bands)))]]
        for band in bands:
            image[..., band] = source
        return image


@TRANSFORMS.register_module()
class BlurBands:
    """Gaussian blur; the width follows from the kernel: 0.8, 1.1 and 1.4 pixels.

    Args:
        kernels: Sides of the kernel to choose from.
        p: Probability.
        bands: 0-based positions; all when None.
    """

    def __init__(
        self,
        kernels: Sequence[int] = (3, 5, 7),
        p: float = 0.5,
        bands: Sequence[int] | None = None,
    ) -> None:
        self.kernels, self.p, self.bands = list(kernels), p, bands

    def __call__(self, image: np.ndarray, rng: Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() >= self.p:
            return image
        side = self.kernels[int(rng.integers(len(self.kernels)))]
        # OpenCV's own choice for small kernels is a table, not this width.
        sigma = 0.3 * ((side - 1) / 2 - 1) + 0.8
        bands, image = _positions(self.bands, image), image.copy('K')
        # OpenCV filters a limited number of bands at once.
        for first in range(0, len(bands), CV2_BANDS):
            some = bands[first : first + CV2_BANDS]
            # Not one by one: the last digits depend on how many lie side by side.
            part = cv2.merge([image[..., band] for band in some])
            blurred = cv2.split(cv2.GaussianBlur(part, (side, side), sigma))
            for band, plane in zip(some, blurred, strict=True):
                image[..., band] = plane
        return image
