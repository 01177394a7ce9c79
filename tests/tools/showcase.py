"""Takes the picture of every theme that the README shows: `themes/NAME/screenshot.webp`, of the sample site.

    python tests/tools/showcase.py [NAME …]

A theme's loader does not read it, and no build takes it along.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from handbill.build import build
from handbill.options import Options
from handbill.preview import open_preview

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MAIL = "/_handbill/emails/events/salon-to-stream/welcome/en/html"


def take(theme: str, target: Path) -> None:
    """Builds the sample in `theme` aside, and takes the picture of it."""
    with tempfile.TemporaryDirectory(prefix="handbill-showcase-") as folder:
        root = Path(folder)
        shutil.copytree(REPOSITORY / "content", root / "content")
        options = Options(
            root=root, public=root / "public", private=root / "private", at=AT.timestamp(),
            environ=(("HANDBILL_THEME", theme),),
        )  # fmt: skip
        build(options)
        for scheme in ("light", "dark"):
            mail = open_preview(options).respond(MAIL, {"view": scheme})
            assert mail is not None
            (options.public / f"mail-{scheme}.html").write_bytes(mail.body)
        (options.public / "_headers").unlink()  # they would keep its pages out of frames
        shutil.copy(HERE / "showcase.html", options.public)
        subprocess.run(["node", str(HERE / "showcase.mjs"), str(options.public), str(target)], check=True)


if __name__ == "__main__":
    themes = REPOSITORY / "themes"
    for name in sys.argv[1:] or sorted(file.parent.name for file in themes.glob("*/theme.yaml")):
        picture = themes / name / "screenshot.webp"
        take(name, picture)
        print(f"{picture.relative_to(REPOSITORY)}: {picture.stat().st_size // 1000} kB")
