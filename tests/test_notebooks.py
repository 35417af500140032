"""Notebooks run from top to bottom, are kept without outputs, and give the numbers of the other doors."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def said(notebook: nbformat.NotebookNode) -> str:
    """Give all that the cells printed."""
    outputs = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    return "\n".join(out.text for out in outputs if out.output_type == "stream")


def test_there_are_notebooks() -> None:
    assert "whole_way.ipynb" in {path.name for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.slow
def test_the_notebook_goes_the_whole_way_and_agrees_with_the_command_line(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS[0].with_name("whole_way.ipynb"), as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    words = said(notebook)
    # the last but one cell runs the scenario by the command and asserts that every number is the same
    assert "rows, identical" in words
    assert "independent readings" in words
    charts = [
        o for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "execute_result"
    ]
    assert sum("image/svg+xml" in out.data for out in charts) == 2
    assert not any("https://cdn" in str(out.data.get("text/html")) for out in charts)
