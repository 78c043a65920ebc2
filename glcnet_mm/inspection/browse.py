"""From a config to a page or a folder of pictures."""

from collections.abc import Mapping, Sequence

from ..config import read_config
from ..errors import UserError
from .output import check_out, write_report
from .pipeline_trace import dataset_parts
from .survey import Survey

MAX_SAMPLES = 64


def browse(
    config_path: str,
    out: str,
    samples: int = 8,
    seed: int = 0,
    bands: Sequence[int] | None = None,
    split: str = 'train',
    options: Mapping | None = None,
) -> list[str]:
    """Draws samples of a data set with what there is to know about it.

    Writes ``out`` and returns what looks wrong, a sentence each.

    Args:
        config_path: Config of a pre-training or a fine-tuning.
        out: Folder for PNG files, or a page (``.html``).
        samples: Number of samples to draw, of every domain.
        seed: Of the choice and of the samples' randomness.
        bands: One to three bands of the rasters to show, counted from one.
        split: ``train``, ``val`` or ``test``.
        options: Changes of the config.

    Raises:
        MissingFileError: The config or a raster is missing.
        UserError: The config has no such data set, or an option is absurd.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise UserError(f'--samples must be from 1 to {MAX_SAMPLES}, got {samples}.')
    if seed < 0:
        raise UserError(f'--seed must be 0 or more, got {seed}.')
    check_out(out)
    config = read_config(config_path, options)
    sections = [
        Survey(part, config, bands).section(samples, seed)
        for part in dataset_parts(config, split)
    ]
    write_report(out, f'{config_path}, {split}', sections)
    return [
        f'{section.name}: {sentence}' if section.name else sentence
        for section in sections
        for sentence in section.wrong
    ]
