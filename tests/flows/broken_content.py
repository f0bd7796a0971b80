"""Builds a content folder around one broken example, and tells what the check says of it."""

import re
import shutil
from datetime import date
from pathlib import Path

from flows.tools.check import Report, check

HERE = Path(__file__).parent
BASE, BROKEN = HERE / "base", HERE / "broken"
TODAY = date(2026, 11, 22)


def examples() -> list[Path]:
    """The broken examples."""
    return sorted(BROKEN.glob("*.yaml"))


def expected(example: Path) -> list[str]:
    """The comment at the head of an example: what the check has to say, line by line."""
    lines = example.read_text(encoding="utf-8").splitlines()
    head = [line.removeprefix("# ").rstrip() for line in lines[: first_word(lines)]]
    return [line for line in head if line != "#"]


def first_word(lines: list[str]) -> int:
    """The number of lines of the comment at the head."""
    return next(number for number, line in enumerate(lines) if not line.startswith("#"))


def told(example: Path, folder: Path) -> list[str]:
    """What the check says, with each file by its name alone."""
    return lines_of(check_example(example, folder))


def check_example(example: Path, folder: Path) -> Report:
    """Check a content that is whole, but for this example.

    `with/NAME.*` lies beside it: a table in place of that of the base, or a Russian catalog, which
    makes Russian a language that has to have this flow. Its outcomes count as tested, but for W5.
    """
    content, locales = folder / "content", folder / "locales"
    shutil.copytree(BASE, content)
    (content / "trees").mkdir()
    name = example.stem
    shutil.copy(example, content / "trees" / example.name)
    for beside in (BROKEN / "with").glob(f"{name}.*"):
        if beside.suffix == ".po":
            (locales / "ru" / "LC_MESSAGES").mkdir(parents=True)
            shutil.copy(beside, locales / "ru" / "LC_MESSAGES" / "hamrah.po")
            declared = f"languages:\n  ru: {{partial: [{name}]}}\n"
            (content / "languages.yaml").write_text(declared, encoding="utf-8")
        else:
            shutil.copy(beside, content / beside.name.removeprefix(f"{name}."))
    if not name.startswith("w5"):
        ends = re.findall(r"\{end: (\w+)", example.read_text(encoding="utf-8"))
        tests = "".join(f"- {{test: {end}, flow: {name}, ends: {end}}}\n" for end in ends)
        (content / "tests" / "example.yaml").write_text(tests, encoding="utf-8")
    return check(content, locales, TODAY)


def lines_of(report: Report) -> list[str]:
    """A report as plain lines: the problem with its rule, below it the mend."""
    lines: list[str] = []
    for problem in report.problems:
        where = Path(problem.file).name
        mark = problem.code if problem.severity == "error" else f"{problem.code}, a warning"
        lines.append(str(problem).replace(problem.file, where, 1) + f" ({mark})")
        lines += [f"    {problem.mend}"] if problem.mend else []
    return lines
