"""Why a lever works as it does: one text per lever, made once, with every number's source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from dashboard.charts import sparkline
from dashboard.dial import Dial, acting, quantity_title, size_words
from dashboard.formats import Lang, change
from dashboard.palette import COLOURS
from dashboard.words import word
from forecast.catalog import indicators, regions, sources
from scenarios.effects import Normal
from scenarios.learning import Learned, learned_for
from scenarios.learning.learned import FIRM
from scenarios.levers import Effect, Lever, assumptions, levers


@lru_cache(maxsize=512)
def why_text(name: str, indicator: str, lang: Lang) -> str:
    """Give the text behind "Why" of a lever, for the indicator shown, as Markdown.

    Parameters
    ----------
    name : str
        Id of a lever or an assumption.
    indicator : str
    lang : {"en", "zh"}
    """
    lever = levers().get(name) or assumptions()[name]
    chosen = acting(lever, indicator) or lever.effects
    dial = Dial(lever)
    low, high = (dial.written(v) for v in lever.studied)
    head = f"**{lever.title(lang)}**  \n{word('studied_range', lang)}: {low} – {high} ({dial.unit(lang)})"
    notes = [f"*{text.of(lang)}*" for text in lever.record.notes]
    taught = taught_text(learned_for(lever.id), indicator, lang)
    return "\n\n".join(
        [head, *(_effect_text(effect, lang) for effect in chosen), *notes, *([taught] if taught else [])]
    )


MOST_TAUGHT = 3
"""Comparisons shown of those that past events allow; all are in `data/learned_effects.csv`."""


def taught_text(rows: Sequence[Learned], indicator: str, lang: Lang, *, used: bool = False) -> str:
    """Give what past events taught: how many comparisons ended how, and the firmest, those of the indicator first.

    Parameters
    ----------
    rows : sequence of Learned
        Of one lever, firmest first.
    indicator : str
        The one shown.
    lang : {"en", "zh"}
    used : bool
        Whether an effect in use holds an estimate of the earlier study of the same figures.

    Returns
    -------
    str
        Markdown; empty where the diary has no event of the lever.

    Examples
    --------
    >>> taught_text(learned_for("trademark_filing_fee"), "trademark_applications", "en").splitlines()[0].strip()
    '**Past events, tried anew**'
    """
    if not rows:
        return ""
    counts = {v.replace(" ", "_"): sum(r.verdict == v for r in rows) for v in FIRM}
    shown = sorted((r for r in rows if r.estimated), key=lambda r: (FIRM[r.verdict], r.indicator != indicator))
    summary = word("taught_counts", lang, n=len(rows), m=len(shown), **counts)
    if used and counts["usable"] + counts["suggestive"] == 0:
        summary += word("taught_earlier", lang)
    lines = [f"- {_taught_row(r, lang)}" for r in shown[:MOST_TAUGHT]]
    return "\n".join([f"**{word('taught_head', lang)}**  ", summary, "", *lines])


def _taught_row(row: Learned, lang: Lang) -> str:
    places = [regions()[key].title(lang) for key in row.region.split(";")]
    region = ("、" if lang == "zh" else ", ").join(places[:3]) + (f" +{len(places) - 3}" if len(places) > 3 else "")
    if row.unit == "elasticity":
        size, error = word("taught_elasticity", lang, size=f"{row.estimate:+.2f}"), f"{row.se:.2f}"
    else:
        size, error = change(math.expm1(row.estimate)), f"{row.se:.0%}"
    title = indicators()[row.indicator].title(lang)
    return word(
        "taught_row", lang, year=row.first_year, region=region, indicator=title, size=size, error=error,
        why=row.why(lang),
    )  # fmt: skip


def _effect_text(effect: Effect, lang: Lang) -> str:
    colon = "：" if lang == "zh" else ": "
    on = ("、" if lang == "zh" else ", ").join(quantity_title(q, lang) for q in effect.quantities)
    size, span = size_words(effect, lang)
    lines = [f"{effect.why.of(lang)}", f"- {word('acts_on', lang)}{colon}{on}"]
    if size:
        lines.append(f"- {word('effect_size', lang)}{colon}**{size}** ({word('eight_in_ten', lang)}: {span})")
    else:
        lines.append(f"- {word('direction_only', lang)} ({word('eight_in_ten', lang)}: {span})")
    first, last = effect.lag
    lag = word("lag_year", lang, a=first) if first == last else word("lag_years", lang, a=first, b=last)
    lines.append(f"- {word('effect_lag', lang)}{colon}{lag}")
    lines += [f"- {word('citations', lang)}{colon}{_study(s.id, s.context, s.source)}" for s in effect.studies]
    if effect.parameter:
        lines.append(f"- {word('citations', lang)}{colon}parameters.csv, `{effect.parameter}`")
    if effect.size.data is not None and effect.size.prior is not None:
        taught = word("data_taught", lang, p=f"{effect.size.taught:.0%}")
        lines.append(f"- {word('own_estimate', lang)}{colon}{change(math.expm1(effect.size.data.mean))}. {taught}")
        lines.append(f"\n{curves(effect, lang)}")
    return "\n".join(lines)


def _study(id_: str, context: str, source_id: str) -> str:
    source = sources().get(source_id)
    if source is None:
        return f"{context or id_}"
    address = source.url.split(" ")[0]
    title = source.title.replace("[", "(").replace("]", ")")
    shown = f"[{title}]({address})" if address.startswith("http") else title
    return f"{shown}, {source.publisher}. {context}"


def curves(effect: Effect, lang: Lang) -> str:
    """Give prior, data and posterior of an effect as three small curves in one inline picture."""
    size = effect.size
    if size.prior is None or size.data is None:
        return ""
    posterior = Normal(size.sign * size.mean, size.sd)
    steps = [("step_prior", size.prior, "3 3"), ("step_data", size.data, "1 3"), ("step_posterior", posterior, "")]
    low = min(n.mean - 3 * n.sd for _, n, _ in steps)
    high = max(n.mean + 3 * n.sd for _, n, _ in steps)
    p, width, height = COLOURS["light"], 260, 74
    top = max(1 / n.sd for _, n, _ in steps)
    parts = []
    for _, normal, dash in steps:
        xs = [low + (high - low) * i / 60 for i in range(61)]
        ys = [math.exp(-0.5 * ((x - normal.mean) / normal.sd) ** 2) / normal.sd for x in xs]
        line = " ".join(f"{width * i / 60:.1f},{height - 4 - (height - 8) * y / top:.1f}" for i, y in enumerate(ys))
        colour = p["A"] if not dash else p["reference"]
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dash}"/>'
        )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{"".join(parts)}</svg>'
    alt = "; ".join(f"{word(key, lang)} {change(math.expm1(n.mean))}" for key, n, _ in steps)
    size_ = f'width="{width}" height="{height}"'
    return f'<img alt="{alt}" title="{alt}" {size_} src="data:image/svg+xml,{quote(svg)}"> <br>{alt}'


def lever_sparkline(lever: Lever, lang: Lang) -> str:
    """Give the lever's past as a small picture: printed values if there are any, else the diary's events added up."""
    record = lever.record.history
    if record is not None and record.values:
        dates = sorted(record.values)
        values = [record.values[date] for date in dates]
        alt = word(
            "history_values", lang, first=dates[0], last=dates[-1], a=f"{values[0]:g}", b=f"{values[-1]:g}",
            unit=record.unit.of(lang),
        )  # fmt: skip
        return sparkline(values, alt)
    if not lever.events:
        return ""
    first, last = lever.events[0].year, lever.events[-1].year
    steps = [
        sum(e.direction for e in lever.events if e.year <= year) for year in range(first - 1, max(last, first) + 1)
    ]
    return sparkline(
        [float(s) for s in steps], word("history_of_lever", lang, first=first, last=last, n=len(lever.events))
    )
