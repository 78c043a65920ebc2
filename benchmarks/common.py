"""What the benchmarks share: times, the processor's name, writing the result."""

import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from glcnet_mm.files import write_json


def median_ms(work: Callable[[int], object], repeats: int) -> float:
    """Milliseconds of one call, after a warm-up."""
    times = []
    for repeat in range(repeats + 3):
        start = time.perf_counter()
        work(repeat)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times[3:]), 3)


def processor() -> str:
    """Name of the processor as far as the system tells."""
    info = Path('/proc/cpuinfo')
    if not info.exists():
        return platform.processor()
    lines = info.read_text().splitlines()
    return next(x.split(':')[1].strip() for x in lines if x.startswith('model name'))


def write_result(benchmark: str, result: dict) -> None:
    """Prints the result and writes ``results/<benchmark>.json``."""
    out = Path(__file__).parent / 'results' / f'{benchmark}.json'
    write_json(out, result)
    print(json.dumps(result, indent=1))
