"""The table of a comparison."""

from glcnet_mm.studies.compare import comparison_table


def test_table_shows_mean_and_sample_deviation():
    scores = {name: [40.0, 44.0] for name in ('OA', 'Kappa', 'mF1', 'mIoU')}
    table = comparison_table({'random': scores}).splitlines()
    assert table[0] == '| start | OA | Kappa | mF1 | mIoU |'
    assert table[2].startswith('| random | 42.00 ± 2.83 |')
