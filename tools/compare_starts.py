"""Fine-tunes from several starts on several draws of labels and prints the scores.

python tools/compare_starts.py CONFIG CONFIG --windows FILES --seeds 0 1 2
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import run_tool


def main() -> None:
    """Reads the command line, runs, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('configs', nargs='+', help='fine-tuning configs')
    parser.add_argument('--windows', required=True, help='windows files, {} the seed')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--work-dir', default='work_dirs/comparison')
    args = parser.parse_args()
    for config in args.configs:
        check_config_path(config)
    register()
    from glcnet_mm.studies.compare import compare_starts, comparison_table

    found = compare_starts(args.configs, args.windows, args.seeds, args.work_dir)
    print(comparison_table(found))


if __name__ == '__main__':
    run_tool(main)
