"""Commands, settings and files that README and docs name are there and are taken."""

import argparse
import ast
import importlib.util
import re
import runpy
import shlex
import textwrap

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, VISUALIZERS, init_default_scope

from glcnet_mm.settings.checks import check_config
from glcnet_mm.studies.definition import read_study

from .conftest import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding='utf-8')
    for path in [*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')]
    if path.name != 'CHANGELOG.md'
}
# Of a user, or written by a run.
THEIRS = re.compile(r'configs/mine/|[A-Z]{3,}|\*|\{')
FILE = re.compile(
    r'\b(?:configs|tools|benchmarks|docs|glcnet_mm|tests|\.dev)/[\w./*{}-]*\w\.'
    r'(?:py|sh|tsv|md|csv|png|yml)\b'
)
COMMAND = re.compile(r'(?:python|bash) (?:\.\./)?(?:tools|benchmarks)/.*')
MODULE = re.compile(r'python -m glcnet_mm (\w+)')
FENCE = re.compile(r'^( *)```(\w*)\n(.*?)^\1```', re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r'(?:^(?: {4,}.*)?\n)*^ {4,}.*\n', re.MULTILINE)
ELLIPSIS = re.compile(r',?\s*\.\.\.,?(?=\s*[\])\n])')
PRETRAINING, FINETUNING = (
    '../glcnet/glcnet_r18_small_sample.py',
    '../deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
)
# Marks a block that left something out, so that nothing is built of it.
SHORTENED = '# shortened\n'
# A program of its own, or one that another test runs.
PROGRAMS = ('import ', 'timm.', '.predict(')


@pytest.mark.parametrize('page', PAGES)
def test_files_that_a_page_names_exist(page):
    named = {name for name in FILE.findall(PAGES[page]) if not THEIRS.search(name)}
    here = (ROOT / page).parent
    links = re.findall(r'\]\((?!https?:|#|mailto:)([^)#]+)', PAGES[page])
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [link for link in links if not (here / link).exists()]
    assert not missing, f'{page} names what is not there'


def blocks(text):
    """Language and text of every block of code."""
    found = [(match[2], textwrap.dedent(match[3])) for match in FENCE.finditer(text)]
    rest = FENCE.sub('', text)
    return found + [('', textwrap.dedent(m[0])) for m in INDENTED.finditer(rest)]


def commands():
    for page, text in PAGES.items():
        parts = [content for _, content in blocks(text)]
        parts += re.findall(r'`([^`\n]+)`', FENCE.sub('', text))
        for part in parts:
            for line in part.replace('\\\n', ' ').splitlines():
                if match := COMMAND.search(MODULE.sub(r'python tools/\1.py', line)):
                    yield page, match[0].split('; done')[0]


class Parsed(BaseException):
    """The command line has been read; nothing else need be done."""


@pytest.mark.parametrize(
    ('page', 'command'), sorted(set(commands())), ids=lambda part: part[:60]
)
def test_a_tool_takes_its_command_line(page, command, monkeypatch, capsys):
    # What stands for a number, for settings as above, and for a choice of them.
    command = re.sub(r'(--[\w-]+) N\b', r'\1 3', command)
    command = re.sub(r'(--[\w-]+) \.\.\.', r'\1 x', command)
    command = command.replace(' ...', ' --config x --checkpoint x')
    # What the shell would fill in.
    command = re.sub(r'\$(\([^)]*\)|\w+)', '1', command)
    _, tool, *arguments = shlex.split(command, comments=True)
    path = ROOT / tool.removeprefix('../')
    assert path.exists(), page
    if path.suffix == '.sh' or 'argparse' not in path.read_text():
        assert path.suffix == '.sh' or not arguments
        return
    if not arguments:  # only named
        return

    def parse(parser, *args, original, **kwargs):
        original(parser, *args, **kwargs)
        raise Parsed

    for name in ('parse_args', 'parse_intermixed_args'):
        original = getattr(argparse.ArgumentParser, name)
        monkeypatch.setattr(
            argparse.ArgumentParser,
            name,
            lambda parser, *a, original=original, **k: parse(
                parser, *a, original=original, **k
            ),
        )
    monkeypatch.syspath_prepend(path.parent)
    monkeypatch.setattr('sys.argv', [str(path), *arguments])
    try:
        runpy.run_path(str(path), run_name='__main__')
    except SystemExit:
        pytest.fail(f'{page}: {capsys.readouterr().err}')
    except Parsed:
        return
    pytest.fail(f'{tool} has read no command line')


