"""Verdicts on estimates, by rules stated in words: usable, suggestive, not identified, and the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scenarios.learning.estimate import Estimate, Impossible
from scenarios.learning.prior import Verdict

PRE_P = 0.10
"""Below this chance of what moved before the event, the estimate is not of the event."""

SEEN_P = 0.10
"""An effect is seen below this chance."""

FIRM_P, LEAST_TREATED = 0.05, 5
"""A usable effect needs this chance and so many treated regions."""

RANK_NATION = 0.20
"""A series of the nation has some ten earlier years to compare with: at most one may be as large."""

WELL_MEASURED = 0.10
"""Where effects of this size (logarithm) would have been seen, seeing none is a finding. Our choice: the smallest of
the published effects is 0.05, most are above 0.1."""

HALF = 0.5
"""The event moved back may give at most this part of the effect."""


Name = tuple[str, str]
"""The same in English and Chinese."""


@dataclass(frozen=True)
class Circumstances:
    """What is known of an event besides the figures.

    Parameters
    ----------
    expected : int
        Sign that the effect should have; 0 where nothing says.
    rivals : tuple of (str, str)
        Other measures in the same places and years that move the same indicator, in English and Chinese.
    spread_out : tuple of (str, str)
        What brought the same measure to the comparison regions.
    reach : {"named", "direct", "behind"}
        Whether the diary names the indicator, the lever acts on it itself, or it lies behind one in the accounts.
    national : bool
        Whether the event reached everyone at once.
    """

    expected: int = 0
    rivals: tuple[Name, ...] = ()
    spread_out: tuple[Name, ...] = ()
    reach: str = "named"
    national: bool = False


@dataclass(frozen=True)
class Judged:
    """A verdict with its reason in English and Chinese."""

    verdict: Verdict
    en: str
    zh: str


def judge(found: Estimate | Impossible, about: Circumstances) -> Judged:
    """Judge an estimate.

    In this order: what cannot be computed, controls that had the measure too, and what moved before the event are *not
    identified*. So is what placebos show as well, unless several treated regions without rivals measure it so well that
    an effect of `WELL_MEASURED` would have been seen (*usable*: no effect of that size). What stands out is *not
    identified* if the event moved back gives more than half of it, if leaving one comparison out turns its sign, if it
    runs against the direction of the lever, or if the indicator only lies behind what the lever acts on. The rest is
    *suggestive*; *usable* if five or more regions were treated, nothing else happened there and the chance is below
    5 percent.

    Examples
    --------
    >>> judge(Impossible("figures end in 2023", "数据止于2023年"), Circumstances()).verdict
    'not identified'
    """
    if isinstance(found, Impossible):
        return Judged("not identified", found.en, found.zh)
    for fails, en, zh in _objections(found, about):
        if fails:
            return Judged("not identified", en, zh)
    several = found.n_treated >= LEAST_TREATED and not about.national
    if not _seen(found, about):
        return Judged(
            "usable",
            f"no effect: {found.smallest:.2f} or more would have been seen, and {found.n_treated} regions show none",
            f"未见效应：若有{found.smallest:.2f}以上的效应应可察觉，而{found.n_treated}个处理地区均未显示",
        )
    seen_en = f"stands out (chance {found.p:.2f}), nothing moved before, and no single comparison makes it"
    seen_zh = f"明显偏离对照（偶然概率{found.p:.2f}），事前无异动，也不取决于单个对照"
    if several and not about.rivals and found.p <= FIRM_P:
        return Judged("usable", seen_en, seen_zh)
    doubts = [
        (about.national, "the nation has no untreated part", "全国没有未受影响的部分"),
        (bool(about.rivals), f"other measures may have done it: {_some(about.rivals, 0)}",
         f"同期还有其他措施：{_some(about.rivals, 1)}"),
        (not several and not about.national, f"{found.n_treated} treated regions", f"处理地区仅{found.n_treated}个"),
        (found.p > FIRM_P, "the chance is above 0.05", "偶然概率高于0.05"),
    ]  # fmt: skip
    but_en = ", ".join(en for holds, en, _ in doubts if holds)
    but_zh = "，".join(zh for holds, _, zh in doubts if holds)
    return Judged("suggestive", f"{seen_en}; but {but_en}", f"{seen_zh}；但{but_zh}")


def _seen(found: Estimate, about: Circumstances) -> bool:
    return found.p <= SEEN_P and (not about.national or found.placebo_p <= RANK_NATION)


def _objections(found: Estimate, about: Circumstances) -> list[tuple[bool, str, str]]:
    """Give the rules that make an estimate not identified, in order, with the reasons."""
    seen = _seen(found, about)
    well = (
        found.smallest <= WELL_MEASURED and found.n_treated >= LEAST_TREATED and not about.rivals and not about.national
    )
    against = about.expected != 0 and found.size * about.expected < 0
    turned = found.left_low * found.left_high < 0 or found.left_low * found.size < 0
    early = abs(found.placebo_time) > HALF * abs(found.size) and found.placebo_time * found.size > 0
    bar = f"an effect below {found.smallest:.2f} could not have been seen"
    bar_zh = f"低于{found.smallest:.2f}的效应本不可察觉"
    return [
        (bool(about.spread_out), f"comparison regions had the measure too: {_some(about.spread_out, 0)}",
         f"对照地区也有同类措施：{_some(about.spread_out, 1)}"),
        (math.isnan(found.pre_p), "no earlier date is left to test the design on", "没有更早的年份可供检验"),
        (found.pre_p < PRE_P, f"it moved before the event (chance {found.pre_p:.2f})",
         f"事件之前已有异动（偶然概率{found.pre_p:.2f}）"),
        (not seen and not well, f"placebos show as much (chance {found.p:.2f}); {bar}",
         f"安慰剂检验同样常见（偶然概率{found.p:.2f}）；{bar_zh}"),
        (seen and early, "two years earlier the same design gives more than half of it",
         "事件前移两年仍得出一半以上的效应"),
        (seen and turned, "its sign turns when one comparison is left out", "剔除某一对照后符号改变"),
        (seen and against, f"it runs against the direction of the lever: something else moved the figures; {bar}",
         f"方向与政策相反：应另有原因；{bar_zh}"),
        (seen and about.reach == "behind", "the indicator lies far behind what the lever acts on",
         "该指标与政策作用对象相距较远"),
    ]  # fmt: skip


def _some(names: tuple[Name, ...], language: int) -> str:
    shown = dict.fromkeys(name[language] for name in names)
    mark = ("、" if language else ", ").join(list(shown)[:3])
    return mark if len(shown) <= 3 else f"{mark} +{len(shown) - 3}"
