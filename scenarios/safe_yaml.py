"""YAML from strangers: plain values only, bounded in size and depth, with the line of every key."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from forecast.errors import InputError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_NODES = 20_000

Lines = dict[tuple[str | int, ...], int]
"""Path of keys and list positions -> line in the file, from 1."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml; the same tags either way."""

_PLAIN = {f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "map", "seq")}


def read_text(path: Path) -> str:
    """Read a YAML file as text, refusing what is too large or not UTF-8.

    Raises
    ------
    InputError
        Where the file is missing, larger than `MAX_BYTES`, or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", "Give the path of a YAML file.") from error
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"{path}: the file is larger than {MAX_BYTES // 1024} KB.", "A scenario needs a few KB at most."
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error


def read_yaml(text: str, *, where: str = "scenario") -> tuple[Any, Lines]:
    r"""Read YAML into plain values and say on which line each stands.

    Parameters
    ----------
    text : str
        At most `MAX_BYTES` long.
    where : str
        File name for messages.

    Returns
    -------
    tuple
        Mappings, lists, text, whole numbers, finite numbers, booleans and None; and the lines.

    Raises
    ------
    InputError
        On text that is no YAML, on tags that would build objects, on anchors and aliases (which can multiply a small
        file into a huge one), on a key given twice, on nesting deeper than `MAX_DEPTH`, on NaN and infinity.

    Examples
    --------
    >>> read_yaml("a: 1\nb: [x, 2.5]")
    ({'a': 1, 'b': ['x', 2.5]}, {(): 1, ('a',): 1, ('b',): 2, ('b', 0): 2, ('b', 1): 2})
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError(
            f"{where}: the text is larger than {MAX_BYTES // 1024} KB.", "A scenario needs a few KB at most."
        )
    try:
        # Events come one by one, so a hostile file is refused before anything is built from it.
        _check(yaml.parse(text, Loader=LOADER), where)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # libyaml's own limit, met where it reads ahead
            raise _too_deep(where, error.problem_mark.line + 1 if error.problem_mark else 1) from error
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InputError(
            f"{where}, line {line}: not YAML ({error.problem}).", "Check indentation and colons."
        ) from error
    except InputError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{where}: not YAML ({error}).", "Save plain text, with spaces for indentation.") from error
    lines: Lines = {}
    return (None if root is None else _plain(root, (), lines, where)), lines


def _check(events: Iterator[yaml.Event], where: str) -> None:
    depth = 0
    for count, event in enumerate(events, start=1):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError(
                f"{where}, line {line}: anchors and aliases (& and *) are not allowed.", "Write values out."
            )
        if count > MAX_NODES:
            raise InputError(f"{where}, line {line}: more than {MAX_NODES} parts.", "A scenario needs a few hundred.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep(where, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        tag = getattr(event, "tag", None)
        if tag and tag not in _PLAIN and tag != "!":
            raise InputError(
                f"{where}, line {line}: tag {tag} is not allowed.", "Only plain text, numbers and lists are."
            )


def _too_deep(where: str, line: int) -> InputError:
    return InputError(f"{where}, line {line}: nested deeper than {MAX_DEPTH} levels.", "Flatten it.")


def _plain(node: yaml.Node, path: tuple[str | int, ...], lines: Lines, where: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, where)
            if key in out:
                raise InputError(f"{where}, line {key_node.start_mark.line + 1}: {key!r} is given twice.", "Keep one.")
            lines[(*path, key)] = key_node.start_mark.line + 1
            out[key] = _plain(value_node, (*path, key), lines, where)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), lines, where) for i, child in enumerate(node.value)]
    return _scalar(node, where)


def _scalar(node: yaml.Node, where: str) -> Any:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise InputError(f"{where}, line {line}: a key is a list or mapping.", "Keys are words or years.")
    kind = node.tag.rsplit(":", 1)[-1]
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return node.value.lower() in ("true", "yes", "on")
        if kind == "int":
            return int(node.value.replace("_", ""), 10)
        if kind == "float":
            number = float(node.value.replace("_", ""))
            if not math.isfinite(number):
                raise ValueError
            return number
    except ValueError:
        raise InputError(f"{where}, line {line}: {node.value!r} is not a finite number.", "Write digits.") from None
    return str(node.value)
