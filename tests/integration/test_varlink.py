# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An independent Varlink client can use the daemon."""
import json
import shutil
import subprocess

from harness import run


def varlink(*arguments):
    return subprocess.run(["/usr/bin/python3", "-m", "varlink.cli", *map(str, arguments)],
                          capture_output=True, text=True, check=False)


def test_python_varlink_reads_the_description_and_calls_status(bench):
    daemon = bench.daemon()
    device = bench.device()
    bench.attach("kind-maps", "--dev", device)
    address = f"unix:{daemon.socket}"
    info = varlink("info", address)
    assert "io.xdpd" in info.stdout, info.stdout + info.stderr
    described = varlink("help", f"{address}/io.xdpd")
    for word in ("method Attach", "method Detach", "method Status", "method Features",
                 "error DeviceBusy", "type Component"):
        assert word in described.stdout, described.stdout + described.stderr
    status = varlink("call", f"{address}/io.xdpd.Status", "{}")
    assert '"a_devmap"' in status.stdout and device in status.stdout, status.stdout + status.stderr
    refused = varlink("call", f"{address}/io.xdpd.Status", '{"devices":["nosuch0"]}')
    assert "NoSuchDevice" in refused.stdout + refused.stderr


def test_python_varlink_parses_the_interface(bench):
    daemon = bench.daemon()
    program = (
        "import varlink\n"
        f"client = varlink.Client(address='unix:{daemon.socket}')\n"
        "for name in ('io.xdpd', 'org.varlink.service'):\n"
        "    print(sorted(client.get_interface(name).members))\n"
        "with client.open('io.xdpd') as xdpd:\n"
        "    print(xdpd.Features()['linker'], xdpd.Status())\n")
    done = subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "'Attach'" in done.stdout, done.stdout + done.stderr


def varlinkctl(bench, *arguments, check=True):
    """systemd's client, in Debian 13 and later."""
    if not shutil.which("varlinkctl"):
        bench.skip("varlinkctl is not here; it comes with systemd 255")
    return run("varlinkctl", *arguments, check=check)


def test_varlinkctl_takes_the_interface(bench):
    daemon = bench.daemon()
    address = daemon.socket
    text = varlinkctl(bench, "introspect", address, "io.xdpd").stdout
    file = bench.directory / "io.xdpd.varlink"
    file.write_text(text)
    done = varlinkctl(bench, "validate-idl", file)
    assert "twice" not in done.stderr + done.stdout, done
    assert "type DevicePolicy" in text and "method Policy" in text, text


def test_varlinkctl_calls_methods(bench):
    daemon = bench.daemon()
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    assert "xdpd" in varlinkctl(bench, "info", daemon.socket).stdout
    listed = varlinkctl(bench, "list-interfaces", daemon.socket).stdout.split()
    assert {"io.xdpd", "org.varlink.service"} <= set(listed), listed
    done = varlinkctl(bench, "call", "--json=short", daemon.socket, "io.xdpd.Status", "{}")
    (status,) = json.loads(done.stdout)["devices"]
    assert status["ifname"] == device and status["components"][0]["name"] == "fw"
    done = varlinkctl(bench, "call", "--json=short", daemon.socket, "io.xdpd.Detach",
                      json.dumps({"devices": [device], "name": "nobody"}), check=False)
    assert done.returncode and "NoSuchComponent" in done.stdout + done.stderr, done
    varlinkctl(bench, "call", daemon.socket, "io.xdpd.Detach", json.dumps({"devices": [device], "all": True}))
    assert not bench.chain(device)
