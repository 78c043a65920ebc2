"""The samples of one data set: read, judged and drawn one after the other."""

from collections.abc import Iterator, Sequence

import numpy as np
from mmengine.config import Config

from ..datasets.header_notes import header_notes
from ..datasets.label_survey import absent_classes
from ..datasets.labels import IGNORE
from ..engine.hooks.data_summary import summary_rows
from ..mapping.legend import default_palette
from ..rasters.alignment import ground_bounds
from ..rasters.raster_io import RasterInfo, Window, raster_info
from ..visualization.figures import png
from ..visualization.page import Table
from .bands import Rendering, choose_renderings
from .drawing import class_figure, place_figure, sample_figure, value_figure
from .facts import Facts
from .findings import findings, to_model
from .matched_regions import build_local_head, matched_regions
from .output import Picture, Section
from .panels import sample_panels
from .pipeline_trace import Part, Trace

FACT_WINDOWS = 48
"""Windows that are read for facts; the first of them are drawn."""
MAX_RASTERS = 6
LEAST_CONTRAST = 0.75
"""Standard deviations of a band between black and white, at least."""


class Survey:
    """Collects facts and pictures of one data set; ``section`` does it all."""

    def __init__(
        self, part: Part, config: Config, bands: Sequence[int] | None = None
    ) -> None:
        self.part, self.config, self.wanted = part, config, bands
        self.head = build_local_head(config)
        self.read: list[int] = []
        self.classes = part.dataset.metainfo['classes']
        self.palette = part.dataset.metainfo['palette'] or default_palette(
            len(self.classes)
        )
        self.facts = Facts(classes=self.classes)
        self.rasters: dict[str, list[tuple[Window, str]]] = {}
        self.renderings: list[Rendering] = []

    def section(self, samples: int, seed: int) -> Section:
        """Reads and draws, one sample in memory at a time."""
        picks = self.read_facts(samples, seed)
        # Drawn when all facts are known, for they say what contrast is noise.
        pictures = [
            self._draw(self.part.trace(index, seed), number)
            for number, index in enumerate(picks, 1)
        ]
        dataset = self.part.dataset
        summary = summary_rows(dataset.summary(), dataset.label_paths is not None)
        rows = [[key, value] for key, value in summary.items()]
        tables = [Table('The data set', ['', ''], rows)]
        if len(self.facts.bands.values()):
            tables.append(self._value_table())
        return Section(
            self.part.name,
            findings(self.facts, self.config),
            tables,
            [*self._overviews(), *pictures],
        )

    def read_facts(self, samples: int, seed: int) -> list[int]:
        """Reads windows without drawing them; returns those to draw."""
        count = len(self.part.dataset)
        rng = np.random.default_rng(seed)
        picks = rng.choice(count, min(count, max(samples, FACT_WINDOWS)), replace=False)
        for number, index in enumerate(picks.tolist()):
            self._add(self.part.trace(index, seed), number < samples)
        dataset = self.part.dataset
        self.facts.absent = absent_classes(dataset, self.facts.label_counts)
        self.facts.notes = header_notes(dataset.sources, dataset.choice)
        return picks[:samples].tolist()

    def _add(self, trace: Trace, drawn: bool) -> None:
        """Adds a sample to the facts."""
        plain = trace.plain
        if not self.renderings:
            count = raster_info(plain['raster_path']).bands
            self.read = self.part.dataset.choice.numbers(count)
            self.renderings = choose_renderings(self.read, self.wanted)
        self.facts.add(trace, matched_regions(self.head, trace))
        windows = self.rasters.setdefault(plain['raster_path'], [])
        text = str(self.facts.windows) if drawn else ''
        windows.append((plain['window'], text))

    def _draw(self, trace: Trace, number: int) -> Picture:
        values, plain = self.facts.bands.values(), trace.plain
        least = LEAST_CONTRAST * values.std(0) if len(values) else 0
        panels = sample_panels(trace, matched_regions(self.head, trace), least)
        figure = sample_figure(panels, self.renderings, self.classes, self.palette)
        caption = f'{number}: {place_text(trace.info, plain["window"])}'
        if 'other' in plain:
            caption += f'; other date {plain["other"]["raster_path"]}'
        return Picture(f'sample_{number}', caption, png(figure))

    def _value_table(self) -> Table:
        values = self.facts.bands.values()
        head = ['band', 'min', '2 %', 'mean', 'std', '98 %', 'max']
        low, high = np.percentile(values, (2, 98), axis=0)
        columns = [
            self.facts.bands.low,
            low,
            values.mean(0),
            values.std(0),
            high,
            self.facts.bands.high,
        ]
        unit = to_model(self.facts, self.config.get('model') or {})
        if unit is not None:
            head += ['mean to the model', 'std to the model']
            columns += [unit.mean(0), unit.std(0)]
        rows = [
            [str(band), *(f'{column[i]:.5g}' for column in columns)]
            for i, band in enumerate(self.read)
        ]
        return Table(f'Valid values of {self.facts.windows} windows', head, rows)

    def _overviews(self) -> Iterator[Picture]:
        values = self.facts.bands.values()
        if len(values):
            names = [f'band {band}' for band in self.read]
            figure = value_figure(values, names, self.facts.value_range)
            caption = f'Valid values of {self.facts.windows} windows'
            if self.facts.value_range is not None:
                caption += '; dashed: value_range of the photometry, where it is near'
            yield Picture('values', caption, png(figure))
        if self.facts.labelled and self.classes:
            counts = self.facts.label_counts[:IGNORE]
            shares = counts[: len(self.classes)] / max(counts.sum(), 1)
            figure = class_figure(shares.tolist(), self.classes, self.palette)
            yield Picture(
                'classes', f'Classes of {self.facts.windows} windows', png(figure)
            )
        # Rasters of drawn samples come first, for they were read first.
        shown = dict(list(self.rasters.items())[:MAX_RASTERS])
        infos = {path: raster_info(path) for path in shown}
        sizes = {path: (info.width, info.height) for path, info in infos.items()}
        channels = self.renderings[0].channels
        bands = tuple(self.read[c] for c in channels)
        choice = self.part.dataset.choice._replace(bands=bands)
        figure = place_figure(shown, sizes, choice)
        caption = (
            f'Where windows lie, in {len(shown)} of {len(self.rasters)} rasters read; '
            f'numbers are those of the samples below'
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
