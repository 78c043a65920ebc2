"""What a data set holds, read once for every face of the inspection."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..datasets.label_survey import Absence, absent_classes, check_labelled
from ..datasets.labels import IGNORE
from ..datasets.transforms.loading import read_label
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..rasters.alignment import beside, geotransform
from ..rasters.block_checksums import Verified, verify_checksums
from ..rasters.ground_grid import pixel_metres
from ..rasters.raster_io import RasterInfo, Window, raster_info
from ..rasters.resample import read_on
from ..rasters.validity_text import validity_of
from .any_valid import check_any_valid
from .samples import SampleFacts, read_samples
from .values import BandValues

FACT_WINDOWS = 64
FACT_SAMPLES = 24
THREADS = 8


@dataclass
class Facts:
    """What was read of a data set.

    Attributes:
        dataset: The data set.
        values: Values of its windows.
        samples: What its pipeline makes of some samples.
        inside: Pixels of the windows that lie in their rasters.
        valid: Those that are not nodata.
        valid_shares: Of every window that was read.
        classes: Valid pixels of every class number, 255 for what is ignored.
        strangers: Label value or colour outside the table: its pixels and first file.
        absent: Classes that no label shows.
        misplaced: Label: how its place differs from its image's, if it does.
        faults: File: the sentence on what stops a training.
        checksums: Number of files whose blocks carry checksums, all of which were
            verified; None where they were not looked at.
        windows: Scene and place of those that were read.
        unlabelled: Those of them without any labelled pixel.
    """

    dataset: WindowDataset
    values: BandValues
    samples: SampleFacts = field(default_factory=SampleFacts)
    inside: int = 0
    valid: int = 0
    valid_shares: list[float] = field(default_factory=list)
    classes: np.ndarray = field(default_factory=lambda: np.zeros(IGNORE + 1, np.int64))
    strangers: dict[tuple[int, ...], tuple[int, str]] = field(default_factory=dict)
    absent: list[Absence] = field(default_factory=list)
    misplaced: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    checksums: int | None = None
    windows: list[tuple[int, Window]] = field(default_factory=list)
    unlabelled: list[tuple[int, Window]] = field(default_factory=list)

    @property
    def bands(self) -> list[int]:
        """1-based bands that are read."""
        return self.dataset.choice.numbers(self.dataset.sources[0].bands)

    @property
    def files(self) -> list[str]:
        """Paths of all images and labels."""
        images = [info.path for info in self.dataset.sources]
        return [*images, *(self.dataset.label_paths or [])]

    @property
    def valid_share(self) -> float:
        """Of the pixels of the windows that lie in their rasters."""
        return self.valid / max(self.inside, 1)

    @property
    def validity(self) -> str:
        """What tells it, in words."""
        infos = self.dataset.index.infos
        paths = {infos[scene].path for scene, _ in self.windows}
        return validity_of(paths, self.dataset.choice)

    @property
    def shares(self) -> dict[str, float]:
        """Of every class among labelled pixels."""
        total = max(self.classes[:IGNORE].sum(), 1)
        names = self.dataset.metainfo['classes']
        return {name: float(self.classes[i] / total) for i, name in enumerate(names)}

    @cached_property
    def metres(self) -> np.ndarray:
        """Ground sample distance of every raster, nan where nothing says it."""
        return pixel_metres(self.dataset.sources, self.dataset.pixel_size)

    def add(self, scene: int, window: Window) -> None:
        """Reads a window and its label."""
        dataset = self.dataset
        info = dataset.index.infos[scene]
        grid, choice = dataset.grids[scene], dataset.choice
        image, valid = read_on(grid, info.path, window, choice)
        self.windows.append((scene, window))
        width = min(window.width, info.width - window.col)
        self.inside += width * min(window.height, info.height - window.row)
        self.valid += int(valid.sum())
        self.valid_shares.append(float(valid.mean()))
        self.values.add(scene, image[valid])
        if dataset.label_paths is not None:
            self._add_label(scene, dataset.label_paths[scene], window, valid)

    def _add_label(
        self, scene: int, path: str, window: Window, valid: np.ndarray
    ) -> None:
        dataset = self.dataset
        grid, decoder = dataset.label_grids[scene], dataset.decoder
        if grid is None and path not in self.misplaced:
            image = dataset.sources[scene]
            self.misplaced[path] = misplacement(image, raster_info(path))
        raw, labelled = read_label(path, decoder, window, grid)
        self.classes[IGNORE] += int((valid & ~labelled).sum())
        pixels = raw[labelled & valid][None]
        if not pixels.size:
            self.unlabelled.append((scene, window))
            return
        classes, known = decoder.look_up(pixels, path)
        if (classes == IGNORE).all():
            self.unlabelled.append((scene, window))
        self.classes += np.bincount(classes[known], minlength=IGNORE + 1)
        self.classes[IGNORE] += int((~known).sum())
        bands = 3 if decoder.by_colour else 1
        unknown = pixels[~known][:, :bands]
        values, counts = np.unique(unknown, axis=0, return_counts=True)
        for value, count in zip(map(tuple, values.tolist()), counts, strict=True):
            before, first = self.strangers.get(value, (0, path))
            self.strangers[value] = (before + int(count), first)


def gather(
    dataset: WindowDataset,
    model: Mapping | None = None,
    windows: int | None = FACT_WINDOWS,
    checksums: bool = False,
) -> Facts:
    """Reads windows, evenly spread, and runs some samples through the pipeline.

    Headers, pairs and their sizes were checked when the data set was built.

    Args:
        dataset: The data set.
        model: Settings of the model, for its matched regions.
        windows: How many of the listed windows, or of the grid; None for all.
        checksums: Whether to verify those of all files.
    """
    bands = dataset.choice.numbers(dataset.sources[0].bands)
    facts = Facts(dataset, BandValues(len(dataset.sources), len(bands)))
    count = dataset.fixed_windows()
    read = count if windows is None else min(count, windows)
    for number in np.linspace(0, count - 1, read).astype(int).tolist():
        scene, window = dataset.fixed_window(number)
        try:
            facts.add(scene, window)
        except (ValueError, OSError) as error:
            facts.faults.setdefault(dataset.index.infos[scene].path, str(error))
    if checksums:
        _verify(facts)
    _look_at_all(facts)
    if not facts.faults:
        try:
            facts.samples = read_samples(dataset, model or {}, FACT_SAMPLES)
        except UserError as error:
            facts.faults[dataset.sources[0].path] = str(error)
    return facts


def _look_at_all(facts: Facts) -> None:
    """What concerns all files together: nothing valid, nothing labelled, classes."""
    dataset = facts.dataset
    try:
        if not facts.valid:
            check_any_valid(dataset)
        if facts.strangers and not dataset.decoder.by_colour:
            value, (_, path) = next(iter(facts.strangers.items()))
            facts.faults[path] = (
                f'{path} holds the label value {value[0]}, which is no class and stops '
                f'a training; correct the label or map the value with labels.ids.'
            )
            return  # they may be the classes that are missed
        if not facts.classes[:IGNORE].any():
            check_labelled(dataset)
        facts.absent = absent_classes(dataset, facts.classes)
    except (ValueError, OSError) as error:
        facts.faults.setdefault(dataset.sources[0].path, str(error))


def _verify(facts: Facts) -> None:
    """Looks for damage that reading does not show."""
    facts.checksums = 0
    with ThreadPoolExecutor(THREADS) as pool:
        results = zip(facts.files, pool.map(_verified, facts.files), strict=True)
        for path, verified in results:
            facts.checksums += verified.blocks > 0
            if verified.fault is not None:
                facts.faults.setdefault(path, verified.fault)


def _verified(path: str) -> Verified:
    try:
        return verify_checksums(path)
    except (ValueError, OSError) as error:
        return Verified(0, str(error))


def misplacement(image: RasterInfo, label: RasterInfo) -> str:
    """How the place of a label differs from its image's; empty where it does not.

    A label that does not say where it lies has the place of its image.
    """
    if image.crs is None or label.crs is None:
        return ''
    if image.crs != label.crs:
        return f'is in {label.crs.to_string()}, its image in {image.crs.to_string()}'
    label = beside(label, float(geotransform(image)[0, 2]))
    to_image = np.linalg.solve(geotransform(image), geotransform(label))
    corners = np.array([[0, 0, 1], [label.width, label.height, 1]]).T
    off = abs((to_image @ corners - corners)[:2]).max()
    return f'lies {off:.3g} pixels off its image' if off > 0.5 else ''
