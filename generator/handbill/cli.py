"""What a person types. Thin: each command reads its options, calls one function, and prints what came of it.

Results go to standard output, messages to standard error. Exit codes: 0 done, 1 something is wrong with the content or
the theme, 2 the command was typed wrong, 3 the machine stands in the way, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from handbill import __version__
from handbill.errors import HandbillError, MachineError, Problem, ProblemsFound, UsageError

if TYPE_CHECKING:
    from handbill.options import Options, Report
    from handbill.serve import Turn
    from handbill.toolkit.place import Place
    from handbill_functions.ports import Mailer

F = TypeVar("F", bound=Callable[..., Any])


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.disable()  # a command is short: collecting while libraries load costs a tenth of it (a long build turns it on)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them opens every installed package
    try:
        code = cli.main(standalone_mode=False, prog_name="handbill")
        sys.exit(code if isinstance(code, int) else 0)  # click gives the code of its own Exit, and None otherwise
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. The last output stands.", err=True)
        sys.exit(130)
    except ProblemsFound as error:
        _print_problems(error.problems)
        sys.exit(error.exit_code)
    except HandbillError as error:
        click.secho(str(error), fg="red", err=True, color=_colour())
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    finally:
        gc.freeze()  # Python collects once more as it ends: a tenth of a short build, to free what ends anyway


REFERENCES = ("front-matter", "site", "files", "shortcodes", "emails", "facts", "themes", "templates", "all")


class _Commands(click.Group):
    """Commands of the operator are loaded when one of them is asked for: a build pays nothing for them."""

    OPERATING = ("run", "send", "keys", "contacts", "consent", "outbox", "purge", "backup", "restore", "doctor")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.OPERATING])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.OPERATING:
            return super().get_command(ctx, cmd_name)
        from handbill.operating import COMMANDS

        return COMMANDS[cmd_name]


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="handbill %(version)s")
def cli() -> None:
    """handbill builds email-first landing and drop pages from Markdown.

    Start with `handbill init my-site`, then `cd my-site` and `handbill build`.
    """


def _project_options(command: F) -> F:
    command = click.option(
        "--root", "-C", type=click.Path(file_okay=False, path_type=Path), default=None,
        help="The site's folder (the one that holds content/). Default: this one.",
    )(command)  # fmt: skip
    command = click.option("--base-url", help="Overrides base_url of site.yaml, for a preview elsewhere.")(command)
    command = click.option(
        "--at", metavar="TIME", help="Build as if it were this moment: 2026-12-04T19:00, in the site's zone."
    )(command)
    return click.option(
        "--facts", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="JSON of what only the run time knows: sold out, units left.",
    )(command)  # fmt: skip


@cli.command()
@_project_options
@click.option("--drafts", "-D", is_flag=True, help="Include drafts.")
@click.option("--future", "-F", is_flag=True, help="Include entries whose publish_date is still to come.")
@click.option("--expired", "-E", is_flag=True, help="Include entries whose expiry_date has passed.")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option("--destination", "-d", type=click.Path(path_type=Path), help="Where pages go. Default: public/.")
@click.option("--private", type=click.Path(path_type=Path), help="Where the catalog goes. Default: private/.")
@click.option("--clean", is_flag=True, help="Remove whatever this build does not make, and remember nothing.")
@click.option("--jobs", "-j", type=click.IntRange(1, 64), help="How many processes. Default: as many as pay.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
def build(as_json: bool, quiet: bool, **given: Any) -> None:
    """Build the site: pages into public/, the catalog into private/."""
    from handbill.build import build as run

    if as_json:
        try:
            report = run(_options(**given))
        except ProblemsFound as error:
            _print_json({"problems": [_problem_json(p) for p in error.problems]})
            raise click.exceptions.Exit(error.exit_code) from None
        _print_json(_as_json(report))
        return
    options = _options(**given)
    progress = None if quiet or not sys.stderr.isatty() else _Progress()
    try:
        report = run(options, progress=progress)
    finally:
        if progress:
            progress.done()
    _print_problems(report.warnings)
    if not quiet:
        _print_summary(report)


@cli.command()
@_project_options
@click.option("--port", "-p", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Or the next free.")
@click.option("--open", "-o", "open_page", is_flag=True, help="Open it in a browser.")
@click.option("--drafts/--no-drafts", "-D", default=True, help="Drafts, with a badge. Default: shown.")
@click.option("--future/--no-future", "-F", default=True, help="What is published later, with a badge. Default: shown.")
@click.option("--expired/--no-expired", "-E", default=False, help="What has expired, with a badge. Default: left out.")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option("--smtp", metavar="URL", help="A mail server for test e-mails: smtp://user@host:587.")
@click.option("--test-to", metavar="ADDRESS", help="Whom test e-mails go to: yourself.")
def serve(
    port: int, open_page: bool, at: str | None, facts: Path | None, smtp: str | None, test_to: str | None, **given: Any
) -> None:
    """Show the site on this machine, and again whenever a file is saved. Its forms work, and no e-mail leaves it."""
    from handbill.serve import serve as run
    from handbill_functions.errors import SettingsError
    from handbill_functions.settings import read_secrets

    mailer, to = _tests(smtp, test_to)
    try:
        secrets = read_secrets(os.environ)
    except SettingsError as error:
        raise UsageError("\n".join(error.problems)) from None
    options = _options(at=None, facts=None, **given)
    moment = None
    if at:
        try:
            moment = _moment(at, options.root)
        except ProblemsFound:  # serve shows what is wrong with site.yaml; the time must not stand in its way
            moment = _moment(f"{at}+00:00", options.root)
    try:
        run(
            options, port=port, at=moment, facts=facts, open_page=open_page, secrets=secrets, mailer=mailer, to=to,
            told=_tell, said=click.echo,
        )  # fmt: skip
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=True)
        raise click.exceptions.Exit(130) from None


def _tests(smtp: str | None, to: str | None) -> tuple[Mailer | None, str]:
    """(what carries test e-mails, whom to)."""
    from handbill_functions.addresses import normal
    from handbill_functions.errors import FunctionsError
    from handbill_functions.mailers.smtp import SmtpMailer

    if smtp is None and to is None:
        return None, ""
    if smtp is None or to is None:
        raise UsageError("A test e-mail needs both: --smtp smtp://user@host:587 --test-to you@example.org")
    try:
        return SmtpMailer(smtp, timeout=10), normal(to)
    except (FunctionsError, ValueError) as error:
        raise UsageError(str(error)) from None


@cli.command()
@_project_options
@click.option("--drafts", "-D", is_flag=True, help="Include drafts.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(as_json: bool, **given: Any) -> None:
    """Build aside and check every page and e-mail: links, forms, accessibility basics, mail rules."""
    from handbill.checkup import check_site

    try:
        findings = check_site(_options(**given))
    except ProblemsFound as error:  # not even a build: what is wrong is what there is to mend, in the form asked for
        findings = error.problems
    _print_findings(findings, as_json)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--name", help="The site's name.")
def init(folder: Path, name: str | None) -> None:
    """Make a site in FOLDER that builds at once: the sample season, yours to rewrite."""
    from handbill.scaffold import start

    for line in start(folder, name=name):
        click.echo(line)


@cli.command()
@click.argument("kind", type=click.Choice(["event", "drop", "host", "page"]))
@click.argument("slug")
@click.option("--root", "-C", type=click.Path(file_okay=False, path_type=Path), default=None, help="The site's folder.")
@click.option("--lang", help="Write a translation of an entry that exists: words only.")
@click.option("--title", help="The title. Default: made from the slug.")
def new(kind: str, slug: str, root: Path | None, lang: str | None, title: str | None) -> None:
    """Write a new entry of KIND: event, drop, host or page. Never overwrites."""
    from handbill.scaffold import write_entry

    path = write_entry(_root(root), kind, slug, lang=lang, title=title, now=datetime.now(UTC))
    click.echo(path)


@cli.command("list")
@click.argument("which", type=click.Choice(["drafts", "future", "expired", "published", "all"]), default="all")
@_project_options
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_entries(which: str, as_json: bool, **given: Any) -> None:
    """List entries that are drafts, still to come, expired, or published."""
    from handbill.assemble import survey

    zone, rows = survey(_options(**given), which)
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        instant = f"  {_instant(row['instant'], zone)}" if row["instant"] is not None else ""
        click.echo(f"{row['status']:<10} {row['id']:<40} {row['title']}{instant}")


@cli.command()
@click.argument("what", type=click.Choice(REFERENCES), default="all")
@click.option(
    "--into", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Renew the marked parts of this Markdown file instead.",
)  # fmt: skip
def reference(what: str, into: Path | None) -> None:
    """Print the reference of all that a creator, a designer or an operator writes, from the code itself."""
    from handbill.reference import reference as text
    from handbill.reference import renew

    if into is None:
        click.echo(text(what))
    else:
        into.write_text(renew(into.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


@cli.group()
def theme() -> None:
    """Make a theme your own: new, list, which, eject, diff, check."""


def _place_options(command: F) -> F:
    return click.option(
        "--root", "-C", type=click.Path(file_okay=False, path_type=Path), default=Path(),
        help="The site's folder, or one with themes/ in it. Default: this one.",
    )(command)  # fmt: skip


_of = click.option("--theme", "name", help="The theme. Default: the one that the site uses.")


@theme.command("new")
@click.argument("name")
@click.option("--from", "parent", help="The theme to extend. Default: the one that the site uses.")
@click.option("--root", "-C", type=click.Path(file_okay=False, path_type=Path), default=None, help="The site's folder.")
def new_theme(name: str, parent: str | None, root: Path | None) -> None:
    """Make a theme in themes/NAME that extends another. Never overwrites."""
    from handbill.toolkit.making import new_theme as make

    for line in make(_place(_root(root)), name, parent):
        click.echo(line)


@theme.command("list")
@_place_options
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_themes(root: Path, as_json: bool) -> None:
    """List the themes at hand; a star marks the one that the site uses."""
    from dataclasses import asdict

    from handbill.toolkit.listing import list_themes as rows_of

    rows = rows_of(_place(root))
    if as_json:
        _print_json([asdict(row) for row in rows])
        return
    for row in rows:
        chain = "".join(f" → {name}" for name in row.extends)
        click.echo(f"{'*' if row.used else ' '} {row.name}{chain}  {row.version}  {row.path}")
        click.echo(f"    {row.problem or row.description}")


@theme.command("which")
@click.argument("file")
@_of
@_place_options
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def which_file(file: str, name: str | None, root: Path, as_json: bool) -> None:
    """Say which theme's FILE wins, such as parts/form.html, and which files it shadows."""
    from dataclasses import asdict

    from handbill.toolkit.looking import which

    path, found = which(_place(root), name, file)
    if as_json:
        rows = {"file": path, "candidates": [asdict(each) for each in found]}
        _print_json(rows)
        return
    for each in found:
        click.echo(f"{each.state:<9} {each.path}  ({f'{each.theme} {each.version}'.rstrip()})")


