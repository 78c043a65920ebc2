"""Runs all benchmarks, one after the other, and prints one table.

    GLCNET_MM_DATA=/folder/of/imagery python benchmarks/run.py [names ...]

Peers that are installed (``pip install -r benchmarks/requirements.txt``) are timed
beside. Every benchmark writes its file in benchmarks/results.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    'view_speed',
    'reader_speed',
    'index_scale',
    'contrast_speed',
    'tuple_cost',
    'method_cost',
    'map_network',
    'map_speed',
    'centre_error',
    'gpu',
)


def run(name: str) -> list[tuple[str, str]]:
    """Runs one; lines of the table."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, HERE / f'{name}.py'])
    if done.returncode:
        return [('failed', f'status {done.returncode}')]
    path = HERE / 'results' / f'{name}.json'
    result = json.loads(path.read_text()) if path.exists() else {}
    lines = [*result.get('summary', {}).items()]
    took = f'{time.perf_counter() - begin:.0f} s'
    return lines or [(f'results/{name}.json', f'written in {took}')]


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
