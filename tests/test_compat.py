import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from glcnet_mm import _compat
from glcnet_mm._compat import PROVIDERS, check_dependencies

ROOT = Path(__file__).parents[1]
FORKS = {
    'onedl-mmengine': '0.10.12',
    'onedl-mmcv': '2.3.6',
    'onedl-mmsegmentation': '1.4.2',
    'onedl-mmpretrain': '1.3.6',
}
UPSTREAM = {
    'mmengine': '0.10.7',
    'mmcv': '2.1.0',
    'mmsegmentation': '1.2.2',
    'mmpretrain': '1.2.0',
}


@pytest.fixture
def pretend(monkeypatch):
    """Makes the check see these packages and no others."""

    def install(versions, operators=True, importable=()):
        def version(name):
            if name not in versions:
                raise metadata.PackageNotFoundError(name)
            return versions[name]

        def find_spec(module):
            return object() if module in importable else None

        monkeypatch.setattr(_compat.metadata, 'version', version)
        monkeypatch.setattr(_compat.util, 'find_spec', find_spec)
        monkeypatch.setattr(_compat, '_has_operators', lambda: operators)

    return install


def complaint():
    with pytest.raises(ImportError) as error:
        check_dependencies()
    return str(error.value)


def test_passes_what_is_installed_here():
    check_dependencies()


@pytest.mark.parametrize(
    'versions',
    [
        FORKS,
        UPSTREAM,
        UPSTREAM | {'mmengine': '0.11.0rc3'},
        {name: f'9{version}' for name, version in FORKS.items()},
        UPSTREAM | {'mmsegmentation': '1.3.0', 'mmcv': '2.2.0'},
    ],
    ids=['forks', 'upstream', 'pre-release', 'far future', 'mended upstream'],
)
def test_passes_healthy_stacks_without_upper_bounds(pretend, versions):
    pretend(versions)
    check_dependencies()


def test_forks_need_no_compiled_operators(pretend):
    pretend(FORKS, operators=False)
    check_dependencies()


def test_passes_a_source_tree_without_metadata(pretend):
    others = {k: v for k, v in FORKS.items() if k != 'onedl-mmsegmentation'}
    pretend(others, importable=['mmseg'])
    check_dependencies()


def test_nothing_installed_names_all_and_the_whole_command(pretend):
    pretend({})
    text = complaint()
    for module in PROVIDERS:
        assert f'{module} is not installed' in text
    assert text.endswith(
        "pip install 'onedl-mmengine>=0.10.12' 'onedl-mmcv>=2.3.6' "
        "'onedl-mmsegmentation>=1.4.2' 'onedl-mmpretrain>=1.3.6'"
    )


def test_one_missing_asks_for_that_of_the_same_stack(pretend):
    pretend({k: v for k, v in FORKS.items() if k != 'onedl-mmpretrain'})
    text = complaint()
    assert 'mmpretrain is not installed' in text
    assert text.endswith("pip install 'onedl-mmpretrain>=1.3.6'")
    pretend({k: v for k, v in UPSTREAM.items() if k != 'mmpretrain'})
    assert complaint().endswith("pip install 'mmpretrain>=1.2.0'")


def test_too_old_says_found_and_needed(pretend):
    pretend(UPSTREAM | {'mmengine': '0.9.1'})
    text = complaint()
    assert 'mmengine 0.9.1 is too old: 0.10.7 or newer is needed' in text
    assert text.endswith("pip install 'mmengine>=0.10.7'")


def test_two_providers_are_both_removed(pretend):
    pretend(FORKS | {'mmcv': '2.1.0'})
    text = complaint()
    assert 'onedl-mmcv 2.3.6 and mmcv 2.1.0 overwrite each other' in text
    command = text.splitlines()[-1]
    removed, installed = command.split('&&')
    assert set(removed.split()[3:]) == {*FORKS, 'mmcv'}
    assert installed.count('onedl-') == 4


@pytest.mark.parametrize('mmcv', [{'mmcv': '2.2.0'}, {'onedl-mmcv': '2.3.6'}])
def test_upstream_mmseg_refuses_new_mmcv(pretend, mmcv):
    pretend({k: v for k, v in UPSTREAM.items() if k != 'mmcv'} | mmcv)
    text = complaint()
    name, version = next(iter(mmcv.items()))
    assert f'mmsegmentation 1.2.2 refuses {name} {version}' in text
    assert 'pip uninstall -y' in text


@pytest.mark.parametrize('name', ['mmcv', 'mmcv-lite'])
def test_upstream_mmseg_needs_compiled_operators(pretend, name):
    others = {k: v for k, v in UPSTREAM.items() if k != 'mmcv'}
    pretend(others | {name: '2.1.0'}, operators=False)
    assert f'imports mmcv._ext, which {name} 2.1.0 lacks' in complaint()


def test_operators_are_looked_for_in_the_folder(tmp_path, monkeypatch):
    package = tmp_path / 'mmcv'
    package.mkdir()
    (package / '__init__.py').write_text('raise SystemExit("imported")')
    for name in [m for m in sys.modules if m.partition('.')[0] == 'mmcv']:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    assert not _compat._has_operators()
    (package / '_ext.cpython-311-x86_64-linux-gnu.so').touch()
    assert _compat._has_operators()


def test_bounds_are_those_of_setup_py():
    declared = re.findall(
        r"'((?:onedl-)?mm\w+[><=][^']*)'", (ROOT / 'setup.py').read_text()
    )
    checked = [n + b for names in PROVIDERS.values() for n, b in names.items()]
    assert sorted(declared) == sorted(c for c in checked if 'lite' not in c)


def test_import_without_any_package_says_what_to_install():
    # -S leaves the installed packages out; the check itself needs none of them.
    done = subprocess.run(
        [sys.executable, '-S', '-c', 'import glcnet_mm'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert 'ImportError: glcnet_mm cannot use' in done.stderr
    assert "pip install 'onedl-mmengine>=0.10.12'" in done.stderr
