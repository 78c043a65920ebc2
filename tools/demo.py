"""Runs the whole demonstration: sample, pre-training, fine-tuning, map, report.

python tools/demo.py demo
"""

import argparse

from glcnet_mm.console.tool import run_tool


def main() -> None:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder', help='folder for everything the demonstration makes')
    folder = parser.parse_args().folder
    from glcnet_mm.demo.demonstration import run_demo

    run_demo(folder)


if __name__ == '__main__':
    run_tool(main)
