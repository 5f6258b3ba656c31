# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The sandbox of an installed unit, for a daemon that a test starts with directories of its own."""
import functools
import re
import subprocess
from pathlib import Path

# Settings that start and stop the unit's daemon, and directories that a test has elsewhere.
ELSEWHERE = re.compile(r"(Type|NotifyAccess|Exec\w+|Restart\w*|Watchdog\w+|Timeout\w+|FileDescriptorStore\w+|"
                       r"(State|Runtime|Configuration)Directory\w*)=")


def systemctl(*arguments):
    return subprocess.run(["systemctl", *arguments], check=True, capture_output=True,
                          text=True).stdout


@functools.lru_cache(maxsize=None)
def service_lines(unit):
    """The settings in the [Service] section of the unit, including drop-ins, as written."""
    lines, inside = [], False
    for line in systemctl("cat", unit).splitlines():
        if line.startswith("["):
            inside = line == "[Service]"
        elif inside and re.match(r"[A-Z]\w+=", line):
            lines.append(line)
    return lines


def start_words(unit):
    (start,) = [line for line in service_lines(unit) if line.startswith("ExecStart=")]
    return start.removeprefix("ExecStart=").split()


def inside(unit, command, bpffs):
    """The command of a daemon in the sandbox: the installed program, because the one of the build
    may be out of sight, and `bpffs` at the path where the unit's own daemon sees it, if it is on
    the bpffs of the machine."""
    program, *options = start_words(unit)
    place = bpffs
    if bpffs.parent == Path("/sys/fs/bpf"):
        place = Path(options[options.index("--bpffs") + 1]).with_name(bpffs.name)
    return [program, *(place if word == bpffs else word for word in command[1:])]


def settings(unit):
    return [line for line in service_lines(unit) if not ELSEWHERE.match(line)]


def with_more(lines, more):
    """The settings with more of them. In files, such as drop-ins, capabilities add up; with
    systemd-run only the last line counts."""
    name = "CapabilityBoundingSet="
    added = "".join(f" {line.removeprefix(name)}" for line in more if line.startswith(name))
    return [*(line + added if line.startswith(name) else line for line in lines),
            *(line for line in more if not line.startswith(name))]


def around(unit, name, directory, variables, properties=()):
    """The command prefix that runs a command in the sandbox of `unit`, as the unit `name`, with a
    writable `directory`, `variables` in the environment and further `properties`; it ends with the
    command and has its exit status."""
    return ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={name}",
            *(f"--setenv={key}={value}" for key, value in variables.items()),
            *(f"--property={line}" for line in with_more(settings(unit), [f"BindPaths={directory}",
                                                                           *properties]))]


def main_pid(name):
    return int(systemctl("show", "--property=MainPID", "--value", name))
