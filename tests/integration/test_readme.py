# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The first session in the README works exactly as it is printed."""
import re

from harness import BUILD, TOP, UNIT, run

# The session uses the directories of an installed daemon; they are created here, and disappear with the namespaces.
PLACES = """
mount -t tmpfs run /run
mount -t tmpfs lib /var/lib
cd "$1"
exec bash -u
"""
WAIT = "until [ -S /run/xdpd/io.xdpd ]; do kill -0 $! || exit 1; sleep 0.1; done"


def session():
    """The lines of the session, except for the one that shows output."""
    text = (TOP / "README.md").read_text()
    section = re.search(r"^## A first session\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)[1]
    blocks = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    commands = [line.strip() for block in blocks if "PRIO" not in block for line in block.splitlines()]
    assert len(commands) > 12, commands
    return commands


def test_the_first_session_works_as_it_stands(bench):
    if UNIT:
        bench.skip("the session starts a daemon of its own, outside the sandbox")
    script = []
    for line in session():
        checked = f'{line} || echo "failed: {line}"' if line.startswith("xdpctl") else line
        script += [checked, WAIT] if line.startswith("xdpd") else [checked]
    text = "\n".join(script).replace("build/", f"{BUILD.name}/")
    done = run("unshare", "--mount", "--net", "bash", "-euc", PLACES, "session", TOP, input=text, check=False)
    assert "failed:" not in done.stdout, done.stdout + done.stderr
    rows = {words[1]: words for words in map(str.split, done.stdout.splitlines())
            if len(words) > 4 and words[0] in ("10", "20")}
    assert rows["blocklist"][7] == "5", done.stdout
    ran, proceeded = map(int, rows["blocklist"][4:6])
    assert ran == proceeded + 5 and proceeded >= 5, done.stdout
    assert "veth0: all components detached, device released" in done.stdout, done.stdout
