"""`handbill theme check`: everything that can be known of a theme without the pages of a site."""

from __future__ import annotations

from handbill.check.theme import check_theme
from handbill.check.theme_emails import check_emails
from handbill.errors import Problem, ProblemsFound
from handbill.project import choose_settings
from handbill.render.templates import Templates
from handbill.render.words import plural
from handbill.theme import Theme
from handbill.toolkit.place import Place


def check(place: Place, name: str | None) -> list[Problem]:
    """Errors, warnings and advice, sorted by place, for the theme `name` or the one in use.

    In a site its languages and its settings count; without one, all languages that the theme has words in, and the
    defaults. Pages and e-mails are those of built-in samples. Raises UsageError where there is no such theme. About two
    seconds.
    """
    config = place.config
    try:
        theme = place.load(name)
    except ProblemsFound as found:
        return found.problems
    problems: list[Problem] = []
    settings = {key: setting.default for key, setting in theme.settings.items()}
    if config is not None and theme.name == config.theme:
        settings, problems = choose_settings(place.root, theme, config)
    languages = tuple(config.languages) if config else _languages(theme)
    words = {lang: theme.strings(lang, languages[0], plural) for lang in languages}
    templates = Templates(theme, words)
    problems += check_theme(theme, templates, settings)
    if not any(problem.level == "error" for problem in problems):
        problems += check_emails(theme, templates, settings)
    return sorted(set(problems))


def _languages(theme: Theme) -> tuple[str, ...]:
    """Those that the theme has words in, English first, since it is the measure of all others."""
    return tuple(sorted(theme.languages(), key=lambda lang: (lang != "en", lang))) or ("en",)
