"""What a new project found, what it assumed and what comes next, on one screen."""

import shlex
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from ..wording import counted
from .image_facts import ImageFacts
from .labels import Labels
from .machine import Machine, Sizes
from .request import Request
from .scene_split import SceneSplit

MAX_CLASSES = 12
NEXT = (
    'No labels were given, so this project ends with the pre-training. To map, label '
    'some scenes (rasters of class numbers or colours, or polygons) and call '
    'new_project again with --labels and a new folder.'
)


def report(
    asked: Request,
    images: ImageFacts,
    labels: Labels | None,
    split: SceneSplit | None,
    sizes: Sizes,
    machine: Machine,
) -> str:
    """The screen."""
    lines = ['Found', *_images(images)]
    notes = [*images.notes, *images.statistics['notes']]
    if labels is not None and split is not None:
        lines += _labels(labels, split)
        notes += labels.notes + split.notes
    lines.append(
        f'  machine   {machine}; size {asked.size}: {sizes.pretraining.iterations} '
        f'iterations of {sizes.pretraining.batch_size} pairs to pre-train'
    )
    lines += ['Assumed (change it in data.py)', *(f'  - {note}' for note in notes)]
    lines += [f'Written to {asked.out}', *_commands(asked, labels, sizes)]
    return '\n'.join(lines)


def _images(images: ImageFacts) -> list[str]:
    read, first = images.statistics['read'], images.infos[0]
    low, high = images.value_range()
    metres = 'of unknown size on the ground'
    if images.metres:
        small, large = (f'{m:.3g}' for m in images.metres)
        metres = f'of {small} m' if small == large else f'of {small} to {large} m'
    sizes = {f'{info.width}x{info.height}' for info in images.infos}
    size = min(sizes) if len(sizes) == 1 else f'{len(sizes)} sizes'
    return [
        f'  images    {len(images.infos)}, {size}, pixels {metres}',
        f'  bands     {_short(images.bands)} of {first.bands}, {read["dtype"]}, values '
        f'{min(low):.4g} to {max(high):.4g}',
        f'  validity  {read["valid_share"]:.1%} of pixels: {_text(read["validity"])}',
    ]


def _labels(labels: Labels, split: SceneSplit) -> list[str]:
    sums = labels.amounts.sum(0)
    shares = zip(labels.classes.names, sums / sums.sum(), strict=True)
    shown = [f'{name} {share:.1%}' for name, share in shares]
    more = len(shown) - MAX_CLASSES
    shown = shown[:MAX_CLASSES] + ([f'and {more} more'] if more > 0 else [])
    learnt = counted(len(split.train), 'scene')
    share = labels.amounts[split.train].sum() / sums.sum()
    parts = (
        f'{learnt} to learn from, {len(split.test)} to test: {share:.0%} and '
        f'{1 - share:.0%} of the labelled pixels'
    )
    if not split.test:
        parts = f'blocks of {learnt}'
    return [f'  classes   {", ".join(shown)}', f'  split     {parts}']


def _commands(asked: Request, labels: Labels | None, sizes: Sizes) -> list[str]:
    out = asked.out
    steps = [_call('train', f'{out}/pretrain.py')]
    if labels is None:
        return ['Next', *(f'  {step}' for step in steps), NEXT]
    weights = f'{out}/work_dirs/finetune_pretrained/iter_{sizes.finetuning.iterations}'
    config = f'{out}/finetune_pretrained.py'
    target = f'{out}/maps' + ('.tif' if _single(asked.images) else '')
    steps += [
        _call('train', config),
        _call('test', config, f'{weights}.pth'),
        _call(
            'predict_scene',
            *asked.images,
            target,
            *chain.from_iterable(('--further', source) for source in asked.further),
            '--config',
            config,
            '--checkpoint',
            f'{weights}.pth',
        ),
    ]
    compare = _call('label_efficiency', f'{out}/study.py')
    return [
        'Next: pre-train, fine-tune, test, map',
        *(f'  {step}' for step in steps),
        f'What the pre-training brings: {compare}',
    ]


def _call(tool: str, *arguments: str) -> str:
    called = Path(sys.argv[0])
    start = f'python -m glcnet_mm {tool}'
    if called.name == 'new_project.py':
        start = f'python {shlex.quote(str(called.with_name(f"{tool}.py")))}'
    return f'{start} {shlex.join(arguments)}'


def _single(images: Sequence[str]) -> bool:
    return len(images) == 1 and Path(images[0]).is_file() and images[0][-4:] != '.txt'


def _short(bands: Sequence[int]) -> str:
    run = list(range(bands[0], bands[-1] + 1))
    if len(bands) > 2 and list(bands) == run:
        return f'{bands[0]}-{bands[-1]}'
    return ', '.join(map(str, bands))


def _text(validity: str | Sequence[object]) -> str:
    if isinstance(validity, str):
        return validity
    return '; '.join(map(str, validity))
