# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""An AF_XDP application that knows nothing of xdpd runs beside a chain, as docs/af-xdp.md says."""
import json
import subprocess
from pathlib import Path

from harness import BUILD, PATIENCE, wait_for

XSK = BUILD / "tests/integration/xsk"


def default_program(bench):
    """libxdp's own program for such applications, which passes on packets of queues without one."""
    found = sorted(Path("/usr/lib").glob("*/bpf/xsk_def_xdp_prog.o"))
    if not found:
        bench.skip("there is no xsk_def_xdp_prog.o of libxdp here")
    return found[0]


def application(bench, device, count):
    process = subprocess.Popen(["nsenter", f"--net=/run/netns/{bench.netns}", XSK, device, str(count)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ready = process.stdout.readline().strip()
    assert ready == "ready", process.communicate()
    return process


def received(process):
    out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, error
    return out.strip()


def test_a_stock_application_uses_the_program_in_the_chain_also_after_its_restart(bench):
    program = default_program(bench)
    if json.loads(bench.xdpctl("features", "--json"))["linker"] == "fused":
        bench.skip("libxdp's tools list only extensions, and the kernel has no freplace")
    if bench.kernel_older(6, 1):
        bench.skip("libxdp loads another program on kernels before 5.3, and 5.10 was not tried")
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "fw", "--prio", 10)
    bench.xdpctl("attach", program, "--dev", device, "--interop", "libxdp")
    before = bench.status()[0]["rootlet"]
    for _ in range(2):  # the application is started again, and finds the same program
        process = application(bench, device, 4)
        bench.send(device, 3, 1)  # the firewall drops these
        bench.send(device, 4, 2)
        assert received(process) == "received 4"
        assert bench.status()[0]["rootlet"] == before
    assert bench.arrive(device, 2, 2) == 2, "without an application the device's network stack gets the packets"
    # The application does not notice a restart of the daemon, or a change of the chain.
    process = application(bench, device, 4)
    bench.daemons[0].kill()
    bench.daemons[0].start()
    bench.attach("verdict-1", "--dev", device, "--name", "next", "--prio", 15)
    bench.send(device, 4, 2, 2)
    assert received(process) == "received 4"
    assert wait_for(lambda: [c["name"] for c in bench.chain(device)] == ["fw", "next", "xsk_def_prog"])
