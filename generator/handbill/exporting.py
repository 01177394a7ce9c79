"""Writes all e-mails of a site in another sender's form. How each e-mail changes is `handbill.export`."""

from __future__ import annotations

import json
from pathlib import Path

from handbill.assemble import look
from handbill.errors import MachineError, Problem
from handbill.export import export_email
from handbill.options import Options
from handbill.outputs import surroundings
from handbill.plan import plan


def export_site(options: Options, sender: str, folder: Path) -> list[str]:
    """Writes each e-mail below `folder` as `<entry>/<e-mail>[.<lang>]` with four endings; gives what to tell a person.

    `.html`, `.txt` and `.mjml` hold the e-mail alone, to be pasted as they are. `.subject.txt` holds the subject in its
    first line and the preheader, where there is one, in its second.

    Files of an earlier export are written over; nothing else in the folder is touched.
    """
    project, workshop, site = look(options)
    press = workshop.press
    notes: dict[str, None] = {}
    written = 0
    problems: list[Problem] = []
    for order in plan(site, project, options).orders:
        if order.kind != "entry":
            continue
        parsed = workshop.parsed(order.unit)
        for plain in order.make()[0]:
            around = surroundings(plain)
            entry = parsed.entries[around.lang]
            if entry.signup is None:
                continue
            for name in entry.emails:
                composed, _, data = press.mailroom.write(name, parsed, around, problems)
                exported, about = export_email(json.loads(data), composed, sender)
                notes.update(dict.fromkeys(f"{name}: {note}" for note in about))
                if exported is None:
                    continue
                suffix = "" if around.lang == project.config.languages[0] else f".{around.lang}"
                target = folder / entry.id / f"{name}{suffix}"
                try:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    lines = "".join(f"{line}\n" for line in (exported.subject, exported.preheader) if line)
                    Path(f"{target}.html").write_text(exported.html, encoding="utf-8")
                    Path(f"{target}.txt").write_text(exported.text, encoding="utf-8")
                    Path(f"{target}.subject.txt").write_text(lines, encoding="utf-8")
                    Path(f"{target}.mjml").write_text(exported.mjml, encoding="utf-8")
                except OSError as error:
                    raise MachineError(f"Cannot write {target}: {error.strerror}.") from error
                written += 1
    notes.update(dict.fromkeys(str(problem) for problem in problems))
    return [f"{written} e-mails for {sender} in {folder}", *notes]
