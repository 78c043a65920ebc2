"""From what a config names (files, folders, list files) to paths of rasters."""

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import vsi

SUFFIXES = ('.tif', '.tiff', '.vrt', '.jp2', '.png', '.jpg', '.jpeg')


def find_rasters(sources: str | Sequence[str], root: str = '') -> list[str]:
    """Lists the rasters that ``sources`` name, sorted within each source.

    Args:
        sources: Rasters, folders (searched with all sub-folders), glob patterns such
            as ``Tile [1-6]/images`` or list files (``.txt``, one name per line; a bare
            name is looked for beside the list and in the folder named like it).
            Archives count as folders; see ``vsi`` for names in them and remote ones.
        root: Folder that relative sources start from.

    Raises:
        FileNotFoundError: A source does not exist or holds no raster.
    """
    sources = [sources] if isinstance(sources, str) else list(sources)
    paths: list[str] = []
    for source in sources:
        for place in _expand(vsi.resolve(source, root)):
            paths += _rasters_of(place)
    return paths


def read_list(path: str, folder: str | None = None) -> list[str]:
    """Paths of a list file: one name per line, relative to ``folder``.

    Without a folder, names are relative to the list's own folder, or to the folder
    beside it that has the list's name (``train.txt`` and ``train/``).
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}, a list of rasters, does not exist.')
    lines = Path(path).read_text(encoding='utf-8-sig').splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise FileNotFoundError(f'{path} lists no rasters; it needs one name per line.')
    beside = Path(path).with_suffix('')
    if folder is None:
        folder = str(beside if beside.is_dir() else Path(path).parent)
    paths = [vsi.resolve(name, folder) for name in names]
    for name in paths:
        if not vsi.exists(name):
            raise FileNotFoundError(
                f'{path} lists {os.path.basename(name)}, which is not in {folder}; '
                f'correct the list or add the file.'
            )
    return paths


def pair_labels(
    images: Sequence[str],
    labels: str | Mapping[str, str],
    root: str = '',
    kind: str = 'label',
) -> list[str]:
    """Finds the label of every image by its name.

    Args:
        images: Paths of the images.
        labels: A folder whose files have the images' names, or replacements of parts
            of the images' paths, e.g. ``{'images': 'masks'}``. The suffix may differ.
        root: Folder that a relative label folder starts from.
        kind: What an error calls the partner, for rasters that are no labels.

    Raises:
        FileNotFoundError: Names the first image without a label.
        ValueError: Two labels have one name.
    """
    if isinstance(labels, Mapping):
        return [_replaced(image, labels) for image in images]
    folder = vsi.resolve(labels, root)
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


def _replaced(image: str, replacements: Mapping[str, str]) -> str:
    # Path would merge the slashes of ``/vsizip//data/scenes.zip`` or ``https://``.
    parts = Path(image).parts if vsi.is_plain(image) else image.split('/')
    parts = [replacements.get(part, part) for part in parts]
    target = str(Path(*parts)) if vsi.is_plain(image) else '/'.join(parts)
    if target == image:
        raise ValueError(
            f'{image} has no folder named {list(replacements)}, so its label cannot be '
            f'found; labels replaces whole folder names of the path.'
        )
    stem, suffix = os.path.splitext(target)
    for candidate in (stem + ending for ending in (suffix, *SUFFIXES)):
        if vsi.exists(candidate):
            return candidate
    raise _no_label(image, f'{stem}.*')


def _no_label(image: str, wanted: str, kind: str = 'label') -> FileNotFoundError:
    return FileNotFoundError(
        f'{image} has no {kind}: {wanted} does not exist; add it or leave the image '
        f'out.'
    )


def _expand(source: str) -> list[str]:
    if vsi.exists(source):
        return [source]
    if not any(sign in source for sign in '*?['):
        raise FileNotFoundError(
            f'{source} does not exist; check the folder or set data_root.'
        )
    if vsi.is_plain(source):
        found = sorted(glob.glob(source, recursive=True))
    else:
        found = vsi.matching(source)
    if not found:
        raise FileNotFoundError(f'Nothing matches {source}; check the pattern.')
    return found


def _rasters_of(place: str) -> list[str]:
    place = vsi.as_folder(place)
    files = _files_below(place)
    if files is None:
        return read_list(place) if place.lower().endswith('.txt') else [place]
    found = [name for name in files if name.lower().endswith(SUFFIXES)]
    if not found:
        raise FileNotFoundError(
            f'{place} holds no rasters ({", ".join(SUFFIXES)}); check the folder.'
        )
    return found


def _files_below(place: str) -> list[str] | None:
    """All files of a folder or of an archive's folder, None for a file."""
    if os.path.isdir(place):
        return sorted(str(p) for p in Path(place).rglob('*') if p.is_file())
    if vsi.is_plain(place):
        return None
    if place.endswith('/') and not vsi.is_listable(place):
        raise FileNotFoundError(
            f'{place} is remote and cannot be listed; name its rasters in a list file.'
        )
    return vsi.files_in(place) or None
