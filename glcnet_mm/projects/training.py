"""Pre-training and fine-tuning from a dict of facts, for notebooks and scripts."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..config import read_config
from ..errors import UserError
from ..files import write_json
from ..launch import build_runner, train
from ..reading import read_json
from ..writable import check_folder
from .project import new_project
from .request import Request

FACTS_FILE = 'facts.json'


def pretrain(facts: Mapping[str, Any]) -> str:
    """Pre-trains GLCNet on rasters, without labels.

    Makes a project as ``tools/new_project.py`` does and trains its ``pretrain.py``. The
    same call again goes on where it was stopped.

    Args:
        facts: ``images`` and ``out``, the folder of the project, at least; the others
            are those of ``glcnet_mm.projects.request.Request``. With ``labels`` the
            scenes that test the fine-tuning are left out.

    Returns:
        The checkpoint.

    Raises:
        UserError: A fact is unknown, missing or wrong, or ``out`` holds something else.
    """
    folder = _project(facts)
    return _train(read_config(folder / 'pretrain.py'))


def finetune(facts: Mapping[str, Any], start: str | None = None) -> str:
    """Fine-tunes DeepLabV3+ on labelled rasters.

    Trains ``finetune_random.py`` or ``finetune_pretrained.py`` of the project, which
    ``Segmentor`` takes as the checkpoint's config.

    Args:
        facts: As those of ``pretrain``, with ``labels``.
        start: Checkpoint of ``pretrain``; random weights when None.

    Returns:
        The checkpoint.

    Raises:
        UserError: As ``pretrain``, or without labels.
    """
    if not facts.get('labels'):
        raise UserError("Fine-tuning needs labels: facts['labels'] names them.")
    folder = _project(facts)
    if start is None:
        return _train(read_config(folder / 'finetune_random.py'))
    config = read_config(folder / 'finetune_pretrained.py')
    for hook in config.custom_hooks:
        if hook.type == 'LoadPretrainedHook':
            hook.checkpoint = str(start)
    return _train(config)


def _project(facts: Mapping[str, Any]) -> Path:
    """The folder of the project, which is made unless these facts have made it."""
    unknown = sorted(set(facts) - {*Request._fields})
    if unknown:
        near = get_close_matches(unknown[0], Request._fields, 1)
        hint = f'; {near[0]} is meant?' if near else ''
        raise UserError(
            f'"{unknown[0]}" is no fact{hint} Facts are {", ".join(Request._fields)}.'
        )
    missing = [name for name in ('images', 'out') if not facts.get(name)]
    if missing:
        raise UserError(f'The facts lack {" and ".join(missing)}.')
    images = facts['images']
    lists = dict(images=_listed(images), further=_listed(facts.get('further', ())))
    asked = Request(**dict(facts, **lists, out=str(facts['out'])))
    folder = Path(asked.out)
    now = json.loads(json.dumps(asked._asdict(), default=str))
    noted = folder / FACTS_FILE
    if noted.exists():
        _check_same(read_json(noted, 'name a new folder for the project', dict), now)
    else:
        print(new_project(asked))  # noqa: T201
        write_json(noted, now)
    return folder


def _listed(images: Any) -> list[str]:
    return [str(images)] if isinstance(images, str | Path) else list(map(str, images))


def _check_same(before: Mapping, now: Mapping) -> None:
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        name = changed[0]
        raise UserError(
            f'{now["out"]} was made with {name}={before.get(name)!r}, not '
            f'{now[name]!r}: name a new folder for the project.'
        )


def _train(config: Config) -> str:
    """Trains to the end, from the newest checkpoint if there is one."""
    work = Path(config.work_dir)
    checkpoint = work / f'iter_{config.train_cfg.max_iters}.pth'
    if not checkpoint.exists():
        check_folder(work)
        config.resume = (work / 'last_checkpoint').exists()
        train(build_runner(config))
    return str(checkpoint)
