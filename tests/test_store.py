"""The disk cache: damaged files are computed again, nobody sees half a file, other arguments have another address."""

from pathlib import Path

import numpy as np
import pytest

from forecast.store import KEPT, VARIABLE, Arrays, address, code_digest, load, packed, save, stored, unpacked


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))


def counted(calls: list[int]) -> Arrays:
    calls.append(1)
    return {"a": np.arange(1000.0)}


def test_a_result_is_computed_once_and_read_from_then_on() -> None:
    calls: list[int] = []
    path = address("result", 1)
    first, second = (stored(path, lambda: counted(calls)) for _ in range(2))
    assert len(calls) == 1
    np.testing.assert_array_equal(first["a"], second["a"])


@pytest.mark.parametrize("damage", ["cut", "nonsense", "empty", "flipped"])
def test_a_damaged_file_is_computed_again_and_mended(damage: str) -> None:
    calls: list[int] = []
    path = address("result", damage)
    stored(path, lambda: counted(calls))
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "cut": whole[:middle],
            "nonsense": b"not an archive",
            "empty": b"",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        }[damage]
    )
    again = stored(path, lambda: counted(calls))
    assert len(calls) == 2
    np.testing.assert_array_equal(again["a"], np.arange(1000.0))
    mended = load(path)
    assert mended is not None
    np.testing.assert_array_equal(mended["a"], np.arange(1000.0))


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    path = address("result", 1)
    save(path, {"a": np.zeros(3)})

    def fails(file: object, **_: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]  # any open file
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fails)
    with pytest.raises(OSError, match="disk full"):
        save(path, {"a": np.ones(3)})
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    kept = load(path)
    assert kept is not None
    np.testing.assert_array_equal(kept["a"], np.zeros(3))
    # one who only wants the numbers still gets them
    np.testing.assert_array_equal(stored(address("result", 2), lambda: {"a": np.ones(3)})["a"], np.ones(3))


def test_other_arguments_name_data_or_code_have_another_address() -> None:
    found = [
        address("result", "data", "code", 1),
        address("result", "data", "code", 2),
        address("result", "other", "code", 1),
        address("result", "data", "coded", 1),
        address("result", "datac", "ode", 1),
        address("another", "data", "code", 1),
    ]
    assert len(set(found)) == len(found)
    assert address("result", "data", "code", 1) == found[0]
    assert code_digest("graph.py") != code_digest("solve.py")


def test_only_the_newest_files_of_a_name_are_kept(tmp_path: Path) -> None:
    other = address("another", 0)
    save(other, {"a": np.zeros(1)})
    for i in range(KEPT + 3):
        save(address("result", i), {"a": np.zeros(1)})
    assert len(list(tmp_path.glob("result-*.npz"))) == KEPT
    assert other.exists()


def test_plain_values_survive_being_packed() -> None:
    value = {"name": "浙江", "numbers": [1, 2.5, None], "empty": []}
    assert unpacked(packed(value)) == value
