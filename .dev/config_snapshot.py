"""What every config resolves to, to show that moving them changes nothing.

    python .dev/config_snapshot.py before.json
    python .dev/config_snapshot.py after.json --compare before.json --renamed names.tsv

Transforms are written with the defaults of their classes, so that a default and the
same value in the config are equal. `names.tsv` has a line per old and new path.
Data sets are compared by what they say, whichever way they are spelt.
"""

import argparse
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import TRANSFORMS

from glcnet_mm.datasets.old_spelling import old_spelling

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'


def with_defaults(part: Any) -> Any:
    """The part as plain data, transforms of the package with all their arguments."""
    if isinstance(part, list | tuple):
        return [with_defaults(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {str(key): with_defaults(value) for key, value in part.items()}
    kind = TRANSFORMS.module_dict.get(part.get('type'))
    if kind is None or not kind.__module__.startswith('glcnet_mm'):
        return part
    arguments = inspect.signature(kind).parameters.values()
    defaults = {a.name: a.default for a in arguments if a.default is not a.empty}
    return {**with_defaults(defaults), **part}


def snapshot() -> dict[str, dict]:
    """Resolved configs by path."""
    paths = sorted(p for p in CONFIGS.rglob('*.py') if '_base_' not in p.parts)
    root = str(CONFIGS.parent) + '/'
    resolved = {
        str(path).removeprefix(root): with_defaults(Config.fromfile(path).to_dict())
        for path in paths
    }
    return json.loads(json.dumps(resolved, default=str).replace(root, ''))


def renamed(text: str, names: dict[str, str]) -> str:
    """Text with new paths, and new names of the folders of runs."""
    for old, new in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f'"{old}"', f'"{new}"')
        old, new = Path(old).stem, Path(new).stem
        text = text.replace(f'"work_dirs/{old}/', f'"work_dirs/{new}/')
    return text


def differences(old: Any, new: Any, where: str) -> Iterator[str]:
    """Where two snapshots differ, and in what."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            missing = 'nothing'
            pair = old.get(key, missing), new.get(key, missing)
            yield from differences(*pair, f'{where} {key}')
    elif old != new:
        yield f'{where}: {json.dumps(old)} -> {json.dumps(new)}'


def main() -> None:
    """Writes a snapshot and compares it with an earlier one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path, help='snapshot to write (.json)')
    parser.add_argument('--compare', type=Path, help='earlier snapshot')
    parser.add_argument('--renamed', type=Path, help='old and new paths (.tsv)')
    args = parser.parse_args()
    now = snapshot()
    args.out.write_text(json.dumps(now, indent=1, sort_keys=True) + '\n')
    print(f'{len(now)} configs')
    if args.compare:
        text = args.compare.read_text()
        if args.renamed:
            lines = args.renamed.read_text().splitlines()
            text = renamed(text, dict(line.split('\t') for line in lines))
        before, now = old_spelling(json.loads(text)), old_spelling(now)
        found = list(differences(before, now, ''))
        print('\n'.join(found) or 'no difference')
        sys.exit(bool(found))


if __name__ == '__main__':
    main()
