"""Why a lever works as it does: one text per lever, made once, with every number's source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from dashboard.charts import sparkline
from dashboard.chinese import data_text, source_title
from dashboard.dial import Dial, acting, quantity_title, size_words
from dashboard.effect_picture import picture, written_log
from dashboard.formats import Lang, change
from dashboard.own_sizes import worn
from dashboard.palette import Theme
from dashboard.view import Own
from dashboard.words import word
from forecast.catalog import indicators, regions, sources
from scenarios.learning import Learned, learned_for
from scenarios.learning.learned import FIRM
from scenarios.levers import Effect, Lever, assumptions, levers
from scenarios.studies import Study


@lru_cache(maxsize=512)
def why_text(
    name: str, indicator: str, lang: Lang, owns: tuple[tuple[str, Own], ...] = (), theme: Theme = "light"
) -> str:
    """Give the text behind "Why" of a lever, for the indicator shown, as Markdown.

    Parameters
    ----------
    name : str
        Id of a lever or an assumption.
    indicator : str
    lang : {"en", "zh"}
    owns : tuple of (str, Own)
        Sizes of its effects that the reader set.
    theme : {"light", "dark"}
        Of the curves.
    """
    lever = levers().get(name) or assumptions()[name]
    chosen = acting(lever, indicator) or lever.effects
    dial = Dial(lever)
    low, high = (dial.written(v) for v in lever.studied)
    head = f"**{lever.title(lang)}**  \n{word('studied_range', lang)}: {low} – {high} ({dial.unit(lang)})"
    notes = [f"*{text.of(lang)}*" for text in lever.record.notes]
    taught = taught_text(learned_for(lever.id), indicator, lang)
    return "\n\n".join(
        [
            head,
            *(effect_text(effect, lang, dict(owns), theme) for effect in chosen),
            *notes,
            *([taught] if taught else []),
        ]
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


def effect_text(effect: Effect, lang: Lang, owns: Mapping[str, Own], theme: Theme, *, curves: bool = True) -> str:
    """Give what an effect is, how large, and on whose word, as Markdown with its curves."""
    colon = "：" if lang == "zh" else ": "
    on = ("、" if lang == "zh" else ", ").join(quantity_title(q, lang) for q in effect.quantities)
    size, span = size_words(effect, lang)
    lines = [f"{effect.why.of(lang)}", f"- {word('acts_on', lang)}{colon}{on}"]
    if size:
        key = "curve_replaced" if effect.id in owns else "effect_size"
        lines.append(f"- {word(key, lang)}{colon}**{size}** ({word('eight_in_ten', lang)}: {span})")
    else:
        lines.append(f"- {word('direction_only', lang)} ({word('eight_in_ten', lang)}: {span})")
    if effect.id in owns:
        size, span = size_words(worn(effect, owns), lang)
        used = f"{size} ({word('eight_in_ten', lang)}: {span})"
        lines.append(f"- {word('own_size_mark', lang)}{colon}**{used}** “{escape(owns[effect.id].why)}”")
    first, last = effect.lag
    lag = word("lag_year", lang, a=first) if first == last else word("lag_years", lang, a=first, b=last)
    lines.append(f"- {word('effect_lag', lang)}{colon}{lag}")
    lines += [f"- {word('citations', lang)}{colon}{_study(s, lang)}" for s in effect.studies]
    if effect.parameter:
        lines.append(f"- {word('citations', lang)}{colon}parameters.csv, `{effect.parameter}`")
    if effect.size.data is not None and effect.size.prior is not None:
        data, stop = written_log(effect, effect.size.data.mean), "。" if lang == "zh" else ". "
        taught = word("data_taught", lang, p=f"{effect.size.taught:.0%}")
        lines.append(f"- {word('own_estimate', lang)}{colon}{data}{stop}{taught}")
    if curves and (effect.size.prior is not None or effect.id in owns):
        lines.append(f"\n{picture(effect, owns, lang, theme)}")
    return "\n".join(lines)


def _study(study: Study, lang: Lang) -> str:
    """Name a study with its link, where it looked, and, in Chinese, that it is in English."""
    source, context = sources().get(study.source), data_text(study.context, lang)
    if source is None:
        return f"{word('own_panel', lang)}{'：' if lang == 'zh' else ': '}{context.removeprefix('CN; ') or study.id}"
    address = source.url.split(" ")[0]
    title = source_title(source, lang).replace("[", "(").replace("]", ")")
    shown = f"[{title}]({address})" if address.startswith("http") else title
    return f"{shown}：{context}" if lang == "zh" else f"{shown}, {source.publisher}. {context}"


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
