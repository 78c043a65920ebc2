"""Runs all benchmarks, one after the other, and prints one table.

    GLCNET_MM_DATA=/folder/of/imagery python benchmarks/run.py [names ...]

Peers that are installed (``pip install -r benchmarks/requirements-peers.txt``) are
timed beside, and so is the authors' code where ``GLCNET_MM_AUTHORS`` names its folder;
what is absent is said in the table. One that fails stops no other. Every benchmark
writes its file in benchmarks/results.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent.resolve()
ROOT, SAMPLE = HERE.parent, 'data/sample'
NAMES = (
    'start_up',
    'view_speed',
    'authors_sample',
    'reader_speed',
    'resample_speed',
    'index_scale',
    'contrast_speed',
    'tuple_cost',
    'method_cost',
    'map_network',
    'map_peers',
    'map_speed',
    'centre_error',
    'choose_speed',
    'gpu',
)
# They train on it, and read no other.
NEED_SAMPLE = ('start_up', 'method_cost')


def run(name: str) -> list[tuple[str, str]]:
    """Runs one; lines of the table."""
    if name in NEED_SAMPLE and not (ROOT / SAMPLE).exists():
        tool = ROOT / 'tools/make_sample.py'
        subprocess.run([sys.executable, tool, SAMPLE], cwd=ROOT, check=True)
    begin, busy = time.perf_counter(), processor_seconds()
    done = subprocess.run([sys.executable, HERE / f'{name}.py'], cwd=ROOT)
    took = f'{processor_seconds() - busy:.0f} s of processor time'
    took += f', {time.perf_counter() - begin:.0f} s elapsed'
    if done.returncode:
        return [('failed', f'status {done.returncode} after {took}')]
    path = HERE / 'results' / f'{name}.json'
    result = json.loads(path.read_text()) if path.exists() else {}
    return [*result.get('summary', {}).items(), (f'results/{name}.json', took)]


def processor_seconds() -> float:
    """What the children that have ended took so far, with their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(rows: dict[str, list[tuple[str, str]]]) -> str:
    """The lines of all benchmarks, side by side."""
    flat = [(name, *line) for name, lines in rows.items() for line in lines]
    widths = [max(len(row[column]) for row in flat) for column in range(2)]
    return '\n'.join(f'{a:<{widths[0]}}  {b:<{widths[1]}}  {c}' for a, b, c in flat)


def main() -> int:
    """Runs what is asked for; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', choices=[*NAMES, []], default=[])
    names = parser.parse_args().names or NAMES
    rows = {name: run(name) for name in names}
    print(table(rows))
    return int(any(lines[0][0] == 'failed' for lines in rows.values()))


if __name__ == '__main__':
    sys.exit(main())
