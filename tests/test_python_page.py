"""docs/python.md and its notebook run as they stand, with fewer iterations."""

import json
import re
import runpy

import numpy as np
import pytest
import rasterio

from glcnet_mm.apis import finetune, pretrain
from glcnet_mm.errors import UserError
from glcnet_mm.projects import project
from glcnet_mm.projects.machine import Budget, Sizes

from .conftest import ROOT

SCRIPT = runpy.run_path(str(ROOT / '.dev/notebook.py'))
PAGE = (ROOT / 'docs/python.md').read_text(encoding='utf-8')
NOTEBOOK = (ROOT / 'docs/python.ipynb').read_text(encoding='utf-8')


def test_the_notebook_is_that_of_the_page():
    assert NOTEBOOK == SCRIPT['notebook'](PAGE), 'run python .dev/notebook.py'


def test_the_notebook_has_the_form_that_jupyter_reads():
    content = json.loads(NOTEBOOK)
    assert (content['nbformat'], content['nbformat_minor']) == (4, 5)
    assert content['metadata']['kernelspec']['name'] == 'python3'
    keys = dict(markdown=set(), code={'execution_count', 'outputs'})
    for cell in content['cells']:
        wanted = {'cell_type', 'id', 'metadata', 'source'} | keys[cell['cell_type']]
        assert set(cell) == wanted
        assert re.fullmatch(r'[a-zA-Z0-9_-]{1,64}', cell['id'])
        assert all(isinstance(line, str) for line in cell['source'])
    assert len({cell['id'] for cell in content['cells']}) == len(content['cells'])


def test_the_cells_run_one_after_the_other(
    tmp_path, monkeypatch, call_tool, write_raster
):
    few = Budget(2, 2)
    monkeypatch.setattr(project, 'sizes_for', lambda *_: Sizes(96, 96, 1, few, few))
    monkeypatch.chdir(tmp_path)
    known = {}
    cells = json.loads(NOTEBOOK)['cells']
    for cell in (c for c in cells if c['cell_type'] == 'code'):
        code = re.sub(r'iterations=\d+', 'iterations=2', ''.join(cell['source']))
        exec(compile(code.replace('512', '384'), 'docs/python.md', 'exec'), known)
    with rasterio.open(tmp_path / 'map.tif') as file:
        mapped = file.read(1)
    valid = known['array'].any(0)
    assert (mapped[~valid] == 255).all() and (mapped[valid] < 7).all()
    assert known['result'].pred_sem_seg.shape == known['prediction'].shape == (384, 384)
    assert known['segmentor'].classes[1] == 'meadow'
    model = ('mine/finetune_pretrained.py', known['checkpoint'])
    # The middle of the graph's scene must have no nodata.
    whole = write_raster(tmp_path / 'whole.tif', known['array'][:, 100:200, 100:200])
    call = ('export.py', tmp_path, *model, 'model.onnx', '--scene', whole)
    end = call_tool(*call)[1]
    assert end is None
    exec(re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)[-1], known)
    assert known['logits'].shape == (1, 7, 384, 384)
    # All is done: the same call trains nothing, other facts are refused.
    facts = dict(known['facts'], iterations=2)
    assert finetune(facts, start=known['weights']) == known['checkpoint']
    with pytest.raises(UserError, match='made with iterations=2, not 3'):
        finetune(dict(facts, iterations=3), start=known['weights'])


@pytest.mark.parametrize(
    ('facts', 'message'),
    [
        (dict(images='x'), 'lack out'),
        (dict(images='x', out='y', itertions=3), 'iterations is meant'),
        (dict(images='.', out='y', iterations=0), 'positive whole number, got 0'),
    ],
)
def test_wrong_facts_are_one_sentence(
    facts, message, tmp_path, monkeypatch, write_raster
):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 64, 64)).astype(np.uint8)
    write_raster(tmp_path / 'scene.tif', pixels)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        pretrain(facts)
    with pytest.raises(UserError, match='needs labels'):
        finetune(facts)
    assert not (tmp_path / 'y').exists()
