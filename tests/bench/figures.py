# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Measurements on the machine itself, each with its own daemon. Times on a shared machine vary: the figures are medians
of interleaved rounds, and can be compared only within one run."""
import json
import os
import re
import statistics
import threading
import time
from pathlib import Path

from harness import BUILD, Bench, run

OBJECTS = BUILD / "tests/bench"
ROUNDS = 7


def in_bench(measure, *options):
    bench = Bench()
    try:
        bench.daemon("d", *options)
        return measure(bench)
    finally:
        bench.close()


def milliseconds(action):
    begun = time.monotonic()
    action()
    return (time.monotonic() - begun) * 1000


def repeated(devices):
    return [word for device in devices for word in ("--dev", device)]


def packet_costs():
    """Nanoseconds for each packet in the kernel's own loop, without those of an empty loop."""
    return json.loads(run(OBJECTS / "packet-cost", OBJECTS, 9, 400000).stdout)


def traced_shares():
    """Rates of traced chains of ten with real packets, as shares of the rate untraced in the same round."""
    costs = json.loads(run(OBJECTS / "packet-cost", "--traced", OBJECTS, 31, 100000).stdout)
    return {f"{cost['kind']}, {cost['way']}": round(cost["share"], 3) for cost in costs if cost["share"]}


def attach_times(bench):
    """Milliseconds of a whole xdpctl attach, as the 1st, 10th and 30th component."""
    device = bench.device()
    times = {1: [], 10: [], 30: []}
    for _ in range(ROUNDS):
        for place in range(1, 31):
            time.sleep(0.05)  # by then the previous generation is freed
            spent = milliseconds(lambda: bench.xdpctl(
                "attach", OBJECTS / "counter.o", "--dev", device, "--name", f"c{place}"))
            if place in times:
                times[place].append(spent)
        bench.xdpctl("detach", "--all", "--dev", device)
    return {f"ms, as component {place}": round(statistics.median(spent), 2)
            for place, spent in times.items()}


def resident_kib(bench):
    status = Path(f"/proc/{bench.daemons[0].process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def cpu_seconds(bench):
    """CPU seconds of the daemon: in its own code, and in the kernel."""
    fields = Path(f"/proc/{bench.daemons[0].process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks


def slowest_status(bench, action):
    """The longest time that a client waited for status during the action, in milliseconds."""
    finished = threading.Event()
    worker = threading.Thread(target=lambda: (action(), finished.set()))
    waits = []
    worker.start()
    while not finished.is_set():
        waits.append(milliseconds(lambda: bench.call_raw(
            b'{"method":"io.xdpd.Status","parameters":{"devices":["lo"]}}\0')))
        time.sleep(0.01)
    worker.join()
    return round(max(waits), 1)


def many_devices(bench):
    """Attaches one object to many devices in one request: what grows, and where the time is spent."""
    devices = [bench.device() for _ in range(1000)]
    figures = {}
    for count in (1, 10, 100, 1000):
        chosen = repeated(devices[:count])
        spent = []
        for _ in range(3 if count < 1000 else 1):
            before = cpu_seconds(bench)
            spent.append(milliseconds(lambda: bench.xdpctl("attach", OBJECTS / "counter.o",
                                                           *chosen)))
            used = [after - earlier for after, earlier in zip(cpu_seconds(bench), before)]
            resident = resident_kib(bench)
            bench.xdpctl("detach", "--all", "--release", *chosen)
        figures[f"ms a device, onto {count}"] = round(statistics.median(spent) / count, 3)
        figures[f"resident KiB, with {count}"] = resident
    figures["daemon's CPU for 1000 spent in the kernel"] = f"{used[1] / sum(used):.0%}"
    figures["slowest status meanwhile, ms"] = slowest_status(
        bench, lambda: bench.xdpctl("attach", OBJECTS / "counter.o", *repeated(devices)))
    return figures


def large_program(bench):
    """Status while the verifier checks a program of some 500,000 steps."""
    device = bench.device()
    spent = []
    waited = slowest_status(bench, lambda: spent.append(milliseconds(
        lambda: bench.xdpctl("attach", BUILD / "tests/bpf/heavy.o", "--dev", device))))
    verified = bench.chain(device)[0]["verified"]
    return {"verifier steps": verified, "ms to attach": round(spent[0]),
            "slowest status meanwhile, ms": waited}


def status_rates(bench):
    """Status requests a second, with two components on one device."""
    device = bench.device()
    for kind in ("counter", "parser"):
        bench.xdpctl("attach", OBJECTS / f"{kind}.o", "--dev", device, "--name", kind)
    load = OBJECTS / "status-load"
    return {f"a second, {clients} clients": int(statistics.median(
        [int(run(load, bench.daemons[0].socket, clients, 1).stdout) for _ in range(3)]))
        for clients in (1, 16)}


def verified(bench):
    """Instructions that the verifier followed for chains of parsers."""
    device = bench.device()
    counts = {}
    for place in range(1, 33):
        bench.xdpctl("attach", OBJECTS / "parser.o", "--dev", device, "--name", f"c{place}")
        if place in (1, 2, 5, 10, 20, 32):
            counts[f"chain of {place}"] = bench.status()[0]["rootlet"]["verified"]
    return counts


def swaps(bench, seconds=30):
    """Packets that are lost or reordered while generations replace each other, at full load."""
    device = bench.device()
    bench.xdpctl("attach", OBJECTS / "sequence.o", "--dev", device, "--name", "sequence")
    sender = bench.sender(device, 1 << 40, 1, interval=0)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        bench.xdpctl("attach", OBJECTS / "nothing.o", "--dev", device, "--name", "comes", "--prio",
                     1)
        bench.xdpctl("detach", "comes", "--dev", device)
        number += 2
    sender.stop()
    time.sleep(0.2)
    component = bench.chain(device)[-1]
    values = json.loads(run("bpftool", "-j", "map", "dump", "id",
                            next(entry["id"] for entry in component["maps"]
                                 if entry["name"] == "seen")).stdout)
    seen = values[0]["formatted"]["value"] if "formatted" in values[0] else values[0]["value"]
    return {"generations": number, "packets": seen["packets"], "lost": seen["lost"],
            "out of order": seen["disordered"]}
