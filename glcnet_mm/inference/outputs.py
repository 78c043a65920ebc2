"""Whether the results may and can be written, found out before any work."""

from collections.abc import Sequence
from pathlib import Path

from .map_writer import temporary_name


def check_outputs(outputs: Sequence[str | Path], inputs: Sequence[str | Path]) -> None:
    """Refuses names that cannot be written or would destroy an input.

    Args:
        outputs: Rasters to be.
        inputs: Files that are read, a mosaic's parts included.
    """
    names = [Path(output).absolute() for output in outputs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f'Two outputs are both to be written to {twice}; rename one.')
    for path in names:
        _check_not_input(path, inputs)
        if path.suffix.lower() not in ('.tif', '.tiff'):
            raise ValueError(f'{path} must end in .tif, for it will be a GeoTIFF.')
        if path.is_dir():
            raise ValueError(f'{path} is a folder: name the file to write in it.')
        _check_writable(path)


def _check_not_input(path: Path, inputs: Sequence[str | Path]) -> None:
    for name in map(Path, inputs):
        if path.exists() and name.exists() and path.samefile(name):
            raise ValueError(
                f'{path} is read for the map and would be overwritten: name another '
                'output.'
            )


def _check_writable(path: Path) -> None:
    probe = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f'{path} cannot be written ({error.strerror}): name a folder that can be.'
        ) from error
