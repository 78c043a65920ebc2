"""The pages and the index of the configs are those that the script writes."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / '.dev/model_index.py'))
NAME = re.compile(
    r'(?P<method>[a-z0-9]+)(-[a-z]+)?_(r18|r50|vgg16|lite0|mit-b0|swin-t)(-imagenet)?'
    r'(_(random|imagenet|glcnet|multitask|tmcnet|imagenet-glcnet))?'
    r'_(400e|150e|small|demo)_[a-z0-9-]+'
)


def test_generated_files_are_the_committed_ones():
    for path, text in SCRIPT['generated']().items():
        assert path.read_text(encoding='utf-8') == text, (
            f'run .dev/model_index.py: {path}'
        )


def test_every_config_follows_the_convention_and_is_in_the_index():
    folders = {p.parent for p in (ROOT / 'configs').glob('[a-z]*/*.py')}
    assert {f.name for f in folders} == {*SCRIPT['METHODS'], 'studies'}
    for path in (p for f in folders if f.name != 'studies' for p in f.glob('*.py')):
        assert NAME.fullmatch(path.stem)['method'] == path.parent.name, path


@pytest.mark.parametrize('folder', SCRIPT['METHODS'])
def test_figures_are_rows_of_the_pages_of_the_studies(folder):
    for study, method, share, kappa, _, _ in SCRIPT['measured'](folder):
        page = (ROOT / f'docs/results/{study}.md').read_text()
        (row,) = re.findall(rf'\| {re.escape(method)} \| .*±.*', page)[:1]
        shares = sorted({r[2] for r in SCRIPT['measured'](folder) if r[0] == study})
        cell = row.split('|')[2 + shares.index(share)]
        assert cell.strip(' *').startswith(f'{kappa:.2f} ±'), (study, method, share)
