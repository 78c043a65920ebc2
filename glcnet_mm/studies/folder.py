"""Where everything of a study lies: every path below its ``work_dir``."""

import re
from pathlib import Path
from typing import NamedTuple

from .choice import Choice

# Folder of a training in that of its run.
TRAINING = 'run'


class RunFolder(NamedTuple):
    """The folder of one run."""

    path: Path

    @property
    def result(self) -> Path:
        """The file whose presence says that the run is done."""
        return self.path / 'result.json'

    @property
    def settings(self) -> Path:
        """Everything that the result depends on."""
        return self.path / 'settings.json'

    @property
    def training(self) -> Path:
        """Folder of the training, with its weights."""
        return self.path / TRAINING

    @property
    def scores(self) -> Path:
        """What the test found."""
        return self.path / 'scores.json'

    @property
    def probe(self) -> Path:
        """What a probe of the start found."""
        return self.path / 'probe.json'

    @property
    def panels(self) -> Path:
        """Predictions of the windows to show."""
        return self.path / 'panels.npz'

    @property
    def log(self) -> Path:
        """What the run printed."""
        return self.path / 'log.txt'

    @property
    def lock(self) -> Path:
        """Held while a process is at the run."""
        return self.path / 'lock'


class StudyFolder(NamedTuple):
    """The folder of a study."""

    path: Path

    def run(self, name: str) -> RunFolder:
        """Of the run of that name."""
        return RunFolder(self.path / name)

    def split(self, fraction: float, seed: int, choice: Choice | None = None) -> Path:
        """The file of a draw of labelled windows."""
        return self.path / 'splits' / f'{split_name(fraction, seed, choice)}.tsv'

    def amount(self, share: float, mark: str) -> Path:
        """Where the windows of a share of unlabelled data are listed."""
        return self.path / 'splits' / f'unlabelled_{100 * share:g}pct_{mark}.tsv'

    @property
    def panels(self) -> Path:
        """The file with the numbers of the test windows to show."""
        return self.path / 'splits' / 'panels.json'

    def report(self, name: str) -> Path:
        """A file of the report."""
        return self.path / name


def split_name(fraction: float, seed: int, choice: Choice | None = None) -> str:
    """Name of a draw of labelled windows."""
    chosen = f'{slug(choice.name)}_' if choice else ''
    return f'{100 * fraction:g}pct_{chosen}seed{seed}'


def slug(name: str) -> str:
    """A method's name as a folder's."""
    return re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')


def part_paths(windows: str, share: float) -> tuple[str, str]:
    """Files of the labelled windows to train on, and of the share put aside."""
    path = Path(windows)
    names = (f'{path.stem}_{part}{100 * share:g}pct.tsv' for part in ('without', 'val'))
    train, val = (str(path.with_name(name)) for name in names)
    return train, val
