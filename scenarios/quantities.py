"""The quantities of the IP system that levers act on, and the indicators each one moves."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Scale = Literal["log", "logit", "log odds growth"]

RIGHTS = ("invention", "utility_model", "design", "trademark")
"""The four rights with filings, grants and a stock in force."""

FLOWS = {
    "invention": ("invention_applications", "invention_grants", "inventions_in_force"),
    "utility_model": ("utility_model_applications", "utility_model_grants", "utility_models_in_force"),
    "design": ("design_applications", "design_grants", "designs_in_force"),
    "trademark": ("trademark_applications", "trademark_registrations", "trademarks_in_force"),
}
"""Indicators of each right: filings, grants (registrations), stock in force."""

SUMS = {
    "patent_applications": ("invention_applications", "utility_model_applications", "design_applications"),
    "patent_grants": ("invention_grants", "utility_model_grants", "design_grants"),
    "patents_in_force": ("inventions_in_force", "utility_models_in_force", "designs_in_force"),
    "ip_pledge_amount": ("patent_pledge_amount", "trademark_pledge_amount"),
    "ip_pledge_projects": ("patent_pledge_projects", "trademark_pledge_projects"),
}
"""Indicators that are sums of others in the same region."""

OF_THEIR_OWN = ("ip_pledge_amount", "ip_pledge_projects")
"""Sums that levers move as a whole where a region has not all the parts."""

PLEDGE_AMOUNTS = ("ip_pledge_amount", "patent_pledge_amount", "trademark_pledge_amount", "ip_pledge_loans_issued")
PLEDGE_PROJECTS = ("ip_pledge_projects", "patent_pledge_projects", "trademark_pledge_projects")
PLEDGE_FIRMS = ("ip_pledge_enterprises", "patent_pledge_enterprises")
HIGH_VALUE = "high_value_inventions_in_force"


@dataclass(frozen=True)
class Quantity:
    """Something inside the IP system that a lever can move.

    Parameters
    ----------
    name : str
        As lever files write it.
    title_en, title_zh : str
        For readers.
    scale : {"log", "logit", "log odds growth"}
        What is added: logarithms, log odds, or log odds a year.
    indicators : tuple of str
        Indicators that move with it, directly or through the system, nearest first.
    """

    name: str
    title_en: str
    title_zh: str
    scale: Scale
    indicators: tuple[str, ...]


_NAMES = {
    "invention": ("inventions", "发明专利"),
    "utility_model": ("utility models", "实用新型"),
    "design": ("designs", "外观设计"),
    "trademark": ("trademarks", "商标"),
}


def _of_right(right: str) -> list[Quantity]:
    en, zh = _NAMES[right]
    filings, grants, stock = FLOWS[right]
    totals = () if right == "trademark" else ("patent_applications", "patent_grants", "patents_in_force")
    below = (grants, stock, *((HIGH_VALUE,) if right == "invention" else ()))
    return [
        Quantity(f"{right}.filings", f"filings of {en}", f"{zh}申请量", "log", (filings, *below, *totals)),
        Quantity(f"{right}.grant_rate", f"grant rate of {en}", f"{zh}授权率", "logit", (*below, *totals[1:])),
        Quantity(f"{right}.decision_time", f"time to decide on {en}", f"{zh}审查周期", "log", (*below, *totals[1:])),
        Quantity(f"{right}.lapse", f"lapses of {en}", f"{zh}失效率", "log", (*below[1:], *totals[2:])),
    ]


def _after_rd() -> tuple[str, ...]:
    """Give the indicators that follow R&D spending: filings of patents, and what follows them."""
    kinds = [FLOWS[right] for right in RIGHTS if right != "trademark"]
    steps = [kind[step] for step in range(3) for kind in kinds]
    return (*steps, HIGH_VALUE, "patent_applications", "patent_grants", "patents_in_force")


def _all() -> dict[str, Quantity]:
    found = {q.name: q for right in RIGHTS for q in _of_right(right)}
    amounts = (*PLEDGE_AMOUNTS,)
    for quantity in (
        Quantity("high_value.share", "high-value share of inventions", "高价值发明占比", "logit", (HIGH_VALUE,)),
        Quantity("pledge.uptake", "growth of the share of firms that pledge", "质押企业占比增速", "log odds growth",
                 (*amounts, *PLEDGE_PROJECTS, *PLEDGE_FIRMS)),
        Quantity("pledge.ceiling", "ceiling of the share of firms that pledge", "质押企业占比上限", "log",
                 (*amounts, *PLEDGE_PROJECTS, *PLEDGE_FIRMS)),
        Quantity("pledge.projects_per_firm", "pledge projects a firm", "每家企业质押项目数", "log",
                 (*amounts, *PLEDGE_PROJECTS)),
        Quantity("pledge.amount_per_project", "amount a pledge project", "单笔质押金额", "log", amounts),
        Quantity("rd", "R&D spending", "研发投入", "log", ("rd_expenditure", *_after_rd())),
    ):  # fmt: skip
        found[quantity.name] = quantity
    return found


QUANTITIES = MappingProxyType(_all())
"""Quantities of the system by name. Any indicator may also be acted on directly, as ``indicator:<name>``."""

DIRECT = "indicator:"
"""Prefix of a quantity that is an indicator itself."""


def quantity(name: str) -> Quantity:
    """Give a quantity by name; ``indicator:<name>`` is the indicator itself, in logarithms.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> quantity("trademark.lapse").indicators
    ('trademarks_in_force',)
    """
    if name.startswith(DIRECT):
        indicator = name.removeprefix(DIRECT)
        return Quantity(name, indicator.replace("_", " "), indicator, "log", (indicator,))
    if name not in QUANTITIES:
        from forecast.errors import unknown

        raise unknown("quantity", name, QUANTITIES)
    return QUANTITIES[name]
