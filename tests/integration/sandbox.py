"""The sandbox of an installed unit, for a daemon that a test starts with places of its own."""
import functools
import re
import subprocess
from pathlib import Path

# What says how the daemon of the unit lives, and the directories that a test has elsewhere.
ELSEWHERE = re.compile(r"(Type|NotifyAccess|Exec\w+|Restart\w*|Watchdog\w+|Timeout\w+|FileDescriptorStore\w+|"
                       r"(State|Runtime|Configuration)Directory\w*)=")


def systemctl(*arguments):
    return subprocess.run(["systemctl", *arguments], check=True, capture_output=True,
                          text=True).stdout


@functools.lru_cache(maxsize=None)
def service_lines(unit):
    """The settings in the [Service] section of the unit, drop-ins too, as they are written."""
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
    """The command of a daemon as it is to be in the sandbox: the installed program, for that of the
    build may be out of sight, and `bpffs`, if it is on that of the machine, where the unit's own
    daemon has that."""
    program, *options = start_words(unit)
    place = bpffs
    if bpffs.parent == Path("/sys/fs/bpf"):
        place = Path(options[options.index("--bpffs") + 1]).with_name(bpffs.name)
    return [program, *(place if word == bpffs else word for word in command[1:])]


def settings(unit):
    return [line for line in service_lines(unit) if not ELSEWHERE.match(line)]


def with_more(lines, more):
    """The settings, and more of them. By files, as drop-ins are, capabilities add up; by systemd-run the
    last line is all there are."""
    name = "CapabilityBoundingSet="
    added = "".join(f" {line.removeprefix(name)}" for line in more if line.startswith(name))
    return [*(line + added if line.startswith(name) else line for line in lines),
            *(line for line in more if not line.startswith(name))]


def around(unit, name, directory, variables, properties=()):
    """What runs the words behind it in the sandbox of `unit`, as the unit `name`, with `directory`
    to write to, `variables` in the environment and further `properties`; it ends when they do, and
    as they do."""
    return ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={name}",
            *(f"--setenv={key}={value}" for key, value in variables.items()),
            *(f"--property={line}" for line in with_more(settings(unit), [f"BindPaths={directory}",
                                                                           *properties]))]


def main_pid(name):
    return int(systemctl("show", "--property=MainPID", "--value", name))
