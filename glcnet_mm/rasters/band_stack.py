"""Rasters whose bands lie in several files, joined by small virtual rasters (VRT)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from ..errors import UserError
from ..files import write_bytes
from ..wording import counted
from ..writable import check_folder
from .alignment import georeferenced
from .file_forms import check_form
from .integrity import WARPED_SUFFIX
from .overwrite_guard import check_apart
from .raster_io import (
    RasterInfo,
    RasterReadError,
    Window,
    how_valid,
    open_raster,
    raster_info,
)
from .references import allow_folder
from .resample import same_grid, source_region
from .sources import find_rasters, pair_labels
from .validity import band_suffices, mask_bands, stored_nodata
from .warped_raster import (
    RESAMPLINGS,
    TYPE_NAMES,
    add_band,
    name_source,
    virtual_root,
    warped_raster,
)

# Interpolated validity: at least half of a pixel, as in ``GroundGrid``.
HALF = '127:0,128:255'


def stack_bands(
    out: str, sources: Mapping[str, Sequence[int] | None], resampling: str = 'bilinear'
) -> list[str]:
    """Writes one ``.vrt`` per raster, of the same name, without copying pixels.

    Size, position and CRS are those of the first folder's raster. What lies on another
    grid is resampled to it by its geotransform when read, through a file ``.warped``
    beside. A pixel is invalid where one of the files has no data.

    Args:
        out: Folder for them; made if need be.
        sources: Folder to its 1-based bands in the order wanted, None for all. Files
            are paired by name.
        resampling: One of ``RESAMPLINGS``; pixels are averaged as far as one of the
            first folder's covers several.

    Returns:
        Paths of the stacks.

    Raises:
        MissingFileError: A folder, or a raster of a later one, is missing.
        UserError: Rasters cannot be aligned, a band is missing or of an odd type.
    """
    if resampling not in RESAMPLINGS:
        raise UserError(f'resampling={resampling} is none of {list(RESAMPLINGS)}.')
    for folder in sources:
        allow_folder(folder)
    first, *others = sources
    leaders = find_rasters(first)
    partners = (pair_labels(leaders, o, kind='further bands') for o in others)
    columns = [leaders, *partners]
    files: dict[Path, bytes] = {}
    targets = []
    for paths in zip(*columns, strict=True):
        infos = [raster_info(path) for path in paths]
        targets.append(Path(out) / Path(paths[0]).with_suffix('.vrt').name)
        files |= _stack(targets[-1], infos, list(sources.values()), resampling)
    if len(set(targets)) < len(targets):
        raise UserError(f'Two rasters in {first} have one name; stack them apart.')
    check_apart(list(sources), targets)
    check_folder(out)
    for path, content in files.items():
        write_bytes(path, content)
    return [str(target) for target in targets]


def stack_files(target: str | Path, paths: Sequence[str]) -> dict[Path, bytes]:
    """What ``stack_bands`` writes for the bands of some files; writes nothing itself.

    Args:
        target: The ``.vrt`` to be, the last of the files that are returned.
        paths: Rasters, the one whose grid counts first.
    """
    for path in paths:
        allow_folder(os.path.dirname(path) or '.')
    infos = [raster_info(path) for path in paths]
    return _stack(Path(target), infos, [None] * len(infos), 'bilinear')


def _stack(
    target: Path,
    infos: Sequence[RasterInfo],
    choices: Sequence[Sequence[int] | None],
    resampling: str,
) -> dict[Path, bytes]:
    """The files of one stack; the stack itself is the last."""
    root, masks, files = virtual_root(infos[0]), [], {}
    for order, (info, bands) in enumerate(zip(infos, choices, strict=True)):
        check_form(info.path, info.form, bands is not None)
        aligned = _check_pair(info, infos[0])
        bands = list(range(1, info.bands + 1)) if bands is None else list(bands)
        types, nodata, masked = _describe(info, bands)
        rules, _ = how_valid(info.path, bands)
        alone = any(band_suffices(value) for value in nodata if value is not None)
        path, numbers, how = info.path, bands, resampling if not aligned else 'nearest'
        # Nodata that counts only where all bands of its file hold it cannot be told
        # from the bands of a stack.
        unified = len(infos) > 1 and not alone and None not in nodata
        if not aligned or unified:
            helper = target.with_suffix(f'.{order}{WARPED_SUFFIX}')
            files[helper] = warped_raster(
                target.parent, info, bands, infos[0], how, rules.mask_band
            )
            masks.append((str(helper), str(len(bands) + 1), HALF))
            nodata = nodata if alone else [None] * len(bands)
        else:
            masks += [(path, f'mask,{band}', HALF) for band in masked[:1]]
            if rules.mask_band is not None:
                band, full = rules.mask_band
                masks.append((path, str(band), f'{full / 2 - 1e-3}:0,{full / 2}:255'))
        tags = ['Alpha' if band in info.alpha else None for band in bands]
        if not aligned:
            path, numbers = str(helper), list(range(1, len(bands) + 1))
        for number, dtype, value, tag in zip(numbers, types, nodata, tags, strict=True):
            node = add_band(root, len(root.findall('VRTRasterBand')) + 1, dtype, value)
            if tag is not None:
                SubElement(node, 'ColorInterp').text = tag
            _add_source(node, 'SimpleSource', path, number, target.parent)
    _add_mask(root, masks, target.parent)
    return files | {target: tostring(root)}


def _describe(
    info: RasterInfo, bands: Sequence[int]
) -> tuple[list[str], list[np.generic | None], list[int]]:
    """Types and nodata of some bands, and which of their masks count."""
    with open_raster(info.path) as source:
        for band in bands:
            if not 1 <= band <= source.count:
                raise RasterReadError(
                    f'{info.path} has {counted(source.count, "band")}, not band {band}.'
                )
        types = [np.dtype(source.dtypes[band - 1]).name for band in bands]
        nodata = [
            stored_nodata(source.nodatavals[band - 1], dtype)
            for band, dtype in zip(bands, types, strict=True)
        ]
        masked = mask_bands(source, list(bands))
    for dtype in types:
        if dtype not in TYPE_NAMES:
            raise UserError(
                f'{info.path} is of type {dtype}; known are {list(TYPE_NAMES)}.'
            )
    return types, nodata, masked


def _check_pair(info: RasterInfo, first: RasterInfo) -> bool:
    """Whether a raster lies on the grid of the first.

    Raises:
        UserError: It cannot be aligned.
    """
    sizes = [f'{i.width}x{i.height}' for i in (info, first)]
    if not georeferenced(info) and not georeferenced(first):
        if sizes[0] != sizes[1]:
            raise UserError(
                f'{info.path} has {sizes[0]} pixels but {first.path} has {sizes[1]}; '
                f'without a georeference only rasters of one size stack.'
            )
        return True
    if (info.crs is None) != (first.crs is None):
        without, other = sorted((info, first), key=lambda i: i.crs is not None)
        raise UserError(
            f'{without.path} has no CRS but {other.path} has one, so they cannot be '
            f'aligned; georeference the former, for example by gdal_edit -a_srs.'
        )
    whole = Window(0, 0, first.width, first.height)
    if source_region(info, first, whole, nearest=True) is None:
        raise UserError(
            f'{info.path} and {first.path} lie in different places; correct the '
            f'pairing by name or a geotransform.'
        )
    return sizes[0] == sizes[1] and same_grid(info, first, whole) == whole


def _add_source(
    parent: Element, kind: str, path: str, band: int | str, folder: Path
) -> Element:
    node = SubElement(parent, kind)
    name_source(node, 'SourceFilename', path, folder)
    SubElement(node, 'SourceBand').text = str(band)
    return node


def _add_mask(
    root: Element, masks: Sequence[tuple[str, str, str]], folder: Path
) -> None:
    """A mask that is the product of those of the files."""
    if not masks:
        return
    node = add_band(SubElement(root, 'MaskBand'), 1, 'uint8', None)
    del node.attrib['band']
    if len(masks) > 1:
        node.set('subClass', 'VRTDerivedRasterBand')
        SubElement(node, 'PixelFunctionType').text = 'mul'
    for path, band, threshold in masks:
        source = _add_source(node, 'ComplexSource', path, band, folder)
        SubElement(source, 'LUT').text = threshold
