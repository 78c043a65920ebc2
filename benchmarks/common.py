"""What the benchmarks share: times, pixels, the processor's name, the result."""

import json
import multiprocessing
import os
import platform
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from glcnet_mm.files import write_json


def median_ms(work: Callable[[int], object], repeats: int) -> float:
    """Milliseconds of processor time of one call, after a warm-up."""
    return spread(seconds_in_turn(dict(work=work), repeats)['work'])['ms']


def seconds_in_turn(
    ways: dict[str, Callable[[int], object]], repeats: int, warm: int = 3
) -> dict[str, list[float]]:
    """Processor time of each way's calls, which take turns; the first warm up.

    Other work on the machine changes it little, and what it changes hits all alike.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + warm):
        for name, way in ways.items():
            begin = time.process_time()
            way(repeat)
            if repeat >= warm:
                times[name].append(time.process_time() - begin)
    return times


def spread(seconds: Sequence[float], per: int = 1) -> dict:
    """Median in milliseconds, with the quartiles, of a share of each call."""
    low, median, high = np.percentile(seconds, [25, 50, 75]) * 1000 / per
    return dict(ms=round(median, 3), quartiles=[round(low, 3), round(high, 3)])


def smooth_pixels(bands: int, side: int, seed: int = 0) -> np.ndarray:
    """``(bands, side, side)`` uint8 that deflates about as imagery does."""
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((bands, side // 8, side // 8)).astype(np.float32)
    planes = [cv2.resize(plane, (side, side)) for plane in coarse]
    noisy = np.stack(planes) * 40 + 3 * rng.standard_normal((bands, side, side))
    return (127 + noisy).clip(0, 255).astype(np.uint8)


def imagery() -> Path | None:
    """Folder of real imagery, if ``GLCNET_MM_DATA`` names one."""
    name = os.environ.get('GLCNET_MM_DATA')
    return Path(name) if name and Path(name).is_dir() else None


def naip_scenes() -> list[Path]:
    """Its scenes of NAIP, 4 bands; none without imagery."""
    folder = imagery()
    return sorted((folder / 'naip_series').glob('*.tif')) if folder else []


def apart(work: Callable[..., dict], *args: object) -> dict:
    """Result of a child process, with its seconds and its further megabytes."""
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe()

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start, busy = time.perf_counter(), time.process_time()
        result = work(*args)
        seconds = time.perf_counter() - start
        busy = time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cost = dict(
            elapsed_seconds=round(seconds, 3),
            seconds=round(busy, 3),
            megabytes=(peak - before) // 1024,
        )
        sender.send({**cost, **result})

    process = context.Process(target=child)
    process.start()
    sender.close()
    result = receiver.recv()
    process.join()
    return result


def processor() -> str:
    """Name of the processor as far as the system tells."""
    info = Path('/proc/cpuinfo')
    if not info.exists():
        return platform.processor()
    lines = info.read_text().splitlines()
    return next(x.split(':')[1].strip() for x in lines if x.startswith('model name'))


def write_result(
    benchmark: str, result: dict, summary: dict[str, str] | None = None
) -> None:
    """Prints the result and writes ``results/<benchmark>.json``.

    Args:
        benchmark: Its name.
        result: All figures.
        summary: Lines for the table of ``run.py``.
    """
    out = Path(__file__).parent / 'results' / f'{benchmark}.json'
    if summary:
        result = dict(result, summary=summary)
    write_json(out, result)
    print(json.dumps(result, indent=1))
