"""The group of all commands; those of the demonstration and the test kit are loaded when they are run."""

from __future__ import annotations

import pkgutil

import click

FOUND_BY_NAME = {
    "demo": "gapless.demo.commands:demo",
    "parity": "gapless.testing.commands:parity",
}
"""The commands of the demonstration and the test kit. Production imports neither of the two packages."""


class Commands(click.Group):
    """A group that imports a command only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the alphabet."""
        return sorted({*super().list_commands(ctx), *FOUND_BY_NAME})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, if there is one; a command of FOUND_BY_NAME is loaded only now."""
        if cmd_name not in FOUND_BY_NAME:
            return super().get_command(ctx, cmd_name)
        found: click.Command = pkgutil.resolve_name(FOUND_BY_NAME[cmd_name])
        return found
