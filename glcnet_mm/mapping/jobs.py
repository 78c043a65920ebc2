"""Which maps a call is to make."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from ..paths import names_below
from ..rasters.overwrite_guard import check_apart
from ..rasters.sources import find_rasters
from ..rasters.vsi import is_plain
from .output_checks import check_not_input, file_ids
from .polygons import check_polygons
from .scene_map import check_files

MAP_SUFFIXES = ('.tif', '.tiff')
SUFFIXES = ('.tif', '.tif', '.gpkg')  # of what is made beside the map


class MapJob(NamedTuple):
    """One scene and the files made of it."""

    scene: str
    out: str
    probabilities: str | None = None
    entropy: str | None = None
    polygons: str | None = None


def plan_jobs(
    sources: Sequence[str],
    out: str,
    probabilities: str | None = None,
    entropy: str | None = None,
    polygons: str | None = None,
    inputs: Sequence[str] = (),
) -> list[MapJob]:
    """Finds the scenes, names their maps and checks all files.

    Args:
        sources: Rasters, folders, patterns or list files; see ``find_rasters``.
        out: A .tif file for one scene; else a folder for maps with the scenes' names,
            and with their folders where several scenes have one name.
        probabilities: The same for the probabilities.
        entropy: The same for the entropy.
        polygons: The same for the polygons, .gpkg.
        inputs: Further files that must not be overwritten.

    Raises:
        UserError: A map could not be written, would be taken for a scene by the next
            call, or two would have one name.
    """
    scenes = find_rasters(sources)
    names = (out, probabilities, entropy, polygons)
    if Path(out).suffix.lower() in MAP_SUFFIXES:
        if len(scenes) > 1:
            raise UserError(
                f'{out} can be the map of one scene only, and there are {len(scenes)}: '
                'name a folder.'
            )
        jobs = [MapJob(scenes[0], *names)]
    else:
        called = zip(scenes, _short_names(scenes), strict=True)
        jobs = [_in_folders(scene, name, *names) for scene, name in called]
    _check_apart(jobs)
    used = file_ids([*scenes, *inputs])
    for job in jobs:
        rasters = [name for name in job[1:4] if name is not None]
        for name in job[1:]:
            check_not_input(name or '', used)
        check_files(job.scene, rasters)
        if job.polygons is not None:
            check_polygons(job.polygons, job.scene)
    check_apart(sources, [name for job in jobs for name in job[1:4] if name])
    return jobs


def _short_names(scenes: Sequence[str]) -> list[str]:
    """Names of scenes without suffix; with their folders where some are the same."""
    names = [Path(scene).stem for scene in scenes]
    if len(set(names)) == len(names) or not all(map(is_plain, scenes)):
        return names
    return names_below([os.path.abspath(scene) for scene in scenes])


def _in_folders(scene: str, name: str, out: str, *others: str | None) -> MapJob:
    def within(folder: str, suffix: str) -> str:
        return str(Path(folder) / f'{name}{suffix}')

    beside = zip(others, SUFFIXES, strict=True)
    further = (None if folder is None else within(folder, s) for folder, s in beside)
    return MapJob(scene, within(out, '.tif'), *further)


def _check_apart(jobs: Sequence[MapJob]) -> None:
    taken: dict[str, str] = {}
    for job in jobs:
        other = taken.setdefault(job.out, job.scene)
        if other != job.scene:
            raise UserError(
                f'{other} and {job.scene} would both be mapped to {job.out}: map them '
                'to two folders.'
            )
