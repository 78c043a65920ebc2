"""What changes between two radar images of one place."""

from collections.abc import Sequence

import numpy as np
from mmengine.registry import TRANSFORMS

from ...errors import UserError

DOMAINS = ('intensity', 'amplitude', 'decibels')


@TRANSFORMS.register_module()
class GainSpeckle:
    """A gain and fresh speckle, which multiply the intensity of SAR bands.

    Speckle of L looks is gamma distributed with mean 1 and variance 1 / L, drawn for
    every value (Oliver and Quegan, Understanding SAR Images, 2004). Amplitudes are
    multiplied by the square root; decibels get its logarithm added.

    Args:
        bands: 0-based positions of the SAR bands.
        domain: What the pixels are: ``intensity`` or ``amplitude``, linear with 0 as
            black of the value range, or ``decibels``.
        span: Decibels from black to white of the value range; only for ``decibels``.
        gain: Range of the gain in decibels, one draw for all bands.
        looks: L, equivalent number of looks. The pixels have speckle already, so more
            than the product's own is meant here.
        p: Probability.
    """

    def __init__(
        self,
        bands: Sequence[int],
        domain: str,
        span: float | None = None,
        gain: tuple[float, float] = (-1.0, 1.0),
        looks: float = 10.0,
        p: float = 0.5,
    ) -> None:
        if domain not in DOMAINS:
            raise UserError(f'domain is one of {DOMAINS}, got "{domain}".')
        if (domain == 'decibels') != (span is not None and span > 0):
            raise UserError(
                f'span, the decibels from black to white, belongs to the domain '
                f'"decibels" and must be positive, got {span} for "{domain}".'
            )
        if looks <= 0:
            raise UserError(f'looks must be positive, got {looks}.')
        self.bands, self.domain, self.span = list(bands), domain, span
        self.gain, self.looks, self.p = gain, looks, p

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Unit pixels to unit pixels."""
        if rng.random() >= self.p:
            return image
        shape = (*image.shape[:2], len(self.bands))
        factor = rng.standard_gamma(self.looks, shape, np.float32) / self.looks
        factor *= np.float32(10 ** (rng.uniform(*self.gain) / 10))
        image = image.copy()
        if self.domain == 'decibels':
            # A draw of 0 has no logarithm; it is black either way.
            change = 10 * np.log10(np.maximum(factor, 1e-12)) / self.span
            image[..., self.bands] += change
        else:
            factor = np.sqrt(factor) if self.domain == 'amplitude' else factor
            image[..., self.bands] *= factor
        return image
