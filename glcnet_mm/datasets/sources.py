"""From what a config names (files, folders, list files) to paths of rasters."""

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

SUFFIXES = ('.tif', '.tiff', '.vrt', '.jp2', '.png', '.jpg', '.jpeg')


def find_rasters(sources: str | Sequence[str], root: str = '') -> list[str]:
    """Lists the rasters that ``sources`` name, sorted within each source.

    Args:
        sources: Rasters, folders (searched with all sub-folders), glob patterns such
            as ``Tile [1-6]/images`` or list files (``.txt``, one name per line; a bare
            name is looked for beside the list and in the folder named like it).
        root: Folder that relative sources start from.

    Raises:
        FileNotFoundError: A source does not exist or holds no raster.
    """
    sources = [sources] if isinstance(sources, str) else list(sources)
    paths: list[str] = []
    for source in sources:
        for place in _expand(os.path.join(root, source)):
            paths += _rasters_of(place)
    if not paths:
        raise FileNotFoundError(
            f'No raster below {root or "the working folder"} was chosen; name at least '
            f'one file, folder, pattern or list in images.'
        )
    return paths


def read_list(path: str, folder: str | None = None) -> list[str]:
    """Paths of a list file: one name per line, relative to ``folder``.

    Without a folder, names are relative to the list's own folder, or to the folder
    beside it that has the list's name (``train.txt`` and ``train/``).
    """
    names = read_names(path)
    beside = Path(path).with_suffix('')
    if folder is None:
        folder = str(beside if beside.is_dir() else Path(path).parent)
    paths = [os.path.join(folder, name) for name in names]
    for name in paths:
        if not os.path.exists(name):
            raise FileNotFoundError(
                f'{path} lists {os.path.basename(name)}, which is not in {folder}; '
                f'correct the list or add the file.'
            )
    return paths


def read_names(path: str) -> list[str]:
    """Names of a list file, as they stand there."""
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}, a list of rasters, does not exist.')
    lines = Path(path).read_text(encoding='utf-8-sig').splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise FileNotFoundError(f'{path} lists no rasters; it needs one name per line.')
    return names


def pair_labels(
    images: Sequence[str],
    labels: str | Mapping[str, str],
    root: str = '',
    kind: str = 'label',
) -> list[str]:
    """Finds the label of every image by its name.

    Args:
        images: Paths of the images.
        labels: A folder whose files have the images' names, or replacements of folder
            names and, with one ``*`` on either side, of file names without suffix:
            ``{'images': 'masks', '*_sat': '*_mask'}``. The suffix may differ.
        root: Folder that a relative label folder starts from.
        kind: What an error calls the partner, for rasters that are no labels.

    Raises:
        FileNotFoundError: Names the first image without a label.
        ValueError: Two labels have one name.
    """
    if isinstance(labels, Mapping):
        return [_replaced(image, labels, root) for image in images]
    folder = os.path.join(root, labels)
    by_name: dict[str, str] = {}
    for path in find_rasters(folder):
        other = by_name.setdefault(Path(path).stem, path)
        if other != path:
            raise ValueError(
                f'{other} and {path} have the same name, so images cannot be paired '
                f'by name; use labels=dict(<part of the path>=<its replacement>).'
            )
    for image in images:
        if Path(image).stem not in by_name:
            raise _no_label(image, f'{folder}/{Path(image).stem}.*', kind)
    return [by_name[Path(image).stem] for image in images]


def _replaced(image: str, replacements: Mapping[str, str], root: str) -> str:
    folders = {old: new for old, new in replacements.items() if '*' not in old}
    names = {old: new for old, new in replacements.items() if '*' in old}
    path = Path(image)
    name = _renamed(path, names) if names else path.name
    parents = path.parent.parts
    # The way to the data may happen to hold a folder of the same name.
    start = len(Path(root).parts) if path.is_relative_to(root) else 0
    if not any(part in folders for part in parents[start:]):
        start = 0
    moved = [folders.get(part, part) for part in parents[start:]]
    target = Path(*parents[:start], *moved, name)
    if target == path:
        raise ValueError(
            f'{image} has no folder named {list(folders)}, so its label cannot be '
            f'found; labels replaces whole folder names of the path.'
        )
    for suffix in (target.suffix, *SUFFIXES):
        candidate = target.with_suffix(suffix)
        if candidate.exists():
            return str(candidate)
    raise _no_label(image, str(target.with_suffix('.*')))


def _renamed(path: Path, names: Mapping[str, str]) -> str:
    """File name after the first pattern that it fits."""
    for old, new in names.items():
        if old.count('*') != 1 or new.count('*') != 1:
            raise ValueError(
                f'labels maps file names {old!r} to {new!r}; both need exactly one *.'
            )
        head, tail = old.split('*')
        stem = path.stem
        if stem.startswith(head) and stem.endswith(tail) and len(stem) >= len(old) - 1:
            kept = stem[len(head) : len(stem) - len(tail)]
            return new.replace('*', kept) + path.suffix
    raise ValueError(
        f'{path} fits none of the names {list(names)}, so its label cannot be found; '
        f'correct labels or leave the image out.'
    )


def _no_label(image: str, wanted: str, kind: str = 'label') -> FileNotFoundError:
    return FileNotFoundError(
        f'{image} has no {kind}: {wanted} does not exist; add it or leave the image '
        f'out.'
    )


def _expand(source: str) -> list[str]:
    if os.path.exists(source):
        return [source]
    if not any(sign in source for sign in '*?['):
        raise FileNotFoundError(
            f'{source} does not exist; check the folder or set data_root.'
        )
    found = sorted(glob.glob(source, recursive=True))
    if not found:
        raise FileNotFoundError(f'Nothing matches {source}; check the pattern.')
    return found


def _rasters_of(place: str) -> list[str]:
    if os.path.isdir(place):
        # A third of the time of Path.rglob, which counts with 100 000 files.
        paths = (
            os.path.join(folder, name)
            for folder, _, names in os.walk(Path(place))
            for name in names
            if os.path.splitext(name)[1].lower() in SUFFIXES
        )
        found = sorted(p.removeprefix('./') for p in paths if os.path.isfile(p))
        if not found:
            raise FileNotFoundError(
                f'{place} holds no rasters ({", ".join(SUFFIXES)}); check the folder.'
            )
        return found
    return read_list(place) if place.lower().endswith('.txt') else [place]
