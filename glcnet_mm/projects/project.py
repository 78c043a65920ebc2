"""A project from images and labels: looks, decides, writes, tells."""

import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..errors import UserError
from ..files import write_text
from ..paths import common_folder
from ..rasters.ground_grid import pixel_metres
from ..rasters.references import allow_folder
from ..writable import check_folder
from .block_split import split_windows
from .config_texts import HERE, config_texts, data_text
from .found_images import find_images
from .further_bands import band_notes, find_further, join_bands
from .image_facts import ImageFacts, look_at_images
from .labels import Labels, look_at_labels
from .machine import Sizes, sizes_for, this_machine
from .places import Places
from .report import report
from .request import Request
from .scene_split import SceneSplit, check_parts, split_scenes

# Random windows of an epoch of the pre-training.
NUM_WINDOWS = 6400
MAX_INVALID_SHARE = 0.2
SCENES = 'scenes.txt'


def new_project(asked: Request) -> str:
    """Writes a project and returns what it found, assumed and advises.

    Nothing is left of a project that could not be made.

    Raises:
        UserError: The folder has something in it, or images and labels make no
            project; one sentence says why.
    """
    out = Path(asked.out).absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(
            f'{asked.out} exists and is not empty; name a new folder for the project.'
        )
    check_folder(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = out.with_name(f'.{out.name}.{uuid4().hex}.partial')
    staging.mkdir()
    try:
        told = _make(asked, staging)
        staging.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return told.replace(str(staging), asked.out)


def _make(asked: Request, folder: Path) -> str:
    given, alone = find_images(asked)
    if not alone:
        # What else lies in their folder is no scene to map.
        write_text(folder / SCENES, ''.join(f'{path}\n' for path in given))
        asked = asked._replace(images=[f'{asked.out}/{SCENES}'])
    paths, root, notes = _joined(given, asked.further, folder)
    allow_folder(root)
    places = Places(root, folder)
    images = look_at_images(paths, asked.bands)
    images = images._replace(notes=notes + images.notes)
    machine = this_machine()
    sizes = sizes_for(machine, asked.size).changed(
        asked.window, asked.iterations, asked.batch_size
    )
    labels = split = None
    data: dict[str, Any] = dict(unlabelled=_unlabelled(images, paths, places, sizes))
    if asked.labels is not None:
        labels = look_at_labels(
            asked.labels, given, folder / 'labels', asked.classes, asked.class_column
        )
        read = dict(zip(given, paths, strict=True))
        pairs = {read[image]: label for image, label in labels.pairs.items()}
        labels = labels._replace(pairs=pairs)
        by_path = {info.path: info for info in images.infos}
        split = split_scenes([by_path[path] for path in pairs], labels.amounts)
        notes = check_parts(split, labels.amounts, labels.classes.names)
        split = split._replace(notes=split.notes + notes)
        data = _labelled(images, labels, split, places, sizes) | data
        if split.test:
            tested = {list(pairs)[number] for number in split.test}
            kept = [path for path in paths if path not in tested]
            data['unlabelled'] = _unlabelled(images, kept, places, sizes)
        else:
            split.notes.append(_split_blocks(data, folder))
    low, high = images.value_range()
    data |= dict(
        mean=images.figures('mean'), std=images.figures('std'), value_range=(low, high)
    )
    texts = config_texts(asked.size, images.coloured, labels is not None)
    texts['data.py'] = data_text(_facts(images, labels), data, sizes, machine)
    for name, text in texts.items():
        write_text(folder / name, text)
    return report(asked, images, labels, split, sizes, machine)


def _joined(
    images: list[str], further: Sequence[str], folder: Path
) -> tuple[list[str], str, list[str]]:
    """Rasters of all bands of each image, the folder they read from, and notes."""
    if not further:
        return images, common_folder(images), []
    files = find_further(images, further)
    root = common_folder(list(chain.from_iterable(files)))
    return join_bands(files, folder / 'bands'), root, band_notes(files[0], further)


def _unlabelled(
    images: ImageFacts, paths: Sequence[str], places: Places, sizes: Sizes
) -> dict:
    smallest = min(min(info.width, info.height) for info in images.infos)
    return dict(
        type='WindowDataset',
        data_root=places.root,
        images=[places.name(path) for path in paths],
        window=min(sizes.source, max(smallest, 1)),
        sampling=dict(num_windows=NUM_WINDOWS, max_invalid_share=MAX_INVALID_SHARE),
        pipeline=_pipeline(images),
    )


def _pipeline(images: ImageFacts) -> list[dict]:
    if images.every_band:
        return [dict(type='LoadRaster')]
    return [dict(type='LoadRaster', bands=images.bands)]


def _labelled(
    images: ImageFacts,
    labels: Labels,
    split: SceneSplit,
    places: Places,
    sizes: Sizes,
) -> dict:
    """Data sets to learn from and to test on; the same where blocks divide them."""
    pairs = list(labels.pairs.items())

    def part(numbers: Sequence[int]) -> dict:
        chosen = [pairs[number] for number in numbers]
        return dict(
            type='WindowDataset',
            data_root=places.root,
            images=[places.name(image) for image, _ in chosen],
            window=sizes.window,
            pipeline=_pipeline(images),
            **labels.classes.settings([places.name(label) for _, label in chosen]),
        )

    return dict(labelled=part(split.train), test=part(split.test or split.train))


def _split_blocks(data: dict, folder: Path) -> str:
    settings = {k: v for k, v in data['labelled'].items() if k != 'type'}

    def found(names: Sequence[str]) -> list[str]:
        return [name.replace(HERE, str(folder)) for name in names]

    settings['images'] = found(settings['images'])
    labels = settings['labels']
    settings['labels'] = dict(labels, files=found(labels['files']))
    told = split_windows(settings, folder)
    for part, name in (('labelled', 'train'), ('test', 'test')):
        data[part]['sampling'] = dict(windows_file=f'{HERE}/{name}.tsv')
    return told


def _facts(images: ImageFacts, labels: Labels | None) -> dict:
    first = images.infos[0]
    metres = pixel_metres([first])[0]
    facts = dict(
        images=len(images.infos),
        bands=images.bands,
        dtype=images.statistics['read']['dtype'],
        nodata=None if first.nodata is None else str(first.nodata),
        validity=images.statistics['read']['validity'],
        valid_share=images.statistics['read']['valid_share'],
        metres_per_pixel=None if metres != metres else round(float(metres), 4),
        crs=first.crs.to_string() if first.crs else None,
    )
    if labels is not None:
        sums = labels.amounts.sum(0)
        facts['class_shares'] = {
            name: round(float(share), 4)
            for name, share in zip(labels.classes.names, sums / sums.sum(), strict=True)
        }
    return facts
