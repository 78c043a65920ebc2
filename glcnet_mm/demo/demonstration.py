"""The demonstration: sample, pre-training, two fine-tunings, a map and a report."""

from pathlib import Path

from ..files import write_json
from ..shipped import shipped_file
from ..writable import check_folder
from .report import Run, draw_report, read_overall, score_rows
from .steps import call_tool, train_once

PRETRAIN = 'glcnet_r18_demo_sample'
STARTS = {
    'random': 'deeplabv3plus_r18_random_demo_sample',
    'GLCNet': 'deeplabv3plus_r18_glcnet_demo_sample',
}
SCENE = 'data/sample/test/images/scene_8.tif'
TRUTH = 'data/sample/test/labels/scene_8.tif'
BEGIN = 'Nine steps, minutes on two cores; what is done is not repeated.'
LIMITS = """
One draw of 24 windows and a pre-training of minutes show that the way works, not how
much it brings: docs/results.md has means over draws, and tools/label_efficiency.py
measures on imagery of your own.
"""


def run_demo(folder: str | Path) -> None:
    """Runs all steps in ``folder``; finished ones are not repeated.

    Every step is a call of one of the tools, as a user would make it. Writes
    ``map_random.tif``, ``map_GLCNet.tif``, ``report.png`` and ``report.json``.
    """
    folder = Path(folder).resolve()
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    print(BEGIN, flush=True)  # noqa: T201
    call_tool(folder, 'data/sample/classes.json', 'make_sample.py', 'data/sample')
    windows = 'data/sample/windows.tsv'
    split = [_config(STARTS['random']), windows, '--fraction', '0.087']
    call_tool(folder, windows, 'make_splits.py', *split)
    train_once(folder, _config(PRETRAIN), _log(PRETRAIN))
    for start, name in STARTS.items():
        checkpoint = train_once(folder, _config(name), _log(name))
        _test(folder, name, checkpoint)
        _map(folder, start, name, checkpoint)
    runs = {
        start: Run(
            folder / f'map_{start}.tif', _scores(folder, name), folder / _log(name)
        )
        for start, name in STARTS.items()
    }
    draw_report(
        folder / 'report.png',
        folder / 'work_dirs' / PRETRAIN,
        folder / SCENE,
        folder / TRUTH,
        runs,
    )
    summary = {start: run.scores['overall'] for start, run in runs.items()}
    write_json(folder / 'report.json', summary)
    print('\n'.join(score_rows(summary)))  # noqa: T201
    print(LIMITS)  # noqa: T201
    print(f'The report is {folder}/report.png, the map map_GLCNet.tif.')  # noqa: T201


def _config(name: str) -> str:
    method, _, _ = name.partition('_')
    return str(shipped_file('configs', method, f'{name}.py'))


def _log(name: str) -> str:
    return f'work_dirs/{name}'


def _scores(folder: Path, name: str) -> dict:
    path = folder / _log(name) / 'scores.json'
    return dict(overall=read_overall(path))


def _test(folder: Path, name: str, checkpoint: str) -> None:
    out = f'{_log(name)}/scores.json'
    options = ['--cfg-options', f'test_evaluator.out_file={out}']
    work = ['--work-dir', f'{_log(name)}/test']
    call_tool(folder, out, 'test.py', _config(name), checkpoint, *work, *options)


def _map(folder: Path, start: str, name: str, checkpoint: str) -> None:
    out = f'map_{start}.tif'
    model = ['--config', _config(name), '--checkpoint', checkpoint]
    call_tool(folder, out, 'predict_scene.py', SCENE, out, *model)
