"""Scenario files: what is read, what is refused and how it is said."""

import contextlib
from pathlib import Path

import pytest
import yaml
from fixed_outlook import fixed_outlook
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError, UnknownNameError
from scenarios.engine import run
from scenarios.files import diff, fingerprint, library, parse_scenario, read_scenario, resolved
from scenarios.kernels import gamma_delay
from scenarios.levers import levers, read_lever
from scenarios.safe_yaml import MAX_BYTES, read_yaml
from scenarios.scenario import Scenario, Setting, to_yaml

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a scenario is a mapping"),
        ("- a\n- b", "a scenario is a mapping"),
        ("id: a\nlever: {}", '"lever" is unknown. Did you mean "levers"'),
        ("id: Bad Id!", "line 1: id"),
        ("id: a\nlevers: {trademark_filing_fe: halved}", 'Did you mean "trademark_filing_fee"'),
        ("id: a\nlevers:\n  trademark_filing_fee: halfed", 'line 3: level of trademark_filing_fee "halfed" is unknown'),
        ("id: a\nlevers:\n  trademark_filing_fee: 99", "line 3: trademark_filing_fee: 99 is not possible"),
        ("id: a\nlevers:\n  trademark_filing_fee: {level: halved, region: CN-ZZ}", 'region "CN-ZZ" is unknown'),
        ("id: a\nlevers:\n  trademark_filing_fee: {level: halved, start: soon}", "line 3"),
        ("id: a\nlevers:\n  trademark_filing_fee: {level: halved, path: {2027: halved}}", "either level or path"),
        ("id: a\nlevers:\n  trademark_filing_fee: {level: .nan}", "line 3"),
        ("id: a\nid: b", "line 2"),
        ("id: a\nassumptions: {gdp_grwth: lower}", 'Did you mean "gdp_growth"'),
        (
            "id: a\ntargets: [{region: CN, indicator: patents, year: 2030, at_least: 1}]",
            'indicator "patents" is unknown',
        ),
        ("id: a\neffects: {trademark_filing_fee.trademark.filing: {mean: 1, sd: 1, why: mine}}", "effect"),
        ("id: a\ntitle: !!python/object/apply:os.system ['touch /tmp/owned']", "tag"),
        ("id: a\ntitle: !!python/name:os.system", "tag"),
        ("id: a\n" + BOMB, "anchors and aliases"),
        ("id: a\ntitle: " + "[" * 500 + "]" * 500, "nested deeper"),
        ("id: a\nx: {", "not YAML"),
        ("id: a\n#" + "x" * (MAX_BYTES + 1), "larger"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_a_remedy(text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        parse_scenario(text, where="mine.yaml")
    assert words.lower() in str(error.value).lower()
    assert "mine.yaml" in str(error.value)
    assert not Path("/tmp/owned").exists()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"id: \xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_scenario(path)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_scenario(text)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abcé中 :#-", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), plain, max_size=4))
@settings(max_examples=100, deadline=None)
def test_plain_yaml_is_read_as_the_standard_reader_reads_it(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert read_yaml(text)[0] == yaml.safe_load(text)


@pytest.mark.parametrize("name", sorted(library()))
def test_writing_and_reading_gives_the_same_scenario(name: str) -> None:
    assert parse_scenario(to_yaml(library()[name])) == library()[name]


def test_what_extends_says_only_the_difference() -> None:
    child = parse_scenario("id: mine\nextends: fee-reform\nlevers: {trademark_filing_fee: null, ip_courts: half}")
    whole = resolved(child)
    assert set(whole.levers) == (set(library()["fee-reform"].levers) - {"trademark_filing_fee"}) | {"ip_courts"}
    changes = {(d.block, d.name): (d.before is None, d.after is None) for d in diff(library()["fee-reform"], child)}
    assert changes == {("levers", "trademark_filing_fee"): (False, True), ("levers", "ip_courts"): (True, False)}
    assert diff(child, child) == ()


def test_scenarios_that_extend_each_other_are_refused() -> None:
    a, b = Scenario(id="a", extends="b"), Scenario(id="b", extends="a")
    with pytest.raises(InputError, match="in a circle"):
        resolved(a, {"a": a, "b": b})
    with pytest.raises(UnknownNameError, match="fee-reform"):
        resolved(Scenario(id="a", extends="fee-reforms"))


def test_a_fingerprint_changes_with_what_matters_and_with_nothing_else() -> None:
    one = Scenario(id="a", levers={"ip_courts": (Setting(level=0.5),)})
    same = one.model_copy(update={"title": library()["austerity"].title})
    other = Scenario(id="a", levers={"ip_courts": (Setting(level=0.25),)})
    assert fingerprint(one, "data") == fingerprint(one, "data")
    assert fingerprint(one, "data") != fingerprint(other, "data")
    assert fingerprint(one, "data") != fingerprint(one, "other data")
    assert len(fingerprint(same, "data")) == 64


def test_a_lever_is_added_by_adding_a_file(tmp_path: Path) -> None:
    from forecast.catalog import data_folder

    text = (data_folder() / "levers" / "ip_courts.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mobile_courts.yaml"
    path.write_text(text.replace("id: ip_courts", "id: mobile_courts", 1), encoding="utf-8")
    lever = read_lever(path)
    assert lever.id == "mobile_courts"
    assert [e.size for e in lever.effects] == [e.size for e in levers()["ip_courts"].effects]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="Name the file after the lever"):
        read_lever(path)
    path.write_text(text.replace("id: ip_courts", "id: mobile_courts\ncolour: red", 1), encoding="utf-8")
    with pytest.raises(InputError, match="colour"):
        read_lever(path)


def test_notices_say_what_a_reader_must_know() -> None:
    outlook = fixed_outlook(n_paths=20)
    still = Scenario(id="a", levers={"trademark_filing_fee": (Setting(level=0.0),)})
    kinds = {n.kind for n in run(still, outlook).notices}
    assert "nothing moves" in kinds
    far = Scenario(id="a", levers={"trademark_filing_fee": (Setting(level=3.0),)})
    found = run(far, outlook).notices
    assert "outside evidence" in {n.kind for n in found}
    assert all(n.text("en") and n.text("zh") for n in found)


def test_the_delay_from_filing_to_decision_is_that_of_filings_spread_over_their_year() -> None:
    """By simulation: filed at any moment of a year, decided after a gamma distributed time."""
    import numpy as np

    from forecast.seeds import stream

    rng = stream(1, "delay")
    n = 400_000
    year = np.minimum(np.floor(rng.random(n) + rng.gamma(5.0, 2.8 / 5.0, n)), 7).astype(int)
    by_hand = np.bincount(year, minlength=8) / n
    np.testing.assert_allclose(gamma_delay(np.array([2.8]), 5.0, 8)[:, 0], by_hand, atol=0.004)
