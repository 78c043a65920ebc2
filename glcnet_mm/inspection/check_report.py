"""Reports on the data of a config or of a folder, before anything is trained."""

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence

from mmengine.registry import DATASETS

from ..config import read_config
from ..datasets import known_sets
from ..datasets.known_sets.layout import damaged_archives
from ..datasets.labels import IGNORE
from ..datasets.sampling import with_sampling
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..rasters.manifest import check_manifest
from ..rasters.sources import find_rasters
from ..rasters.validity_text import validity_of
from .check import Findings, check_dataset, rasters_of, unreadable

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
SHOWN = 10
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
            text, count, found = _check({**part, **options}, everything)
            rasters += found
            texts.append(f'{loader}, {part["type"]}\n{text}')
            problems += count
    if not texts:
        raise UserError(f'{path} has none of {LOADERS}, so there is no data to check.')
    text, count = _compare(manifest, rasters)
    return '\n'.join([*texts, *text]), problems + count


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


def report(found: Findings, dataset: WindowDataset) -> str:
    """The findings as a table, problems last."""
    infos = dataset.index.infos
    sizes = Counter(f'{info.width}x{info.height}' for info in infos).most_common()
    more = f' and {len(sizes) - 1} other sizes' if len(sizes) > 1 else ''
    rows = {
        'rasters': f'{len(infos)} of {sizes[0][0]} px{more}',
        'bands': f'{infos[0].bands} of {", ".join(sorted({i.dtype for i in infos}))}',
        'windows': f'{dataset.fixed_windows()} of {dataset.index.window} px, '
        f'{found.windows} read',
        'valid pixels': f'{found.valid / max(found.inside, 1):.1%}',
        'validity': validity_of(found.paths, dataset.choice),
    }
    if found.checksums is not None:
        count = len(rasters_of(dataset))
        rows['checksums'] = f'verified in {found.checksums} of {count} files'
        rows['checksums'] += ', the others carry none' * (found.checksums < count)
    if dataset.label_paths is not None:
        labelled = max(found.classes[:IGNORE].sum(), 1)
        for number, name in enumerate(dataset.metainfo['classes']):
            rows[f'label {name}'] = f'{found.classes[number] / labelled:.1%}'
        ignored = found.classes[IGNORE] / max(found.classes.sum(), 1)
        rows['ignored'] = f'{ignored:.1%} of the valid pixels'
    strangers = sorted(found.strangers.items(), key=lambda item: -item[1][0])
    for value, (pixels, path) in strangers[:SHOWN]:
        share = pixels / max(found.valid, 1)
        name = value if len(value) > 1 else value[0]
        rows[f'NOT A CLASS {name}'] = f'{share:.2%} of the pixels, first in {path}'
    if len(strangers) > SHOWN:
        rows['NOT A CLASS'] = f'{len(strangers) - SHOWN} more values'
    width = max(map(len, rows))
    lines = [f'  {name:<{width}}  {text}' for name, text in rows.items()]
    lines += [f'  NOTE: {note}' for note in found.notes]
    return '\n'.join(lines + problem_lines(list(found.problems.values())))


def problem_lines(problems: Sequence[str]) -> list[str]:
    """The first problems, one per line, and how many more there are."""
    lines = [f'  PROBLEM: {sentence}' for sentence in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f'  ... and {len(problems) - SHOWN} more problems')
    return lines


def _compare(manifest: str | None, rasters: list[str]) -> tuple[list[str], int]:
    if manifest is None:
        return [], 0
    if not rasters:
        raise UserError(f'{manifest}: no file of the data was found to compare.')
    told, problems = check_manifest(manifest, rasters)
    return [told, *problem_lines(problems)], len(problems)


def _check(settings: Mapping, everything: bool) -> tuple[str, int, list[str]]:
    """Report on a data set, number of problems, and its rasters."""
    root = settings.get('data_root', '')
    kind = settings['type']
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    origin = getattr(kind, 'origin', None)
    problems = damaged_archives(root, origin) if origin else []
    try:
        # Windows of one region are random ones, too.
        grid = with_sampling(settings, num_windows=None, windows_per_region=1)
        dataset = DATASETS.build(grid)
    except (ValueError, OSError) as error:
        problems += [str(error), *_further(settings, str(error))]
        return '\n'.join(problem_lines(problems)), len(problems), _named(settings)
    found = check_dataset(dataset, everything)
    found.problems.update({text: text for text in problems})
    return report(found, dataset), len(found.problems), rasters_of(dataset)


def _named(settings: Mapping) -> list[str]:
    """Images of a data set that cannot be built, as far as they are found."""
    root = settings.get('data_root', '')
    try:
        return find_rasters(settings.get('images', '.' if root else []), root)
    except (ValueError, OSError):
        return []


def _further(settings: Mapping, known: str) -> list[str]:
    """Other unreadable files, for building a data set stops at the first."""
    root = settings.get('data_root', '')
    try:
        texts = unreadable(settings.get('images', '.' if root else []), root)
    except (ValueError, OSError):
        return []
    return [text for text in texts if text != known]
