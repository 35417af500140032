"""Charts of lines over the years: levels with their bands, and differences."""

from __future__ import annotations

from dashboard.encodings import amount, dash, dots, hue, named, years
from dashboard.palette import BANDS, COLOURS
from dashboard.vega import alt


def fan(
    theme: str, lang: str, *, unit: str, window: tuple[int, int], height: int = 430, log: bool = False
) -> alt.LayerChart:
    """History, bands and lines over the years.

    Data sets: ``frame`` (x y, unseen, sets the range), ``now`` (x label), ``bands`` (x role lo95 lo80 lo50 hi50 hi80
    hi95), ``edges`` (x lo80 hi80 role), ``breaks`` (x label), ``paths`` (x y role path), ``lines`` (x y role), ``hist``
    (x y part), ``known`` (x lo hi, error of the history), ``conflicts`` (x lo hi tip), ``points`` (x y kind reading
    tip source), ``picked`` (x y), ``target`` (x x0 x1 y label), ``ends`` (x y_at label role), ``notes`` (label).
    Labels at the ends need no room of their own: the plot is made narrower by what they need.
    """
    p, x, y = COLOURS[theme], years(*window), amount(unit, lang, log=log)

    def at(field: str) -> alt.Y:
        return amount(unit, lang, field, log=log)

    ordinary = {"fontSize": 12, "align": "left"}
    layers = [
        named("frame").mark_point(opacity=0, size=1).encode(x=x, y=y),
        named("now").mark_rule(color=p["grid"], strokeWidth=1.5).encode(x=x),
        named("now").mark_text(color=p["soft"], dx=5, **ordinary).encode(x=x, y=alt.value(8), text="label:N"),
    ]
    layers += [
        named("bands")
        .mark_area(opacity=opacity, line=False)
        .encode(x=x, y=at(lo), y2=f"{hi}:Q", color=hue(theme), detail="role:N")
        for lo, hi, opacity in BANDS
    ]
    layers += [
        named("edges").mark_line(strokeWidth=1, strokeDash=[1, 4]).encode(x=x, y=at(edge), color=hue(theme))
        for edge in ("lo80", "hi80")
    ]
    layers += [
        named("known").mark_area(opacity=0.16, color=p["history"]).encode(x=x, y=at("lo"), y2="hi:Q", detail="part:N"),
        named("breaks").mark_rule(color=p["warn"], strokeDash=[3, 3]).encode(x=x),
        named("breaks")
        .mark_text(color=p["warn"], dx=4, **ordinary)
        .encode(x=x, y=alt.value(44), text="label:N", tooltip=[alt.Tooltip("tip:N", title=" ")]),
        named("paths")
        .mark_line(opacity=0.5, strokeWidth=1.1)
        .encode(x=x, y=y, color=hue(theme), detail=["role:N", "path:N"]),
        named("lines").mark_line(strokeWidth=2.6).encode(x=x, y=y, color=hue(theme), strokeDash=dash()),
        named("hist").mark_line(color=p["history"], strokeWidth=2).encode(x=x, y=y, detail="part:N"),
        named("conflicts")
        .mark_rule(color=p["warn"], strokeWidth=4)
        .encode(x=x, y=at("lo"), y2="hi:Q", tooltip=[alt.Tooltip("tip:N", title=" ")]),
        dots(theme, x, y),
        named("picked")
        .mark_point(size=220, strokeWidth=2.5, color=p["warn"], filled=False, opacity=1)
        .encode(x=x, y=y),
        named("target").mark_rule(color=p["target"], strokeDash=[4, 3]).encode(x="x0:Q", x2="x1:Q", y=y),
        named("target")
        .mark_point(shape="diamond", size=130, filled=True, color=p["target"], opacity=1)
        .encode(x=x, y=y, tooltip=[alt.Tooltip("label:N", title=" ")]),
        named("target")
        .mark_text(color=p["target"], align="right", dx=-6, fontWeight=600)
        .encode(x="x0:Q", y=y, text="label:N"),
        named("notes")
        .mark_text(color=p["soft"], align="right", dx=-6, fontSize=12)
        .encode(x=x, y=alt.value(26), text="label:N"),
        named("ends")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x=x, y=at("y_at"), text="label:N", color=hue(theme)),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 8, "top": 6, "bottom": 4}
    return chart


def difference(theme: str, lang: str, *, unit: str, window: tuple[int, int], height: int = 430) -> alt.LayerChart:
    """Show scenario minus baseline on the same futures, around a named zero line.

    Data sets: ``frame``, ``bands``, ``paths``, ``zero`` (y), ``lines`` and ``ends`` as in `fan`.
    """
    p, x, y = COLOURS[theme], years(*window), amount(unit, lang, zero=True)
    layers = [named("frame").mark_point(opacity=0, size=1).encode(x=x, y=y)]
    layers += [
        named("bands")
        .mark_area(opacity=opacity)
        .encode(x=x, y=amount(unit, lang, lo, zero=True), y2=f"{hi}:Q", color=hue(theme), detail="role:N")
        for lo, hi, opacity in BANDS
    ]
    layers += [
        named("zero").mark_rule(color=p["mine"], strokeWidth=2, strokeDash=[8, 4]).encode(y=y),
        named("paths")
        .mark_line(opacity=0.5, strokeWidth=1.1)
        .encode(x=x, y=y, color=hue(theme), detail=["role:N", "path:N"]),
        named("lines").mark_line(strokeWidth=2.6).encode(x=x, y=y, color=hue(theme), strokeDash=dash()),
        named("ends")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(x=x, y=amount(unit, lang, "y_at", zero=True), text="label:N", color=hue(theme)),
    ]
    chart = alt.layer(*layers).properties(height=height, width="container")
    chart.padding = {"left": 4, "right": 8, "top": 6, "bottom": 4}
    return chart
