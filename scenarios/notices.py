"""What a reader must know about a scenario's moves: warnings, which never stop a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from forecast.outlook import Outlook
from scenarios.moves import Draws, Move, many_levers

Kind = Literal[
    "outside evidence", "many levers", "cut", "set by nation", "thought experiment", "size unknown", "after the end",
    "own size", "nothing moves",
]  # fmt: skip

_TEXTS: dict[str, tuple[str, str]] = {
    "outside evidence": (
        "{lever}: outside the range that was studied ({low} to {high}); the band is widened.",
        "{lever}：超出已研究范围（{low}至{high}），区间已加宽。",
    ),
    "many levers": (
        "{n} levers at once: how they work together was not studied; bands are widened by {widened}%.",
        "同时调整{n}项杠杆：其相互作用未经研究，区间加宽{widened}%。",
    ),
    "cut": (
        "{lever}: studies looked at rises. A cut may work less, or not at all.",
        "{lever}：研究对象为上调；下调效果可能较小甚至没有。",
    ),
    "set by nation": (
        "{lever}: set by the nation. Shown to test what a national change would mean in {regions}.",
        "{lever}：由国家决定，仅用于测算全国性调整对{regions}的影响。",
    ),
    "thought experiment": ("{lever}: {why} A thought experiment only.", "{lever}：{why}仅作推想。"),
    "size unknown": (
        "{lever}: only the direction is known; the size is drawn from a wide range.",
        "{lever}：仅知方向、不知幅度，按宽区间抽取。",
    ),
    "after the end": (
        "{lever}: starts after {last}, the last year shown; nothing changes.",
        "{lever}：起始年份晚于所示最后年份{last}，结果不变。",
    ),
    "own size": ("{lever}: your own size is used, because: {why}", "{lever}：采用自定义幅度，理由：{why}"),
    "nothing moves": ("Nothing differs from the baseline yet.", "目前与基准没有差异。"),
}


@dataclass(frozen=True)
class Notice:
    """A warning with what it is about; the result stands.

    Parameters
    ----------
    kind : str
        Which warning.
    lever : str
        Id of the lever, or blank.
    values : dict
        What the words need: numbers and, under ``_en`` and ``_zh`` endings, words in both languages.
    """

    kind: Kind
    lever: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """Give the warning in words, in ``"en"`` or ``"zh"``."""
        template = _TEXTS[self.kind][1 if language == "zh" else 0]
        ending = "_zh" if language == "zh" else "_en"
        words = {name.removesuffix(ending): value for name, value in self.values.items()}
        return template.format(**words)


def notices(moves: Sequence[Move], with_: Draws, outlook: Outlook) -> tuple[Notice, ...]:
    """List the warnings of lever moves, in the order of the levers."""
    found: list[Notice] = []
    for one in moves:
        record = one.lever.record
        name = {"lever_en": record.title.en, "lever_zh": record.title.zh}
        if not np.any(one.path):
            if one.asked:
                found.append(Notice("after the end", record.id, {**name, "last": str(outlook.years[-1])}))
            continue
        if one.outside > 0:
            low, high = (f"{v:g}" for v in record.studied)
            found.append(Notice("outside evidence", record.id, {**name, "low": low, "high": high}))
        if record.thought_experiment:
            why = {"why_en": record.thought_experiment.en, "why_zh": record.thought_experiment.zh}
            found.append(Notice("thought experiment", record.id, {**name, **why}))
        if record.decided_by == "nation" and "CN" not in one.regions:
            regions = ", ".join(sorted(one.regions))
            found.append(Notice("set by nation", record.id, {**name, "regions": regions}))
        if not one.lever.size_known:
            found.append(Notice("size unknown", record.id, name))
        if one.path.min() < 0 and any(e.cut is None and not e.cut_share and e.price == "" for e in one.lever.effects):
            found.append(Notice("cut", record.id, name))
        for effect in one.lever.effects:
            if effect.id in with_.overrides:
                found.append(Notice("own size", record.id, {**name, "why": with_.overrides[effect.id].why}))
    if moves and not any(one.asked for one in moves):
        found.append(Notice("nothing moves"))
    if with_.n_levers > 1:
        widened = 100 * (many_levers(with_.n_levers) - 1)
        found.append(Notice("many levers", "", {"n": str(with_.n_levers), "widened": f"{widened:.0f}"}))
    return tuple(found)
