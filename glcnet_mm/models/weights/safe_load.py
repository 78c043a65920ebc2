"""Takes the place of mmengine's own reading of checkpoints; importing it does so.

mmengine tries full unpickling, which runs code, when the restricted reading fails.
Everything that loads through its ``CheckpointLoader`` comes by here instead: a run's
``load_from`` and ``resume``, ``init_cfg`` of type ``Pretrained``, ``load_checkpoint``.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as mmengine_checkpoint
from torch.hub import download_url_to_file, get_dir

from ...errors import UserError
from .safe_pickle import HAS_ALLOW_LIST, MMENGINE_TYPES, load_safely

# Schemes whose readers unpickle by themselves.
REFUSED = ('pavi://', r'(\S+\:)?s3://', r'(\S+\:)?petrel://')


def load_from_local(filename: str, map_location: Any) -> object:
    """Reads a local file; see ``load_safely``."""
    content = load_safely(filename, map_location)
    if isinstance(content, dict) and isinstance(content.get('meta'), dict):
        # On resuming, mmengine would run the text of this entry as a config.
        content['meta'].pop('config', None)
    return content


def load_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    **kwargs,
) -> object:
    """Downloads a file as torch does, into the same folder, and reads it safely."""
    folder = Path(model_dir or os.path.join(get_dir(), 'checkpoints'))
    path = folder / Path(urlparse(url).path).name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        download_url_to_file(url, str(path), progress=progress)
    return load_from_local(str(path), map_location)


def load_from_openmmlab(filename: str, map_location: Any = None) -> object:
    """Reads a file of OpenMMLab's lists by its name, downloaded or from its folder."""
    name = filename.partition('://')[2]
    names = mmengine_checkpoint.get_deprecated_model_names()
    place = mmengine_checkpoint.get_external_models()[names.get(name, name)]
    if place.startswith(('http://', 'https://')):
        return mmengine_checkpoint.load_from_http(place, map_location=map_location)
    home = mmengine_checkpoint._get_mmengine_home()
    return load_from_local(os.path.join(home, place), map_location)


def load_from_refused(filename: str, map_location: Any = None) -> object:
    """Refuses a scheme that cannot be read safely."""
    raise UserError(
        f'The checkpoint {filename} would be unpickled, which can run code: copy it '
        f'to a local file and name that.'
    )


CheckpointLoader.register_scheme('', load_from_local, force=True)
CheckpointLoader.register_scheme(
    ['open-mmlab://', 'openmmlab://'], load_from_openmmlab, force=True
)
CheckpointLoader.register_scheme(list(REFUSED), load_from_refused, force=True)
# What http://, https://, torchvision:// and mmcls:// end in.
mmengine_checkpoint.load_url = load_url
# Others that read mmengine's checkpoints by plain torch.load succeed, too.
if HAS_ALLOW_LIST:
    torch.serialization.add_safe_globals(MMENGINE_TYPES)
