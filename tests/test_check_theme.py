"""A theme as a whole: base is sound, and each thing that a child could break is told with the file that breaks it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from handbill.check.samples import sample
from handbill.check.theme import REQUIRED, check_theme
from handbill.theme import load_theme
from handbill.view import CONTEXTS
from theme_folders import SHIPPED, base_templates, child, make, templates_of, told

VIEWS = sorted({view for handed in CONTEXTS.values() for view in handed.values()}, key=lambda view: view.__name__)


def said(root: Path, files: dict[str, str | bytes], *languages: str) -> list[str]:
    """What is said of a theme that puts these files over base."""
    theme = child(root, files)
    return told(check_theme(theme, templates_of(theme, *languages, before=base_templates())))


def part(name: str) -> str:
    return (SHIPPED / "base" / name).read_text(encoding="utf-8")


def changed(name: str, old: str, new: str) -> dict[str, str | bytes]:
    """Base's own file with one thing changed."""
    assert old in part(name), f"{old!r} is no longer in {name}"
    return {name: part(name).replace(old, new)}


def test_base_has_nothing_to_mend() -> None:
    theme = load_theme("base", search=[SHIPPED])
    found = check_theme(theme, templates_of(theme, "en", "pt"))
    assert [line for line in told(found) if "warning:" not in line] == []


def test_a_theme_that_changes_nothing_has_nothing_to_mend(tmp_path: Path) -> None:
    assert [line for line in said(tmp_path, {}) if "warning:" not in line] == []


# ---- what the form contract asks for is looked at on pages that the theme makes


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (' autocomplete="email"', "", "Browsers cannot fill the address in."),
        ('method="post"', 'method="get"', "The form does not post: addresses would stand in URLs."),
        ('tabindex="-1"', 'tabindex="0"', "People could reach the field 'website', which is for robots."),
        ("{{ consent.text }}", "News", "The label of 'consent_marketing' does not say what is agreed to."),
        ("{{ form.button }}", "Submit", "No button says 'Send me the door code'."),
        ('type="hidden"', 'type="text" hidden', "The form does not post 'form' as it was handed."),
        ('href="{{ site.privacy }}"', 'href="/x/"', "The form does not link to the privacy notice."),
    ],
)
def test_a_form_that_breaks_its_contract_is_told_with_its_file(tmp_path: Path, old: str, new: str, what: str) -> None:
    (line,) = (line for line in said(tmp_path, changed("parts/form.html", old, new)) if line.endswith(what))
    assert line.startswith("themes/mine/parts/form.html:")


@pytest.mark.parametrize("html", ["<script>go()</script>", '<iframe src="{{ site.home }}"></iframe>', "<object>"])
def test_what_stands_in_a_part_is_told_of_that_part_alone_with_its_line(tmp_path: Path, html: str) -> None:
    (line,) = said(tmp_path, {"parts/footer.html": f"<footer>\n{html}</footer>"})
    assert line.startswith("themes/mine/parts/footer.html:2: ")


def test_a_form_that_breaks_its_contract_is_told_with_its_line(tmp_path: Path) -> None:
    form = '<p>\n<form method="get"><input name="email"></form>'
    found = said(tmp_path, {"parts/form.html": form})
    assert "themes/mine/parts/form.html:2: The address field is no e-mail field." in found
    assert len(found) == len(set(found))


def test_a_page_without_its_form_is_told(tmp_path: Path) -> None:
    page = '{% extends "base:pages/event.html" %}{% block form %}{% endblock %}'
    assert said(tmp_path, {"pages/event.html": page}) == [
        "themes/mine/pages/event.html: The page has no sign-up form, though its entry has one."
    ]


# ---- what the policy refuses, and what is loaded from elsewhere


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<img src="https://x.example/a.png" alt="" width="1" height="1">',
         "The page would load 'https://x.example/a.png' from another origin."),
        ("<script>x()</script>", "The page has a <script>."),
        ('<p style="color:red">x</p>', "<p> has a style attribute."),
        ('<b onclick="x()">x</b>', "<b> has an onclick attribute, which is a script."),
        ("<h1>two</h1>", "The page has 2 h1."),
    ],
)  # fmt: skip
def test_a_page_that_breaks_the_rules_is_told_with_its_file(tmp_path: Path, html: str, what: str) -> None:
    page = '{% extends "base:pages/privacy.html" %}{% block header %}' + html + "{% endblock %}"
    at = "" if "h1" in what else ":1"  # one file says it: so its line is known
    assert said(tmp_path, {"pages/privacy.html": page}) == [f"themes/mine/pages/privacy.html{at}: {what}"]


def test_a_style_element_with_a_space_too_much_is_told_since_its_hash_is_another(tmp_path: Path) -> None:
    files = changed("parts/head.html", "<style>{{ page.style }}</style>", "<style>\n{{ page.style }}</style>")
    assert "themes/mine/parts/head.html: The policy has no hash for this style: browsers would ignore it." in said(
        tmp_path, files
    )


def test_a_page_is_looked_at_full_and_bare(tmp_path: Path) -> None:
    block = "{% block after %}{% if not entry.summary %}<h1>x</h1>{% endif %}{% endblock %}"
    page = '{% extends "base:pages/page.html" %}' + block
    assert said(tmp_path, {"pages/page.html": page}) == ["themes/mine/pages/page.html: The page has 2 h1."]


