# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Completions of each shell, which really runs."""
import os
import pty
import re
import select
import shutil
import time

from harness import BUILD, EMULATED, TOP, run

COMPLETIONS = TOP / "completions"
DONE = "done-with-it"


def begin(bench):
    """A daemon with something to complete, and a directory with an xdpctl that uses it."""
    device, other = bench.device(), bench.device(name="other0")
    bench.attach("kind-maps", "--dev", device, "--name", "firewall")
    bench.attach("verdict-2", "--dev", other, "--name", "balancer")
    commands = bench.directory / "commands"
    commands.mkdir()
    script = commands / "xdpctl"
    script.write_text("#!/bin/sh\n"
                      f'[ "$1" = --complete ] || exec {BUILD}/cli/xdpctl "$@"\n'
                      f'shift; exec {BUILD}/cli/xdpctl --complete --socket '
                      f'{bench.daemons[0].socket} "$@"\n')
    script.chmod(0o755)
    (bench.directory / "my object.o").touch()
    return {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "TERM": "dumb",
            "HOME": str(bench.directory)}


class Terminal:
    """A shell on a terminal."""

    def __init__(self, bench, environment, command, setup):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(bench.directory)
            os.execvpe(command[0], command, environment)
        self.pid = pid
        self.text = ""
        # The completed line is shown, not run.
        self.say(f"{setup}; xdpctl() {{ printf '<%s>' \"$@\"; echo; }}\n")
        self.say(f"echo {DONE[:4]}''{DONE[4:]}\n")
        self.expect(DONE)

    def say(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        end = time.monotonic() + (300 if EMULATED else 30)  # zsh reads all of its functions first
        while not (found := re.search(pattern, self.text)):
            assert select.select([self.fd], [], [], max(end - time.monotonic(), 0))[0], self.text
            self.text += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")
        self.text = self.text[found.end():]
        return found

    def completed(self, words):
        """The words of the line after a tab."""
        self.say(f"xdpctl {words}\t\n")
        return re.findall("<([^>]*)>", self.expect(r"\n((?:<[^>\n]*>)+)\n")[1])

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


# The typed line, and its words afterwards.
TYPED = (
    ("att", ["attach"]),
    ("feat", ["features"]),
    ("detach fire", ["detach", "firewall"]),
    ("detach --dev other0 ", ["detach", "--dev", "other0", "balancer"]),
    ("detach firewall --dev ot", ["detach", "firewall", "--dev", "other0"]),
    ("attach my", ["attach", "my object.o"]),
    ("attach x.o --bef", ["attach", "x.o", "--before"]),
    ("attach x.o --before bal", ["attach", "x.o", "--before", "balancer"]),
    ("attach x.o --mode s", ["attach", "x.o", "--mode", "skb"]),
    ("set firewall --map-owner nobo", ["set", "firewall", "--map-owner", "nobody"]),
    ("set firewall --map-owner nobody:nogr",
     ["set", "firewall", "--map-owner", "nobody:nogroup"]),
    ("set firewall --proceed-on pass,re", ["set", "firewall", "--proceed-on", "pass,redirect"]),
    ("verify --rep", ["verify", "--repair"]),
)


def check_terminal(bench, command, setup):
    environment = begin(bench)
    if not shutil.which(command[0]):
        bench.skip(f"{command[0]} is not here")
    terminal = Terminal(bench, environment, command, setup)
    try:
        for typed, words in TYPED:
            completed = terminal.completed(typed)
            assert completed == words, (typed, completed)
    finally:
        terminal.close()


def test_bash_completes(bench):
    check_terminal(bench, ["bash", "--norc", "--noprofile", "-i"],
                   f"bind 'set enable-bracketed-paste off'; PS1='$ '; "
                   f"source {COMPLETIONS}/xdpctl.bash")


def test_zsh_completes(bench):
    check_terminal(bench, ["zsh", "-f", "-i"],
                   f"PS1='$ '; unset zle_bracketed_paste; fpath=({COMPLETIONS} $fpath); "
                   "autoload -U compinit; compinit -u -D")


def test_fish_completes(bench):
    environment = begin(bench)
    if not shutil.which("fish"):
        bench.skip("fish is not here")
    for typed, words in TYPED:
        # It completes the last word; the words before it stay.
        done = run("fish", "--no-config", "-c",
                   f"source {COMPLETIONS}/xdpctl.fish; complete -C 'xdpctl {typed}'",
                   env=environment, cwd=bench.directory)
        candidates = [line.split("\t")[0].replace("\\", "") for line in done.stdout.splitlines()]
        assert candidates == [words[-1]], (typed, done)


def candidates(bench, *words):
    done = run(BUILD / "cli/xdpctl", "--complete", "--socket", bench.daemons[0].socket, *words)
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


def test_every_verb_and_option_is_offered(bench):
    begin(bench)
    verbs = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", bench.xdpctl("--help"), re.MULTILINE)
    assert candidates(bench, "") == list(dict.fromkeys(verb.split()[0] for verb in verbs))
    assert candidates(bench, "policy", "") == ["set", "show", "clear"]
    for verb in verbs:
        shown = re.findall(r"^  (--[a-z-]+)", bench.xdpctl(*verb.split(), "--help"), re.MULTILINE)
        assert candidates(bench, *verb.split(), "--") == shown


def test_values_are_offered_at_their_place(bench):
    begin(bench)
    assert candidates(bench, "status", "--dev=oth") == ["--dev=other0"]
    assert candidates(bench, "status", "--dev", "=", "oth") == ["other0"]
    assert {"v0", "other0"} <= set(candidates(bench, "attach", "x.o", "--dev", ""))
    assert candidates(bench, "attach", "x.o", "--dev", "v0", "--after", "") == ["firewall"]
    assert candidates(bench, "attach", "x.o", "--mode", "") == ["native", "skb"]
    assert candidates(bench, "attach", "x.o", "--name", "") == []
    assert candidates(bench, "interop", "") == ["none", "libxdp"]
    assert candidates(bench, "replace", "firewall", "") == [":files"]
    assert candidates(bench, "attach", "x.o", "--dev", "v0", "--", "tcpdump", "--d") == [":files"]
    assert candidates(bench, "why", "an_arr") == ["an_array"]
    assert candidates(bench, "why", "other") == candidates(bench, "status", "other") == ["other0"]
    assert candidates(bench, "help", "att") == ["attach"]
    assert candidates(bench, "help", "policy", "sh") == ["show"]
    assert candidates(bench, "export", "--output", "") == [":files"]
    assert bench.netns in candidates(bench, "status", "--netns", "")
    assert candidates(bench, "nosuch", "--de") == []
    bench.xdpctl("policy", "set", BUILD / "tests/bpf/policy-1.o", "--dev", "v0", "--park")
    assert candidates(bench, "attach", "x.o", "--dev", "v0", "--slot", "by") == ["by_length"]


def test_without_a_daemon_the_rest_is_completed(bench):
    bench.daemon()
    done = run(BUILD / "cli/xdpctl", "--complete", "--socket", "/nonexistent", "detach", "--dev",
               "lo")
    assert done.stdout == "lo\n"
