"""From what a config names (files, folders, list files) to paths of rasters."""

import glob
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import MissingFileError, UserError
from ..reading import read_text
from . import vsi
from .folders import dangling, files_below, is_leftover, same_but_case, unique_files

VECTORS = ('.geojson', '.shp', '.gpkg', '.kml', '.kmz', '.gml', '.fgb')
SUFFIXES = ('.tif', '.tiff', '.vrt', '.jp2', '.png', '.jpg', '.jpeg')


def find_rasters(sources: str | Sequence[str], root: str = '') -> list[str]:
    """Lists the rasters that ``sources`` name, sorted within each source.

    A file that is named twice, be it by a link, comes once.

    Args:
        sources: Rasters, folders (searched with all sub-folders, linked ones too, but
            no hidden files), glob patterns such
            as ``Tile [1-6]/images`` or list files (``.txt``, one name per line; a bare
            name is looked for beside the list and in the folder named like it).
            Archives count as folders; see ``vsi`` for names in them and remote ones.
        root: Folder that relative sources start from.

    Raises:
        MissingFileError: A source does not exist or holds no raster, or a link leads
            nowhere.
        UserError: The name of a file is no UTF-8.
    """
    paths = unique_files(_named(sources, root))
    if not paths:
        raise MissingFileError(
            f'No raster below {root or "the working folder"} was chosen; name at least '
            f'one file, folder, pattern or list in images.'
        )
    return paths


def _named(sources: str | Sequence[str], root: str) -> list[str]:
    """As ``find_rasters``, with every name that leads to a file."""
    sources = [sources] if isinstance(sources, str) else list(sources)
    paths: list[str] = []
    for source in sources:
        for place in _expand(vsi.resolve(source, root)):
            paths += _rasters_of(place)
    for path in paths:
        _check_name(path)
    return paths


