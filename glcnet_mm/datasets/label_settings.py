"""Where labels lie and what they hold, as a config says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .labels import Colour, LabelDecoder
from .old_spelling import is_group
from .sampling_settings import group

Files = str | Mapping[str, str] | Sequence[str]


@dataclass(frozen=True)
class LabelSettings:
    """Labels of a data set.

    Attributes:
        files: Folder of labels, path replacements or a list of labels; see
            ``pair_labels``. None for no labels.
        ids: ``{raw id: class number or 'ignore'}``.
        colours: One RGB colour per class, for labels stored as colours.
        ignored_colours: Colours of such labels that mean no class.
        threshold: Cuts channels of such labels; see ``LabelDecoder``.
    """

    files: Files | None = None
    ids: Mapping[int, int | str] | None = None
    colours: Sequence[Colour] | None = None
    ignored_colours: Sequence[Colour] = ()
    threshold: int | None = None

    def decoder(self, classes: Sequence[str]) -> LabelDecoder:
        """From what a label holds to numbers of the classes."""
        return LabelDecoder(
            classes, self.ids, self.colours, self.ignored_colours, self.threshold
        )


Labels = Files | Mapping | LabelSettings | None


def label_settings(labels: Labels) -> LabelSettings:
    """Of ``labels`` in a config: the files alone, or these and what they hold.

    Raises:
        UserError: There is no setting of one of the names.
    """
    if isinstance(labels, LabelSettings):
        return labels
    if is_group(labels):
        return group(LabelSettings, 'labels', labels)
    return LabelSettings(labels)
