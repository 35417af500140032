"""What an effect's size rests on, as curves one below the other: studies, own data, what is used, one's own size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import numpy as np
from scipy import special

from dashboard.formats import Lang, change
from dashboard.own_sizes import elastic, worn
from dashboard.palette import COLOURS, Theme
from dashboard.view import Own
from dashboard.words import word
from forecast.catalog import indicators
from forecast.series import Floats
from scenarios.effects import Normal, Size
from scenarios.learning import learned_for
from scenarios.learning.learned import FIRM
from scenarios.levers import Effect

WIDTH, LABELS, ROW, FOOT = 620, 264, 44, 24
"""Pixels: of the picture, of the words at its left, of a row, of the axis."""
MOST_EVENTS = 2
"""Past events shown beside the size."""
POINTS = 121


@dataclass(frozen=True)
class Row:
    """One curve: its name, its 10, 50 and 90 percent points in logarithms, and its height over the axis."""

    key: str
    label: str
    low: float
    middle: float
    high: float
    of: Normal | Size

    def heights(self, xs: Floats) -> Floats:
        """Give the curve at these places, its top at 1; nothing where the size is exact."""
        found = _density(self.of, xs)
        top = float(found.max(initial=0.0))
        return found / top if top > 0 else found


def rows(effect: Effect, owns: Mapping[str, Own], lang: Lang, *, events: bool = True) -> list[Row]:
    """Give the curves of an effect, in the order in which one leads to the next.

    Parameters
    ----------
    effect : Effect
        As published.
    owns : mapping of str to Own
        Sizes the reader set.
    lang : {"en", "zh"}
    events : bool
        Whether what past events taught stands there too.
    """
    size = effect.size
    steps: list[tuple[str, Normal | Size]] = []
    if size.pooled is not None:
        steps.append(("curve_pooled", size.pooled))
    if size.prior is not None:
        steps.append(("curve_prior", size.prior))
    if size.data is not None:
        steps.append(("curve_data", size.data))
    used = "curve_posterior" if size.data is not None and size.prior is not None else "curve_used"
    steps.append((used if size.known else "curve_direction", size))
    made = [_row(key, word(key, lang), given) for key, given in steps]
    if effect.id in owns:
        made[-1] = _row("curve_replaced", word("curve_replaced", lang), size)
        made.append(_row("curve_own", word("curve_own", lang), worn(effect, owns).size))
    if events:
        made += _events(effect, lang)
    return made


def _events(effect: Effect, lang: Lang) -> list[Row]:
    """Give what past events taught about the same indicators, firmest first."""
    unit = "elasticity" if elastic(effect) else "log"
    found = [
        r for r in learned_for(effect.lever) if r.estimated and r.indicator in effect.indicators and r.unit == unit
    ]
    found.sort(key=lambda r: FIRM[r.verdict])
    out = []
    for r in found[:MOST_EVENTS]:
        title = f"{r.first_year} · {indicators()[r.indicator].title(lang)}"
        out.append(_row("curve_event", f"{title}|{word('verdict_' + r.verdict.replace(' ', '_'), lang)}",
                        Normal(r.estimate, r.se)))  # fmt: skip
    return out


def _row(key: str, label: str, of: Normal | Size) -> Row:
    if isinstance(of, Normal):
        low, middle, high = (of.mean + z * of.sd for z in (-1.2816, 0.0, 1.2816))
    else:
        low, middle, high = sorted(float(v) for v in of.quantile(np.array([0.1, 0.5, 0.9])))
    return Row(key, label, low, middle, high, of)


def _density(of: Normal | Size, xs: Floats) -> Floats:
    """Give a density up to a factor."""
    if of.sd == 0.0:
        return np.zeros(xs.size)
    if isinstance(of, Normal):
        return np.asarray(np.exp(-0.5 * ((xs - of.mean) / of.sd) ** 2))
    sized = of.sign * xs
    step = float(xs[1] - xs[0])
    inside = sized > -step / 2
    at = np.maximum(sized, step / 2)
    if not of.known:
        return np.where(inside, np.exp(-0.5 * (at / of.sd) ** 2), 0.0)
    shape = (of.mean / of.sd) ** 2
    scale = of.sd**2 / of.mean
    logs = (shape - 1) * np.log(at / scale) - at / scale - special.gammaln(shape)
    return np.where(inside, np.exp(logs), 0.0)


def written_log(effect: Effect, value: float) -> str:
    """Write a size in logarithms as the card writes sizes: a change in percent, or an elasticity."""
    return f"{value:+.2f}".replace("-", "−") if elastic(effect) else change(math.expm1(value))


def picture(
    effect: Effect, owns: Mapping[str, Own], lang: Lang, theme: Theme, *, events: bool = True, width: int = WIDTH
) -> str:
    """Give the curves as one inline picture with an axis, and the same in words for those who do not see it."""
    shown = rows(effect, owns, lang, events=events)
    span = _span(shown)
    p = COLOURS[theme]
    height = ROW * len(shown) + FOOT
    left, right = LABELS, width - 24

    def x(value: float) -> float:
        return left + (right - left) * (min(max(value, span[0]), span[1]) - span[0]) / (span[1] - span[0])

    parts = [f'<rect width="{width}" height="{height}" fill="{p["paper"]}"/>']
    for tick, text in _ticks(span, effect):
        colour, dash = (p["soft"], "") if tick == 0 else (p["grid"], "2 3")
        parts.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="2" y2="{height - FOOT}" stroke="{colour}"'
            f' stroke-dasharray="{dash}"/>'
            f'<text x="{x(tick):.1f}" y="{height - 7}" text-anchor="middle" font-size="11.5" fill="{p["soft"]}">'
            f"{text}</text>"
        )
    xs = np.linspace(span[0], span[1], POINTS)
    for i, row in enumerate(shown):
        parts.append(_drawn(row, i, effect, xs, x, _hue(row, p), p))
    face = "font-family=\"'Source Sans 3','Noto Sans CJK SC','Microsoft YaHei',sans-serif\""
    body = "".join(parts)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" {face}>{body}</svg>'
    joint = "；" if lang == "zh" else "; "
    told = (f"{row.label.replace('|', ', ')} {written_log(effect, row.middle)}" for row in shown)
    alt = escape(joint.join(told), quote=True)
    return f'<img alt="{alt}" style="max-width:100%" width="{width}" src="data:image/svg+xml,{quote(svg)}">'


def _hue(row: Row, p: Mapping[str, str]) -> str:
    if row.key == "curve_own":
        return p["ink"]
    return p["A"] if row.key in ("curve_used", "curve_posterior", "curve_direction") else p["reference"]


def _drawn(row: Row, i: int, effect: Effect, xs: Floats, x, hue: str, p: Mapping[str, str]) -> str:  # type: ignore[no-untyped-def]  # a place on the axis
    foot = ROW * (i + 1) - 8
    name, _, second = row.label.partition("|")
    strong = "600" if row.key in ("curve_used", "curve_posterior", "curve_direction", "curve_own") else "400"
    out = [
        f'<text x="4" y="{foot - 15}" font-size="13" font-weight="{strong}" fill="{p["ink"]}">{escape(name)}</text>',
        f'<text x="4" y="{foot + 1}" font-size="12" fill="{p["soft"]}">{written_log(effect, row.middle)}'
        f"{' · ' + escape(second) if second else ''}</text>",
    ]
    tall = ROW - 14
    heights = row.heights(xs)
    if heights.any():
        line = " ".join(f"{x(a):.1f},{foot - tall * h:.1f}" for a, h in zip(xs, heights, strict=True))
        ends = f"{x(xs[0]):.1f},{foot} {line} {x(xs[-1]):.1f},{foot}"
        fill = "0.12" if row.key in ("curve_event", "curve_replaced") else "0.28"
        out.append(f'<polygon points="{ends}" fill="{hue}" fill-opacity="{fill}"/>')
        dash = ' stroke-dasharray="4 3"' if row.key in ("curve_event", "curve_replaced") else ""
        out.append(f'<polyline points="{line}" fill="none" stroke="{hue}" stroke-width="1.6"{dash}/>')
    out.append(
        f'<line x1="{x(row.low):.1f}" x2="{x(row.high):.1f}" y1="{foot}" y2="{foot}" stroke="{hue}" stroke-width="3"/>'
        f'<circle cx="{x(row.middle):.1f}" cy="{foot}" r="4" fill="{hue}"/>'
    )
    return "".join(out)


def _span(shown: list[Row]) -> tuple[float, float]:
    """Give the ends of the axis: all of the size itself and zero; past events only as far as they leave it readable."""
    main = [row for row in shown if row.key != "curve_event"]
    low = min(0.0, *(row.low - 0.7 * (row.high - row.low) for row in main))
    high = max(0.0, *(row.high + 0.7 * (row.high - row.low) for row in main))
    if all(isinstance(row.of, Size) for row in main):
        # One side of zero only: a little of the other side shows where zero is.
        low, high = (max(low, -0.12 * high), high) if high > -low else (low, min(high, -0.12 * low))
    wide = high - low
    for row in shown:
        low = min(low, max(row.low, low - wide / 2))
        high = max(high, min(row.high, high + wide / 2))
    return (low, high) if high > low else (-0.01, 0.01)


def _ticks(span: tuple[float, float], effect: Effect) -> list[tuple[float, str]]:
    """Give four or five round places on the axis, written as the card writes sizes; zero is one of them."""
    straight = elastic(effect)
    low, high = span if straight else (math.expm1(span[0]), math.expm1(span[1]))
    rough = (high - low) / 4
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(ten * k for k in (1, 2, 2.5, 5, 10) if ten * k >= rough * 0.8)
    marks = [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    if straight:
        return [(m, f"{m:+.3g}".replace("-", "−") if m else "0") for m in marks]
    return [(math.log1p(m), f"{100 * m:+.3g}%".replace("-", "−") if m else "0") for m in marks if m > -1]
