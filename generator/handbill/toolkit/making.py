"""`handbill theme new NAME --from PARENT`: a theme of three short files that changes nothing yet."""

from __future__ import annotations

import json

from handbill.errors import MachineError, UsageError
from handbill.slugs import slugify
from handbill.theme import NAME, Theme, names
from handbill.tokens import MODES
from handbill.toolkit.place import Place
from handbill.yaml import dump

_MANIFEST = """\
# A theme of your own. Whatever is not in this folder comes from the theme that it extends, so this file alone would do:
# add what you want to be different, and nothing else.
#
#   tokens.json      Colours, type and spaces, for pages and e-mails at once. Laid over the parent's, token by token.
#   parts/, pages/   Bring a file here and change it: handbill theme eject parts/footer.html
#   emails/          Layouts (.mjml, .txt) and words (words/en/welcome.md), by the same command.
#   assets/          Pictures and fonts. CSS of your own: list it below, and it comes after the parent's.
#   i18n/            The theme's own words: i18n/en.yaml with nothing but the lines that differ.
#   samples.yaml     Made-up names and links that previews fill e-mails and answers with; only what should differ.
#
# handbill theme check says what people could not read, what is missing, and what weighs too much.

{head}
# styles:
#   - assets/css/{name}.css

# What the site's owner may choose in content/site.yaml, below settings; templates read site.settings.columns.
# settings:
#   columns:
#     type: number              # text, boolean, number, color or choice
#     default: 2
#     min: 1
#     max: 3
#     label: Columns of a list
"""

_DESCRIPTIONS = {
    "accent": "Links, buttons and dates. Change it here, and it changes in pages and e-mails.",
    "on-accent": "Text on the accent.",
}


def new_theme(place: Place, name: str, parent: str | None) -> list[str]:
    """Makes `themes/NAME` in the project, extending `parent` or the theme in use; gives the lines to tell.

    Raises UsageError for a name that cannot be one, a theme or folder that is there already, or a parent that is not;
    ProblemsFound where the parent is wrong. Nothing is ever overwritten.
    """
    if not NAME.fullmatch(name):
        near = slugify(name)
        guess = f" Did you mean '{near}'?" if NAME.fullmatch(near) else ""
        raise UsageError(f"'{name}' is no name for a theme: small letters, digits and hyphens.{guess}")
    folder = place.search[0] / name
    if folder.exists():
        raise UsageError(f"{place.shown(folder)} is already there. Nothing was written; choose another name.")
    if name in names(place.search):
        raise UsageError(f"'{name}' is a theme that comes with handbill. Choose another name.")
    theme = place.load(parent)
    head = dump(
        {"name": name, "version": "0.1.0", "extends": theme.name, "description": f"{theme.name}, made our own."}
    )
    try:
        folder.mkdir(parents=True)
        (folder / "theme.yaml").write_text(_MANIFEST.format(name=name, head=head), encoding="utf-8", newline="\n")
        (folder / "tokens.json").write_text(_tokens(theme), encoding="utf-8", newline="\n")
    except OSError as error:
        raise MachineError(f"Cannot write to {folder}: {error.strerror}.") from error
    return [
        f"Made {place.shown(folder)}, which extends {theme.name}.",
        "Next:",
        f"  write theme: {name} in content/site.yaml",
        f"  change the accent in {place.shown(folder / 'tokens.json')}",
        "  handbill theme eject parts/footer.html",
        "  handbill theme check",
        "  handbill serve",
    ]


def _tokens(theme: Theme) -> str:
    """The parent's accent and what stands on it, in each mode that the parent has."""
    colours: dict[str, object] = {"$type": "color"}
    for mode in MODES:
        found = {}
        for name, description in _DESCRIPTIONS.items():
            if token := theme.tokens.by_path.get(f"color.{mode}.{name}"):
                found[name] = {"$value": token.mail, "$description": description}
        if found:
            colours[mode] = found
    lines = json.dumps({"color": colours}, indent=2, ensure_ascii=False)
    return lines + "\n"
