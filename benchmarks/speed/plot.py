"""Figures → bars as SVG."""

from __future__ import annotations

from html import escape

_WIDTH, _ROW, _LEFT, _SCALE = 640, 28, 110, 440


def bars(title: str, values: dict[str, float]) -> str:
    """Give one bar for each value, with its name in front and its figure behind."""
    most = max(values.values())
    rows = [
        f'<text x="{_LEFT - 8}" y="{at + 17}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{_LEFT}" y="{at + 3}" width="{value / most * _SCALE:.1f}" height="{_ROW - 8}" fill="#3b6ea8"/>'
        f'<text x="{_LEFT + value / most * _SCALE + 6:.1f}" y="{at + 17}">{value:.2f}</text>'
        for at, (name, value) in zip(range(_ROW, _WIDTH, _ROW), values.items(), strict=False)
    ]
    height = _ROW * (len(values) + 1) + 6
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif"'
    return "\n".join((f'{head} font-size="13">', f'<text x="8" y="18">{escape(title)}</text>', *rows, "</svg>", ""))
