"""Puts the examples into README.md, behind the lines that name them.

python tools/readme.py            writes README.md
python tools/readme.py --check    ends with 1 where it is not what it would write
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
README = PACKAGE / "README.md"

#: A block of code that stands behind the name of its example.
QUOTED = re.compile(
    r"(\[[^\]]*\]\((?P<path>examples/[a-z_]+\.py)\)(?:(?!```|examples/).)*```python\n)(?P<code>.*?)(```\n)",
    re.DOTALL,
)


def code_of(path: Path) -> str:
    """An example without its first words, which the text says."""
    text = path.read_text("utf-8")
    return text.split('"""\n\n', 1)[1]


def written() -> str:
    """What README.md has to be."""
    text = README.read_text("utf-8")
    return QUOTED.sub(lambda found: found[1] + code_of(PACKAGE / found["path"]) + found[4], text)


def quoted() -> set[str]:
    """The examples that README.md shows."""
    return {Path(found["path"]).name for found in QUOTED.finditer(README.read_text("utf-8"))}


def main() -> int:
    text = written()
    if "--check" in sys.argv[1:]:
        return 0 if text == README.read_text("utf-8") else 1
    README.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
