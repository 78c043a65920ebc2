"""Opening a config."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config

from .errors import MissingFileError, UserError


def read_config(
    path: str | Path, options: Mapping | None = None, what: str = 'config'
) -> Config:
    """A config file with the changes of the command line.

    Its code runs, so it must be trusted.

    Args:
        path: The file.
        options: Changes, ``{'a.b': value}``.
        what: What errors call it.

    Raises:
        MissingFileError: There is no such file.
        UserError: It cannot be read.
    """
    check_config_path(path, what)
    with _readable(path):
        config = Config.fromfile(path)
        _drop_own_scope(config._cfg_dict)
    change_config(config, path, options)
    return config


def check_config_path(path: str | Path, what: str = 'config') -> None:
    """Refuses a config that is not there, before anything that takes long.

    Raises:
        MissingFileError: See ``read_config``.
    """
    if not Path(path).is_file():
        raise MissingFileError(
            f'The {what} {path} does not exist; name a config file or correct its path.'
        )


def change_config(config: Config, path: str | Path, options: Mapping | None) -> None:
    """Makes the changes of the command line.

    Args:
        config: As read.
        path: Where from.
        options: See ``read_config``.

    Raises:
        UserError: They do not fit.
    """
    with _readable(path):
        config.merge_from_dict(dict(options or {}))


@contextmanager
def _readable(path: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a config is a program: anything can go wrong in it
        reason = ' '.join(f'{type(error).__name__}: {error}'.split())
        raise UserError(
            f'{path} cannot be read as a config ({reason}); correct it or the options.'
        ) from error


def _drop_own_scope(part: Any) -> None:
    """Parts of a base ``glcnet_mm::...`` are looked for where those of a path are.

    mmengine gives them the package's name as scope, which has no registry of its own
    but one that no config file asks for.
    """
    if isinstance(part, dict):
        if part.get('_scope_') == 'glcnet_mm':
            del part['_scope_']
        part = list(part.values())
    if isinstance(part, list | tuple):
        for item in part:
            _drop_own_scope(item)
