"""A panel of your own through the same designs, checks and verdicts as the bundled one."""

from __future__ import annotations

import math
from collections.abc import Mapping

from forecast.errors import InputError, unknown
from forecast.seeds import DEFAULT_SEED
from scenarios.effects import Normal
from scenarios.learning.estimate import Estimate, Impossible
from scenarios.learning.learned import Learned
from scenarios.learning.panel import Panel
from scenarios.learning.prior import by_literature, direct_effect, moments, posterior_of
from scenarios.learning.staggered import staggered
from scenarios.learning.synthetic import synthetic_control
from scenarios.learning.trials import numbers, sentence
from scenarios.learning.verdict import Circumstances, judge
from scenarios.levers import levers


def prior_for(lever: str, indicator: str) -> Normal | None:
    """Give what the literature says of a programme, as studied, on an indicator; None where it says nothing directly.

    Raises
    ------
    UnknownNameError
        With the nearest levers.
    InputError
        For a price: its effect is an elasticity, which a panel of regions that all pay it cannot show.
    """
    if lever not in levers():
        raise unknown("lever", lever, levers())
    if levers()[lever].record.form == "change":
        raise InputError(f"{lever} is a price; a step in some regions says nothing of it.", "Leave the lever out.")
    effect = direct_effect(by_literature(lever), indicator)
    return moments(effect.size) if effect else None


def learn_from(
    panel: Panel, since: Mapping[str, int], *, prior: Normal | None = None, lever: str = "", seed: int = DEFAULT_SEED
) -> tuple[Learned, ...]:
    """Judge a measure that reached some regions of a panel, as `trials.learn` judges the diary.

    You vouch for what the diary would tell: that the other regions had no such measure, and that nothing else happened
    in the same regions and years.

    Parameters
    ----------
    panel : Panel
        As of `read_panel` or `panel_of`.
    since : mapping of str to int
        First treated year by region.
    prior : Normal, optional
        What is held now, as a change in logarithms; `prior_for` gives that of a lever.
    lever : str
        Name in the result.
    seed : int

    Returns
    -------
    tuple of Learned
        Synthetic control where all began in one year; staggered differences where two or more were treated.

    Raises
    ------
    InputError
        Where no region is named, or one that the panel does not hold.
    """
    if not since:
        raise InputError("No treated region is given.", "Name each with its first treated year, as CN-ZJ=2019.")
    for region in since:
        if region not in panel.regions:
            raise unknown("region", region, panel.regions, where=panel.indicator)
    results: list[tuple[str, Estimate | Impossible]] = []
    if len(set(since.values())) == 1:
        first = next(iter(since.values()))
        results.append(("synthetic_control", synthetic_control(panel, tuple(since), first, seed=seed)))
    if len(since) > 1:
        results.append(("staggered_did", staggered(panel, since, seed=seed)))
    return tuple(_row(panel, since, prior, lever, *one) for one in results)


def _row(
    panel: Panel, since: Mapping[str, int], prior: Normal | None, lever: str, design: str, result: Estimate | Impossible
) -> Learned:
    sign = 0 if prior is None or not prior.mean else int(math.copysign(1, prior.mean))
    judged = judge(result, Circumstances(sign))
    n, values = numbers(result)
    posterior = posterior_of(prior, Normal(values[0], values[1]), judged.verdict)
    nothing = Normal(math.nan, math.nan)
    before, after = prior or nothing, posterior or nothing
    return Learned(
        "", lever, ";".join(since), panel.indicator, "direct", design, "log", min(since.values()), panel.years[-1], *n,
        *values, judged.verdict, before.mean, before.sd, after.mean, after.sd, "", *sentence(judged, prior, posterior),
    )  # fmt: skip
