"""First convolutions for any number of bands from weights for another number."""

from torch import Tensor


def inflate_stem(weight: Tensor, bands: int) -> Tensor:
    """Widens or narrows stem weights so that a grey image gives the same response.

    The first bands keep the weights of the old ones, further ones get the mean over
    all. Everything is then scaled by old / new number of bands, and shifted by what is
    left to keep the sum over the bands.

    Args:
        weight: ``(out, M, k, k)``.
        bands: New number of bands, N.

    Returns:
        ``(out, N, k, k)``.
    """
    old = weight.shape[1]
    if bands == old:
        return weight
    mean = weight.mean(1, keepdim=True)
    wider = mean.repeat(1, bands, 1, 1)
    kept = min(old, bands)
    wider[:, :kept] = weight[:, :kept]
    # Shift all bands alike so that their sum, the response to a grey image, is kept.
    scaled = wider * old / bands
    return scaled + (weight.sum(1, keepdim=True) - scaled.sum(1, keepdim=True)) / bands