def _check_name(path: str) -> None:
    """Refuses what GDAL cannot open, and no message could show."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode('utf-8', 'backslashreplace').decode()
        raise UserError(
            f'The name of {shown} is not UTF-8 (\\udcXX stands for a byte XX); rename '
            f'it, for example by convmv -t utf-8 --notest.'
        ) from None


def read_list(path: str, folder: str | None = None) -> list[str]:
    """Paths of a list file: one name per line, relative to ``folder``.

    Without a folder, names are relative to the list's own folder, or to the folder
    beside it that has the list's name (``train.txt`` and ``train/``).
    """
    names = read_names(path)
    beside = Path(path).with_suffix('')
    if folder is None:
        folder = str(beside if beside.is_dir() else Path(path).parent)
    paths = [_in_any_case(vsi.resolve(name, folder)) for name in names]
    for name in paths:
        if vsi.is_plain(name) and os.path.isdir(name):
            raise UserError(
                f'{path} lists {name}, which is a folder; list the rasters in it, or '
                f'name the folder in images.'
            )
        if not vsi.exists(name):
            raise MissingFileError(
                f'{path} lists {os.path.basename(name)}, which is not in {folder}; '
                f'correct the list or add the file.'
            )
    return paths


def read_names(path: str) -> list[str]:
    """Names of a list file, as they stand there.

    Raises:
        MissingFileError: There is no such list, or nothing is in it.
        UserError: It is no text.
    """
    if not os.path.isfile(path):
        raise MissingFileError(
            f'{path}, a list of rasters, does not exist; check the folder or set '
            f'data_root.'
        )
    lines = read_text(path).splitlines()
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise MissingFileError(f'{path} lists no rasters; it needs one name per line.')
    return names


def pair_labels(
    images: Sequence[str],
    labels: str | Mapping[str, str] | Sequence[str],
    root: str = '',
    kind: str = 'label',
) -> list[str]:
    """Finds the label of every image by its name.

    Args:
        images: Paths of the images.
        labels: A folder whose files have the images' names, or replacements of folder
            names and, with one ``*`` on either side, of file names without suffix:
            ``{'images': 'masks', '*_sat': '*_mask'}``. The suffix may differ. Or the
            labels themselves, one for each image, in their order.
        root: Folder that a relative label folder starts from.
        kind: What an error calls the partner, for rasters that are no labels.

    Raises:
        MissingFileError: Names the first image without a label, or says that the
            labels are vectors.
        UserError: Two labels have one name, or a list has another length.
    """
    if isinstance(labels, Mapping):
        return [_replaced(image, labels, root) for image in images]
    if not isinstance(labels, str):
        return _listed(images, labels, root, kind)
    folder = vsi.resolve(labels, root)
    by_name: dict[str, str] = {}
    for path in _named(folder, ''):
        other = by_name.setdefault(Path(path).stem, path)
        if other != path:
            raise UserError(
                f'{other} and {path} have the same name, so images cannot be paired '
                f'by name; use labels=dict(<part of the path>=<its replacement>).'
            )
    for image in images:
        if Path(image).stem not in by_name:
            raise _no_label(image, f'{folder}/{Path(image).stem}.*', kind)
    return [by_name[Path(image).stem] for image in images]


def _listed(
    images: Sequence[str], labels: Sequence[str], root: str, kind: str
) -> list[str]:
    paths = [vsi.resolve(label, root) for label in labels]
    if len(paths) != len(images):
        raise UserError(
            f'labels lists {len(paths)} rasters for {len(images)} images; list one for '
            f'each image, in their order.'
        )
    for image, path in zip(images, paths, strict=True):
        if not vsi.exists(path):
            raise _no_label(image, path, kind)
    return paths


def _replaced(image: str, replacements: Mapping[str, str], root: str) -> str:
    folders = {old: new for old, new in replacements.items() if '*' not in old}
    names = {old: new for old, new in replacements.items() if '*' in old}
    plain = vsi.is_plain(image)
    # Path would merge the slashes of ``/vsizip//data/scenes.zip`` or ``https://``.
    parts = Path(image).parts if plain else image.split('/')
    *parents, name = parts
    name = _renamed(image, name, names) if names else name
    # The way to the data may happen to hold a folder of the same name.
    below = plain and Path(image).is_relative_to(root)
    start = len(Path(root).parts) if below else 0
    if not any(part in folders for part in parents[start:]):
        start = 0
    moved = [folders.get(part, part) for part in parents[start:]]
    changed = [*parents[:start], *moved, name]
    target = str(Path(*changed)) if plain else '/'.join(changed)
    if changed == list(parts):
        raise UserError(
            f'{image} has no folder named {list(folders)}, so its label cannot be '
            f'found; labels replaces whole folder names of the path.'
        )
    stem, suffix = os.path.splitext(target)
    for candidate in (stem + ending for ending in (suffix, *SUFFIXES)):
        found = _in_any_case(candidate)
        if vsi.exists(found):
            return found
    for vector in (stem + ending for ending in VECTORS):
        if vsi.exists(vector):
            raise MissingFileError(_burn(vector))
    raise _no_label(image, f'{stem}.*')


def _in_any_case(path: str) -> str:
    """The path, or that of a file with the suffix in other letters."""
    if vsi.exists(path) or not vsi.is_plain(path):
        return path
    return same_but_case(path) or path


def _renamed(image: str, name: str, names: Mapping[str, str]) -> str:
    """File name after the first pattern that it fits."""
    stem, suffix = os.path.splitext(name)
    for old, new in names.items():
        if old.count('*') != 1 or new.count('*') != 1:
            raise UserError(
                f'labels maps file names {old!r} to {new!r}; both need exactly one *.'
            )
        head, tail = old.split('*')
        if stem.startswith(head) and stem.endswith(tail) and len(stem) >= len(old) - 1:
            kept = stem[len(head) : len(stem) - len(tail)]
            return new.replace('*', kept) + suffix
    raise UserError(
        f'{image} fits none of the names {list(names)}, so its label cannot be found; '
        f'correct labels or leave the image out.'
    )


def _no_label(image: str, wanted: str, kind: str = 'label') -> MissingFileError:
    return MissingFileError(
        f'{image} has no {kind}: {wanted} does not exist; add it or leave the image '
        f'out.'
    )


def _expand(source: str) -> list[str]:
    if vsi.exists(source):
        return [source]
    if os.path.islink(source) and vsi.is_plain(source):
        raise MissingFileError(_lost_link(source))
    if not any(sign in source for sign in '*?['):
        raise MissingFileError(
            f'{source} does not exist; check the folder or set data_root.'
        )
    if vsi.is_plain(source):
        found = sorted(glob.glob(source, recursive=True))
        found = [path for path in found if '/__MACOSX/' not in path]
    else:
        found = vsi.matching(source)
    if not found:
        raise MissingFileError(f'Nothing matches {source}; check the pattern.')
    return found


def _rasters_of(place: str) -> list[str]:
    place = vsi.as_folder(place)
    files = _files_below(place)
    if files is None:
        if place.lower().endswith(VECTORS):
            raise UserError(_burn(place))
        return read_list(place) if place.lower().endswith('.txt') else [place]
    found = [name for name in files if name.lower().endswith(SUFFIXES)]
    lost = dangling(files, SUFFIXES) if vsi.is_plain(place) else None
    if lost:
        raise MissingFileError(_lost_link(lost))
    if not found:
        vectors = [name for name in files if name.lower().endswith(VECTORS)]
        if vectors:
            raise MissingFileError(_burn(vectors[0]))
        raise MissingFileError(
            f'{place} holds no rasters ({", ".join(SUFFIXES)}); check the folder.'
        )
    return found


def _files_below(place: str) -> list[str] | None:
    """All files of a folder or of an archive's folder, None for a file."""
    if os.path.isdir(place):
        return sorted(files_below(place))
    if vsi.is_plain(place):
        return None
    if place.endswith('/') and not vsi.is_listable(place):
        raise MissingFileError(
            f'{place} is remote and cannot be listed; name its rasters in a list file.'
        )
    start = len(place.rstrip('/')) + 1
    files = vsi.files_in(place)
    return [f for f in files if not is_leftover(f[start:])] or None


def _lost_link(path: str) -> str:
    return (
        f'{path} is a link to {os.readlink(path)}, which does not exist; restore that '
        f'file or remove the link.'
    )


def _burn(path: str) -> str:
    return (
        f'{path} holds vectors, and rasters are needed; burn them onto the grid of '
        f'their image: copy it by gdal_calc.py -A IMAGE --calc="A*0+255" --type=Byte '
        f'--outfile=LABEL.tif, then gdal_rasterize -a CLASS_NUMBER {path} LABEL.tif'
    )
