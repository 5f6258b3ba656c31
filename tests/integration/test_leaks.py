# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The kernel frees all objects, in whatever order they are detached."""
import random

from harness import SCALE, wait_for


def test_random_attaches_and_detaches_leave_nothing(bench):
    steps = int(1000 * SCALE)
    random_ = random.Random(3)
    objects = ["verdict-0", "verdict-1", "kind-maps", "kind-global_data", "kind-static_subprogram",
               "kind-adjust", "kind-section-xdp_frags"]
    before = bench.daemon().alive()
    devices = {bench.device(): [] for _ in range(3)}
    for step in range(steps):
        device = random_.choice(list(devices))
        names = devices[device]
        if names and (len(names) >= 8 or random_.random() < 0.5):
            name = random_.choice(names)
            bench.xdpctl("detach", name, "--dev", device)
            names.remove(name)
        else:
            bench.attach(random_.choice(objects), "--dev", device, "--name", f"n{step}", "--prio",
                         random_.randrange(100))
            names.append(f"n{step}")
        if random_.random() < 0.02:
            bench.xdpctl("detach", "--all", "--release", "--dev", device)
            names.clear()
    for state in bench.status():
        bench.xdpctl("detach", "--all", "--release", "--dev", state["ifname"])
    assert wait_for(lambda: bench.alive() <= before), f"{bench.alive() - before} in {steps} steps"


def test_refused_attach_leaves_nothing(bench):
    device = bench.device()
    bench.attach("verdict-0", "--dev", device)
    bench.quiet()
    before = bench.alive()
    for _ in range(5):
        bench.attach("bad-verifier", "--dev", device, expect=1)
        bench.attach("kind-maps", "--dev", device, "--name", "verdict", expect=1)
        bench.attach("kind-maps", "--dev", device, "--dev", "nosuch0", expect=1)
    assert wait_for(lambda: bench.alive() <= before), bench.alive() - before
