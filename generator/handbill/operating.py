"""What an operator types: run the functions, look after people, consent and e-mails. Thin, as `cli` is.

Everything here reads HANDBILL_RUN_* of the environment; see `handbill run --help`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handbill.errors import MachineError, UsageError

if TYPE_CHECKING:
    from handbill_functions.context import Context
    from handbill_functions.letters import Letter, Plan
    from handbill_functions.ports import Item
    from handbill_functions.settings import Settings
    from handbill_functions.stores.sqlite import SqliteStore
    from handbill_functions.wire import Wired


def _settings() -> Settings:
    """Raises UsageError with all that is wrong with the environment."""
    from handbill_functions.errors import SettingsError
    from handbill_functions.settings import read

    try:
        return read(os.environ)
    except SettingsError as error:
        raise UsageError("\n".join(error.problems)) from None


@contextmanager
def _open() -> Iterator[Context]:
    """Store and catalog, as the settings name them."""
    from handbill_functions.catalog import Catalog
    from handbill_functions.context import Context
    from handbill_functions.wire import reader_of, store_of

    settings = _settings()
    with _told():
        store = store_of(settings.store)
        try:
            yield Context(store, Catalog(reader_of(settings.catalog)), settings.keys, settings.secrets)
        finally:
            store.close()


@contextmanager
def _told() -> Iterator[None]:
    """What the functions refuse, as an error of the command."""
    from handbill_functions.errors import FunctionsError

    try:
        yield
    except FunctionsError as error:
        raise MachineError(str(error)) from None


def _now() -> int:
    return int(time.time())


def _when(seconds: int | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else "-"


@click.command()
def run() -> None:
    """Serve the functions on this machine: sign-up, confirm, leave, and the e-mails. SIGTERM ends it gracefully."""
    from handbill_functions.entry.local import run as serve
    from handbill_functions.logs import log_to_stderr

    settings = _settings()
    host, port = settings.listen
    try:
        with _told():
            serve(settings, log_to_stderr)
    except OSError as error:
        raise MachineError(f"Cannot listen on {host}:{port}: {error.strerror}. Set HANDBILL_RUN_LISTEN.") from None


@click.command()
def keys() -> None:
    """Print new keys for HANDBILL_RUN_*, each its own. Keep them: links and the ledger hang on them."""
    from handbill_functions.settings import new_keys

    click.echo(new_keys(), nl=False)


# ---- letters


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "list_name", metavar="LIST", required=True, help="The list, such as main.")
@click.option("--test", "address", metavar="ADDRESS", help="Send it to this address alone, now; it counts as nothing.")
@click.option("--plan", "--dry-run", "plan_only", is_flag=True, help="Say whom it would go to, and stop.")
@click.option("--confirm", "digest", metavar="DIGEST", help="Send the plan of this digest, or refuse. Asks nothing.")
@click.option("--deliver", "now", is_flag=True, help="Hand the e-mails over now; else handbill run does.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option(
    "--root", "-C", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The site's folder."
)
def send(
    file: Path, list_name: str, address: str | None, plan_only: bool, digest: str | None, now: bool, as_json: bool,
    root: Path,
) -> None:  # fmt: skip
    """Send a letter, a Markdown FILE, to all who agreed to hear from you on a list. Nobody gets it twice.

    It first says whom it goes to, and whom not and why, and asks. Try it with --test you@example.org.
    """
    from handbill.letters import shelve, write_letter
    from handbill.options import Options, of_the_site
    from handbill_functions import letters

    if (address is not None and (plan_only or digest or now)) or (plan_only and (digest or now)):
        raise UsageError("Choose one: --test, --plan, or --confirm and --deliver.")
    settings, root = _settings(), root.resolve()
    if not (root / "content" / "site.yaml").is_file():
        raise UsageError(f"There is no content/site.yaml in {root}. Go to your site's folder, or name it: -C DIR.")
    options = Options(
        root=root, public=root / "public", private=root / "private", at=time.time(), environ=of_the_site(os.environ)
    )
    written = write_letter(options, file)
    for warning in written.warnings:
        click.echo(f"{warning}\n", err=True)
    shelve(options.private, written.files)
    letter = letters.Letter(written.id, written.emails)
    with _told(), _wired(settings) as wired:
        _refuse_unpublished(wired.ctx, settings, letter)
        if address is not None:
            _send_test(wired, list_name, letter, address)
            return
        if digest is None:
            digest = _planned(wired.ctx, list_name, letter, plan_only=plan_only, as_json=as_json)
        if digest:
            _queue(wired.ctx, list_name, letter, digest)
            if now:
                _deliver(wired, settings)


@contextmanager
def _wired(settings: Settings) -> Iterator[Wired]:
    from handbill_functions.wire import wire

    wired = wire(settings)
    try:
        yield wired
    finally:
        wired.close()


def _refuse_unpublished(ctx: Context, settings: Settings, letter: Letter) -> None:
    """A message can only be filled from the catalog that the functions read."""
    from handbill_functions.errors import NotInCatalog

    try:
        for hash in letter.emails.values():
            ctx.catalog.program(ctx.catalog.email(hash)["program"])
    except NotInCatalog:
        raise MachineError(
            f"The letter is in private/, and the functions read {settings.catalog}. Publish private/ there, as after "
            "each build, and type the same again."
        ) from None


def _send_test(wired: Wired, list_name: str, letter: Letter, address: str) -> None:
    from handbill_functions import letters
    from handbill_functions.addresses import normal
    from handbill_functions.errors import AddressError
    from handbill_functions.ports import Accepted

    try:
        to = normal(address)
    except AddressError as error:
        raise UsageError(str(error)) from None
    said = letters.send_test(wired.ctx, wired.mailers["marketing"], _now(), list_name, letter, to)
    for lang, outcome in said.items():
        if not isinstance(outcome, Accepted):
            raise MachineError(f"The mail server did not take the test ({lang}): {outcome.reason}.")
    click.echo(f"A test is on its way, in {', '.join(said)}. It counts as nothing.")


def _planned(ctx: Context, list_name: str, letter: Letter, *, plan_only: bool, as_json: bool) -> str:
    """The digest of the plan that the operator agreed to; empty where nothing is to be done."""
    from handbill_functions import letters

    with _counting("looked at") as progress:
        plan = letters.plan(ctx, _now(), list_name, letter, progress)
    if not plan.audience and list_name not in plan.lists:
        there = f"There are: {', '.join(sorted(plan.lists))}." if plan.lists else "Nobody agreed to any."
        raise UsageError(f"Nobody agreed to a list '{list_name}'. {there}")
    if as_json:
        click.echo(json.dumps(_plan_json(plan), ensure_ascii=False, indent=2))
    else:
        _print_plan(plan)
    if plan_only:
        return ""
    if not plan.send:
        click.echo("Nobody is left to send it to.", err=True)
        return ""
    click.confirm(f"Send it to {plan.send:,}?", abort=True, err=True)
    return plan.digest


_WHY = {
    "already": "got it already, or it waits in the outbox",
    "not_verified": "never confirmed their address",
    "no_consent": "did not agree to this list",
    "left": "left everything",
    "erased": "were erased",
    "bounced": "cannot be reached: their address bounced",
    "complained": "complained",
}
"""Reason → what the people excluded by it did."""


def _print_plan(plan: Plan) -> None:
    click.echo(f"{plan.letter.id} to {plan.list}")
    languages = ", ".join(f"{count:,} in {lang}" for lang, count in sorted(plan.languages.items()))
    gets = "gets it" if plan.send == 1 else "get it"
    click.echo(f"{plan.send:>9,} {gets}" + (f": {languages}" if languages else ""))
    if plan.paused:
        click.echo(f"{plan.paused:>9,} of them later, when their rest is over")
    for reason, count in plan.excluded.items():
        if count:
            click.echo(f"{count:>9,} do not: they {_WHY[reason]}")
    click.echo(f"plan {plan.digest}")


def _plan_json(plan: Plan) -> dict[str, object]:
    return {
        "letter": plan.letter.id, "list": plan.list, "send": plan.send, "paused": plan.paused,
        "languages": plan.languages, "excluded": plan.excluded, "digest": plan.digest,
    }  # fmt: skip


def _queue(ctx: Context, list_name: str, letter: Letter, digest: str) -> None:
    from handbill_functions import letters
    from handbill_functions.errors import PlanChanged

    try:
        with _counting("queued for") as progress:
            done = letters.queue(ctx, _now(), list_name, letter, digest, progress)
    except PlanChanged as changed:
        click.echo(f"{changed} Nothing was sent. See the plan of now: --plan.", err=True)
        raise click.exceptions.Exit(1) from None
    before = f", {done.already:,} had theirs before" if done.already else ""
    click.echo(f"{done.queued:,} in the outbox{before}.")


def _deliver(wired: Wired, settings: Settings) -> None:
    """Hands over all marketing that is due, at the rate of the settings, as `handbill run` does."""
    from handbill_functions.deliver import Delivered, deliver

    total = Delivered()
    with _counting("handed over") as progress:
        while True:
            began = time.monotonic()
            done = deliver(
                wired.ctx, wired.mailers["marketing"], _now(), stream="marketing", limit=settings.rate,
                quiet=settings.quiet_hours,
            )  # fmt: skip
            for name in ("sent", "postponed", "dropped", "dead"):
                setattr(total, name, getattr(total, name) + getattr(done, name))
            progress(total.total)
            if done.stopped or not done.total:
                break
            time.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
    click.echo(f"{total.sent:,} sent, {total.postponed:,} later, {total.dropped:,} dropped, {total.dead:,} given up.")
    if done.stopped:
        raise MachineError(f"The mail server cannot be used now: {done.stopped}. The rest waits for handbill run.")


@contextmanager
def _counting(words: str) -> Iterator[Callable[[int], None]]:
    """One line on a terminal, rewritten; nothing elsewhere."""
    shown = sys.stderr.isatty()

    def progress(count: int) -> None:
        if shown:
            click.echo(f"\r{count:,} {words} ", nl=False, err=True)

    yield progress
    if shown:
        click.echo("\r" + " " * 40 + "\r", nl=False, err=True)


# ---- people


@click.group()
def contacts() -> None:
    """Look up, carry out, bring in and erase people."""


@contacts.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_contacts(as_json: bool) -> None:
    """List everybody: address, language, verified, lists, and why nothing is sent."""
    from handbill_functions.people import contacts_of

    with _open() as ctx:
        for person in contacts_of(ctx, _now()):
            if as_json:
                click.echo(json.dumps(person._asdict(), ensure_ascii=False))
                continue
            state = person.suppressed or ("verified" if person.verified else "not verified")
            lists = ", ".join(person.lists) or "-"
            click.echo(f"{person.email or '(erased)':<40} {person.lang:<5} {state:<13} {lists}")


@contacts.command("show")
@click.argument("address")
def show_contact(address: str) -> None:
    """Print all that is stored about one person, as JSON."""
    from handbill_functions.addresses import normal
    from handbill_functions.people import everything_of

    with _open() as ctx:
        found = everything_of(ctx, _now(), ctx.contact_of(normal(address)))
        if not any(found.values()):
            raise UsageError("Nothing is stored about that address.")
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@contacts.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_contacts(file: Path) -> None:
    """Write everything into FILE, one JSON object a line. `handbill restore` reads it, into any store."""
    from handbill_functions.people import export

    with _open() as ctx:
        count = -1
        beside = file.with_name(f"{file.name}.new")
        with beside.open("w", encoding="utf-8") as out:
            os.chmod(beside, 0o600)  # noqa: PTH101
            for line in export(ctx, _now()):
                out.write(line)
                count += 1
        beside.replace(file)
    click.echo(f"{count} items in {file}. It holds people's data: keep it as you keep the database.")


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--email", default="email", show_default=True, help="The column of the address.")
@click.option("--language", help="The column of the language, if there is one.")
@click.option("--dry-run", is_flag=True, help="Count, and change nothing.")
def import_contacts(file: Path, email: str, language: str | None, dry_run: bool) -> None:
    """Bring in addresses from a CSV or JSON FILE. It brings no consent: nobody is written to before they sign up."""
    from handbill_functions.people import count_rows, import_rows, rows_of_csv, rows_of_json

    columns = {"email": email, **({"lang": language} if language else {})}
    with _open() as ctx, file.open(encoding="utf-8-sig", newline="") as text:
        rows = rows_of_json(text, columns) if file.suffix == ".json" else rows_of_csv(text, columns)
        first = ctx.catalog.index()["site"]["languages"][0]
        done = (count_rows if dry_run else import_rows)(ctx, _now(), rows, first)
    would = "would be " if dry_run else ""
    click.echo(f"{done.added} {would}added, {done.known} known, {done.suppressed} suppressed, {len(done.wrong)} wrong.")
    if done.wrong:
        click.echo(f"Rows without an address: {', '.join(map(str, done.wrong[:20]))}.", err=True)


@contacts.command("erase")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_contact(address: str, yes: bool) -> None:
    """Erase one person: the address, the answers, what waits. The proof of consent stays, without a name."""
    from handbill_functions.addresses import normal
    from handbill_functions.contacts import erase

    with _open() as ctx:
        contact = ctx.contact_of(normal(address))
        if not yes:
            click.confirm("Erase all that is stored about that address?", abort=True)
        if not erase(ctx, _now(), contact, method="operator"):
            raise UsageError("Nothing is stored about that address.")
    click.echo("Erased. Backups hold it until they expire; a restore of one must erase it again.")


@contacts.command("lift")
@click.argument("address")
def lift_contact(address: str) -> None:
    """Let an address be written to again that bounced, complained or left. Consents stay as they are."""
    from handbill_functions.addresses import normal
    from handbill_functions.contacts import lift

    with _open() as ctx:
        if not lift(ctx, _now(), ctx.contact_of(normal(address))):
            raise UsageError("Nothing stands against that address.")
    click.echo("Lifted.")


# ---- consent


@click.group()
def consent() -> None:
    """Prove what somebody agreed to, and that nobody changed it."""


@consent.command("prove")
@click.argument("address")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="A folder.")
def prove_consent(address: str, folder: Path) -> None:
    """Write what ADDRESS agreed to, with the very words shown, as one HTML and one JSON file."""
    from handbill_functions.people import prove, prove_html

    with _open() as ctx:
        proof = prove(ctx, _now(), address)
        site = ctx.catalog.index()["site"]["name"]
    if not proof["ledger"]:
        raise UsageError("There is no ledger of that address: it never confirmed.")
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / f"consent-{proof['contact'][:12]}"
    written = {".json": json.dumps(proof, ensure_ascii=False, indent=2) + "\n", ".html": prove_html(proof, site)}
    for suffix, text in written.items():
        base.with_suffix(suffix).touch(mode=0o600)
        base.with_suffix(suffix).write_text(text, "utf-8")
    click.echo(f"{base}.html\n{base}.json")
    if not proof["holds"]:
        click.echo(f"The ledger does not hold: row {proof['fault']['row']} {proof['fault']['what']}.", err=True)
        raise click.exceptions.Exit(1)


@consent.command("verify")
def verify_consent() -> None:
    """Look through every ledger, and name the first row of each that was altered or is missing."""
    from handbill_functions.people import verify

    with _open() as ctx:
        count, faults = verify(ctx, _now())
    for fault in faults:
        click.echo(f"contact {fault.contact}: row {fault.row} {fault.what}")
    click.echo(f"{count} ledgers, {len(faults)} that do not hold.", err=bool(faults))
    if faults:
        raise click.exceptions.Exit(1)


# ---- e-mails


@click.group()
def outbox() -> None:
    """E-mails that wait, and those that were given up."""


@outbox.command("list")
@click.option("--dead", is_flag=True, help="Those that were given up.")
@click.option("--limit", default=100, show_default=True)
def list_outbox(dead: bool, limit: int) -> None:
    """List e-mails by when they are due. No address is shown: rows have none."""
    from handbill_functions.model import DEAD, OUTBOX, STREAMS

    with _open() as ctx:
        found: list[Item] = []
        for queue in [DEAD] if dead else [f"{OUTBOX}.{stream}" for stream in STREAMS]:
            found += ctx.store.due(queue, 2**40, _now(), limit=limit)
    for item in sorted(found, key=lambda each: each.due or 0)[:limit]:
        row = item.data
        click.echo(
            f"{item.pk[2:]}  {_when(item.due)}  {row['stream']:<9} {row['name']:<10} {row['entry']:<40} "
            f"{row['attempts']} tries  {row.get('reason', '')}"
        )
    if not found:
        click.echo("Nothing.", err=True)


@outbox.command("retry")
@click.argument("ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that were given up.")
def retry_outbox(ids: tuple[str, ...], every: bool) -> None:
    """Let e-mails that were given up try again."""
    from handbill_functions.model import DEAD
    from handbill_functions.outbox import revive

    if bool(ids) == every:
        raise UsageError("Name the e-mails, or write --all.")
    with _open() as ctx:
        chosen = ids or tuple(item.pk[2:] for item in ctx.store.due(DEAD, 2**40, _now(), limit=10_000))
        revived = [id for id in chosen if revive(ctx.store, _now(), id)]
    click.echo(f"{len(revived)} of {len(chosen)} try again.")


# ---- keeping house


@click.command()
@click.option("--dry-run", is_flag=True, help="Count, and remove nothing.")
def purge(dry_run: bool) -> None:
    """Remove what has expired: unconfirmed sign-ups after 7 days, sent e-mails after 35, counters after their hour."""
    from handbill_functions.people import expired
    from handbill_functions.sweep import purge as sweep

    with _open() as ctx:
        now = _now()
        if dry_run:
            for kind, count in expired(ctx, now).items():
                click.echo(f"{count:>8} {kind}")
            return
        gone = sweep(ctx, now, steps=1_000_000)
    click.echo(f"{gone} removed.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into FILE, whole and as of one moment, while it is in use. Keep it for 35 days at most."""
    with _open() as ctx:
        _sqlite(ctx).backup(file)
    click.echo(f"{file}: keep it apart from this machine, and no longer than 35 days.")


