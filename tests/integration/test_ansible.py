# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The Ansible role makes devices run chains, changes nothing the second time, and says what it would change."""
import json
import os
import re
import shutil

from harness import BUILD, LEVEL, OBJECTS, TOP, run

ROLE = TOP / "contrib/ansible"


class Playbook:
    """A play of the role for this machine and the daemon of a test."""

    def __init__(self, bench, daemon):
        if bench.emulated:
            bench.skip("Ansible takes minutes if the processor is emulated")
        if not shutil.which("ansible-playbook"):
            bench.skip("ansible-playbook is not installed")
        self.path = bench.directory / "play.yml"
        self.variables = {
            "xdpd_packages": [], "xdpd_service": False, "xdpd_directory": str(daemon.config), "xdpd_confirm": "1min",
            "xdpd_command": str(BUILD / "cli/xdpctl"), "xdpd_socket": str(daemon.socket), "xdpd_devices": [],
            "xdpd_objects": [str(OBJECTS / f"verdict-{number}.o") for number in (1, 2)]}
        self.environment = {**os.environ, "HOME": str(bench.directory), "ANSIBLE_ROLES_PATH": str(ROLE / "roles"),
                            "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1", "ANSIBLE_LOCAL_TEMP": str(bench.directory / "ansible"),
                            "ANSIBLE_REMOTE_TEMP": str(bench.directory / "ansible")}

    def run(self, *options, expect=0, **variables):
        """Run the play; returns its output and how many tasks changed something."""
        self.variables |= {f"xdpd_{name}": value for name, value in variables.items()}
        self.path.write_text(json.dumps([{
            "name": "Test", "hosts": "localhost", "connection": "local", "gather_facts": False,
            "roles": [{"role": "xdpd", "vars": self.variables}]}]))
        done = run("ansible-playbook", "-i", "localhost,", *options, self.path, check=False, env=self.environment)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout, int(re.search(r"changed=(\d+)", done.stdout)[1])


def takes_long(bench):
    """A play takes seconds, so `make test` runs only the most important ones."""
    if LEVEL != "all":
        bench.skip("runs in make test-all")


def component(number, name, **more):
    return {"object": f"objects/verdict-{number}.o", "name": name, **more}


def test_the_role_changes_what_differs_and_nothing_else(bench):
    device, other, daemon = bench.device(), bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", other, "--name", "stays")
    playbook = Playbook(bench, daemon)
    devices = [{"name": device, "components": [component(2, "first", priority=10), component(1, "second", priority=20)]}]
    settings = {"change-group": "daemon", "max-changes": 100}
    assert playbook.run(devices=devices, settings=settings)[1] > 0
    assert bench.names(device) == ["first", "second"]
    before = bench.status()
    assert all("unconfirmed" not in entry for entry in before), before
    assert playbook.run()[1] == 0
    assert bench.status() == before
    daemon.stop()
    daemon.start()  # refuses settings that are wrong
    text = (daemon.config / "ansible.conf").read_text()
    assert "change-group = daemon\n" in text and "max-changes = 100\n" in text, text
    # What left the play leaves the device, and so does what was attached by hand.
    bench.attach("verdict-1", "--dev", device, "--name", "by-hand")
    del devices[0]["components"][1]
    assert playbook.run(devices=devices)[1] > 0
    assert bench.names(device) == ["first"] and bench.names(other) == ["stays"]


def test_check_mode_counts_what_would_change_and_changes_nothing(bench):
    takes_long(bench)
    device, daemon = bench.device(), bench.daemon()
    playbook = Playbook(bench, daemon)
    devices = [{"name": device, "components": [component(2, "fw")]}]
    # Neither the directory nor the objects exist, so nothing can be compared.
    output, changed = playbook.run("--check", devices=devices)
    assert changed > 0 and "The chains will be applied" in output, output
    assert bench.status() == [] and not daemon.config.exists()
    playbook.run()
    devices[0]["components"][0]["priority"] = 7
    output, changed = playbook.run("--check", devices=devices)
    assert changed == 2 and "The chains will be applied" not in output, output  # the file and the chain
    assert bench.chain(device)[0]["priority"] == 50
    del devices[0]["components"][0]["priority"]
    assert playbook.run("--check", devices=devices)[1] == 0


def test_an_owner_changes_only_its_own_components(bench):
    takes_long(bench)
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-1", "--dev", device, "--name", "stays")
    playbook = Playbook(bench, daemon)
    playbook.run(owner="netops", devices=[{"name": device, "components": [component(2, "fw", priority=70)]}])
    assert bench.names(device) == ["stays", "fw"]
    playbook.run(devices=[])
    assert bench.names(device) == ["stays"]


def test_a_refusal_is_shown_and_changes_nothing(bench):
    takes_long(bench)
    device, daemon = bench.device(), bench.daemon()
    playbook = Playbook(bench, daemon)
    devices = [{"name": name, "components": [component(2, "fw")]} for name in (device, "absent0")]
    assert "no network device 'absent0'" in playbook.run(expect=2, devices=devices)[0]
    assert bench.status() == []
    playbook.run(allow_absent=True, confirm="")
    assert bench.names(device) == ["fw"] and bench.names("absent0") == ["fw"]


def test_the_role_is_as_ansible_lint_wants_it(bench):
    if bench.emulated or not shutil.which("ansible-lint"):
        bench.skip("ansible-lint is not installed, or takes minutes because the processor is emulated")
    copy = bench.directory / "ansible"  # it writes beside what it reads
    shutil.copytree(ROLE, copy)
    done = run("ansible-lint", "--offline", "--nocolor", "--profile", "production", "playbook.yml", cwd=copy, check=False,
               env={**os.environ, "HOME": str(bench.directory)})
    assert done.returncode == 0, done.stdout + done.stderr
