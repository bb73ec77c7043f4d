"""Bars as SVG, without a library: Tandem and its peer, a pair of bars for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .report import number
from .row import Row

WIDTH = 800
LEFT = 150
BAR_WIDTH_MAX = 340
BAR_HEIGHT = 16
PAIR_HEIGHT = 56
TOP = 88
# Each with a background of its own, so that the text can be read wherever it stands.
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 }
.small { font-size: 12px; fill: #59636e }
.ground { fill: #ffffff }
.ours { fill: #0969da }
.peer { fill: #b0b8c1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
  .ground { fill: #0d1117 }
  .ours { fill: #4493f8 }
  .peer { fill: #59636e }
}"""


@dataclass(frozen=True)
class Pair:
    """The two bars of a row."""

    name: str
    peer: str
    ours_value: float
    peer_value: float
    unit: str


def throughput(rows: Sequence[Row]) -> str:
    """Of rows that are rates and have a peer."""
    pairs = [Pair(row.name, row.peer, row.ours, row.peer_value, row.unit)
             for row in rows if row.peer_value and row.unit.endswith("/s")]
    return svg("Throughput: longer is better", pairs)


def cpu(rows: Sequence[Row]) -> str:
    """Of rows with the CPU time of both sides."""
    pairs = [Pair(row.name, row.peer, row.ours_cpu_us, row.peer_cpu_us, "µs")
             for row in rows if row.ours_cpu_us and row.peer_cpu_us]
    return svg("CPU time a request: shorter is better", pairs)


def svg(title: str, pairs: Sequence[Pair]) -> str:
    """One chart. Rows differ by orders of magnitude: each pair has its own scale."""
    height = TOP + PAIR_HEIGHT * len(pairs)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_quoted(title)}">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        _text(20, 32, title, "title"),
        _text(20, 54, "Medians of one run. Each pair of bars has its own scale.", "small"),
        f'<rect class="ours" x="20" y="64" width="11" height="11"/>{_text(36, 74, "Tandem")}',
        f'<rect class="peer" x="100" y="64" width="11" height="11"/>{_text(116, 74, "peer")}',
    ]
    for index, pair in enumerate(pairs):
        parts += _bars(pair, TOP + 10 + PAIR_HEIGHT * index)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(pair: Pair, top: int) -> list[str]:
    longest = max(pair.ours_value, pair.peer_value)
    parts = [_text(20, top + 21, pair.name)]
    for line, (kind, value) in enumerate((("ours", pair.ours_value), ("peer", pair.peer_value))):
        y = top + line * (BAR_HEIGHT + 2)
        width = max(1.0, value / longest * BAR_WIDTH_MAX)
        space = "" if pair.unit.startswith("/") else " "
        label = f"{number(value)}{space}{pair.unit}"
        if kind == "ours":
            label += f" ({number(value / pair.peer_value)}x)"
        else:
            label += f" {pair.peer}"
        parts.append(
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}"/>')
        parts.append(_text(LEFT + width + 8, y + 13, label, "" if kind == "ours" else "small"))
    return parts


def _text(x: float, y: float, content: str, kind: str = "") -> str:
    chosen = f' class="{kind}"' if kind else ""
    return f'<text{chosen} x="{x:.1f}" y="{y:.1f}">{escape(content)}</text>'


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})
