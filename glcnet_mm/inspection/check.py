"""Reads a data set as a training would and gathers what is wrong with it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from ..datasets.empty_rasters import check_any_valid
from ..datasets.header_notes import header_notes
from ..datasets.label_survey import absent_classes, check_labelled
from ..datasets.labels import IGNORE
from ..datasets.transforms.loading import read_label
from ..datasets.windows import WindowDataset
from ..rasters.block_checksums import Verified, verify_checksums
from ..rasters.raster_io import Window, raster_info
from ..rasters.resample import read_on
from ..rasters.sources import find_rasters

SAMPLE_WINDOWS = 256
THREADS = 8


@dataclass
class Findings:
    """What was read of a data set.

    Attributes:
        windows: Number of windows read.
        inside: Pixels of them that lie in their rasters.
        valid: Those that are not nodata.
        classes: Valid pixels of every class number, 255 for what is ignored.
        strangers: Label value or colour outside the table: its pixels and first file.
        problems: File: the sentence on what a training would stumble over.
        checksums: Number of files whose blocks carry checksums, all of which were
            verified; None where they were not looked at.
        paths: Files of which a window was read.
        notes: Sentences on what is worth a look but stops no training.
    """

    windows: int = 0
    inside: int = 0
    valid: int = 0
    classes: np.ndarray = field(default_factory=lambda: np.zeros(IGNORE + 1, np.int64))
    strangers: dict[tuple[int, ...], tuple[int, str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    checksums: int | None = None
    paths: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def unreadable(sources: str | Sequence[str], root: str = '') -> list[str]:
    """Sentences on all rasters whose header cannot be read or that are cut short."""

    def fault(path: str) -> str | None:
        try:
            raster_info(path)
        except (ValueError, OSError) as error:
            return str(error)
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return [text for text in pool.map(fault, find_rasters(sources, root)) if text]


def check_dataset(dataset: WindowDataset, everything: bool = False) -> Findings:
    """Reads windows of a data set, a sample evenly spread or all of them.

    Headers, pairs and their sizes were checked when the data set was built.
    """
    found = Findings()
    count = dataset.fixed_windows()
    read = count if everything else min(count, SAMPLE_WINDOWS)
    for number in np.linspace(0, count - 1, read).astype(int):
        scene, window = dataset.fixed_window(int(number))
        path = dataset.index.infos[scene].path
        try:
            _read(found, dataset, scene, window)
        except (ValueError, OSError) as error:
            found.problems.setdefault(path, str(error))
    _check_published(found, dataset)
    if everything:
        _verify(found, rasters_of(dataset))
    if found.strangers and not dataset.decoder.by_colour:
        value, (_, path) = next(iter(found.strangers.items()))
        found.problems[path] = (
            f'{path} holds the label value {value[0]}, which is no class and stops a '
            f'training; correct the label or map the value with labels.ids.'
        )
    _check_whole_set(found, dataset)
    return found


def rasters_of(dataset: WindowDataset) -> list[str]:
    """Paths of all images and labels."""
    return [*(i.path for i in dataset.sources), *(dataset.label_paths or [])]


def _verify(found: Findings, paths: Sequence[str]) -> None:
    """Looks for damage that reading does not show."""
    found.checksums = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for path, verified in zip(paths, pool.map(_verified, paths), strict=True):
            found.checksums += verified.blocks > 0
            if verified.fault is not None:
                found.problems.setdefault(path, verified.fault)


def _verified(path: str) -> Verified:
    try:
        return verify_checksums(path)
    except (ValueError, OSError) as error:
        return Verified(0, str(error))


def _check_whole_set(found: Findings, dataset: WindowDataset) -> None:
    """What concerns all files together: nothing valid, nothing labelled, headers."""
    found.notes += header_notes(dataset.sources, dataset.choice)
    try:
        if not found.valid:
            check_any_valid(dataset)
        if found.strangers and not dataset.decoder.by_colour:
            return  # these stop a training, and may be the classes that are missed
        if not found.classes[:IGNORE].any():
            check_labelled(dataset)
        absent = absent_classes(dataset, found.classes)
    except (ValueError, OSError) as error:
        found.problems.setdefault(dataset.sources[0].path, str(error))
        return
    for absence in absent:
        if absence.explained:
            found.problems[absence.text] = absence.text
        else:
            found.notes.append(absence.text)


def _read(found: Findings, dataset: WindowDataset, scene: int, window: Window) -> None:
    info = dataset.index.infos[scene]
    grid, choice = dataset.grids[scene], dataset.choice
    valid = read_on(grid, info.path, window, choice)[1]
    found.paths.add(info.path)
    found.windows += 1
    width = min(window.width, info.width - window.col)
    found.inside += width * min(window.height, info.height - window.row)
    found.valid += int(valid.sum())
    if dataset.label_paths is None:
        return
    path = dataset.label_paths[scene]
    grid = dataset.label_grids[scene]
    raw, labelled = read_label(path, dataset.decoder, window, grid)
    pixels = raw[labelled & valid][None]
    if not pixels.size:
        return
    classes, known = dataset.decoder.look_up(pixels, path)
    found.classes += np.bincount(classes[known], minlength=IGNORE + 1)
    found.classes[IGNORE] += int((~known).sum())
    bands = 3 if dataset.decoder.by_colour else 1
    values, counts = np.unique(pixels[~known][:, :bands], axis=0, return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        pixels_before, first = found.strangers.get(tuple(value), (0, path))
        found.strangers[tuple(value)] = (pixels_before + count, first)


def _check_published(found: Findings, dataset: WindowDataset) -> None:
    origin = getattr(dataset, 'origin', None)
    if origin is None or origin.size is None:
        return
    for info in dataset.index.infos:
        if (info.width, info.height) != tuple(origin.size):
            found.problems.setdefault(
                info.path,
                f'{info.path} has {info.width}x{info.height} pixels, but the images of '
                f'{origin.title} have {origin.size[0]}x{origin.size[1]}; it is another '
                f'product or was resampled.',
            )