@theme.command("eject")
@click.argument("file")
@_of
@_place_options
@click.option("--keep", is_flag=True, help="Keep your file; record the original as it is now.")
def eject_file(file: str, name: str | None, root: Path, keep: bool) -> None:
    """Copy FILE from the parents into your theme, to change it. Never overwrites."""
    from handbill.toolkit.taking import eject

    for line in eject(_place(root), name, file, keep=keep):
        click.echo(line)


@theme.command("diff")
@click.argument("file")
@_of
@_place_options
def diff_file(file: str, name: str | None, root: Path) -> None:
    """Show what changed in the original of FILE since you ejected it."""
    from handbill.toolkit.taking import diff

    for line in diff(_place(root), name, file):
        click.echo(line)


@theme.command("check")
@click.argument("name", required=False)
@_place_options
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check_theme(name: str | None, root: Path, as_json: bool) -> None:
    """Check a theme on sample pages and e-mails: contrast, forms, words, sizes. Default: the one that the site uses."""
    from handbill.toolkit.checking import check as run

    _print_findings(run(_place(root), name), as_json)


@cli.group()
def export() -> None:
    """Write what handbill made in another tool's form."""


@export.command("emails")
@_project_options
@click.option("--for", "sender", type=click.Choice(["listmonk", "mailchimp", "buttondown"]), required=True)
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Default: exported-emails/SENDER/.")
def export_emails(sender: str, folder: Path | None, **given: Any) -> None:
    """Write every e-mail as .html, .txt and .mjml with the merge tags of another sender."""
    from handbill.exporting import export_site

    # a folder each: what one sender cannot send would stay there in the words of another
    lines = export_site(_options(**given), sender, folder or Path("exported-emails", sender))
    for line in lines:
        click.echo(line)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with the versions of the libraries.")
