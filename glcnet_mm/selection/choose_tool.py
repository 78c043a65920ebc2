"""Chooses windows to label and writes all that labelling them takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from ..config import read_config
from ..console.quiet import enter_scope
from ..datasets.class_lists import read_class_list
from ..datasets.old_spelling import new_spelling
from ..datasets.windows import WindowDataset
from ..datasets.windows_file import read_windows
from ..errors import UserError
from ..files import write_text
from ..inspection.from_config import build_reader, training_config
from ..splits.label_fractions import windows_text
from ..wording import counted
from ..writable import check_folder
from .chosen_page import as_plane, chosen_page
from .features import Place, build_encoder, describe
from .ground import Ground
from .painting import UNNAMED, write_empty_labels, write_footprints
from .strategies import MOST_WINDOWS, Pool, choose


class Wish(NamedTuple):
    """What to choose.

    Attributes:
        budget: Number of windows.
        strategy: One of ``STRATEGIES``.
        seed: Of all that is random.
        least_valid: Share of valid pixels that a window needs.
        most: Windows to choose from; of more, as many are drawn at random.
        by: One of ``DIVISIONS``, or None; see ``Pool``.
    """

    budget: int
    strategy: str = 'typical'
    seed: int = 0
    least_valid: float = 0.75
    most: int = MOST_WINDOWS
    by: str | None = None


class Chosen(NamedTuple):
    """What was chosen, and what from.

    Attributes:
        places: Windows with labels, then those to choose from, N.
        labelled: Windows that have labels already.
        taken: Numbers of the chosen places.
        features: ``(N, D)``.
        clusters: ``(N,)`` cluster of each place, negative without one.
    """

    places: list[Place]
    labelled: list[Place]
    taken: np.ndarray
    features: np.ndarray
    clusters: np.ndarray

    @property
    def windows(self) -> list[Place]:
        """The chosen places."""
        return [self.places[number] for number in self.taken]


def choose_windows(
    config: str,
    out: str,
    wish: Wish,
    checkpoint: str | None = None,
    level: str = 'backbone',
    more: str | None = None,
    classes: str | None = None,
    options: Mapping | None = None,
) -> str:
    """Chooses among the grid windows of a config's training data.

    Args:
        config: Of a pre-training or a fine-tuning.
        out: Folder for ``windows.tsv``, ``windows.gpkg``, ``scenes.txt``, ``labels``
            and ``windows.html``.
        wish: What to choose.
        checkpoint: Weights of the config's backbone; None for statistics of bands.
        level: See ``load_level``.
        more: Windows file of those that have labels already.
        classes: Class list, see ``read_class_list``; None for the config's classes.
        options: Changes to the config.

    Returns:
        What was chosen, in words.

    Raises:
        UserError: Something is missing, nothing can be chosen, or the folder has
            windows that ``more`` does not name.
    """
    if wish.budget < 1:
        raise UserError(f'The budget must be at least one window, got {wish.budget}.')
    check_folder(out)
    _refuse_to_forget(Path(out) / 'windows.tsv', more)
    data = training_config(config, options)
    dataset = _dataset(data, classes)
    model = None if checkpoint is None else _model(config, options, checkpoint, level)
    side = dataset.index.window
    labelled = [] if more is None else read_windows(more, dataset.index.infos, side)
    places, note = _candidates(dataset, labelled, wish)
    described = describe(dataset, places, model)
    scenes = np.array([scene for scene, _ in places])
    usable = described.valid >= wish.least_valid
    if not usable.any():
        raise UserError(
            f'None of the {len(places)} windows of {side} px has '
            f'{wish.least_valid:.0%} valid pixels, the first raster is '
            f'{dataset.sources[0].path}; lower --least-valid or the window.'
        )
    shared = Ground(dataset, places).shared
    known = np.arange(len(labelled))
    pool = Pool(described.features, scenes, usable, shared, known, wish.by)
    clusters = choose(pool, wish.budget, wish.strategy, wish.seed)
    taken = np.array(pool.taken, int)
    if not len(taken):
        raise UserError(f'{more} covers all ground that could be chosen.')
    lines = [*note, *_told(wish, scenes[taken])]
    if not dataset.metainfo['classes']:
        lines.append(
            f'{config} names no classes, so the label rasters have colours for the '
            f'numbers 0 to {len(UNNAMED) - 1}; --classes FILE, a name per line, names '
            f'them.'
        )
    remark = (
        f'{counted(len(labelled) + len(taken), "window")} of {side} px, '
        f'{wish.strategy}, seed {wish.seed}'
    )
    chosen = Chosen(places, labelled, taken, described.features, clusters)
    source = checkpoint or 'statistics of the bands'
    facts = [*lines, f'{side} px wide, seed {wish.seed}; {config}, by {source}.']
    lines += _write(Path(out), dataset, chosen, facts)
    every = [*labelled, *chosen.windows]
    named = sorted((dataset.index.infos[s].path, w.col, w.row) for s, w in every)
    text = windows_text(named, data.get('data_root', ''), remark)
    # Last, for it says that all the rest is there.
    write_text(Path(out) / 'windows.tsv', text)
    return '\n'.join([*lines, f'Written to {out}; look at {out}/windows.html first.'])


def _refuse_to_forget(listed: Path, more: str | None) -> None:
    """Windows that were chosen before may have been painted."""
    if listed.exists() and not (more and listed.samefile(more)):
        raise UserError(
            f'{listed} lists windows that were chosen before: go on from them by '
            f'--more {listed}, or name another folder.'
        )


def _dataset(data: Mapping, classes: str | None) -> WindowDataset:
    """The grid without labels, for there may be none yet."""
    whole = dict(num_windows=None, windows_per_region=1, windows_file=None, stride=None)
    unlabelled = {k: v for k, v in new_spelling(data).items() if k != 'labels'}
    if classes is not None:
        unlabelled |= _names(classes)
    return build_reader(unlabelled, **whole)


def _names(path: str) -> dict[str, list | None]:
    """Classes of a list, in the order of the numbers to paint, and their colours."""
    listed = [one for one in read_class_list(path) if not one.ignored]
    if any(one.id is not None for one in listed):
        listed.sort(key=lambda one: -1 if one.id is None else one.id)
        if [one.id for one in listed] != list(range(len(listed))):
            raise UserError(
                f'{path}: labels are painted with the numbers 0 to {len(listed) - 1}, '
                f'so give the classes these or none.'
            )
    colours = [one.colour for one in listed]
    palette = None if None in colours else colours
    return dict(classes=[one.name for one in listed], palette=palette)


def _model(
    path: str, options: Mapping | None, checkpoint: str, level: str
) -> nn.Module:
    config = read_config(path, options)
    enter_scope(config.get('default_scope', 'mmseg'))
    return build_encoder(config.model, checkpoint, level)


def _candidates(
    dataset: WindowDataset, labelled: list[Place], wish: Wish
) -> tuple[list[Place], list[str]]:
    """Windows with labels, then those of the grid or a sample of them."""
    count, note = len(dataset.index), []
    numbers = np.arange(min(count, wish.most))
    if count > wish.most:
        rng = np.random.default_rng(wish.seed)
        numbers = np.sort(rng.choice(count, wish.most, replace=False, shuffle=False))
        note = [f'Of {count} windows {wish.most} were drawn to choose from.']
    return [*labelled, *(dataset.index[int(n)] for n in numbers)], note


def _told(wish: Wish, scenes: np.ndarray) -> list[str]:
    counts = sorted(Counter(scenes.tolist()).values())
    each = ' to '.join(dict.fromkeys(map(str, (counts[0], counts[-1]))))
    lines = [
        f'{counted(len(scenes), "window")} of {counted(len(counts), "scene")} by '
        f'{wish.strategy}, {each} of each.'
    ]
    if len(scenes) < wish.budget:
        lines.append(
            f'{wish.budget} were asked for, but no further window is valid enough '
            f'and shares no ground with those.'
        )
    return lines


def _short(name: str) -> str:
    """A name that fits over a thumbnail; dates and numbers stand at its end."""
    return name if len(name) <= 26 else f'{name[:9]}…{name[-16:]}'


def _write(
    out: Path, dataset: WindowDataset, found: Chosen, facts: Sequence[str]
) -> list[str]:
    """Writes all but the list of the windows; returns what is to be said of it."""
    chosen, taken, clusters = found.windows, found.taken, found.clusters
    paths = [info.path for info in dataset.index.infos]
    sizes = np.bincount(clusters[clusters >= 0])[clusters[taken]]
    scenes = write_empty_labels(out / 'labels', dataset, [*found.labelled, *chosen])
    write_text(out / 'scenes.txt', ''.join(f'{Path(p).absolute()}\n' for p in scenes))
    fields = dict(
        rank=np.arange(1, len(taken) + 1, dtype=np.int32),
        scene=np.array([paths[scene] for scene, _ in chosen], object),
        column=np.array([window.col for _, window in chosen], np.int32),
        row=np.array([window.row for _, window in chosen], np.int32),
        cluster=clusters[taken].astype(np.int32),
        cluster_size=sizes.astype(np.int32),
    )
    drawn = write_footprints(out / 'windows.gpkg', dataset, chosen, fields)
    captions = [
        f'{rank}: {_short(Path(paths[scene]).stem)}\n{window.col}, {window.row}; '
        f'stands for {size}'
        for rank, ((scene, window), size) in enumerate(
            zip(chosen, sizes, strict=True), 1
        )
    ]
    plane = as_plane(found.features)
    text = chosen_page(dataset, chosen, captions, plane, clusters, taken, facts)
    write_text(out / 'windows.html', text)
    if drawn == len(chosen):
        return []
    return [
        f'{drawn or "None"} of the {counted(len(chosen), "window")} has a footprint '
        f'for QGIS, for rasters do not say where they lie; windows.html has the column '
        f'and row of each.'
    ]