def test_an_error_that_shows_only_while_rendering_is_told_with_its_line(tmp_path: Path) -> None:
    page = '{% extends "base:pages/page.html" %}\n{% block after %}\n{{ entry.params.hue.dark }}{% endblock %}'
    found = said(tmp_path, {"pages/page.html": page})
    assert found == ["themes/mine/pages/page.html:3:17: There is no 'hue' here."]


# ---- answers


def test_a_slot_where_no_value_is_safe_is_told_with_its_file(tmp_path: Path) -> None:
    page = '{% extends "base:pages/answers/gate.html" %}{% block main %}<p title={% slot title %}>{% endblock %}'
    assert said(tmp_path, {"pages/answers/gate.html": page}) == [
        "themes/mine/pages/answers/gate.html: The slot 'title' stands in an unquoted attribute."
    ]


def test_an_answer_is_looked_at_as_it_would_be_filled(tmp_path: Path) -> None:
    page = '{% extends "base:pages/answers/gate.html" %}{% block main %}<p>{% slot title %}</p>{% endblock %}'
    assert said(tmp_path, {"pages/answers/gate.html": page}) == [
        "themes/mine/pages/answers/gate.html: The page has no h1."
    ]


# ---- colours, tokens, CSS, words, files


def test_low_contrast_is_told(tmp_path: Path) -> None:
    tokens = '{"color": {"light": {"muted": {"$value": "#999999"}}}}'
    found = said(tmp_path, {"tokens.json": tokens})
    assert found
    assert all(line.startswith("themes/mine/tokens.json:1:22: 'muted' #999999 on '") for line in found)


def test_a_token_that_only_this_theme_adds_must_be_used(tmp_path: Path) -> None:
    tokens = '{"space": {"$type": "dimension", "9": {"$value": "9px"}}}'
    assert said(tmp_path / "a", {"tokens.json": tokens}) == [
        "themes/mine/tokens.json:1:34: The token 'space.9' is not used."
    ]
    css = {"theme.yaml": "styles: [assets/css/mine.css]\n", "assets/css/mine.css": "p{margin:var(--space-9)}"}
    assert [line for line in said(tmp_path / "b", {"tokens.json": tokens, **css}) if "token" in line] == []


def test_an_unknown_token_in_the_css_is_told_with_its_line(tmp_path: Path) -> None:
    css = {"theme.yaml": "styles: [assets/css/mine.css]\n", "assets/css/mine.css": "p {\n  color: var(--color-inc);\n}"}
    errors = [line for line in said(tmp_path, dict(css)) if ": advice: " not in line]  # base fills what is advised
    assert errors == ["themes/mine/assets/css/mine.css:2:14: There is no token for var(--color-inc)."]


def test_css_beyond_its_budget_is_told(tmp_path: Path) -> None:
    css = {"theme.yaml": "styles: [assets/css/mine.css]\n", "assets/css/mine.css": "p{margin:0}" * 900}
    (line,) = said(tmp_path, dict(css))
    assert line.startswith("themes/mine/theme.yaml: The CSS is ")


def test_words_that_a_language_lacks_are_a_warning(tmp_path: Path) -> None:
    (line,) = said(tmp_path, {}, "en", "de")
    assert line.startswith("themes/mine/i18n/de.yaml: warning: The theme has no words in 'de' for ")


def test_a_file_that_nothing_uses_is_a_warning_with_the_name_that_was_meant(tmp_path: Path) -> None:
    names = ("pages/evnt.html", "parts/foter.html", "emails/layout.mjml", "assets/dot.png")
    theme = child(tmp_path, dict.fromkeys(names, "x"))
    every = check_theme(theme, templates_of(theme, before=base_templates()))
    found = [problem for problem in every if problem.what == "Nothing uses this file."]
    assert [(problem.path.removeprefix("themes/mine/"), problem.level) for problem in found] == [
        (name, "warning") for name in sorted(names)
    ]
    assert [problem.fix.split("?")[0] for problem in found if "?" in problem.fix] == [
        f"Did you mean '{name}'" for name in ("emails/_layout.mjml", "pages/event.html", "parts/footer.html")
    ]


@pytest.mark.parametrize("name", ["base", "broadside", "lantern", "ledger"])
def test_every_file_of_a_shipped_theme_is_used(name: str) -> None:
    theme = load_theme(name, search=[SHIPPED])
    assert [p.path for p in check_theme(theme, templates_of(theme)) if p.what == "Nothing uses this file."] == []


def test_every_required_template_that_nobody_has_is_told(tmp_path: Path) -> None:
    theme = make(tmp_path, {})
    found = told(check_theme(theme, templates_of(theme)))
    what = "The template is missing, and no theme that this one extends has it."
    assert {f"themes/base/{path}: {what}" for path in REQUIRED} <= set(found)


# ---- the samples


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("full", [True, False])
def test_a_sample_fills_every_field_of_its_view(view: type, full: bool) -> None:
    made = sample(view, full=full)
    assert isinstance(made, view)
    hints = get_type_hints(view)
    plain = {item.name: hints[item.name] for item in fields(view) if hints[item.name] in (str, int, bool)}
    assert {name: type(getattr(made, name)) for name in plain} == plain


def test_a_bare_sample_has_less_than_a_full_one() -> None:
    event = CONTEXTS["pages/event.html"]["entry"]
    full, bare = sample(event, full=True), sample(event, full=False)
    assert full.form
    assert full.pictures
    assert (bare.form, bare.pictures, bare.when, bare.summary) == (None, (), None, "")
    assert bare.title
