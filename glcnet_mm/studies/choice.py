"""Windows to label that are chosen by what is in them, as a setting of a study."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from ..errors import UserError
from ..selection.strategies import STRATEGIES

# What draws without a choice are called in tables.
RANDOM = 'random'


@dataclass(frozen=True)
class Choice:
    """Draws of labelled windows beside the random ones, the same for every method.

    Attributes:
        strategy: One of ``STRATEGIES``.
        by: Method whose pre-training or weights embed the windows; None, or one that
            starts at random, for statistics of their bands.
        seeds: Of the choice and of the fine-tunings, instead of the study's.
    """

    strategy: str = 'typical'
    by: str | None = None
    seeds: Sequence[int] | None = None

    @property
    def name(self) -> str:
        """As the tables call it."""
        return f'{self.strategy} by {self.by or "bands"}'


def read_choices(
    path: str, given: Sequence[Mapping], methods: Collection[str]
) -> tuple[Choice, ...]:
    """The choices of a study file, checked but for their seeds.

    Raises:
        UserError: One has an unknown setting, strategy or method, or is there twice.
    """
    known = [item.name for item in fields(Choice)]
    choices: dict[str, Choice] = {}
    for item in given:
        wrong = [k for k in item if k not in known] if isinstance(item, Mapping) else []
        if wrong or not isinstance(item, Mapping):
            raise UserError(
                f'{path}: "choices" holds {wrong[0] if wrong else item!r}; each is a '
                f'dict of {", ".join(known)}.'
            )
        choice = Choice(**item)
        if choice.strategy not in STRATEGIES:
            raise UserError(
                f'{path}: "choices" has no strategy "{choice.strategy}"; known are '
                f'{", ".join(STRATEGIES)}.'
            )
        if choice.by is not None and choice.by not in methods:
            raise UserError(f'{path}: "choices" are by "{choice.by}", no method.')
        if choices.setdefault(choice.name, choice) is not choice:
            raise UserError(f'{path}: "choices" holds "{choice.name}" twice.')
    return tuple(choices.values())
