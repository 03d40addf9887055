"""Figures as pictures: the same drawing as SVG for the page and as PNG for the chat, byte for byte the same from the same data."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mediation_coach.reporting.figures import Figures, Table, named

WIDTH = 5.2
"""Inches. Narrow enough that its words can be read on a telephone."""

INK, PAPER = "#1b2a38", "#ffffff"
COLOURS = ("#1f6f8b", "#4f9d9d", "#d98c3f", "#8a6fa8", "#9aa5ad", "#b5543c", "#6b8e4e", "#c9b458", "#5b6b7a", "#a0567a")
HATCHES = ("", "//", "..", "xx", "\\\\", "--", "++", "oo", "||", "**")
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "mediation-coach",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "hatch.linewidth": 0.5,
}


def response(figures: Figures, *, kind: str) -> bytes:
    """Return the picture of how many answered, check-in by check-in, as `svg` or `png`."""
    rates = [r for r in figures.rates if r.share is not None or r.few_missing]
    with _drawing(height=0.5 + 0.42 * max(1, len(rates))) as (figure, axes):
        shares = [100 * (r.share if r.share is not None else 1.0) for r in rates]
        bars = axes.barh([named(r.step) for r in rates], shares, color=COLOURS[0], height=0.6)
        labels = [f"{'nearly all' if r.share is None else r.answered} of about {r.asked}" for r in rates]
        axes.bar_label(bars, labels=labels, padding=4)
        axes.set_xlim(0, 140)
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.spines["bottom"].set_bounds(0, 100)
        axes.invert_yaxis()
        return _saved(figure, kind)


def progress(figures: Figures, *, kind: str) -> bytes:
    """Return the picture of what was answered, check-in by check-in: shares of those who answered; kept-back cells are left white."""
    tables = [t for t in figures.tables if t.question == "progress" and t.answered]
    with _drawing(height=1.1 + 0.42 * max(1, len(tables))) as (figure, axes):
        for n, label in enumerate(_labels(tables)):
            widths = [100 * (t.rows[n].count or 0) / (t.answered or 1) for t in tables]
            before = [sum(100 * (r.count or 0) / (t.answered or 1) for r in t.rows[:n]) for t in tables]
            steps = [named(t.step) for t in tables]
            axes.barh(
                steps, widths, left=before, color=COLOURS[n], hatch=HATCHES[n], edgecolor=PAPER, height=0.6, label=label
            )
        axes.set_xlim(0, 100)
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        axes.invert_yaxis()
        if tables:
            axes.legend(
                loc="upper center",
                bbox_to_anchor=(0.45, -0.12 - 0.25 / len(tables)),
                ncol=5,
                frameon=False,
                fontsize=9,
                handlelength=1.2,
                columnspacing=1.0,
            )
        return _saved(figure, kind)


def _labels(tables: list[Table]) -> list[str]:
    return [row.label for row in tables[0].rows] if tables else []


@contextmanager
def _drawing(*, height: float) -> Iterator[tuple[Any, Any]]:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height + 0.5), layout="constrained", facecolor=PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        yield figure, axes


def _saved(figure: Any, kind: str) -> bytes:
    out = io.BytesIO()
    metadata: dict[str, Any] = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    figure.savefig(out, format=kind, dpi=150, metadata=metadata)
    return out.getvalue()