def _sqlite(ctx: Context) -> SqliteStore:
    from handbill_functions.stores.sqlite import SqliteStore

    if not isinstance(ctx.store, SqliteStore):
        raise UsageError("Only the embedded store is one file: use handbill contacts export, or your table's backups.")
    return ctx.store


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Write what a backup or an export holds into the store of now. What is there already stays; who was erased since
    stays erased."""
    from handbill_functions.people import restore as carry_in
    from handbill_functions.people import restore_store
    from handbill_functions.stores.sqlite import SqliteStore

    with _open() as ctx:
        with file.open("rb") as data:
            is_database = data.read(16) == b"SQLite format 3\0"
        if is_database:
            copy = SqliteStore(file)
            try:
                written = restore_store(ctx, _now(), copy)
            finally:
                copy.close()
        else:
            with file.open(encoding="utf-8") as lines:
                written = carry_in(ctx, _now(), lines)
    click.echo(f"{written} items restored.")


@click.command()
@click.option("--online", is_flag=True, help="Ask DNS and the mail server too: SPF, DKIM, DMARC, MX, TLS.")
@click.option("--selector", default="", help="The DKIM selector that signs. Default: the common ones are tried.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(online: bool, selector: str, as_json: bool) -> None:
    """Look whether the functions would work as they are set up: settings, secrets, clock, catalog, database, outbox."""
    from handbill_functions.doctor import examine

    settings = _settings()
    findings = list(examine(settings, _now()))
    if online:
        from handbill_functions.catalog import Catalog
        from handbill_functions.online import Dns
        from handbill_functions.online import examine as look_outside
        from handbill_functions.wire import reader_of

        with _told():
            sender = Catalog(reader_of(settings.catalog)).index()["site"]["sender"]
        if sender is not None:
            findings += look_outside(settings, sender["email"], Dns(), selector=selector)
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.level:<8} {finding.what}" + (f"\n         {finding.fix}" if finding.fix else ""))
    if any(finding.level == "error" for finding in findings):
        sys.exit(1)


COMMANDS = {each.name: each for each in (run, send, keys, contacts, consent, outbox, purge, backup, restore, doctor)}
