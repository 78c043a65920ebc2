"""Whether ``value_range`` fits what the rasters hold."""

import numpy as np

from ..datasets.windows import WindowDataset
from ..inspection.facts import Facts, range_of_steps
from ..inspection.findings import photometry_findings
from ..rasters.resample import read_on

WINDOWS = 16


def value_notes(dataset: WindowDataset) -> list[str]:
    """Sentences on a range that the values leave or do not fill.

    A sample of windows is read.
    """
    span = range_of_steps(dataset.transforms)
    if span is None:
        return []
    facts = Facts(value_range=span)
    count = dataset.fixed_windows()
    order = np.random.default_rng(0).permutation(count)[:WINDOWS]
    for number in order.tolist():
        scene, window = dataset.fixed_window(number)
        path = dataset.index.infos[scene].path
        image, valid = read_on(dataset.grids[scene], path, window, dataset.choice)[:2]
        facts.bands.add(image, valid)
    return list(photometry_findings(facts))
