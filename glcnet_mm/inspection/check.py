"""Reports on the data of a config or of a folder, before anything is trained."""

import inspect
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from mmengine.registry import DATASETS

from ..config import read_config
from ..datasets import known_sets
from ..datasets.known_sets.layout import damaged_archives
from ..errors import UserError
from ..rasters.manifest import check_manifest
from ..rasters.raster_io import raster_info
from ..rasters.sources import find_rasters
from .facts import THREADS, gather
from .findings import findings
from .table import problem_lines, rows_of, text_of

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
CHECK_WINDOWS = 256
WINDOW = 512


def check_config(
    path: str, options: Mapping, everything: bool, manifest: str | None = None
) -> tuple[str, int]:
    """Report on every data set of a config, and the number of problems.

    Args:
        path: The config.
        options: Changes of its data sets.
        everything: Whether to read all windows rather than a sample.
        manifest: See ``check_manifest``; None leaves it out.

    Raises:
        UserError: The config has none.
    """
    config = read_config(path)
    texts, problems, rasters = [], 0, []
    for loader in LOADERS:
        dataset = (config.get(loader) or {}).get('dataset')
        if dataset is None:
            continue
        for part in dataset.get('datasets', [dataset]):
            text, count, found = _check(
                {**part, **options}, everything, config.get('model')
            )
            rasters += found
            texts.append(f'{loader}, {part["type"]}\n{text}')
            problems += count
    if not texts:
        raise UserError(f'{path} has none of {LOADERS}, so there is no data to check.')
    more, count = _compare(manifest, rasters)
    return '\n'.join([*texts, *more]), problems + count


def check_set(
    root: str,
    name: str,
    options: Mapping,
    everything: bool,
    manifest: str | None = None,
) -> tuple[str, int]:
    """Report on a known set, and the number of problems.

    Args:
        root: Its folder.
        name: Of its class, with or without ``Dataset``, in any case.
        options: Arguments of the class.
        everything: Whether to read all windows rather than a sample.
        manifest: See ``check_manifest``; None leaves it out.

    Raises:
        UserError: There is no such set, or it needs further options.
    """
    names = [n for n in known_sets.__all__ if n.endswith('Dataset')]
    short = {n.removesuffix('Dataset').lower(): getattr(known_sets, n) for n in names}
    key = name.lower().removesuffix('dataset')
    if key not in short:
        raise UserError(f'There is no set {name!r}; known are {sorted(short)}.')
    settings = dict(
        type=short[key],
        data_root=root,
        window=WINDOW,
        pipeline=[dict(type='LoadRaster')],
    )
    _check_options(short[key], {**settings, **options})
    text, problems, rasters = _check({**settings, **options}, everything)
    more, count = _compare(manifest, rasters)
    head = f'{root}, {short[key].__name__}'
    return '\n'.join([head, text, *more]), problems + count


def _check_options(kind: type, settings: Mapping) -> None:
    parameters = inspect.signature(kind).parameters.values()
    needed = [
        p.name for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD
    ]
    missing = [name for name in needed if name not in settings]
    if missing:
        raise UserError(
            f'{kind.__name__} needs {" and ".join(missing)}; give them, for example by '
            f'--options {missing[0]}=...'
        )


def _compare(manifest: str | None, rasters: list[str]) -> tuple[list[str], int]:
    if manifest is None:
        return [], 0
    if not rasters:
        raise UserError(f'{manifest}: no file of the data was found to compare.')
    told, problems = check_manifest(manifest, rasters)
    return [told, *problem_lines(problems)], len(problems)


def _check(
    settings: Mapping, everything: bool, model: dict | None = None
) -> tuple[str, int, list[str]]:
    """Report on a data set, number of problems, and its rasters."""
    root = settings.get('data_root', '')
    kind = settings['type']
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    origin = getattr(kind, 'origin', None)
    problems = damaged_archives(root, origin) if origin else []
    try:
        dataset = DATASETS.build(dict(settings))
    except (ValueError, OSError) as error:
        images = _images(settings)
        others = [text for text in unreadable(images) if text != str(error)]
        problems += [str(error), *others]
        return '\n'.join(problem_lines(problems)), len(problems), images
    windows = None if everything else CHECK_WINDOWS
    facts = gather(dataset, model, windows, checksums=everything)
    found = findings(facts, model)
    lines = text_of(rows_of(facts))
    lines += [f'  NOTE: {text}' for text, weight in found if weight == 'look']
    problems += [text for text, weight in found if weight != 'look']
    problems = list(dict.fromkeys(problems))
    return '\n'.join(lines + problem_lines(problems)), len(problems), facts.files


def _images(settings: Mapping) -> list[str]:
    """Images of a data set that cannot be built, as far as they are found."""
    root = settings.get('data_root', '')
    try:
        return find_rasters(settings.get('images', '.' if root else []), root)
    except (ValueError, OSError):
        return []


def unreadable(paths: list[str]) -> list[str]:
    """Sentences on all rasters whose header cannot be read or that are cut short."""

    def fault(path: str) -> str | None:
        try:
            raster_info(path)
        except (ValueError, OSError) as error:
            return str(error)
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return [text for text in pool.map(fault, paths) if text]
