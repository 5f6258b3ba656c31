# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""If the linker builds a fused chain wrongly, the chain is not loaded, and the running one stays."""
import re

from harness import BUILD, OBJECTS, UNIT
from tracing import Trace


def faulty(bench):
    """A daemon whose linker makes a mistake in the last component while the file exists."""
    if UNIT:
        bench.skip("the unit runs the daemon as it is installed")
    mistake = bench.directory / "mistake"
    bench.daemon("faulty", "--linker", "fused", program=BUILD / "tests/integration/xdpd-faulty",
                 wrapper=("env", f"XDPD_TEST_FAULT={mistake}"))
    return mistake


def test_a_wrong_chain_is_not_loaded_and_what_runs_stays(bench):
    mistake = faulty(bench)
    device = bench.device()
    bench.attach("verdict-0", "--dev", device, "--name", "first")
    before = bench.status()
    mistake.touch()
    text = bench.attach("verdict-1", "--dev", device, "--name", "second", expect=1)
    assert re.fullmatch(
        r"xdpctl: .*the fused chain was not loaded because xdpd built it wrongly: instruction \d+, in 'second', "
        r"is not the component's instruction; this is a fault in xdpd\n", text), text
    assert bench.status() == before
    assert bench.arrive(device, 3, 2) == 3
    mistake.unlink()
    bench.attach("verdict-1", "--dev", device, "--name", "second")
    assert bench.names(device) == ["first", "second"]


def test_a_wrong_chain_of_one_device_changes_none(bench):
    mistake = faulty(bench)
    devices = [bench.device(), bench.device()]
    bench.attach("verdict-0", "--dev", devices[0], "--name", "first")
    before = bench.status()
    mistake.touch()
    text = bench.attach("verdict-1", "--dev", devices[0], "--dev", devices[1], expect=1)
    assert "this is a fault in xdpd" in text, text
    assert bench.status() == before


def test_a_policy_that_is_traced_wrongly_stays_untraced(bench):
    mistake = faulty(bench)
    device = bench.device()
    bench.xdpctl("policy", "set", OBJECTS / "policy-1.o", "--dev", device)
    bench.attach("verdict-0", "--dev", device, "--slot", "xdp_firewall_placeholder")
    mistake.touch()
    with Trace(bench.daemons[-1], device, journey=True) as trace:
        name, sentence = trace.refusal
        assert name == "Internal" and "in 'policy', is not the component's instruction" in sentence, sentence
    assert bench.arrive(device, 3, 2) == 3
    mistake.unlink()
    with Trace(bench.daemons[-1], device, journey=True) as trace:
        bench.send(device, 1, 1)
        assert [record.component for record in trace.records()] == [255, 1, 0]
