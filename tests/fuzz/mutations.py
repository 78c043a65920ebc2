"""Damage as disks, transfers and hands do it, drawn from a generator."""

import re
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
# What numbers and names become when a file is damaged by hand or by a program.
ODD_TOKENS = (
    b'', b'-1', b'0', b'1e999', b'nan', b'NaN', b'null', b'true', b'9' * 30, b'[]',
    b'{}', b'""', b'\t', b'..', b'/', b'../../a', b'\xff', b'\x00', b'\xef\xbb\xbf',
    b'%s', b'<', b'"', b'2147483648', b'-9223372036854775809', b'0.5', b'\xe2\x80\xa8',
)  # fmt: skip
TOKEN = re.compile(rb'[\w.+-]+')


def mutate(content: bytes, rng: Rng, is_text: bool) -> bytes:
    """One to three kinds of damage; never the content itself."""
    kinds = [*BINARY, *(TEXT if is_text else ())]
    changed = content
    while changed == content:
        for _ in range(int(rng.integers(1, 4))):
            changed = kinds[int(rng.integers(len(kinds)))](changed, rng)
    return changed


def _place(content: bytes, rng: Rng) -> int:
    """Anywhere; half of the time near the ends, where headers and directories are."""
    near = min(len(content), 400)
    if near and rng.random() < 0.5:
        place = int(rng.integers(near))
        return place if rng.random() < 0.5 else len(content) - 1 - place
    return int(rng.integers(max(len(content), 1)))


def _flip(content: bytes, rng: Rng) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 9)) if content else 0):
        changed[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _random_bytes(content: bytes, rng: Rng) -> bytes:
    start, length = _place(content, rng), int(rng.integers(1, 33))
    return content[:start] + rng.bytes(length) + content[start + length :]


def _extreme_number(content: bytes, rng: Rng) -> bytes:
    value = (0, 1, -1, 2**31 - 1, 2**31, 2**16, 2**15)[int(rng.integers(7))]
    size, start = int(rng.choice([2, 4, 8])), _place(content, rng)
    number = (value % 2 ** (8 * size)).to_bytes(size, 'little')
    return content[:start] + number + content[start + size :]


def _cut(content: bytes, rng: Rng) -> bytes:
    return content[: _place(content, rng)]


def _zeros(content: bytes, rng: Rng) -> bytes:
    start, length = _place(content, rng), int(rng.integers(1, 512))
    return (
        content[:start]
        + bytes(len(content[start : start + length]))
        + (content[start + length :])
    )


def _remove(content: bytes, rng: Rng) -> bytes:
    start = _place(content, rng)
    return content[:start] + content[start + int(rng.integers(1, 65)) :]


def _repeat(content: bytes, rng: Rng) -> bytes:
    start, length = _place(content, rng), int(rng.integers(1, 129))
    return content[: start + length] + content[start:]


def _odd_token(content: bytes, rng: Rng) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if not tokens:
        return content
    match = tokens[int(rng.integers(len(tokens)))]
    odd = ODD_TOKENS[int(rng.integers(len(ODD_TOKENS)))]
    return content[: match.start()] + odd + content[match.end() :]


def _swap_tokens(content: bytes, rng: Rng) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if len(tokens) < 2:
        return content
    first, second = sorted(rng.choice(len(tokens), 2, replace=False))
    a, b = tokens[first], tokens[second]
    between = content[a.end() : b.start()]
    return content[: a.start()] + b[0] + between + a[0] + content[b.end() :]


def _shuffle_lines(content: bytes, rng: Rng) -> bytes:
    lines = content.split(b'\n')
    return b'\n'.join(lines[i] for i in rng.permutation(len(lines)))


def _other_encoding(content: bytes, rng: Rng) -> bytes:
    text = content.decode('utf-8', 'replace') + 'ä€'
    return text.encode(('utf-16', 'utf-32', 'cp1252')[int(rng.integers(3))], 'replace')


def _nest(content: bytes, rng: Rng) -> bytes:
    return (b'[', b'{"a":', b'<a>')[int(rng.integers(3))] * 20_000 + content


BINARY: tuple[Callable[[bytes, Rng], bytes], ...] = (
    _flip, _random_bytes, _extreme_number, _cut, _zeros, _remove, _repeat,
)  # fmt: skip
# Twice, for damage by hand is the more frequent in texts.
TEXT = (
    _odd_token, _swap_tokens, _odd_token, _swap_tokens, _shuffle_lines, _other_encoding,
    _nest,
)  # fmt: skip
