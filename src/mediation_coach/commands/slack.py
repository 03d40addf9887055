"""`mediation-coach slack`: the manifest from which a workspace makes the app."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command group `slack`."""
    group = commands.add_parser("slack", help="set up Slack")
    actions = group.add_subparsers(dest="action", required=True)
    manifest = actions.add_parser(
        "manifest", help="print the app manifest, with the least rights for what is switched on"
    )
    manifest.add_argument("--http", action="store_true", help="receive events over HTTP rather than a socket")
    manifest.add_argument("--url", metavar="URL", help="the https address under which Slack reaches the coach")
    manifest.add_argument("--channels", action="store_true", help="follow threads in channels without a new mention")
    manifest.add_argument("--agent-view", action="store_true", help="use Slack's agent surface (paid plans)")
    manifest.add_argument("--reactions", action="store_true", help="mark a question while it is being answered")
    manifest.add_argument("--no-files", action="store_true", help="send no pictures")
    manifest.add_argument("--no-check-ins", action="store_true", help="ask nobody about their plans")
    manifest.add_argument("--several", action="store_true", help="let several workspaces install the app")
    manifest.set_defaults(run=print_manifest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the app is to do: the settings, and what the command line adds to them."""

    mode: str = "socket"
    channels: bool = False
    check_ins: bool = True
    files: bool = True
    agent_view: bool = False
    reactions: bool = False
    command: str = "/coach"
    public_url: str = ""
    suggestions: tuple[str, ...] = ()
    many_workspaces: bool = False


def print_manifest(args: argparse.Namespace) -> int:
    """Print the manifest. No token is needed for it: it is what tokens are made from."""
    from mediation_coach.adapters.slack_manifest import manifest_yaml
    from mediation_coach.errors import ConfigError

    wanted = wanted_by(args)
    if (wanted.mode == "http" or wanted.many_workspaces) and not wanted.public_url.startswith("https://"):
        raise ConfigError("Slack needs an https address to reach the coach; give it as --url https://…")
    sys.stdout.write(manifest_yaml(wanted))
    return 0


def wanted_by(args: argparse.Namespace) -> Wanted:
    """Return the features that the settings and the command line switch on."""
    from mediation_coach.config import load

    table = load(args.config).table("slack")
    return Wanted(
        mode="http" if args.http else table.get("mode", "socket"),
        channels=args.channels or bool(table.get("channels", False)),
        check_ins=not args.no_check_ins and bool(table.get("check_ins", True)),
        files=not args.no_files and bool(table.get("files", True)),
        agent_view=args.agent_view or bool(table.get("agent_view", False)),
        reactions=args.reactions or bool(table.get("reactions", False)),
        command=table.get("command", "/coach"),
        public_url=args.url or table.get("public_url", ""),
        suggestions=tuple(table.get("suggestions", ())),
        many_workspaces=args.several or bool(table.get("client_id")),
    )