def snippets():
    """Blocks of settings, those that set one thing twice statement by statement."""
    for page, text in PAGES.items():
        for language, block in blocks(text):
            block, omissions = ELLIPSIS.subn('', block)
            block += SHORTENED * bool(omissions)
            try:
                body = ast.parse(block).body
            except SyntaxError:
                assert language != 'python', f'{page}: {block}'
                continue
            names = [n.targets[0].id for n in body if isinstance(n, ast.Assign)]
            if not names or any(sign in block for sign in PROGRAMS):
                continue
            if len(set(names)) < len(names):
                yield from ((page, ast.unparse(node)) for node in body)
            else:
                yield page, block


def test_what_programs_import_is_there():
    for page, text in PAGES.items():
        for _, block in blocks(text):
            for line in re.findall(r'^from glcnet_mm.* import .*', block, re.MULTILINE):
                (node,) = ast.parse(line).body
                module = importlib.import_module(node.module)
                assert all(hasattr(module, name.name) for name in node.names), page


@pytest.fixture
def data_of(tmp_path, write_raster):
    """Writes rasters where a snippet wants them; returns it with their paths."""

    def write(snippet):
        folders = set(re.findall(r"'(/[a-z/]+)'", snippet))
        rng = np.random.default_rng(0)
        for folder in folders:
            low, high, kind = (0, 3, 'uint8') if 'masks' in folder else (1, 999, '<u2')
            bands = 1 if 'masks' in folder else 4
            pixels = rng.integers(low, high, (bands, 256, 256)).astype(kind)
            write_raster(tmp_path / f'data{folder}/a.tif', pixels)
            snippet = snippet.replace(f"'{folder}'", f"'{tmp_path}/data{folder}'")
        return snippet, bool(folders)

    return write


@pytest.mark.parametrize(
    ('page', 'snippet'), snippets(), ids=lambda part: part.splitlines()[0][:40]
)
def test_settings_are_those_of_the_parts(page, snippet, tmp_path, monkeypatch, data_of):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'weights').mkdir()
    (tmp_path / 'weights/old.pth').touch()
    config = tmp_path / 'mine/config.py'
    config.write_text(snippet)
    if re.search('^methods = ', snippet, re.MULTILINE):
        assert read_study(config).methods
        return
    text, has_data = data_of(with_base(snippet))
    config.write_text(text)
    found = Config.fromfile(config)
    check_config(found)
    init_default_scope('mmseg')
    if 'model = ' in snippet and 'stats=' not in snippet and SHORTENED not in snippet:
        MODELS.build(found.model)
    if has_data and 'window=' in snippet and 'gsd=' not in snippet:
        for name in ('train_dataloader', 'test_dataloader'):
            if (loader := found.get(name)) and loader.dataset.type == 'WindowDataset':
                assert 'inputs' in DATASETS.build(loader.dataset)[0]


def with_base(snippet):
    """The settings as a whole config, on the base that the page would have."""
    snippet = snippet.replace("'../_base_", f"'{ROOT}/configs/_base_")
    snippet = snippet.replace("'./", f"'{ROOT}/configs/glcnet/")
    body = ast.parse(snippet).body
    names = {n.targets[0].id for n in body if isinstance(n, ast.Assign)}
    if 'dataset' in names:
        whole = 'dict(dataset, _delete_=True)' if 'type=' in snippet else 'dataset'
        snippet += f'\ntrain_dataloader = dict(dataset={whole})\ndel dataset\n'
    if '_base_' in names:
        return snippet
    labelled = re.search(r'model = dict\(\s*decode_head|labels=|AugmentWindow', snippet)
    base = FINETUNING if labelled else PRETRAINING
    base = base.replace('..', f'{ROOT}/configs')
    return f"_base_ = '{base}'\n{snippet}"


@pytest.mark.parametrize('name', ['wandb', 'mlflow'])
def test_trackers_are_needed_only_when_something_is_tracked(name, tmp_path):
    if importlib.util.find_spec(name):
        pytest.skip(f'{name} is installed')
    kind = dict(wandb='WandbVisBackend', mlflow='MLflowVisBackend')[name]
    settings = dict(type='Visualizer', vis_backends=[dict(type=kind)])
    visualizer = VISUALIZERS.build(dict(settings, name=name, save_dir=str(tmp_path)))
    with pytest.raises(ImportError, match=name):
        visualizer.add_scalar('loss', 1.0)
