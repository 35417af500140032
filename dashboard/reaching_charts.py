"""Charts of the pages "Reach a target" and "Would it have worked?"."""

from __future__ import annotations

from dashboard.encodings import amount, named
from dashboard.formats import Lang
from dashboard.palette import COLOURS
from dashboard.vega import alt
from dashboard.words import word


def frontier(theme: str, lang: str, *, height: int = 280) -> alt.LayerChart:
    """Show the least effort for every chance; the wanted chance as a named line.

    Data sets: ``points`` (x y tip), ``wanted`` (y label), ``ways`` (x y label).
    """
    p = COLOURS[theme]
    own: Lang = "zh" if lang == "zh" else "en"
    x = alt.X(
        "x:Q", title=word("reach_axis_effort", own), scale=alt.Scale(domainMin=0, nice=True),
        axis=alt.Axis(grid=False, tickCount=8, format="~g", titleColor=p["soft"], titleFontSize=13,
                      titleFontWeight="normal"),
    )  # fmt: skip
    y = alt.Y(
        "y:Q", title=word("reach_axis_chance", own), scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(format=".0%", tickCount=5, domain=False, ticks=False, titleColor=p["soft"], titleFontSize=13,
                      titleFontWeight="normal"),
    )  # fmt: skip
    tip = [alt.Tooltip("tip:N", title=" ")]
    layers = [
        named("wanted").mark_rule(color=p["target"], strokeDash=[4, 3]).encode(y=y),
        named("wanted").mark_text(color=p["target"], align="right", dx=-4, dy=-8, fontWeight=600).encode(
            x=alt.value("width"), y=y, text="label:N"
        ),
        named("points").mark_line(color=p["A"], strokeWidth=2.6).encode(x=x, y=y),
        named("points").mark_point(color=p["A"], filled=True, size=60, opacity=1).encode(x=x, y=y, tooltip=tip),
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 12, "top": 14, "bottom": 4}
    return chart


def hindcast(theme: str, lang: str, *, unit: str, height: int = 320) -> alt.LayerChart:
    """Show what was foretold, without and with levers, as middle and 80% band by year, and what came as dots.

    Data sets: ``known`` (x y), ``bands`` (x lo hi role), ``wide`` (x lo hi role, the band around policy events),
    ``middles`` (x y role tip), ``came`` (x y tip). Those without levers stand a little before the year, those with them
    a little after.
    """
    p, y = COLOURS[theme], amount(unit, lang)
    axis = alt.Axis(format="d", grid=False, tickMinStep=1)
    x = alt.X("x:Q", title=None, scale=alt.Scale(nice=False, padding=28), axis=axis)
    hues = alt.Scale(domain=["without", "with", "came"], range=[p["base"], p["A"], p["history"]])
    colour = alt.Color("role:N", scale=hues, legend=None)
    tip = [alt.Tooltip("tip:N", title=" ")]
    layers = [
        named("known").mark_line(color=p["history"], strokeWidth=2).encode(x=x, y=y),
        named("bands").mark_bar(width=10, opacity=0.35).encode(
            x=x, y=amount(unit, lang, "lo"), y2="hi:Q", color=colour
        ),
        named("wide").mark_rule(strokeWidth=1.5, strokeDash=[2, 3]).encode(
            x=x, y=amount(unit, lang, "lo"), y2="hi:Q", color=colour
        ),
        named("middles").mark_tick(thickness=3, size=16, orient="horizontal").encode(
            x=x, y=y, color=colour, tooltip=tip
        ),
        named("came").mark_point(shape="diamond", size=110, filled=True, color=p["target"], opacity=1).encode(
            x=x, y=y, tooltip=tip
        ),
    ]  # fmt: skip
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 12, "top": 8, "bottom": 4}
    return chart
