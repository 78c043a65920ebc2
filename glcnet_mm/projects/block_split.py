"""Windows of one ground to learn from and to test on, by blocks that share no pixel."""

from pathlib import Path

from ..datasets.windows import WindowDataset
from ..files import write_text
from ..splits.label_fractions import class_shares, name_windows, windows_text
from ..splits.split_choice import Choice, choose_parts
from ..wording import counted
from .scene_split import TRAIN_SHARE

# Blocks of more windows part less of the ground, but there must be some to choose from.
MOST_WINDOWS, BLOCKS_A_SIDE = 4, 4


def split_windows(settings: dict, folder: Path) -> str:
    """Writes ``train.tsv`` and ``test.tsv``; returns a sentence.

    Args:
        settings: Of the labelled data set.
        folder: Where they go.

    Raises:
        UserError: There are too few windows for two parts.
    """
    dataset = WindowDataset(**settings)
    window = dataset.index.window
    side = max(min(info.width, info.height) for info in dataset.sources)
    windows = max(1, min(MOST_WINDOWS, side // (BLOCKS_A_SIDE * window)))
    choice = Choice('block', stratified=True, block=windows * window)
    # Of images that the project itself holds, the names go on being right in it.
    held = Path(dataset.sources[0].path).is_relative_to(folder)
    root = str(folder) if held else settings['data_root']
    shares = dict(train=TRAIN_SHARE, test=1 - TRAIN_SHARE)
    chosen = choose_parts(dataset, class_shares(dataset), shares, choice)
    for name, numbers in chosen.items():
        remark = f'{name}: {counted(len(numbers), "window")} of {window} px, by blocks'
        named = name_windows(dataset, numbers)
        text = windows_text(named, root, remark)
        write_text(folder / f'{name}.tsv', text)
    return (
        f'Blocks of {windows * window} px: {counted(len(chosen["train"]), "window")} '
        f'to learn from, {len(chosen["test"])} to test. Pre-training sees all ground.'
    )
