"""The command line's part that keeps the audit trail: `roomctl trail`."""

import sys
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from roomctl.audit import exported, keys, tables, upkeep, verify, witness
from roomctl.audit import trail as audit_trail
from roomctl.errors import Refused


@click.group("trail")
def trail() -> None:
    """The audit trail."""


@trail.command("verify")
@click.option("--key", help="Fingerprint of the trusted key, known from elsewhere.")
@click.option("--anchor", type=click.Path(dir_okay=False), help="File of signed checkpoints, kept elsewhere.")
@click.option("--witness", "witness_key", help="Fingerprint of a witness's key, asked at the witness itself.")
@click.option("--sheet", help="Text of a printed sheet (what its QR code says).")
@with_appcontext
def trail_verify(key: str | None, anchor: str | None, witness_key: str | None, sheet: str | None) -> None:
    """Check the whole trail: 0 whole, 1 tampered, 2 incomplete, 3 usage."""
    try:
        lines = verify.read_anchor(anchor) if anchor else None
    except (OSError, ValueError) as error:
        click.echo(f"The anchor cannot be read: {error}", err=True)
        sys.exit(verify.USAGE)
    result = verify.check(exported.stretches(), key=key, anchor=lines, witness=witness_key, sheet=sheet)
    click.echo(verify.report(result))
    sys.exit(result.exit_code)


@trail.command("export")
@click.option("-o", "output", required=True, type=click.Path(dir_okay=False), help="Where to write it.")
@with_appcontext
def trail_export(output: str) -> None:
    """Write the whole trail as a file for verify.py, a line for each entry."""
    audit_trail.checkpoint()
    with Path(output).open("w", encoding="utf-8") as file:
        file.writelines(exported.lines())


@trail.command("key")
@with_appcontext
def trail_key() -> None:
    """Print the fingerprint of the trail's key; write it down where the server cannot change it."""
    click.echo(verify.fingerprint(audit_trail.public_key(current_app.config["SETTINGS"])))


@trail.command("rotate-key")
@with_appcontext
def trail_rotate_key() -> None:
    """Let a new key sign from now on; both keys sign the change, and the old fingerprint stays good for verifying."""
    try:
        click.echo(upkeep.rotate_key(by=None))
    except (Refused, keys.SigningKeyLost) as error:
        raise click.ClickException(str(error)) from error


@trail.command("checkpoint")
@with_appcontext
def trail_checkpoint() -> None:
    """Sign the trail as it stands and append that to the anchor file."""
    row = audit_trail.checkpoint()
    click.echo(f"{audit_trail.anchor_file(current_app.config['SETTINGS'])}: {row.size} entries" if row else "the trail is empty")


@trail.command("reopen")
@with_appcontext
def trail_reopen() -> None:
    """After restoring a backup: compare with the anchor and, where entries were lost, open a new epoch that says so."""
    lost = upkeep.open_epoch_after_restore()
    click.echo(f"A new epoch was opened: {lost[0]} of {lost[1]} entries were kept." if lost else "Nothing is missing.")


@trail.command("expire")
@click.option("--days", required=True, type=click.IntRange(1, 36500), help="Keep what is younger than this.")
@with_appcontext
def trail_expire(days: int) -> None:
    """Delete what old entries say beyond their headers, except of sessions; the chain stays whole."""
    try:
        click.echo(f"{upkeep.expire_payloads(timedelta(days=days), by=None)} payloads deleted")
    except Refused as error:
        raise click.UsageError(f"At least {upkeep.LEAST_KEPT.days} days are kept.") from error


@trail.command("places")
@with_appcontext
def trail_places() -> None:
    """List how far the checkpoints have reached each place outside, and what stands in the way."""
    for row in tables.deliveries():
        click.echo(f"{row.place}\t{row.size} entries\t{row.error or f'reached at {row.reached_at:%Y-%m-%d %H:%M:%S} UTC'}")


@trail.command("witness")
@click.option("--home", required=True, type=click.Path(file_okay=False), help="The witness's own folder.")
@click.option("--listen", default="127.0.0.1:8471", show_default=True, help="HOST:PORT to answer at.")
@click.option("--key", help="Fingerprint of the trail's key; needed at the first start.")
def trail_witness(home: str, listen: str, key: str | None) -> None:
    """Run a witness, on another machine: it signs that the trail grows, and never that it shrank.  Needs no database."""
    host, _, port = listen.rpartition(":")
    try:
        known = witness.Witness(Path(home), key)
        serving = witness.server(known, host, int(port))
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"witness key {known.fingerprint}, trusts {known.trusted}, answers at http://{host}:{serving.server_port}")
    serving.serve_forever()
