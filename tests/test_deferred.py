import importlib
import inspect
import subprocess
import sys

import pytest

from glcnet_mm.deferred import deferred

PACKAGE = dict(
    __init__='from .parts import number\n', parts='number = 3\n', user='import pack\n'
)


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """Puts a package ``pack`` on the path that no other test has imported."""
    folder = tmp_path / 'pack'
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / f'{name}.py').write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module
    for name in [name for name in sys.modules if name.split('.')[0] == 'pack']:
        del sys.modules[name]


def test_a_package_is_imported_when_something_of_it_is_asked_for(pack):
    with deferred('pack'):
        import pack as first

        inspect.getmodule(test_a_package_is_imported_when_something_of_it_is_asked_for)
    assert 'pack' not in sys.modules and 'pack.parts' not in sys.modules
    assert first.number == 3
    assert sys.modules['pack'] is not first and sys.modules['pack'].number == 3


def test_a_part_of_a_deferred_package_can_be_imported(pack):
    with deferred('pack'):
        import pack.parts  # noqa: F401
    assert sys.modules['pack'].parts.number == 3


def test_what_is_imported_or_not_installed_is_left_alone(pack):
    real = pack('pack')
    with deferred('pack'), deferred('no_such_package'):
        assert sys.modules['pack'] is real
        with pytest.raises(ModuleNotFoundError):
            import no_such_package  # noqa: F401


def test_the_package_itself_does_not_bring_timm_and_mmseg_still_builds_of_it():
    pytest.importorskip('timm')
    script = (
        'import sys, glcnet_mm\n'
        'late = "timm", "matplotlib.figure", "matplotlib.pyplot"\n'
        'assert not [name for name in late if name in sys.modules]\n'
        'from mmseg.models.backbones import TIMMBackbone\n'
        'TIMMBackbone("resnet10t", pretrained=False)\n'
        'assert "timm.models" in sys.modules\n'
    )
    subprocess.run([sys.executable, '-c', script], check=True)
