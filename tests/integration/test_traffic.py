# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The chain changes under traffic; no packet is lost, and none sees half a chain."""
import threading
import time

from harness import SCALE


def change_under_traffic(bench, verdicts, received):
    """Make ten changes per second next to a component that decides about all packets."""
    device = bench.device()
    count = int(30000 * SCALE) + 3000
    bench.attach("verdict-0", "--dev", device, "--name", "stays", "--prio", 50)
    receiver = bench.receiver(device, count)
    sender = bench.sender(device, count, *verdicts)
    finished = threading.Event()
    changes = 0
    while sender.poll() is None or changes < 4:
        begun = time.monotonic()
        if changes % 2 == 0:
            bench.attach("verdict-1", "--dev", device, "--name", "comes", "--prio",
                         10 + changes % 80)
        else:
            bench.xdpctl("detach", "comes", "--dev", device)
        changes += 1
        finished.wait(max(0, 0.1 - (time.monotonic() - begun)))
    got = receiver.result()
    assert got == (count if received else 0), f"{got} of {count} after {changes} changes"
    counters = bench.chain(device)
    stays = [component for component in counters if component["name"] == "stays"][0]["counters"]
    assert stays["run"] == count, stays


def test_no_packet_is_lost(bench):
    change_under_traffic(bench, [2, 2], received=True)


def test_no_packet_gets_past_the_firewall(bench):
    change_under_traffic(bench, [1, 2], received=False)