def version(as_json: bool) -> None:
    """Print the version."""
    if not as_json:
        click.echo(f"handbill {__version__}")
        return
    from importlib import metadata

    names = ("jinja2", "markdown-it-py", "mjml-python", "pillow", "pydantic", "pyyaml", "babel", "nh3")
    found = {"handbill": __version__, "python": sys.version.split()[0]}
    found.update({name: metadata.version(name) for name in names})
    _print_json(found)


# ---- reading what was typed


def _root(root: Path | None) -> Path:
    here = (root or Path()).resolve()
    if not (here / "content" / "site.yaml").is_file():
        raise UsageError(
            f"There is no content/site.yaml in {here}. Go to your site's folder, or make one: handbill init DIR"
        )
    return here


def _environ() -> dict[str, str]:
    from handbill.options import of_the_site

    return dict(of_the_site(os.environ))


def _place(root: Path) -> Place:
    from handbill.toolkit.place import find_place

    return find_place(root.resolve(), sorted(_environ().items()))


def _options(
    *,
    root: Path | None,
    at: str | None,
    facts: Path | None,
    base_url: str | None,
    destination: Path | None = None,
    private: Path | None = None,
    **flags: Any,
) -> Options:
    from handbill.options import Options

    here = _root(root)
    environ = _environ()
    if base_url:
        environ["HANDBILL_BASE_URL"] = base_url
    content = b""
    if facts is not None:
        try:
            content = facts.read_bytes()
        except OSError as error:
            raise MachineError(f"Cannot read {facts}: {error.strerror}.") from error
    return Options(
        root=here,
        public=(destination or here / "public").absolute(),
        private=(private or here / "private").absolute(),
        at=_moment(at, here) if at else time.time(),
        facts=content,
        facts_name=str(facts or ""),
        environ=tuple(sorted(environ.items())),
        **flags,
    )


