# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Metrics: xdpctl and the server show what the daemon has counted, and Prometheus can read it."""
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

from harness import BUILD, PATIENCE, TOP, Client, run, wait_for

UNPACKED = Path("/usr/local/lib/xdpd-tests/prometheus/usr/bin")
OBSERVABILITY = TOP / "docs/observability"
USER, OTHER, READ = 2000, 2001, ("games", 60)  # a group that every Debian system has


def tool(bench, name):
    """The path of a program of Debian's package prometheus."""
    found = shutil.which(name) or (UNPACKED / name if (UNPACKED / name).exists() else None)
    return found or bench.skip(f"{name} is not installed")


def samples(text):
    """{(name, labels as a sorted tuple): value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
        pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")
        key = name, tuple(sorted(pairs))
        assert key not in found, f"twice: {line}"
        found[key] = float(value)
    return found


def packets(found, **labels):
    """The sum of the packets with these labels."""
    return sum(value for (name, pairs), value in found.items()
               if name == "xdpd_component_packets_total" and labels.items() <= dict(pairs).items())


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Server:
    """An xdpd-metrics process, and a way to ask it."""

    def __init__(self, bench, daemon, address=None, program=BUILD / "cli/xdpd-metrics", **options):
        bench.inside(bench.netns, "ip", "link", "set", "lo", "up")
        self.port = free_port()
        self.address = address or f"127.0.0.1:{self.port}"
        log = bench.directory / f"metrics-{self.port}.log"
        with open(log, "w") as file:
            self.process = subprocess.Popen(
                [program, "--socket", daemon.socket, "--listen", self.address], stderr=file, **options)
        bench.processes.append(self.process)
        assert wait_for(self.is_there), log.read_text()

    def connection(self):
        if not self.address.startswith("unix:"):
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.address[5:])
        return connection

    def is_there(self):
        with contextlib.suppress(OSError):
            self.ask("/")
            return True
        return self.process.poll() is not None

    def ask(self, path="/metrics", method="GET", accept="text/plain"):
        connection = self.connection()
        connection.request(method, path, headers={"Accept": accept})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Content-Type"], body


def test_what_is_printed_is_what_was_counted(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "first")
    bench.attach("verdict-3", "--dev", device, "--name", "second", "--proceed-on", "pass,tx")
    bench.send(device, 100, 2, 2, 2, 2)  # pass
    found = samples(bench.xdpctl("metrics"))
    for component in bench.chain(device):
        labels = {"device": device, "netns": "", "component": component["name"]}
        counters = component["counters"]
        for verdict, count in counters["terminate"].items():
            assert packets(found, verdict=verdict, outcome="leave", **labels) == count, component
        assert packets(found, outcome="proceed", **labels) == counters["proceed"], component
        assert packets(found, **labels) == counters["run"], component
        assert found["xdpd_component_state", tuple(sorted({**labels, "state": "running"}.items()))] == 1
    assert packets(found) >= 200
    assert packets(found, component="first", outcome="proceed", verdict="pass") >= 100
    assert packets(found, component="second", outcome="proceed", verdict="any") >= 100
    assert found["xdpd_device_state", (("device", device), ("netns", ""), ("state", "attached"))] == 1
    assert found["xdpd_changes_total", (("kind", "Attach"), ("result", "succeeded"))] == 2
    assert found["xdpd_change_duration_seconds_count", ()] >= 2
    assert found["xdpd_change_duration_seconds_sum", ()] > 0
    assert found["xdpd_build_info", (("version", bench.xdpctl("--version").split()[1]),)] == 1


def test_changes_and_restored_chains_are_counted(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw", "--confirm", "600s")
    bench.attach("verdict-2", "--dev", device, "--name", "fw", expect=1)
    bench.xdpctl("plan", BUILD / "examples/chains.json", expect=1)  # changes nothing, so it is not counted
    run("bpftool", "link", "detach", "id", bench.status()[0]["rootlet"]["link_id"])
    assert wait_for(lambda: samples(bench.xdpctl("metrics"))["xdpd_chain_restored_total", ()] == 1)
    found = samples(bench.xdpctl("metrics"))
    assert found["xdpd_changes_total", (("kind", "Attach"), ("result", "failed"))] == 1
    assert found["xdpd_changes_total", (("kind", "Apply"), ("result", "failed"))] == 0
    assert found["xdpd_changes_total", (("kind", "Lost"), ("result", "succeeded"))] == 1
    assert 590 < found["xdpd_unconfirmed_seconds", (("device", device), ("netns", ""))] <= 600


def test_promtool_is_content(bench):
    promtool = tool(bench, "promtool")
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw", "--confirm", "600s")
    text = bench.xdpctl("metrics", "--format", "prometheus")
    checked = run(promtool, "check", "metrics", input=text, check=False)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked


def test_openmetrics_parsers_read_it(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw", "--confirm", "600s")
    text = bench.xdpctl("metrics")
    program = ("import sys\n"
               "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n"
               "for family in parse(sys.stdin.read()):\n"
               "    print(family.name, family.type, len(family.samples))\n")
    done = run("/usr/bin/python3", "-c", program, input=text, check=False)
    assert done.returncode == 0, done.stderr
    assert "xdpd_component_packets counter 6" in done.stdout, done.stdout
    assert "xdpd_change_duration_seconds histogram 17" in done.stdout, done.stdout
    assert text.endswith("# EOF\n")


def test_a_textfile_is_replaced_in_one_step(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    path = bench.directory / "xdpd.prom"
    path.write_text("before\n")
    with open(path) as old:
        assert bench.xdpctl("metrics", "--textfile", path) == ""
        assert old.read() == "before\n"
    assert packets(samples(path.read_text()), component="fw") >= 0
    assert "# EOF" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in bench.directory.glob("xdpd.prom*")] == ["xdpd.prom"]
    assert "cannot create" in bench.xdpctl("metrics", "--textfile", "/nowhere/xdpd.prom", expect=1)


def test_metrics_are_served_over_http(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    server = Server(bench, bench.first_daemon())
    status, kind, body = server.ask()
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8"), (status, kind)
    assert packets(samples(body), component="fw") >= 0 and "# EOF" not in body
    status, kind, body = server.ask(accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8", kind
    assert body.endswith("# EOF\n")
    assert server.ask(method="HEAD")[0] == 200
    assert server.ask("/")[0] == 404
    assert server.ask("/metrics", "POST")[0] == 405
    bench.daemons[0].stop()
    status, kind, body = server.ask()
    assert status == 503 and "cannot be reached" in body, (status, body)
    bench.daemons[0].start()
    assert server.ask()[0] == 200


def test_one_machine_cannot_keep_others_from_the_metrics(bench):
    server = Server(bench, bench.first_daemon())
    held = []
    try:
        for _ in range(20):
            held.append(socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)))
            with contextlib.suppress(OSError):  # disconnected
                held[-1].sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        assert server.ask()[0] == 200
    finally:
        for connection in held:
            connection.close()


def test_a_unix_socket_serves_too(bench):
    server = Server(bench, bench.first_daemon(), f"unix:{bench.directory}/metrics")
    assert server.ask()[0] == 200
    bad = run(BUILD / "cli/xdpd-metrics", "--listen", "nowhere", check=False)
    assert bad.returncode == 1 and "cannot listen on 'nowhere'" in bad.stderr, bad.stderr
    none = run(BUILD / "cli/xdpd-metrics", check=False)
    assert none.returncode == 1 and "xdpd-metrics.socket" in none.stderr, none.stderr


def test_a_user_of_the_read_group_is_enough(bench):
    daemon = bench.daemon()
    daemon.stop()
    daemon.configure(f"read-group = {READ[0]}")
    daemon.start()
    daemon.let_everybody_in()
    binary = shutil.copy(BUILD / "cli/xdpd-metrics", bench.directory)
    for groups, expected in (([READ[1]], 200), ([], 503)):
        server = Server(bench, daemon, program=binary, user=USER, group=OTHER, extra_groups=groups)
        assert server.ask()[0] == expected


def test_a_scrape_does_not_wait_for_a_change(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", other, "--name", "fw")
    with Client(bench.daemons[0].socket) as client:
        attaching = threading.Thread(target=bench.attach, args=("heavy", "--dev", device))
        longest, count, start = 0, 0, time.monotonic()
        attaching.start()
        while attaching.is_alive() or count < 10:
            before = time.monotonic()
            answer = client.call("Metrics")
            longest = max(longest, time.monotonic() - before)
            assert any(entry["ifname"] == other for entry in answer["parameters"]["devices"]), answer
            count += 1
        attaching.join()
        took = time.monotonic() - start
    assert longest < max(0.5, took / 2), (longest, took, count)


@contextlib.contextmanager
def prometheus(bench, server, rules=()):
    """A Prometheus that scrapes the server every half second; yields a function that asks its API."""
    port = free_port()
    configuration = bench.directory / "prometheus.yml"
    configuration.write_text(json.dumps({
        "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": [{"job_name": "xdpd", "static_configs": [{"targets": [server.address]}]}]}))
    log = open(bench.directory / "prometheus.log", "w")
    process = subprocess.Popen(
        [tool(bench, "prometheus"), f"--config.file={configuration}",
         f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={bench.directory}/tsdb",
         "--web.console.templates=/nowhere", "--web.console.libraries=/nowhere"],
        stdout=log, stderr=log, env={**os.environ, "GOMAXPROCS": "1"})
    bench.processes.append(process)

    def ask(path, **parameters):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(connection.getresponse().read())
        assert answer["status"] == "success", answer
        return answer["data"]

    def scraped():
        with contextlib.suppress(OSError, ValueError):  # it does not serve yet, or has not read its data yet
            return any(target["health"] == "up" for target in ask("targets")["activeTargets"])
        return False
    try:
        assert wait_for(scraped), (bench.directory / "prometheus.log").read_text()
        yield ask
    finally:
        process.terminate()
        process.wait()
        log.close()


def test_a_prometheus_scrapes_it_and_the_dashboard_has_data(bench):
    device, waiting = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw", "--confirm", "600s")
    bench.attach("verdict-1", "--dev", waiting, "--name", "limits", "--allow-verdicts", "pass")
    server = Server(bench, bench.first_daemon())
    with prometheus(bench, server, [OBSERVABILITY / "alerts.yml"]) as ask:
        sending = bench.sender(device, 50000)
        dashboard = json.loads((OBSERVABILITY / "dashboard.json").read_text())
        queries = [(panel["title"], target["expr"]) for panel in dashboard["panels"]
                   for target in panel.get("targets", [])]
        assert len(queries) >= 8
        values = {"$__rate_interval": "3s", "$device": ".*", "$netns": ".*"}
        for title, query in queries:
            for name, value in values.items():
                query = query.replace(name, value)
            assert "$" not in query, query
            # A rate needs several scrapes, and on a slow machine some of them fail.
            assert wait_for(lambda query=query: ask("query", query=query)["result"]), f"{title}: no data for {query}"
        sending.wait(PATIENCE)

        def total():
            data = ask("query", query=f'sum(xdpd_component_packets_total{{device="{device}",component="fw"}})')
            return float(data["result"][0]["value"][1])
        run_count = bench.chain(device)[0]["counters"]["run"]
        assert run_count >= 50000
        assert wait_for(lambda: total() == bench.chain(device)[0]["counters"]["run"]), (total(), run_count)
        names = {rule["name"] for group in ask("rules")["groups"] for rule in group["rules"]}
        assert "XdpdDown" in names and "XdpdChainFailed" in names, names
        firing = lambda: {alert["labels"]["alertname"] for alert in ask("alerts")["alerts"]}
        assert wait_for(lambda: "XdpdUnconfirmedChange" in firing()), firing()


def test_promtool_checks_the_alert_rules(bench):
    promtool = tool(bench, "promtool")
    checked = run(promtool, "check", "rules", OBSERVABILITY / "alerts.yml", check=False)
    assert checked.returncode == 0 and "SUCCESS" in checked.stdout, checked
    tested = run(promtool, "test", "rules", OBSERVABILITY / "alerts-test.yml", check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr
