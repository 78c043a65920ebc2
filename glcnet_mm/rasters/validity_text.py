"""In words, what tells which pixels of rasters are valid."""

from collections import Counter
from collections.abc import Iterable

from .raster_io import how_valid
from .validity import BandRules, Bands

MOST_KINDS = 3


def validity_of(paths: Iterable[str], bands: Bands) -> str:
    """The same of several files, the most frequent first."""
    kinds = Counter(validity_text(path, bands) for path in sorted(paths)).most_common()
    if len(kinds) == 1:
        return kinds[0][0]
    files = sum(count for _, count in kinds)
    told = [f'{text} (in {count} of {files} files)' for text, count in kinds]
    more = [f'{len(kinds) - MOST_KINDS} more kinds'] if len(kinds) > MOST_KINDS else []
    return '; '.join([*told[:MOST_KINDS], *more])


def validity_text(path: str, bands: Bands) -> str:
    """What of a file decides, for example ``nodata 0, band 4 (alpha) as mask``.

    Args:
        path: Of the raster.
        bands: Those that are read.
    """
    rules, alpha = how_valid(path, bands)
    told = [*_nodata(rules)]
    if rules.masks:
        told.append('the mask of the file')
    if rules.mask_band is not None:
        band = rules.mask_band.band
        told.append(f'band {band}{" (alpha)" if band in alpha else ""} as mask')
    for band, likely in alpha.items():
        if band in rules.bands:
            told.append(f'band {band} (tagged alpha) read as data')
        elif not likely and rules.mask_band is None:
            told.append(f'band {band} (tagged alpha) left out: no mask by its values')
    if not told:
        told = ['nothing declared: every pixel is taken for valid']
    return ', '.join(told)


def _nodata(rules: BandRules) -> list[str]:
    if not rules.nodata_counts:
        return []
    values = {value for value in rules.nodata if value is not None}
    # NaN is not the same as NaN, but says the same.
    return list(dict.fromkeys(f'nodata {value:.9g}' for value in sorted(values)))