def _moment(text: str, root: Path) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text}' is not a moment. Write it so: 2026-12-04T19:00, or with an offset.") from error
    if moment.tzinfo is None:
        from handbill.project import site_zone

        moment = moment.replace(tzinfo=site_zone(root))
    return moment.timestamp()


# ---- printing


def _colour() -> bool | None:
    """None lets click decide by the terminal; NO_COLOR (no-color.org) wins over it, FORCE_COLOR over both."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


_COLOURS = {"error": "red", "warning": "yellow", "advice": "blue"}


def _print_json(value: Any) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_problems(problems: list[Problem], *, stands: bool = True) -> None:
    for problem in problems:
        head, _, rest = str(problem).partition("\n")
        click.secho(head, fg=_COLOURS[problem.level], err=True, color=_colour())
        if rest:
            click.echo(rest, err=True)
        click.echo("", err=True)
    errors = sum(problem.level == "error" for problem in problems)
    if errors and stands:
        noun = "error" if errors == 1 else "errors"
        click.secho(f"{errors} {noun}. The last good output stands.", fg="red", bold=True, err=True, color=_colour())


def _print_findings(findings: list[Problem], as_json: bool) -> None:
    """What a check found. Exits with 1 where there is an error among it."""
    levels = [finding.level for finding in findings]
    if as_json:
        _print_json([_problem_json(finding) for finding in findings])
    else:
        _print_problems(findings, stands=False)
        count = f"{_count(levels.count('error'), 'error')}, {_count(levels.count('warning'), 'warning')}"
        advice = f", {levels.count('advice')} advice" if "advice" in levels else ""
        click.echo(f"{count}{advice}" if findings else "Nothing to mend.")
    if "error" in levels:
        raise click.exceptions.Exit(1)


def _print_summary(report: Report) -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(report.timezone)
    done = "nothing changed" if report.unchanged else f"{report.changed} files written"
    if report.removed:
        done += f", {report.removed} removed"
    click.echo(
        f"{_count(report.pages, 'page')}, {_count(report.emails, 'e-mail')} from {_count(report.entries, 'entry')} "
        f"in {report.seconds:.2f} s: {done}"
    )
    for _, entry, title, reason, instant in report.skipped:
        words = {"draft": "is a draft", "future": "is published", "expired": "expired"}[reason]
        when = f" {_instant(instant, zone)}{_distance(instant, report.at)}" if instant is not None else ""
        click.echo(f"skipped {entry} ({title}): {words}{when}")
    if report.upcoming:
        instant, entry = report.upcoming[0]
        click.echo(f"next rebuild due {_instant(instant, zone)}{_distance(instant, report.at)}, for {entry}")
        for instant, entry in report.upcoming[1:3]:
            click.echo(f"            then {_instant(instant, zone)}, for {entry}")


def _tell(turn: Turn) -> None:
    """One build of `serve`: what led to it and what came of it, or what is wrong, told once."""
    before, now = turn.before, turn.now
    if now.problems != before.problems:
        _print_problems(list(now.problems))
        if before.failed and not now.failed:
            click.secho("Mended.", fg="green", err=True, color=_colour())
    elif now.failed and turn.changed:
        click.secho("Still as wrong as before.", fg="red", err=True, color=_colour())
    report = now.report
    if now.failed or report is None:
        return
    if before.report is None:
        _print_summary(report)
    elif report.changed or report.removed:
        some = sorted(turn.changed)
        what = ", ".join(some[:2]) + (f" and {len(some) - 2} more" if len(some) > 2 else "") or "time"
        files = _count(report.changed + report.removed, "file")
        click.echo(f"{datetime.now():%H:%M:%S} {what}: {files} in {report.seconds * 1000:.0f} ms")  # noqa: DTZ005


def _count(number: int, noun: str) -> str:
    plural = {"entry": "entries"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}"


def _instant(instant: float, zone: Any) -> str:
    moment = datetime.fromtimestamp(instant, UTC)
    local = moment.astimezone(zone)
    day = "" if local.date() == moment.date() else f"{moment:%a %d %b} "
    return f"{local:%a %d %b %Y %H:%M} {zone} = {day}{moment:%H:%M} UTC"


def _distance(instant: float, at: float) -> str:
    seconds = int(instant - at)
    if seconds <= 0:
        return ""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    return f", in {days} d {hours} h" if days else f", in {hours} h {rest // 60} min"


def _as_json(report: Report) -> dict[str, Any]:
    def iso(instant: float | None) -> str | None:
        return None if instant is None else datetime.fromtimestamp(instant, UTC).isoformat()

    return {
        "pages": report.pages,
        "emails": report.emails,
        "entries": report.entries,
        "written": report.changed,
        "removed": report.removed,
        "seconds": round(report.seconds, 3),
        "unchanged": report.unchanged,
        "at": iso(report.at),
        "skipped": [
            {"id": entry, "title": title, "reason": reason, "instant": iso(instant)}
            for _, entry, title, reason, instant in report.skipped
        ],
        "next": [{"instant": iso(instant), "id": entry} for instant, entry in report.upcoming],
        "warnings": [_problem_json(problem) for problem in report.warnings],
    }


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path, "line": problem.line, "column": problem.column, "level": problem.level,
        "what": problem.what, "fix": problem.fix,
    }  # fmt: skip


class _Progress:
    """One line on a terminal, rewritten; nothing at all for builds of under half a second."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._shown = False

    def __call__(self, what: str, done: int, total: int) -> None:
        if time.perf_counter() - self._began < 0.5 or total < 200:
            return
        self._shown = True
        click.echo(f"\r{what} {done:,} of {total:,}   ", nl=False, err=True)

    def done(self) -> None:
        if self._shown:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
