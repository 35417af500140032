"""What is handed on, taken from the running app in a real browser: numbers outside are those inside, pages print."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from app_reader import WAIT

pytestmark = pytest.mark.browser
pytest_plugins = ("app_reader",)
MOVED = "l=ip_courts~0.5~2027~2~~preexamination_centre~1~2027~0&a=rd_growth~0.01&t=900000~2030"
SERIES = "CN-ZJ.inventions_in_force"
MEDIAN = "50%"


def _taken(one, key: str, folder: Path) -> Path:
    """Press a download button and give what the browser saved."""
    with one.page.expect_download(timeout=WAIT) as given:
        one.page.locator(f".st-key-{key} button").click()
    path = folder / given.value.suggested_filename
    given.value.save_as(path)
    return path


def _scenario(path: Path) -> pd.DataFrame:
    """Read the quantiles of my scenario by year from the app's workbook."""
    table = pd.read_excel(path, sheet_name="numbers")
    return table[table["line"] == "My scenario"].pivot(index="year", columns="quantile", values="value")


@pytest.mark.slow
def test_notebook_and_command_give_the_numbers_of_the_app(reader, tmp_path: Path) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    one = reader()
    one.open(f"/share?{MOVED}")
    shown = _scenario(_taken(one, "dl_share_xlsx", tmp_path))
    made = nbformat.read(_taken(one, "dl_share_ipynb", tmp_path), as_version=4)
    assert _taken(one, "dl_yaml", tmp_path).name == "my-scenario.yaml"
    printed = one.page.locator("code.language-bash").inner_text().split()
    # The notebook compares itself with the page; one more cell hands its table out.
    made.cells.append(nbformat.v4.new_code_cell("print(table.to_json(double_precision=15))"))
    ran = nbclient.NotebookClient(made, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    table = pd.read_json(StringIO(ran.cells[-1]["outputs"][0]["text"]))
    years = [year for year in shown.index if year > 2025]
    assert len(years) == 10
    for ours, theirs in ((MEDIAN, "median"), ("10%", "lo-80"), ("90%", "hi-80")):
        assert table.loc[years, theirs].to_numpy() == pytest.approx(shown.loc[years, ours].to_numpy(), rel=1e-9)
    # The command, word by word as the page prints it.
    assert printed[0] == "ip-foresight"
    subprocess.run([sys.executable, "-m", "scenarios.cli", *printed[1:]], cwd=tmp_path, check=True, timeout=300)
    lines = pd.read_csv(tmp_path / "out" / "my-scenario" / "forecasts.csv")
    mine = lines[(lines["unique_id"] == SERIES) & (lines["scenario"] == "my-scenario")].set_index("ds")
    assert mine.loc[years, "median"].to_numpy() == pytest.approx(shown.loc[years, MEDIAN].to_numpy(), rel=1e-9)
    assert mine.loc[years, "lo-95"].to_numpy() == pytest.approx(shown.loc[years, "2.5%"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("many", [0, 2, 59], ids=["nothing", "two", "all"])
def test_the_report_prints_on_one_page_whatever_is_moved(reader, lang: str, many: int, tmp_path: Path) -> None:
    from scenarios.levers import levers

    names = [name for name, lever in levers().items() if lever.bounds[1] >= 1][:many]
    moved = "~~".join(f"{name}~1~2027~2" for name in names)
    one = reader()
    one.open(f"/share?lang={lang}&t=900000~2030" + (f"&l={moved}" if moved else ""))
    report = _taken(one, "dl_share_html", tmp_path)
    one.page.goto(report.as_uri())
    one.shot(f"report-{lang}-{many}")
    printed = one.page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    # All words of a picture lie inside it.
    outside = one.page.evaluate(
        "() => { const box = document.querySelector('svg').getBoundingClientRect();"
        " return [...document.querySelectorAll('svg text')].filter(t => { const r = t.getBoundingClientRect();"
        " return r.width && (r.left < box.left - 1 || r.right > box.right + 1 || r.bottom > box.bottom + 1); })"
        " .map(t => t.textContent); }"
    )
    assert outside == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_opens(reader, lang: str, tmp_path: Path) -> None:
    from pptx import Presentation

    one = reader()
    one.open(f"/share?lang={lang}&{MOVED}")
    files = {kind: _taken(one, f"dl_share_{kind}", tmp_path) for kind in ("pptx", "xlsx", "csv", "png", "svg", "ipynb")}
    assert all(path.name.startswith("CN-ZJ_inventions_in_force_2035_my-scenario.") for path in files.values())
    assert len(Presentation(str(files["pptx"])).slides) == 5
    sheets = pd.read_excel(files["xlsx"], sheet_name=None)
    assert list(sheets) == ["numbers", "difference", "chances", "settings", "sources"]
    assert set(pd.read_csv(files["csv"])["series"]) == {SERIES}
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    words = "有效发明专利量" if lang == "zh" else "Invention patents in force"
    assert words in files["svg"].read_text()
    assert json.loads(files["ipynb"].read_text())["nbformat"] == 4
