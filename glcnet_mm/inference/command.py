"""What the mapping tool does, from the checks to the report."""

import argparse
import os

import torch
from mmengine.config import Config

from .ensemble import load_model
from .jobs import plan_jobs
from .pieces import parse_part
from .polygons import write_polygons
from .report import check_report, class_areas, report_lines, write_report
from .scene_map import map_scene


def map_all(args: argparse.Namespace) -> None:
    """Maps all scenes of a call.

    Args:
        args: Of ``tools/predict_scene.py``.
    """
    if not os.path.isfile(args.config):
        raise FileNotFoundError(f'The config {args.config} does not exist.')
    part = parse_part(args.part) if args.part else None
    if part and (args.report or args.polygons):
        raise ValueError(
            'The report and the polygons are made of whole maps: leave them out with '
            '--part, and give them to the call without it.'
        )
    jobs = plan_jobs(
        args.scenes,
        args.out,
        args.probabilities,
        args.entropy,
        args.polygons,
        [args.config, *args.checkpoint],
    )
    if args.report:
        check_report(args.report)
    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options)
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    model = load_model(config, args.checkpoint, device, args.flips)
    reports = {}
    for job in jobs:
        done = map_scene(
            model,
            *job[:4],
            window_px=args.window,
            overlap_px=args.overlap,
            batch_size=args.batch_size,
            part=part,
        )
        print(done)  # noqa: T201
        if part:
            continue
        reports[job.out] = class_areas(job.out)
        print('\n'.join(report_lines(reports[job.out])))  # noqa: T201
        if job.polygons:
            write_polygons(job.out, job.polygons, args.min_area)
            print(f'Polygons written to {job.polygons}')  # noqa: T201
    if args.report:
        write_report(args.report, reports)
