"""Several starts on several draws of labels: mean and spread of the scores."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..demo.report import SCORES, read_overall
from ..demo.steps import call_tool, train_once
from ..errors import MissingFileError
from ..files import write_json
from ..visualization.page import markdown_text
from ..writable import check_folder


def compare_starts(
    configs: Sequence[str], windows: str, seeds: Sequence[int], work_dir: str
) -> dict[str, dict[str, list[float]]]:
    """Fine-tunes and tests every config on every draw; finished runs are kept.

    Args:
        configs: Fine-tuning configs that differ in their start.
        windows: Path of the windows files with ``{}`` for the seed, which also seeds
            weights and samples.
        seeds: Of the draws.
        work_dir: Folder for the runs; ``comparison.json`` is written there.

    Raises:
        MissingFileError: A config or a file of windows is missing.

    Returns:
        Config name to score name to one percentage per seed.
    """
    check_folder(work_dir)
    here = Path.cwd()
    for path in [*configs, *(windows.format(seed) for seed in seeds)]:
        if not Path(path).is_file():
            raise MissingFileError(f'{path} does not exist; correct its path.')
    found: dict[str, dict[str, list[float]]] = {}
    for seed in seeds:
        for config in configs:
            name = Path(config).stem
            run = f'{work_dir}/{name}_seed{seed}'
            options = [
                f'train_dataloader.dataset.windows_file={windows.format(seed)}',
                f'randomness.seed={seed}',
            ]
            checkpoint = train_once(here, config, run, *options)
            out = f'{run}/scores.json'
            call_tool(
                here, out, 'test.py', config, checkpoint, '--work-dir', f'{run}/test',
                '--cfg-options', f'test_evaluator.out_file={out}',
            )  # fmt: skip
            for score, value in read_overall(here / out).items():
                found.setdefault(name, {}).setdefault(score, []).append(value)
    write_json(Path(work_dir) / 'comparison.json', found)
    return found


def comparison_table(found: dict[str, dict[str, list[float]]]) -> str:
    """A Markdown table of mean and standard deviation over the seeds."""
    rows = ['| start | ' + ' | '.join(SCORES) + ' |', '|---' * (len(SCORES) + 1) + '|']
    for name, scores in found.items():
        cells = [
            f'{np.mean(scores[s]):.2f} ± {np.std(scores[s], ddof=1):.2f}'
            if len(scores[s]) > 1
            else f'{scores[s][0]:.2f}'
            for s in SCORES
        ]
        rows.append(f'| {markdown_text(name)} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(rows)
