"""Scenes whose bands lie in several rasters, such as optical and SAR."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import MissingFileError, UserError
from ..files import write_bytes
from ..rasters.band_stack import stack_files
from ..rasters.sources import pair_labels
from .jobs import MapJob

SUFFIX = '.bands.vrt'
VIRTUAL = b'<VRTDataset'


def further_rasters(scenes: Sequence[str], sources: Sequence[str]) -> list[list[str]]:
    """The rasters whose bands follow those of every scene.

    Args:
        scenes: Rasters to be mapped.
        sources: Each a folder with rasters of the scenes' names, or, for a single
            scene, a raster.

    Raises:
        MissingFileError: There is no such raster.
        UserError: One raster is named for several scenes.
    """
    columns = []
    for source in sources:
        if Path(source).is_dir():
            columns.append(pair_labels(scenes, source, kind='further bands'))
            continue
        if not Path(source).is_file():
            raise MissingFileError(
                f'{source}, named for further bands, does not exist; correct its path.'
            )
        if len(scenes) > 1:
            raise UserError(
                f'{source} is one raster, but there are {len(scenes)} scenes; name a '
                f'folder with rasters of their names.'
            )
        columns.append([source])
    return [list(found) for found in zip(*columns, strict=True)]


def join_further(job: MapJob, rasters: Sequence[str]) -> MapJob:
    """The same job on a virtual raster of all bands, which stays beside the map.

    Bands are aligned to the scene by their geotransforms; no pixels are copied.

    Raises:
        UserError: They cannot be aligned, or another file has the name.
    """
    target = Path(job.out).with_suffix(SUFFIX)
    for path, content in stack_files(target, [job.scene, *rasters]).items():
        # A file that is right already keeps its time, by which maps go on.
        before = path.read_bytes() if path.exists() else None
        if before is not None and not before.startswith(VIRTUAL):
            raise UserError(
                f'{path} would hold the bands of {job.scene} and its further rasters, '
                f'but is another file; remove it or give the map another name.'
            )
        if before != content:
            write_bytes(path, content)
    return job._replace(scene=str(target))
