"""Striped GeoTIFFs rewritten as tiles, with everything that they say kept."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from ..errors import UserError, WriteError
from ..files import whole_file
from ..writable import check_folder
from .memory_bound import large_block
from .overwrite_guard import check_apart
from .raster_io import RasterReadError, open_raster, raster_info
from .same_raster import differing_facts, equal_pixels, strips
from .sources import find_rasters
from .tiled_copy import BLOCK_PX, write_tiled
from .vsi import is_plain

LOSSLESS = ('', 'LZW', 'DEFLATE', 'ZSTD', 'PACKBITS', 'LZMA')


class Job(NamedTuple):
    """A raster to rewrite."""

    source: str
    target: str


class RetilePlan(NamedTuple):
    """What to do.

    Attributes:
        jobs: Rasters to rewrite.
        kept: For each raster that stays as it is, why.
        damaged: Sentences on those that cannot be read.
    """

    jobs: list[Job]
    kept: dict[str, str]
    damaged: list[str]


class NotRewrittenError(UserError):
    """One raster cannot be rewritten; others may."""


def plan(sources: Sequence[str], out: str | None = None) -> RetilePlan:
    """What to rewrite, told from headers, before anything is written.

    Args:
        sources: Rasters, folders, patterns or list files; see ``find_rasters``.
        out: Folder for the new files, with the sub-folders of the sources; None to
            replace the files.

    Raises:
        MissingFileError: A source does not exist.
        UserError: Two files would be written to one, or one where the next call would
            take it for a source; or there is no room.
    """
    jobs, kept, damaged = [], {}, []
    for source in sources:
        for path in find_rasters(source):
            target = _target(path, source, out)
            try:
                raster_info(path)
                reason = _reason_to_keep(path, target)
            except RasterReadError as error:
                damaged.append(str(error))
                continue
            if reason is None:
                jobs.append(Job(path, target))
            else:
                kept[path] = reason
    by_target: dict[str, str] = {}
    for job in jobs:
        other = by_target.setdefault(job.target, job.source)
        if other != job.source:
            raise UserError(
                f'{job.source} and {other} would both become {job.target}; name their '
                f'common folder instead, or give them folders of their own.'
            )
    jobs = [Job(source, target) for target, source in by_target.items()]
    if out is not None:
        check_apart(sources, [job.target for job in jobs])
    _check_room(jobs)
    return RetilePlan(jobs, kept, damaged)


def retile_all(
    jobs: Sequence[Job], overviews: bool, report: Callable[[Job, int], None]
) -> list[str]:
    """Rewrites one raster after the other; what cannot be, does not stop the others.

    Args:
        jobs: What to rewrite.
        overviews: See ``retile``.
        report: Called with each job, and its number from 1, when it is done.

    Returns:
        Sentences on the rasters that cannot be rewritten.

    Raises:
        WriteError: Nothing more can be written.
    """
    failed = []
    for number, job in enumerate(jobs, 1):
        try:
            retile(*job, overviews)
        except (NotRewrittenError, RasterReadError) as error:
            failed.append(str(error))
        else:
            report(job, number)
    return failed


def retile(source: str, target: str, overviews: bool = False) -> None:
    """Rewrites one raster; ``target`` appears when it was compared with the source.

    Args:
        source: A striped GeoTIFF.
        target: The new file, which may be the source itself.
        overviews: Add halved sizes down to a block, if the source has none.

    Raises:
        NotRewrittenError: The source is damaged, or the copy would differ from it.
        WriteError: It cannot be written. The source is as it was in each case.
    """
    final = Path(target).resolve()
    with open_raster(source) as original:
        fault = large_block(original)
        if fault is not None:
            raise NotRewrittenError(f'{source} {fault}')
        try:
            with whole_file(final) as partial:
                _rewrite(original, partial, final, overviews)
        except (CPLE_BaseError, RasterioError, RasterReadError) as error:
            _check_source(original)
            raise WriteError(
                f'{final} could not be written ({error.__cause__ or error}); {source} '
                f'is as it was. Is the disk full?'
            ) from error


def _check_source(original: rasterio.DatasetReader) -> None:
    """Tells a damaged source from a target that cannot be written."""
    try:
        for window in strips(original.width, original.height):
            original.read(window=window)
    except RasterioError as error:
        raise NotRewrittenError(
            f'{original.name} is damaged and cannot be rewritten '
            f'({error.__cause__ or error}); it is as it was. Copy it again.'
        ) from error


def _check_room(jobs: Sequence[Job]) -> None:
    """Refuses folders without room for the largest of their files."""
    needed: dict[str, int] = {}
    for source, target in jobs:
        folder = os.path.dirname(os.path.abspath(target))
        size = os.path.getsize(source) if is_plain(source) else 0
        needed[folder] = max(size, needed.get(folder, 0))
    for folder, size in needed.items():
        check_folder(folder, size)


def _rewrite(
    original: rasterio.DatasetReader, partial: Path, final: Path, overviews: bool
) -> None:
    aux = partial.with_name(f'{partial.name}.aux.xml')
    try:
        write_tiled(original, partial, overviews)
        _check(original, partial, overviews)
        if final.exists():
            shutil.copymode(final, partial)
        _keep_aux(aux, final)
    finally:
        aux.unlink(missing_ok=True)


def _target(path: str, source: str, out: str | None) -> str:
    if out is None:
        return path
    inner = os.path.relpath(path, source) if os.path.isdir(source) else ''
    return os.path.join(out, inner or os.path.basename(path))


def _reason_to_keep(path: str, target: str) -> str | None:
    with open_raster(path) as source:
        block_height, block_width = source.block_shapes[0]
        coder = source.tags(ns='IMAGE_STRUCTURE').get('COMPRESSION', '')
        if source.driver != 'GTiff':
            return f'it is of format {source.driver}, no GeoTIFF'
        if block_width != source.width or block_width == block_height == BLOCK_PX:
            return 'it is tiled already'
        if max(source.width, source.height) <= BLOCK_PX:
            return f'it is no larger than one block of {BLOCK_PX} px'
        if coder not in LOSSLESS:
            return f'its {coder} compression loses, and without it the file would grow'
    if not is_plain(path) and path == target:
        return 'it lies in an archive or elsewhere; write to a folder instead'
    if path != target and os.path.exists(target):
        return f'{target} exists'
    return None


def _check(original: rasterio.DatasetReader, partial: Path, overviews: bool) -> None:
    """Raises OSError unless the copy says all that the original says."""
    raster_info(str(partial))
    with rasterio.open(partial) as copy:
        lost = differing_facts(original, copy)
        if overviews:
            lost.discard('overviews')
        if not lost and not equal_pixels(original, copy):
            lost = {'pixels'}
    if lost:
        raise NotRewrittenError(
            f'{original.name} cannot be rewritten without a change of its '
            f'{", ".join(sorted(lost))}; it is as it was.'
        )


def _keep_aux(aux: Path, final: Path) -> None:
    """Puts what GeoTIFF has no place for beside the file, unless it is there."""
    beside = final.with_name(f'{final.name}.aux.xml')
    if aux.exists() and not (final.exists() and beside.exists()):
        aux.replace(beside)
