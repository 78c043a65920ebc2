"""Says what to install when the mm packages are missing or do not fit together.

Uses the standard library only, so that it works where nothing is installed.
"""

import re
from collections.abc import Iterable
from importlib import metadata, util
from pathlib import Path

# What may provide each import name, and what pip is asked for, as in setup.py: the
# maintained fork first, then upstream. Only the lower bounds are checked, since a
# version that nobody has seen yet is more often healthy than not.
PROVIDERS = {
    'mmengine': {'onedl-mmengine': '>=0.10.12', 'mmengine': '>=0.10.7'},
    'mmcv': {
        'onedl-mmcv': '>=2.3.6',
        'mmcv': '>=2.1.0,<2.2.0',
        'mmcv-lite': '>=2.1.0,<2.2.0',
    },
    'mmseg': {'onedl-mmsegmentation': '>=1.4.2', 'mmsegmentation': '>=1.2.2'},
    'mmpretrain': {'onedl-mmpretrain': '>=1.3.6', 'mmpretrain': '>=1.2.0'},
}
Found = dict[str, dict[str, str]]


def check_dependencies() -> None:
    """Checks the mm packages before any of them is imported.

    Raises:
        ImportError: One is missing, too old, or does not work with another; says which
            versions were found and the command that mends it.
    """
    found = {module: _installed(names) for module, names in PROVIDERS.items()}
    conflicts = [*_provided_twice(found), *_clashes(found)]
    unfit = {module: text for module in found if (text := _unfit(module, found))}
    if conflicts or unfit:
        command = _replace_all(found) if conflicts else _install(unfit, found)
        problems = '\n'.join(f'  {text}' for text in [*conflicts, *unfit.values()])
        raise ImportError(
            f'glcnet_mm cannot use the installed mm packages:\n{problems}\n'
            f'Install what it needs with:\n  {command}'
        )


def _installed(names: Iterable[str]) -> dict[str, str]:
    """Versions of those packages that are installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _unfit(module: str, found: Found) -> str | None:
    """Why a module cannot be used on its own account, or None."""
    for name, version in found[module].items():
        wanted = PROVIDERS[module][name]
        minimum = wanted.partition(',')[0].removeprefix('>=')
        if _numbers(version) < _numbers(minimum):
            return f'{name} {version} is too old: {minimum} or newer is needed.'
    # A source tree on the path has no metadata; its version is the user's concern.
    if not found[module] and util.find_spec(module) is None:
        fork, wanted = next(iter(PROVIDERS[module].items()))
        return f'{module} is not installed: {fork}{wanted} provides it.'
    return None


def _provided_twice(found: Found) -> list[str]:
    return [
        f'{_listed(versions)} overwrite each other: all of them provide {module}.'
        for module, versions in found.items()
        if len(versions) > 1
    ]


def _clashes(found: Found) -> list[str]:
    """Combinations that upstream's mmseg refuses or fails to import."""
    upstream = found['mmseg'].get('mmsegmentation')
    if upstream is None or len(found['mmcv']) != 1:
        return []
    mmseg = f'mmsegmentation {upstream}'
    mmcv, version = _listed(found['mmcv']), next(iter(found['mmcv'].values()))
    if _numbers(version) >= (2, 2) and _numbers(upstream) <= (1, 2, 2):
        return [f'{mmseg} refuses {mmcv}: it asserts a version below 2.2.0.']
    if not _has_operators():
        return [
            f'{mmseg} imports mmcv._ext, which {mmcv} lacks: it is mmcv-lite, or was '
            f'built where torch could not be seen.'
        ]
    return []


def _has_operators() -> bool:
    """Whether the installed mmcv has compiled operators; imports nothing."""
    spec = util.find_spec('mmcv')
    folders = spec.submodule_search_locations if spec else None
    return any(any(Path(folder).glob('_ext*')) for folder in folders or ())


def _install(modules: Iterable[str], found: Found) -> str:
    """Command that adds modules to the stack that is in use."""
    names = [name for versions in found.values() for name in versions]
    fork = all(name.startswith('onedl-') for name in names)
    wanted = (list(PROVIDERS[module].items())[0 if fork else 1] for module in modules)
    return 'pip install ' + ' '.join(f"'{name}{bound}'" for name, bound in wanted)


def _replace_all(found: Found) -> str:
    """Command that puts the forks in the place of whatever there is."""
    present = ' '.join(name for versions in found.values() for name in versions)
    wanted = (next(iter(names.items())) for names in PROVIDERS.values())
    forks = ' '.join(f"'{name}{bound}'" for name, bound in wanted)
    return f'pip uninstall -y {present} && pip install {forks}'


def _listed(versions: dict[str, str]) -> str:
    return ' and '.join(f'{name} {version}' for name, version in versions.items())


def _numbers(version: str) -> tuple[int, ...]:
    """``2.1.0rc4`` to ``(2, 1, 0)``."""
    found = re.match(r'[\d.]*\d', version)
    return tuple(map(int, found[0].split('.'))) if found else ()
