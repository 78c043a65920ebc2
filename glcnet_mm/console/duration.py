"""Times as people say them."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def readable_time(seconds: float) -> str:
    """``0.3 s``, ``8 s``, ``4 min 10 s``, ``1 h 20 min`` or ``2 d 3 h``."""
    if seconds < 0.95:
        return f'{max(seconds, 0):.1f} s'
    seconds = round(seconds)
    if seconds < MINUTE:
        return f'{seconds} s'
    if seconds < HOUR:
        return _in_two(seconds, MINUTE, 'min', 's')
    minutes = round(seconds / MINUTE)
    if minutes < DAY // MINUTE:
        return _in_two(minutes, HOUR // MINUTE, 'h', 'min')
    return _in_two(round(minutes * MINUTE / HOUR), DAY // HOUR, 'd', 'h')


def _in_two(count: int, per_unit: int, unit: str, finer: str) -> str:
    whole, rest = divmod(count, per_unit)
    return f'{whole} {unit} {rest} {finer}' if rest else f'{whole} {unit}'
