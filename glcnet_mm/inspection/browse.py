"""From a config to a page or a folder of pictures."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from mmengine.config import Config

from ..config import read_config
from ..datasets.labels import IGNORE
from ..errors import UserError
from ..rasters.alignment import ground_bounds
from ..rasters.default_colours import default_palette
from ..rasters.raster_io import RasterInfo, Window, raster_info
from ..visualization.figures import png
from ..visualization.page import Table
from .bands import choose_renderings
from .drawing import class_figure, place_figure, sample_figure, value_figure
from .facts import gather
from .findings import findings, to_model
from .from_config import Part, dataset_parts
from .output import Picture, Section, check_out, write_report
from .panels import sample_panels
from .samples import Trace, build_local_head, matched_regions
from .table import rows_of

MAX_SAMPLES = 64
MAX_RASTERS = 6
LEAST_CONTRAST = 0.75
"""Standard deviations of a band between black and white, at least."""


def browse(
    config_path: str,
    out: str,
    samples: int = 8,
    seed: int = 0,
    bands: Sequence[int] | None = None,
    split: str = 'train',
    options: Mapping | None = None,
) -> list[str]:
    """Draws samples of a data set with what there is to know about it.

    Writes ``out`` and returns what looks wrong, a sentence each.

    Args:
        config_path: Config of a pre-training or a fine-tuning.
        out: Folder for PNG files, or a page (``.html``).
        samples: Number of samples to draw, of every domain.
        seed: Of the choice and of the samples' randomness.
        bands: One to three bands of the rasters to show, counted from one.
        split: ``train``, ``val`` or ``test``.
        options: Changes of the config.

    Raises:
        MissingFileError: The config or a raster is missing.
        UserError: The config has no such data set, or an option is absurd.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise UserError(f'--samples must be from 1 to {MAX_SAMPLES}, got {samples}.')
    if seed < 0:
        raise UserError(f'--seed must be 0 or more, got {seed}.')
    check_out(out)
    config = read_config(config_path, options)
    sections = [
        Survey(part, config, bands).section(samples, seed)
        for part in dataset_parts(config, split)
    ]
    write_report(out, f'{config_path}, {split}', sections)
    return [
        f'{section.name}: {sentence}' if section.name else sentence
        for section in sections
        for sentence in section.wrong
    ]


class Survey:
    """Facts and pictures of one data set."""

    def __init__(
        self, part: Part, config: Config, bands: Sequence[int] | None = None
    ) -> None:
        self.part, self.model = part, config.get('model') or {}
        self.head = build_local_head(self.model)
        self.facts = gather(part.dataset, self.model)
        self.bands = self.facts.bands
        self.renderings = choose_renderings(self.bands, bands)
        self.classes = part.dataset.metainfo['classes']
        self.palette = part.dataset.metainfo['palette'] or default_palette(self.classes)

    def section(self, samples: int, seed: int) -> Section:
        """Draws, one sample in memory at a time."""
        count = len(self.part.dataset)
        rng = np.random.default_rng(seed)
        picks = rng.choice(count, min(count, samples), replace=False)
        wrong = [finding.text for finding in findings(self.facts, self.model)]
        rows = [[name, text] for name, text in rows_of(self.facts).items()]
        tables = [Table('The data set', ['', ''], rows)]
        if self.facts.valid:
            tables.append(self._value_table())
        places: dict[str, list[tuple[Window, str]]] = {}
        pictures = []
        if not self.facts.faults:
            for number, index in enumerate(picks.tolist(), 1):
                trace = self.part.trace(index, seed)
                pictures.append(self._draw(trace, number))
                windows = places.setdefault(trace.plain['raster_path'], [])
                windows.append((trace.plain['window'], str(number)))
        infos = self.part.dataset.index.infos
        for scene, window in self.facts.windows:
            # Rasters of drawn samples come first.
            places.setdefault(infos[scene].path, []).append((window, ''))
        overviews = list(self._overviews(places))
        return Section(self.part.name, wrong, tables, [*overviews, *pictures])

    def _draw(self, trace: Trace, number: int) -> Picture:
        values, plain = self.facts.values.rows(), trace.plain
        least = LEAST_CONTRAST * values.std(0) if len(values) else 0
        panels = sample_panels(trace, matched_regions(self.head, trace), least)
        figure = sample_figure(panels, self.renderings, self.classes, self.palette)
        caption = f'{number}: {place_text(trace.info, plain["window"])}'
        if 'other' in plain:
            caption += f'; other date {plain["other"]["raster_path"]}'
        return Picture(f'sample_{number}', caption, png(figure))

    def _value_table(self) -> Table:
        values = self.facts.values.rows()
        head = ['band', 'min', '2 %', 'mean', 'std', '98 %', 'max']
        low, high = np.percentile(values, (2, 98), axis=0)
        moments = (values.mean(0), values.std(0))
        extremes = (self.facts.values.low, self.facts.values.high)
        columns = [extremes[0], low, *moments, high, extremes[1]]
        unit = to_model(self.facts, self.model)
        if unit is not None:
            head += ['mean to the model', 'std to the model']
            columns += [unit.mean(0), unit.std(0)]
        rows = [
            [str(band), *(f'{column[i]:.5g}' for column in columns)]
            for i, band in enumerate(self.bands)
        ]
        return Table(self._title('Valid values'), head, rows)

    def _title(self, what: str) -> str:
        return f'{what} of {len(self.facts.windows)} windows'

    def _overviews(
        self, places: dict[str, list[tuple[Window, str]]]
    ) -> Iterator[Picture]:
        facts = self.facts
        span = facts.samples.value_range
        if facts.valid:
            names = [f'band {band}' for band in self.bands]
            figure = value_figure(facts.values.rows(), names, span)
            caption = self._title('Valid values')
            if span is not None:
                caption += '; dashed: value_range of the photometry, where it is near'
            yield Picture('values', caption, png(figure))
        if facts.classes[:IGNORE].any() and self.classes:
            shares = list(facts.shares.values())
            figure = class_figure(shares, self.classes, self.palette)
            yield Picture('classes', self._title('Classes'), png(figure))
        shown = dict(list(places.items())[:MAX_RASTERS])
        infos = {path: raster_info(path) for path in shown}
        sizes = {path: (info.width, info.height) for path, info in infos.items()}
        bands = tuple(self.bands[c] for c in self.renderings[0].channels)
        choice = self.part.dataset.choice._replace(bands=bands)
        figure = place_figure(shown, sizes, choice)
        caption = (
            f'Where windows lie, in {len(shown)} of {len(places)} rasters read; '
            f'numbers are those of the samples below, each of which is stretched to '
            f'its own values'
        )
        yield Picture('places', caption, png(figure))


def place_text(info: RasterInfo, window: Window) -> str:
    """File, pixels and ground of a window, so that it is found in a GIS."""
    text = (
        f'{info.path}, columns {window.col} to {window.col + window.width}, '
        f'rows {window.row} to {window.row + window.height}'
    )
    if info.crs is None:
        return f'{text}, no CRS'
    left, bottom, right, top = (f'{v:.10g}' for v in ground_bounds(info, window))
    return f'{text}, {info.crs.to_string()} x {left} to {right}, y {bottom} to {top}'
