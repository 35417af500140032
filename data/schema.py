"""The tables of this package and their columns: types, constraints, keys, and what each one means.

One place for all of it: `build_descriptor.py` writes the Frictionless descriptor from here, `import_evidence.py` checks
the columns of a new vintage against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MONTH = "(0[1-9]|1[0-2])"
PERIOD = rf"\d{{4}}|\d{{4}}-H[12]|\d{{4}}-Q[1-4]|(ytd-|asof-)?\d{{4}}-{MONTH}|span-\d{{4}}{MONTH}?-\d{{4}}{MONTH}?"
DATE = rf"\d{{4}}(-{MONTH}(-(0[1-9]|[12]\d|3[01]))?)?"
YESNO = {"enum": ["0", "1"]}
SHARE = {"minimum": 0, "maximum": 1}

LICENCES = [
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "The compilation (tables, codes, notes). Single figures are facts without licence; cite their source.",
    },
    {
        "name": "other-open",
        "title": "Figures from open data sets keep the licence named in sources.csv (MIT, ODC-PDDL 1.0, CC-BY 4.0).",
    },
]


@dataclass(frozen=True)
class Column:
    """One column: `refers_to` is a `table.column` whose keys its cells name, separated by semicolons."""

    name: str
    type: str
    description: str
    required: bool = False
    constraints: dict[str, object] = field(default_factory=dict)
    refers_to: str = ""


@dataclass(frozen=True)
class Table:
    """One table: `foreign` holds (column, other table, its column); `origin` is evidence, estimate or by hand."""

    name: str
    title: str
    description: str
    key: tuple[str, ...] = ()
    foreign: tuple[tuple[str, str, str], ...] = ()
    origin: str = "evidence"


def _text(name: str, description: str, required: bool = False, **constraints: object) -> Column:
    return Column(name, "string", description, required, constraints)


def _number(name: str, description: str, required: bool = False, **constraints: object) -> Column:
    return Column(name, "number", description, required, constraints)


def _flag(name: str, description: str) -> Column:
    return Column(name, "boolean", description, True)


def _keys(name: str, description: str, refers_to: str) -> Column:
    return Column(name, "string", description, False, {}, refers_to)


SOURCE = _text("source_id", "Source of the row (sources.csv).")
NOTE = _text("note", "Plain note; no quoted text.")
BILINGUAL = (_text("title_en", "Name in English.", True), _text("title_zh", "Name in Chinese.", True))
EFFECT = (
    _text("id", "Key of the effect.", True, unique=True),
    _text("lever", "Lever that was moved (levers_seen.csv).", True),
    _text("outcome", "Indicator that answered; names that are no indicator here begin with `other:`.", True),
    _number("effect", "Size in `unit`; for `sign` +1 or -1; blank where none could be estimated."),
    _text("unit", "elasticity, percent, share, percentage_points, log, sign, count, months, years, CNY.", True),
    _number("low", "Lower end of the interval the study gives."),
    _number("high", "Upper end of the interval the study gives."),
    _number("se", "Standard error.", minimum=0),
    _number("lag_from", "First year after the change in which it shows.", minimum=0),
    _number("lag_to", "Year after the change in which it is complete.", minimum=0),
    _text("context", "Where and when it was studied."),
    _text("country", "Country or office."),
    _text("design", "Design of the study.", True),
    _text("grade", "A to D: how well the design identifies it for outcomes in China.", True, enum=["A", "B", "C", "D"]),
    _text("source_id", "Study (sources.csv), blank where unverified; `panel` is an estimate from this package."),
    _text("status", "seen, unverified, or own estimate.", True),
    NOTE,
)

_SPECIFICATION: dict[str, tuple[Column, ...]] = {
    "observations": (
        _text("id", "region.indicator[.scope].period.kind[.basis].source", True, unique=True),
        _text("region", "Region (regions.csv).", True),
        _text("indicator", "Indicator (indicators.csv).", True),
        _text(
            "scope", "Whose rights, or which part: total, domestic, domestic_ex_hkmotw, foreign, resident, ...", True
        ),
        _text(
            "period",
            "2023, 2024-H1, 2024-Q3, 2024-09, ytd-2024-09, asof-2025-06, span-2016-2020.",
            True,
            pattern=PERIOD,
        ),
        _text("period_kind", "Kind of period.", True, enum=["year", "half", "quarter", "month", "ytd", "asof", "span"]),
        _number("fraction", "Share of the year covered (flow) or gone by (stock), 0 to 1.", True, **SHARE),
        _text(
            "kind",
            "What the figure says.",
            True,
            enum=["level", "growth", "share", "bound_low", "bound_high", "target"],
        ),
        _text("measure", "Flow over the period, stock at its end, or ratio.", True, enum=["flow", "stock", "ratio"]),
        _number("value", "The published figure, never altered, in `unit`.", True),
        _text("unit", "Unit of value and half_width (units.csv).", True),
        _number(
            "half_width", "Half of the last printed digit, in `unit`; wider for words such as nearly.", True, minimum=0
        ),
        _flag("approx", "1 where the print says about, nearly, over, more than."),
        _text("basis", "How it was counted: received, fee_paid, statistical_year, patent_trademark, ...", True),
        _text("grade", "How sure the reading is.", True, enum=["high", "medium", "low"]),
        _text("source_id", "Where the figure stands (sources.csv).", True),
        _text("published", "Date of publication, as exact as known.", pattern=DATE),
        _flag("fit", "1 may enter a model; 0 reference only, the note says why."),
        _text("share_of", "For shares: region.indicator[.scope] of the whole."),
        NOTE,
    ),
    "indicators": (
        _text("indicator", "Key.", True, unique=True),
        *BILINGUAL,
        _text("group", "Subject.", True),
        _text("measure", "flow, stock or ratio.", True, enum=["flow", "stock", "ratio"]),
        _text("unit", "Unit of its levels (units.csv).", True),
        _flag("positive", "1 where only values above zero make sense."),
        _flag("additive_over_regions", "1 where the regions add up to the whole."),
        _text("parent", "Indicator of which it is a part."),
        _text("numerator", "For ratios: indicator above the line."),
        _text("denominator", "For ratios: indicator below the line, or a plain noun that is no indicator here."),
        _number("per", "For ratios: multiplier, for example 10000 for per 10,000 persons."),
        _flag("seed", "1 where one of the five first articles names it."),
        _flag("forecastable", "1 where enough figures exist for an outlook."),
        _text("nation_scope", "Main scope of the nation; blank where the nation has no figure."),
        _text("region_scope", "Main scope of every other region; blank where none has a figure."),
        Column("observations", "integer", "Number of observations.", True, {"minimum": 0}),
        _text("description", "What is counted.", True),
    ),
    "regions": (
        _text("region", "Key.", True, unique=True),
        *BILINGUAL,
        _text(
            "level", "nation, group of provinces, province, city.", True, enum=["nation", "group", "province", "city"]
        ),
        _keys("parents", "Regions it belongs to.", "regions.region"),
        _keys("members", "Provinces of a group.", "regions.region"),
        _text("iso", "ISO 3166 code."),
        NOTE,
    ),
    "sources": (
        _text("source_id", "Key.", True, unique=True),
        _text("title", "Title of the page, table or study.", True),
        _text("publisher", "Publisher or host."),
        _text("url", "Address, or file name of a first article."),
        _text("kind", "Kind of source.", True, enum=["official", "press", "repost", "law_firm", "paper", "dataset"]),
        _text("published", "Date of publication, as exact as known.", pattern=DATE),
        Column("retrieved", "date", "Day on which it was read.", True),
        _text("licence", "Licence, where the source states one."),
        _text("reliability", "How far its figures can be relied on.", True),
    ),
    "events": (
        _text("id", "Key.", True, unique=True),
        _text("date", "Year, month or day; a range of years where it lasted.", True, pattern=DATE + r"|\d{4}-\d{4}"),
        _keys("region", "Regions it concerned.", "regions.region"),
        _text("lever", "Lever it moved (levers_seen.csv).", True),
        Column("direction", "integer", "+1 more of the lever, -1 less.", True, {"enum": [-1, 1]}),
        _text("intensity", "Size, where one is known."),
        _text("title", "Short name.", True),
        _text("description", "What happened, and what followed (association, not proof)."),
        _keys("outcome_indicators", "Indicators it was meant to reach.", "indicators.indicator"),
        SOURCE,
    ),
    "targets": (
        _text("region", "Region (regions.csv).", True),
        _text("indicator", "Indicator (indicators.csv).", True),
        Column("year", "integer", "Year in which it should be reached.", True),
        _number("value", "Target in `unit`.", True),
        _text("unit", "Unit (units.csv); fraction is yearly growth.", True),
        _text("plan", "Plan that sets it.", True),
        SOURCE,
        _text("status", "What became of it.", True),
        _text("observation_id", "Observation of kind target (observations.csv).", True),
    ),
    "breaks": (
        _text("indicator", "Indicator (indicators.csv).", True),
        _keys("region", "Region, or * for all.", "regions.region"),
        Column("period", "integer", "First year of the new count.", True),
        _text("before_basis", "Basis before.", True),
        _text("after_basis", "Basis from that year on.", True),
        _text("description", "What changed.", True),
        _flag("comparable_growth_known", "1 where growth on the comparable basis was printed."),
        SOURCE,
    ),
    "effects": EFFECT,
    "effects_from_panel": (
        *EFFECT,
        _text("verdict", "Whether the design identifies it."),
        _text("pre_trend", "Fit before the event."),
        _text("placebo_time", "Effect at a made-up earlier date."),
        _text("placebo_space_p", "Rank among made-up events elsewhere."),
        _text("leave_one_out", "Range when one donor or province is left out."),
        _number("n", "Observations or regions used.", minimum=0),
    ),
    "parameters": (
        _text("name", "Name of the parameter.", True),
        _text("region", "Region, or a word for a group of them.", True),
        _number("value", "Estimate.", True),
        _number("se", "Standard error.", minimum=0),
        _number("low", "Lower end of the 95 percent interval."),
        _number("high", "Upper end of the 95 percent interval."),
        _text("method", "How it was estimated."),
        _number("n", "Observations used.", minimum=0),
        _text("years", "Years used."),
        NOTE,
    ),
    "levers_seen": (
        _text("lever", "Key.", True, unique=True),
        *BILINGUAL,
        _text("group", "Subject; context marks what is no lever (counting changes, shocks).", True),
        _keys("acts_on", "Indicators it acts on.", "indicators.indicator"),
        Column("direction", "integer", "Sign of the effect of raising it; 0 unknown.", False, {"enum": [-1, 0, 1]}),
        _text("seeds_say", "What the first articles report of it, in plain words."),
        _keys("regions", "Regions with an event.", "regions.region"),
        _keys("seed_files", "First articles that name it.", "sources.source_id"),
        _keys("events", "Events (events.csv).", "events.id"),
        _keys("effects", "Studies (effects.csv).", "effects.id"),
    ),
    "seed_figures": (
        _text("seed_file", "File name of the first article.", True),
        _text("figure_as_printed", "The figure in the words of the print, no sentence.", True),
        _text("observation_id", "Observation that holds it (observations.csv)."),
        _text("note", "Why it has none, or how it was read."),
    ),
    "seed_mentions": (
        _text("seed_file", "File name of the first article.", True),
        _text("mention", "What it names, in words of our own.", True),
        _text(
            "kind",
            "Region with figures, place without, indicator without a figure in the article, rank or small count, "
            "mechanism of policy.",
            True,
            enum=["region", "place", "indicator", "rank", "mechanism"],
        ),
        _text("key", "Region, region that holds the place, indicator, or lever (levers_seen.csv).", True),
        _text("reference", "Observation or event that speaks of it, blank where none does."),
        NOTE,
    ),
    "corrections": (
        _text("id", "Key.", True, unique=True),
        _text("indicator", "Indicator (indicators.csv).", True),
        _keys("region", "Region, or * for all.", "regions.region"),
        _text("scope", "Scope concerned, blank for all."),
        Column("first_year", "integer", "First year concerned, blank for all.", False),
        Column("last_year", "integer", "Last year concerned, blank for all.", False),
        _keys(
            "observation_ids", "Observations concerned, blank for all that fit the columns before.", "observations.id"
        ),
        _text("column", "Label that is corrected.", True, enum=["scope", "basis", "period"]),
        _text("printed", "Label as printed, or as the evidence holds it.", True),
        _text("read_as", "Label under which it is read.", True),
        _text(
            "applied",
            "evidence: already in observations.csv; reading: when figures are read.",
            True,
            enum=["evidence", "reading"],
        ),
        _text("reason", "Why both mean the same.", True),
        _text("source_id", "Source of the reason (sources.csv).", True),
    ),
    "learned_effects": (
        Column("events", "string", "Events judged together (events.csv).", True, {}, "events.id"),
        _text("lever", "What they moved (levers_seen.csv).", True),
        Column("region", "string", "Where (regions.csv).", True, {}, "regions.region"),
        _text("indicator", "What is judged (indicators.csv).", True),
        _text("reach", "Why this indicator.", True, enum=["named", "direct", "behind"]),
        _text("design", "How it was estimated.", True),
        _text("unit", "Of the estimate: change of the logarithm, or elasticity to a price.", True),
        *(
            Column(name, "integer", words, True, {"minimum": 0})
            for name, words in (
                ("first_year", "First treated year."),
                ("last_year", "Last year used; 0 where none."),
                ("n_treated", "Treated regions."),
                ("n_control", "Regions compared with."),
                ("n_before", "Years before."),
                ("n_after", "Years after."),
            )
        ),
        _number("estimate", "Mean effect after; blank where no design could be run."),
        _number("se", "Standard error.", minimum=0),
        _number("p", "Chance of such an estimate without an effect.", minimum=0, maximum=1),
        _number("pre_trend_p", "The same for the years before the event.", minimum=0, maximum=1),
        _number("placebo_time", "Effect at an earlier date, where there should be none."),
        _number("placebo_p", "Rank among made-up events.", minimum=0, maximum=1),
        _number("left_low", "Lowest estimate with one part of the evidence left out."),
        _number("left_high", "Highest such estimate."),
        _number("smallest", "Smallest effect that would have shown with power 0.8.", minimum=0),
        _text("verdict", "What it is worth.", True, enum=["usable", "suggestive", "not identified"]),
        _number("prior_mean", "What the literature says."),
        _number("prior_sd", "Its spread.", minimum=0),
        _number("posterior_mean", "What is held now."),
        _number("posterior_sd", "Its spread.", minimum=0),
        _text("rivals", "Other events that may have done it (events.csv)."),
        _text("why_en", "The reason in English.", True),
        _text("why_zh", "The reason in Chinese.", True),
    ),
    "hindcasts": (
        Column("as_of", "date", "Eve: only what was public then was used.", True),
        Column("events", "string", "Events tried (events.csv).", True, {}, "events.id"),
        Column("levers", "string", "Levers they moved (levers_seen.csv).", True, {}, "levers_seen.lever"),
        _text("region", "Region of the series (regions.csv).", True),
        _text("basis", "What sizes of effects rest on.", True, enum=["then", "later", "direction"]),
        _text("unique_id", "Series, region.indicator.", True),
        Column("ds", "integer", "Year judged.", True),
        Column("known_until", "integer", "Last year of the series known on the eve.", True),
        _number("actual", "What was printed since, in the unit of the series.", True),
        _number("without", "Median foretold without the levers.", True),
        _number("with_lever", "Median foretold with them.", True),
        *(
            _number(f"{end}_80{tail}", f"{word} of the 80% band {what}.", True)
            for tail, what in (("", "without the levers"), ("_with", "with them"))
            for end, word in (("lo", "Lower edge"), ("hi", "Upper edge"))
        ),
        _number("crps", "Continuous ranked probability score over what came, without.", True, minimum=0),
        _number("crps_with", "The same with the levers.", True, minimum=0),
        _number("error", "ln(median / actual), without.", True),
        _number("error_with", "The same with the levers.", True),
        _flag("inside", "1 where the band without the levers held what came."),
        _flag("inside_with", "1 where the band with them did."),
        _text(
            "cause",
            "Why it was missed with levers; blank where it was not.",
            enum=["definition", "events", "history", "trend"],
        ),
        _text("cause_note", "Year of the new definition, other events, or last year known."),
    ),
    "units": (
        _text("unit", "Key.", True, unique=True),
        *BILINGUAL,
        _text("per", "What one is.", True),
    ),
    "names": (
        _text("name", "Another name, as people write it.", True),
        _text(
            "kind", "What it names; a place is a region without figures.", True, enum=["region", "place", "indicator"]
        ),
        _text("key", "Key in regions.csv or indicators.csv; for a place that of the region it lies in.", True),
    ),
}

COLUMNS: dict[str, dict[str, Column]] = {
    table: {column.name: column for column in columns} for table, columns in _SPECIFICATION.items()
}

_SOURCED = ("source_id", "sources", "source_id")
_PLACED = (("region", "regions", "region"), ("indicator", "indicators", "indicator"))
TABLES = (
    Table(
        "observations", "Published figures", "One published figure a row: level, growth, share, bound or target.",
        ("id",), (*_PLACED, _SOURCED, ("unit", "units", "unit")),
    ),
    Table(
        "indicators", "Indicators", "Vocabulary: names, units, hierarchy, main scopes.", ("indicator",),
        (("unit", "units", "unit"), *((c, "indicators", "indicator") for c in ("parent", "numerator"))),
    ),
    Table("regions", "Regions", "Nation, groups of provinces, provinces, cities.", ("region",)),
    Table("sources", "Sources", "Where each figure stands.", ("source_id",)),
    Table("events", "Policy events", "Dated policy events.", ("id",), (("lever", "levers_seen", "lever"), _SOURCED)),
    Table(
        "targets", "Plan targets", "Targets of plans and what became of them.",
        ("region", "indicator", "year", "plan", "source_id"),
        (*_PLACED, _SOURCED, ("unit", "units", "unit"), ("observation_id", "observations", "id")),
    ),
    Table(
        "breaks", "Changes of definition", "Where two counts of one indicator may be joined, with a shift of level.",
        ("indicator", "region", "period", "before_basis", "after_basis"), (_PLACED[1], _SOURCED),
    ),
    Table(
        "effects", "Effects in studies", "Effect sizes, or only their sign.", ("id",),
        (("lever", "levers_seen", "lever"), _SOURCED),
    ),
    Table("effects_from_panel", "Effects in the province panel", "Own estimates.", ("id",), (), "estimate"),
    Table("parameters", "Parameters of the province panel", "Own estimates.", (), (), "estimate"),
    Table("levers_seen", "Policy levers", "Levers with the events and studies that speak of them.", ("lever",)),
    Table(
        "seed_figures", "Figures of the first articles", "Every figure of the five first articles and where it went.",
        (), (("observation_id", "observations", "id"),),
    ),
    Table(
        "seed_mentions", "Other mentions in the first articles",
        "Regions, indicators and mechanisms that the first articles name, and where each is found here.",
        ("seed_file", "kind", "mention"), (), "by hand",
    ),
    Table(
        "corrections", "Corrected labels", "Labels of scope, basis or period that are read otherwise than printed.",
        ("id",), (_PLACED[1], _SOURCED), "by hand",
    ),
    Table(
        "hindcasts", "Hindcasts", "Past events tried on their eve; written by benchmarks/hindcasts.py.",
        ("as_of", "unique_id", "ds"), (_PLACED[0],), "estimate",
    ),
    Table(
        "learned_effects", "What past events taught",
        "Every event of the diary on every indicator it could have moved; written by benchmarks/learn_effects.py.",
        ("events", "region", "indicator", "design"), (_PLACED[1], ("lever", "levers_seen", "lever")), "estimate",
    ),
    Table("units", "Units", "Units of values.", ("unit",), (), "by hand"),
    Table("names", "Other names", "Other names of regions and indicators.", ("name", "kind"), (), "by hand"),
)  # fmt: skip
