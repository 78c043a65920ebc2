"""What a tool answers before it imports what takes seconds."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = sorted(ROOT.glob('tools/*.py'))
# These read no config.
WITHOUT_CONFIG = {'demo', 'export_backbone', 'make_sample'}
# Runs tools one after the other as if each were the program that was started.
SCRIPT = """
import contextlib, io, json, runpy, sys
import __main__
found = {}
for call in json.loads(sys.argv[1]):
    __main__.__file__, sys.argv = call[0], call
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(call[0], run_name='__main__')
        except SystemExit as end:
            found[' '.join(call)] = [printed.getvalue(), end.code]
print(json.dumps([found, [m for m in ('torch', 'mmseg') if m in sys.modules]]))
"""


def answers(calls, folder):
    """What calls print and end with, and which slow packages they imported."""
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, json.dumps(calls)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_help_and_a_missing_config_need_no_network(tmp_path):
    calls = [[str(path), '--help'] for path in TOOLS]
    rest = {
        'train': [],
        'test': ['c.pth'],
        'predict_scene': ['s.tif', 'o.tif', '--config', 'none.py', '--checkpoint', 'c'],
        'make_splits': ['out'],
        'label_efficiency': [],
    }
    for name, arguments in rest.items():
        first = [] if 'none.py' in arguments else ['none.py']
        calls.append([str(ROOT / f'tools/{name}.py'), *first, *arguments])
    found, imported = answers(calls, tmp_path)
    assert len(found) == len(calls)
    for call, (printed, end) in found.items():
        if call.endswith('--help'):
            assert printed.startswith('usage: ') and end == 0, call
        else:
            assert 'none.py does not exist' in end, call
    if 'torch' in imported:
        pytest.skip('this version of mmengine imports torch by itself')
    assert imported == []


@pytest.mark.parametrize('path', TOOLS, ids=lambda path: path.stem)
def test_what_reads_a_config_registers_the_parts_first(path):
    """Only a fresh process would notice, for here they are registered already."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    for function in functions:
        lines = [
            (node.lineno, ast.unparse(node))
            for node in ast.walk(function)
            if isinstance(node, ast.ImportFrom) or ast.unparse(node) == 'register()'
        ]
        names = [text for _, text in sorted(lines)]
        if any('import' in name for name in names):
            assert (names[0] == 'register()') == (path.stem not in WITHOUT_CONFIG)
