"""Running a scenario: an outlook and differences in, three lines on the same futures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forecast import catalog
from forecast.errors import unknown
from forecast.outlook import Outlook
from scenarios.comparison import Comparison
from scenarios.files import check_names, resolved
from scenarios.ground import ground
from scenarios.levers import Lever, assumptions, levers
from scenarios.line import Line
from scenarios.moves import Draws, Move, move
from scenarios.notices import notices
from scenarios.scenario import Scenario, Setting


def run(scenario: Scenario, outlook: Outlook, *, known: Mapping[str, Scenario] | None = None) -> Comparison:
    """Compare a scenario with the outlook it starts from.

    Parameters
    ----------
    scenario : Scenario
        Differences from now; what it inherits is filled in.
    outlook : Outlook
        Reference baseline. It may hold any series; what the engine does not know stays exactly as it is.
    known : mapping of str to Scenario, optional
        Scenarios beside those of the library that it may extend.

    Returns
    -------
    Comparison
        Reference baseline, my baseline (assumptions), my scenario (assumptions and levers), on the same futures.
        Series are worked out when asked for and kept.

    Raises
    ------
    InputError
        Where a name or a position in it is not possible, or scenarios extend each other in a circle.

    Examples
    --------
    >>> import numpy as np
    >>> flat = Outlook(("CN.trademark_applications",), (2025, 2026, 2027), np.full((1, 3, 200), 7e6), (2025,), 1)
    >>> halved = Scenario(id="halved", levers={"trademark_filing_fee": {"level": -0.5, "start": 2027}})
    >>> c = run(halved, flat)
    >>> filings = c.of("CN.trademark_applications")
    >>> bool(filings.mean(axis=1)[2] > 7e6), bool((filings[1] == 7e6).all())
    (True, True)
    """
    whole = resolved(scenario, known)
    check_names(whole, where=scenario.id)
    outside = _moves(whole.assumptions, assumptions(), outlook)
    inside = _moves(whole.levers, levers(), outlook)
    return compare(whole, outlook, outside=outside, inside=inside)


def compare(whole: Scenario, outlook: Outlook, *, outside: Sequence[Move], inside: Sequence[Move]) -> Comparison:
    """Compare given moves of assumptions (`outside`) and levers (`inside`) with the outlook."""
    with_ = Draws(outlook.n_paths, whole.run.seed, whole.effects, len({m.lever.id for m in inside if m.path.any()}))
    here = ground(outlook, whole.run.seed)
    first = min((m.first for m in [*outside, *inside]), default=len(outlook.years))
    mine = Line(here, outside, with_, first=first)
    moved = Line(here, [*outside, *inside], with_, first=first) if inside else mine
    return Comparison(whole, outlook, mine, moved, tuple(inside), notices(inside, with_, outlook))


def _moves(given: Mapping[str, tuple[Setting, ...] | None], known: Mapping[str, Lever], outlook: Outlook) -> list[Move]:
    return [move(known[name], setting, outlook.years) for name, settings in given.items() for setting in settings or ()]


def levers_for(indicator: str) -> tuple[Lever, ...]:
    """Give the levers that move an indicator, directly or through the IP system, the weightiest first.

    Order: nearest first (the lever names the indicator itself before those behind it), then grade, then size at
    the studied strength.

    Parameters
    ----------
    indicator : str
        Name in the catalogue; for a ratio, levers of its numerator and denominator.

    Raises
    ------
    UnknownNameError
        With the nearest indicators.
    """
    if indicator not in catalog.indicators():
        raise unknown("indicator", indicator, catalog.indicators())
    row = catalog.indicators()[indicator]
    wanted = {indicator, row.numerator, row.denominator} - {""}
    found = []
    for lever in levers().values():
        ranks = [
            (effect.size.grade, not effect.size.known, effect.indicators.index(name), -effect.size.mean)
            for effect in lever.effects
            for name in wanted
            if name in effect.indicators
        ]
        if ranks:
            found.append((min(ranks), lever.id))
    return tuple(levers()[name] for _, name in sorted(found))
