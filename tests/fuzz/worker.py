"""A process that damages files and reads them, case by case."""

import logging
import os
import resource
import shutil
import sys
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glcnet_mm.console.tool import run_tool

from .checkpoints import checkpoint_targets
from .mutations import mutate
from .rasters import label_targets, raster_targets
from .results import map_targets, result_targets
from .tables import table_targets
from .target import Target

# A damaged header must not take the machine's memory before the process is noticed.
MEMORY_BYTES = 16 * 2**30


class Outcome(NamedTuple):
    """What became of a case.

    Attributes:
        case: Its number; with the seed it tells all of it.
        group: Of its target.
        name: Of its file.
        kind: accepted, refused, unnamed (refused without the file's name), traceback,
            or, as the caller finds, hang or crash.
        seconds: Of the processor that reading took.
        text: The sentence or the traceback.
        memory: Most bytes that the process has held.
    """

    case: int
    group: str
    name: str
    kind: str
    seconds: float
    text: str = ''
    memory: int = 0


def make_targets(folder: Path) -> list[Target]:
    """All targets, in a fixed order."""
    return [
        *raster_targets(folder / 'rasters'),
        *label_targets(folder / 'labels'),
        *table_targets(folder / 'tables'),
        *checkpoint_targets(),
        *result_targets(folder / 'study'),
        *map_targets(folder / 'map'),
    ]


def work(connection: Connection, folder: Path, seed: int) -> None:
    """Answers each number of a case with its outcome, after one with all names."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    sys.stdout = sys.stderr = open(os.devnull, 'w')  # noqa: SIM115
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.RLIM_INFINITY))
    os.chdir(folder)
    targets = make_targets(folder)
    connection.send([(target.group, Path(target.name).name) for target in targets])
    while True:
        connection.send(run_case(targets, connection.recv(), folder, seed))


def run_case(targets: list[Target], case: int, folder: Path, seed: int) -> Outcome:
    """Damages a target and reads it."""
    target = targets[case % len(targets)]
    rng = np.random.default_rng([seed, case])
    content = mutate(target.content, rng, target.is_text)
    own = folder / f'case{case}'
    own.mkdir()
    for name, sound in target.beside.items():
        (own / name).write_bytes(sound)
    path = own / target.name  # a whole path stays what it is
    path.write_bytes(content)
    start = time.process_time()
    kind, text = _read(target, path)
    seconds = time.process_time() - start
    if Path(target.name).is_absolute():
        path.write_bytes(target.content)
    shutil.rmtree(own)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Outcome(case, target.group, path.name, kind, seconds, text, memory)


def _read(target: Target, path: Path) -> tuple[str, str]:
    """Kind and text; a sentence of ours is told by the tools' own rule."""
    names = [str(path.with_name(name)) for name in (path.name, target.owner) if name]
    if Path(target.name).is_absolute():
        names.append(str(path.parent))  # of a run or a map, which the file belongs to
    told = []
    try:
        run_tool(lambda: told.append(target.run(path)))
    except SystemExit as end:
        told = [str(end.code)]
    except BaseException:
        return 'traceback', traceback.format_exc()
    for sentence in filter(None, told):
        named = any(name in sentence for name in names)
        return ('refused' if named and '\n' not in sentence else 'unnamed'), sentence
    return 'accepted', ''
