"""What the mapping tool does, from the checks to the report."""

import argparse
from itertools import chain

from ..config import read_config
from ..errors import UserError
from ..rasters.raster_io import raster_info
from ..rasters.references import allow_data_roots
from ..rasters.sources import find_rasters
from .ensemble import SceneModel, load_model
from .extra_rasters import further_rasters, join_further
from .jobs import MapJob, plan_jobs
from .polygons import write_polygons
from .report import ClassArea, check_report, class_areas, report_lines, write_report
from .scene_map import NothingToMap, map_scene
from .sliding_window import SlidingWindow
from .tiling import Part, parse_part


def map_all(args: argparse.Namespace) -> None:
    """Maps all scenes of a call.

    Args:
        args: Of ``tools/predict_scene.py``.
    """
    part = _checked_part(args)
    config = read_config(args.config, args.cfg_options)
    allow_data_roots(config)
    further = further_rasters(find_rasters(args.scenes), args.further)
    jobs = plan_jobs(
        args.scenes,
        args.out,
        args.probabilities,
        args.entropy,
        args.polygons,
        [args.config, *args.checkpoint, *chain.from_iterable(further)],
    )
    if further:
        pairs = zip(jobs, further, strict=True)
        jobs = [join_further(job, rasters) for job, rasters in pairs]
    model = load_model(config, args.checkpoint, args.device, args.flips, args.precision)
    for job in jobs:  # a wrong scene is found before hours went into the others
        model.check_scene(raster_info(job.scene))
    reports: dict[str, list[ClassArea]] = {}
    empty = []
    for job in jobs:
        try:
            areas = _map(model, job, args, part)
        except NothingToMap as error:
            empty.append(str(error))
        else:
            reports |= {job.out: areas} if areas else {}
    if args.report and reports:
        write_report(args.report, reports)
    if empty:
        raise NothingToMap(' '.join(empty))


def _checked_part(args: argparse.Namespace) -> Part | None:
    """The part to be made, None for all, once the other settings are found right."""
    if args.min_area < 0:
        raise UserError(f'--min-area must not be negative, got {args.min_area}.')
    part = parse_part(args.part) if args.part else None
    if part and (args.report or args.polygons):
        raise UserError(
            'The report and the polygons are made of whole maps: leave them out with '
            '--part, and give them to the call without it.'
        )
    if args.report:
        check_report(args.report)
    return part


def _map(
    model: SceneModel, job: MapJob, args: argparse.Namespace, part: Part | None
) -> list[ClassArea]:
    """Maps a scene and tells; returns the areas, none of a part."""
    sliding = SlidingWindow(args.window, args.overlap, args.batch_size)
    done = map_scene(model, *job[:4], sliding, part)
    print(done)  # noqa: T201
    if part:
        return []
    areas = class_areas(job.out)
    print('\n'.join(report_lines(areas)))  # noqa: T201
    if job.polygons:
        write_polygons(job.out, job.polygons, args.min_area)
        print(f'Polygons written to {job.polygons}')  # noqa: T201
    return areas
