# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""xdpctl wait ends as soon as devices run their chains, and never before."""
import json
import os
import re
import subprocess
import time

from harness import BUILD, OBJECTS, PATIENCE, TOP, run, wait_for
from test_libxdpd import installed


def start(daemon, *words):
    return subprocess.Popen([BUILD / "cli/xdpctl", "--socket", daemon.socket, "wait", *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def still_waits(process):
    time.sleep(0.3)
    return process.poll() is None


def ends(process, status=0):
    output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == status and output == "", f"exit {process.returncode}: {output}{errors}"
    return errors


def test_it_ends_at_once_if_the_chain_runs(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    assert bench.xdpctl("wait", "--dev", device) == ""
    bench.xdpctl("wait", "--dev", device, "--component", "fw", "--timeout", f"{PATIENCE}s", "--for", "running")


def test_it_waits_for_the_chain(bench):
    device, daemon = bench.device(), bench.daemon()
    process = start(daemon, "--dev", device)
    assert still_waits(process)
    bench.attach("verdict-2", "--dev", device)
    assert ends(process) == ""


def test_it_waits_for_a_device_that_does_not_exist_yet(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", device)
    bench.delete(device)
    assert wait_for(lambda: bench.status()[0]["state"] == "absent")
    process, new = start(daemon, "--dev", device), start(daemon, "--dev", "later0")
    assert still_waits(process)
    bench.device(name=device)
    ends(process)
    bench.device(name="later0")
    assert still_waits(new)
    bench.attach("verdict-2", "--dev", "later0")
    ends(new)


def test_it_waits_for_all_devices(bench):
    first, second, daemon = bench.device(), bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", first)
    process = start(daemon, "--dev", first, "--dev", second)
    assert still_waits(process)
    bench.attach("verdict-2", "--dev", second)
    ends(process)


def test_it_waits_for_a_component(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", device, "--name", "other")
    process = start(daemon, "--dev", device, "--component", "fw")
    assert still_waits(process)
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    ends(process)


def test_a_suspended_chain_does_not_run(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", device)
    bench.xdpctl("suspend", "--dev", device)
    bench.xdpctl("wait", "--dev", device, "--for", "attached", "--timeout", f"{PATIENCE}s")
    process = start(daemon, "--dev", device)
    assert still_waits(process)
    bench.xdpctl("resume", "--dev", device)
    ends(process)


def test_a_failed_component_does_not_run(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    daemon.stop()
    daemon.forget_the_kernel()
    for path in daemon.objects():
        path.unlink()
    daemon.start()
    bench.xdpctl("wait", "--dev", device, "--for", "attached", "--timeout", f"{PATIENCE}s")
    process = start(daemon, "--dev", device, "--timeout", "3s")
    errors = ends(process, 1)
    assert errors.startswith(f"xdpctl: gave up after 3s: 'fw' on {device} is failed: "), errors
    bench.xdpctl("replace", "fw", OBJECTS / "verdict-1.o", "--dev", device)
    bench.xdpctl("wait", "--dev", device, "--timeout", f"{PATIENCE}s")


def test_it_gives_up_after_the_given_time(bench):
    device, daemon = bench.device(), bench.daemon()
    before = time.monotonic()
    errors = ends(start(daemon, "--dev", device, "--timeout", "2s"), 1)
    assert time.monotonic() - before >= 2
    assert errors == f"xdpctl: gave up after 2s: xdpd does not manage {device}\n", errors
    process = subprocess.run([BUILD / "cli/xdpctl", "--socket", daemon.socket, "--json", "wait", "--dev", device,
                              "--timeout", "2s"], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert json.loads(process.stdout)["error"] == "xdpctl.Refused", process.stdout


def test_it_waits_for_the_daemon(bench):
    device, daemon = bench.device(), bench.daemon()
    bench.attach("verdict-2", "--dev", device)
    daemon.stop()
    process = start(daemon, "--dev", device)
    assert still_waits(process)
    daemon.start()
    ends(process)
    daemon.stop()
    errors = ends(start(daemon, "--dev", device, "--timeout", "300ms"), 3)
    assert errors.startswith(f"xdpctl: gave up after 300ms: cannot reach xdpd at '{daemon.socket}'"), errors


def test_it_survives_a_restart_of_the_daemon(bench):
    device, daemon = bench.device(), bench.daemon()
    process = start(daemon, "--dev", device)
    assert still_waits(process)
    daemon.kill()
    daemon.start()
    assert still_waits(process)
    bench.attach("verdict-2", "--dev", device)
    ends(process)


def test_usage_errors(bench):
    for words, said in (((), "wait needs --dev"),
                        (("--dev", "eth0", "--for", "ever"), "--for takes running or attached, not 'ever'"),
                        (("--dev", "eth0", "--timeout", "soon"), "--timeout takes a time")):
        text = bench.xdpctl("wait", *words, expect=2)
        assert said in text, text


def test_the_units_are_valid(bench):
    """The unit that is installed, and those of the documents, as systemd reads them."""
    if run("systemd-analyze", "--version", check=False).returncode:
        bench.skip("systemd-analyze does not run here")
    installed(bench)
    units = bench.directory / "units"
    units.mkdir()
    unit = next((bench.directory / "staging").rglob("xdpd-wait@.service")).read_text()
    command = re.search(r"^ExecStart=\S+ (.*)$", unit, re.MULTILINE)[1]
    assert command == "wait --dev %i --for running --timeout 30s", command
    texts = {"xdpd-wait@.service": re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit, flags=re.MULTILINE),
             "xdpd.service": "[Service]\nExecStart=/bin/true\n",
             "up-after-chain@.service": (TOP / "docs/units/up-after-chain@.service").read_text(),
             "needs.service": "[Service]\nExecStart=/bin/true\n" +
                              (TOP / "docs/units/service-after-chain.conf").read_text()}
    for name, text in texts.items():
        (units / name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    for name in ("xdpd-wait@eth0.service", "up-after-chain@eth0.service", "needs.service"):
        if "@" in name:  # verify takes the name of an instance only for a file of that name
            (units / name).write_text((units / f"{name.split('@')[0]}@.service").read_text())
        done = run("systemd-analyze", "verify", "--man=no", units / name, check=False,
                   env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:/usr/lib/systemd/system"})
        assert done.returncode == 0 and not done.stderr, f"{name}: {done.stderr}"
