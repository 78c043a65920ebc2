"""From a config or rasters to statistics, checked and told."""

import sys
from collections.abc import Mapping, Sequence

from ..config import read_config
from ..console.progress import Progress
from ..datasets.raster_index import RasterIndex
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..rasters.raster_io import Window
from ..rasters.resample import source_region
from ..writable import check_file
from .band_statistics import band_statistics
from .facts import gather
from .findings import beside_values
from .from_config import build_whole_reader, training_config

WINDOW_PX = 256


def compute_stats(
    out: str,
    config: str | None,
    images: Sequence[str] | None,
    bands: str | None,
    windows: int | None,
    seed: int,
    options: Mapping | None = None,
) -> dict:
    """Statistics of the training data of a config, or of rasters.

    Args:
        out: Where they will be written; checked first, for reading may take long.
        config: Of the training.
        images: Rasters instead of it; see ``find_rasters``.
        bands: Of the rasters, ``4,3,2``; all when None.
        windows: Number of random windows; every pixel when None.
        seed: Of the windows.
        options: Changes to the config.
    """
    if not out.endswith('.json'):
        raise UserError(f'{out}: the statistics are a .json file; name it so.')
    check_file(out)
    if (config is None) == (images is None):
        raise UserError('Give either a config or --images with rasters.')
    if windows is not None and windows < 2:
        raise UserError(f'--windows must be at least 2, got {windows}.')
    model: Mapping = {}
    if config is not None:
        if bands is not None:
            raise UserError(
                '--bands is for --images; those of a config are in its LoadRaster.'
            )
        dataset = build_whole_reader(training_config(config, options))
        model = read_config(config, options).get('model') or {}
    elif images is not None:
        load = dict(type='LoadRaster', bands=_band_numbers(bands))
        dataset = WindowDataset(images, WINDOW_PX, [load])
    index, listed = dataset.index, dataset.listed
    if dataset.gsd is not None:
        # Resampling hardly moves them: read the rasters' own pixels.
        index = RasterIndex(dataset.sources, WINDOW_PX)
        listed = None if listed is None else _own_windows(dataset, listed)
    with _Progress() as progress:
        found = band_statistics(index, dataset.choice, windows, seed, listed, progress)
    facts = gather(dataset, model)
    found['notes'] += [text for text, _ in beside_values(facts, model)]
    return found


def _own_windows(
    dataset: WindowDataset, listed: Sequence[tuple[int, Window]]
) -> list[tuple[int, Window]]:
    """The listed windows of a ground grid in pixels of their rasters."""
    found: list[tuple[int, Window]] = []
    for scene, window in listed:
        grid = dataset.grids[scene]
        if grid is None:
            continue
        region = source_region(grid.source, grid.target, window, nearest=True)
        found += [] if region is None else [(scene, region)]
    return found


class _Progress:
    """A bar that is made when the total is known."""

    def __enter__(self) -> '_Progress':
        self.bar: Progress | None = None
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = Progress(total, 'reads', stream=sys.stderr)
        self.bar.add()


def table(found: Mapping) -> str:
    """What was read, one line per band, and the notes."""
    read = found['read']
    how = read['mode']
    if read['windows'] is not None:
        how = f'{read["windows"]} windows of {read["window_px"]} px'
        how = how if read['seed'] is None else f'{how}, seed {read["seed"]}'
    lines = [
        f'{read["files"]} rasters, {read["dtype"]}; {how}; {read["valid_pixels"]} '
        f'valid pixels, {read["valid_share"]:.1%} of those read',
        f'validity: {read["validity"]}',
        f'{"band":>6}{"mean":>12}{"+-":>10}{"std":>12}{"min":>12}{"0.1 %":>12}'
        f'{"99.9 %":>12}{"max":>12}',
    ]
    for band in found['bands']:
        error, p = band['standard_error'], band['percentiles']
        figures = (band['std'], band['min'], p['0.1'], p['99.9'], band['max'])
        lines.append(
            f'{band["band"]:>6}{band["mean"]:>12.5g}'
            + f'{"" if error is None else format(error, ".2g"):>10}'
            + ''.join(f'{value:>12.5g}' for value in figures)
        )
    return '\n'.join([*lines, *(f'Note: {note}' for note in found['notes'])])


def _band_numbers(bands: str | None) -> list[int] | None:
    if bands is None:
        return None
    parts = bands.split(',')
    if not all(part.strip().isdigit() for part in parts):
        raise UserError(
            f'--bands takes numbers from one with commas, e.g. 4,3,2, got "{bands}".'
        )
    return [int(part) for part in parts]
