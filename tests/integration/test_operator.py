# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Names, ids and mistakes that a new operator tries, and the answers of xdpctl."""
import json
import os
import pty
import re
import shlex
import shutil
import subprocess

from harness import BUILD, OBJECTS, TOP, Client, run
from test_packet_test import frame, pcap

CJK = "防火墙"


def add_altname(bench, device, name):
    done = run("ip", "-n", bench.netns, "link", "property", "add", "dev", device, "altname", name, check=False)
    if done.returncode:
        bench.skip(f"no alternative names: {done.stderr}")


def test_why_takes_a_device_and_its_chain(bench):
    device, other = bench.device(), bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.quiet()
    text = bench.xdpctl("why", device)
    assert f"{device} " in text and "is a network device" in text, text
    assert f"If you detached fw from {device}, these would be freed:" in text, text
    assert f"xdpctl graph --dev {device}" in text
    bench.xdpctl("graph", "--dev", device)
    text = bench.xdpctl("why", f"chain of {device}")
    assert "it is kept until the device is released" in text and f"detached fw from {device}" in text, text
    bench.xdpctl("detach", "--all", "--dev", device)
    bench.quiet()
    assert "If you detached" not in bench.xdpctl("why", device)
    said = bench.xdpctl("why", "fw", "--dev", other, expect=1)
    assert said == f"xdpctl: xdpd does not manage {other}\n"


def test_why_takes_whatever_it_prints(bench):
    device = bench.device()
    bench.attach("kind-maps", "--dev", device, "--name", "fw")
    bench.quiet()
    program = next(component["prog_id"] for component in bench.chain(device))
    (an_array,) = [entry["id"] for component in bench.chain(device) for entry in component["maps"]
                   if entry["name"] == "an_array"]
    wanted = f"map:{an_array}"
    for name in (f"map {an_array}", f"map:{an_array}", f"an_array {an_array}", f"program {program}"):
        (answer,) = json.loads(bench.xdpctl("why", "--json", name))["answers"]
        assert answer["node"] == (wanted if "a" in name.split()[0][:2] else f"program:{program}"), answer
    assert wanted in [answer["node"] for answer in json.loads(bench.xdpctl("why", "--json", an_array))["answers"]]
    # Every name of a chain of holders, and every line of the graph.
    text = bench.xdpctl("why", "an_array")
    for line in text.splitlines():
        for label in re.split(" [-=]> ", line) if "=> " in line and line.startswith("  ") else ():
            assert bench.xdpctl("why", label.strip()), label
    for line in bench.xdpctl("graph").split("\n\n")[0].splitlines():
        label = re.sub(r"^[ │├└─]*", "", line).removesuffix(", see above")
        relation = re.match(r"(runs|rootlet of|contains|uses|made of|wants|needs|links|keeps) ", label)
        if relation:
            bench.xdpctl("why", label[relation.end():])


def test_alternative_names_are_names_everywhere(bench):
    device = bench.device()
    add_altname(bench, device, "uplink0")
    bench.attach("kind-maps", "--dev", "uplink0", "--name", "fw")
    bench.quiet()  # a chain that is fused meanwhile looks different
    for words in (["status"], ["graph"], ["maps"], ["export"]):
        assert bench.xdpctl(*words, "--dev", "uplink0") == bench.xdpctl(*words, "--dev", device), words
    assert "an_array" in bench.xdpctl("why", "an_array", "--dev", "uplink0")
    bench.xdpctl("set", "fw", "--dev", "uplink0", "--prio", 7, "--confirm", "5min")
    bench.xdpctl("confirm", "--dev", "uplink0")
    assert bench.chain(device)[0]["priority"] == 7


def test_long_alternative_names_are_names_everywhere(bench):
    """They can be longer than the names of devices."""
    device, long_name = bench.device(), "the-uplink-of-rack-7-to-the-core-router"
    add_altname(bench, device, long_name)
    bench.attach("kind-maps", "--dev", long_name, "--name", "fw")
    assert bench.names(device) == ["fw"]
    bench.quiet()
    for words in (["status"], ["graph"], ["maps"], ["export"]):
        assert bench.xdpctl(*words, "--dev", long_name) == bench.xdpctl(*words, "--dev", device), words
    assert bench.xdpctl("why", long_name) == bench.xdpctl("why", device)
    assert "are the same device" in bench.attach("verdict-2", "--dev", long_name, "--dev", device, expect=1)
    bench.xdpctl("set", "fw", "--dev", long_name, "--prio", 7)
    assert f"no network device '{long_name}x'" in bench.xdpctl("release", "--dev", f"{long_name}x", expect=1)
    too_long = "x" * 128
    assert f"no network device '{too_long}'" in bench.attach("verdict-2", "--dev", too_long, expect=1)
    bench.xdpctl("release", "--dev", long_name)
    assert bench.status() == []


def test_what_listens_to_a_device_takes_its_alternative_name(bench):
    device = bench.device()
    add_altname(bench, device, "uplink0")
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    with Client(bench.daemons[0].socket) as client:
        client.socket.sendall(json.dumps({"method": "io.xdpd.Monitor", "more": True, "parameters":
                                          {"devices": ["uplink0"]}}).encode() + b"\0")
        assert client.receive()["parameters"]["event"]["kind"] == "listening"
        bench.xdpctl("set", "fw", "--dev", "uplink0", "--prio", 7)
        assert client.receive()["parameters"]["event"]["devices"] == [device]
    done = bench.try_xdpctl("trace", "--dev", "uplink0", "--seconds", 1)
    assert "does not manage" not in done.stderr, done.stderr


def test_mistyped_devices_get_one_suggestion(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device)
    said = bench.xdpctl("release", "--dev", f"{device}.7", "--dev", f"{device}.8", expect=1)
    assert said.count("did you mean") == 1, said


def test_alternative_names_in_another_namespace(bench):
    daemon = bench.daemon()
    device = bench.device()
    add_altname(bench, device, "uplink0")
    bench.attach("verdict-2", "--dev", device)
    # The peer is a different device, in a namespace without a managed device.
    said = bench.xdpctl("status", "--dev", device, "--netns", bench.peer, expect=1)
    assert f"xdpd does not manage '{device}' in the network namespace" in said, said
    run("ip", "-n", bench.peer, "link", "property", "add", "dev", device, "altname", "downlink0")
    bench.attach("verdict-2", "--dev", "downlink0", "--netns", bench.peer)
    assert f"{device} in /run/netns/{bench.peer}" in bench.xdpctl("status", "--dev", "downlink0", "--netns", bench.peer)
    bench.xdpctl("status", "--dev", "uplink0", "--netns", bench.peer, expect=1)
    assert daemon.alive()


def test_a_device_that_matches_nothing_is_an_error(bench):
    device, unmanaged = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", device)
    for words in (["status"], ["status", "--brief"], ["graph"], ["maps"], ["export"], ["why", "verdict"],
                  ["policy", "show"], ["trace"]):
        for name, sentence in ((unmanaged, f"xdpd does not manage {unmanaged}"),
                               ("nosuch0", "no network device 'nosuch0'")):
            assert sentence in bench.xdpctl(*words, "--dev", name, expect=1), words
    assert device in bench.xdpctl("status", "--dev", device)


def test_words_of_ip_work(bench):
    device = bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    status = bench.xdpctl("status")
    for words in (["list"], ["show"], ["show", "--dev", device], ["show", device]):
        assert bench.xdpctl(*words) == status, words
    assert json.loads(bench.xdpctl("-j", "list"))["devices"][0]["ifname"] == device
    assert bench.xdpctl("help") == bench.xdpctl("--help")
    for verb in ("attach", "inspect", "policy set"):
        assert bench.xdpctl("help", *verb.split()) == bench.xdpctl(*verb.split(), "--help")
    assert bench.xdpctl("version") == bench.xdpctl("-V") == bench.xdpctl("--version")
    details = bench.xdpctl("status", "-d")
    (fw,) = bench.chain(device)
    assert f"  fw: program {fw['prog_id']} (verdict), object {fw['object']}" in details, details


def errors_as_json(bench, *arguments, status):
    done = bench.try_xdpctl(*arguments, "--json")
    assert done.returncode == status, (arguments, done)
    (line,) = done.stdout.splitlines()
    answer = json.loads(line)
    assert done.stderr.startswith(f"xdpctl: {answer['parameters']['message']}"), done
    return answer["error"]


def test_every_error_is_json_if_that_is_asked_for(bench):
    device = bench.device()
    bench.daemon()
    broken = bench.directory / "broken.json"
    broken.write_text('{"devices": ')
    assert errors_as_json(bench, "attach", "/nonexistent.o", "--dev", device, status=1) == "xdpctl.Refused"
    assert errors_as_json(bench, "apply", broken, status=1) == "xdpctl.Refused"
    assert errors_as_json(bench, "why", "nobody", status=1) == "xdpctl.Refused"
    assert errors_as_json(bench, "inspect", "/nonexistent.o", status=1) == "xdpctl.Refused"
    assert errors_as_json(bench, "atach", status=2) == "xdpctl.Usage"
    assert errors_as_json(bench, "attach", "--dve", device, status=2) == "xdpctl.Usage"
    assert errors_as_json(bench, "help", "atach", status=2) == "xdpctl.Usage"
    assert errors_as_json(bench, "status", "--json=yes", status=2) == "xdpctl.Usage"
    assert errors_as_json(bench, "detach", "fw", "--dev", device, status=1).startswith("io.xdpd.")
    done = run(BUILD / "cli/xdpctl", "--socket", "/nonexistent", "status", "-j", check=False)
    assert done.returncode == 3 and json.loads(done.stdout)["error"] == "xdpctl.NoDaemon", done


def test_names_have_one_grammar(bench):
    device = bench.device()
    for name in ("..", ".", "@policy", "a/b", "--all", "a b", "reader:x", "x" * 256, "\u202ea", "a\u3000b"):
        said = bench.xdpctl("attach", OBJECTS / "verdict-2.o", "--dev", device, f"--name={name}", expect=1)
        assert "cannot be the name of a component" in said and "--name" in said, (name, said)
        chains = {"devices": [{"name": device, "components": [{"object": str(OBJECTS / "verdict-2.o"), "name": name}]}]}
        file = bench.directory / "chains.json"
        file.write_text(json.dumps(chains))
        assert "cannot be the name of a component" in bench.xdpctl("apply", file, expect=1), name
    for name in ("fw", "7", "_x", "a.b-c_d+e$f", CJK, "Zürich"):
        bench.attach("verdict-2", "--dev", device, "--name", name)
        bench.xdpctl("detach", name, "--dev", device)


def width_of(text):
    return sum(2 if ord(character) > 0x2e80 else 1 for character in text)


def test_wide_names_keep_the_table_straight(bench):
    device = bench.device()
    for name in ("fw", CJK, "balancer"):
        bench.attach("verdict-2", "--dev", device, "--name", name)
    heading, *rows = bench.xdpctl("status").splitlines()[1:5]
    begin = heading.index("JOIN")
    assert len(rows) == 3
    for row in rows:
        name = row.split()[1]
        cells = row.split(name, 1)
        join = cells[1].lstrip()
        assert width_of(row) - width_of(join) == begin, rows


def on_terminal(bench, columns, *arguments):
    """What xdpctl prints on a terminal of that width."""
    main, side = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    subprocess.run(["stty", "cols", str(columns)], stdin=side, check=True)
    with subprocess.Popen([BUILD / "cli/xdpctl", "--socket", bench.daemons[0].socket, *map(str, arguments)],
                          stdin=side, stdout=side, stderr=subprocess.DEVNULL, env=environment) as process:
        os.close(side)
        text = b""
        try:
            while chunk := os.read(main, 65536):
                text += chunk
        except OSError:  # the end, for a terminal
            pass
        process.wait()
    os.close(main)
    return text.decode().replace("\r", "")


def test_tables_are_as_wide_as_the_terminal_and_whole_in_pipes(bench):
    device = bench.device()
    name = "n" * 60
    bench.attach("verdict-0", "--dev", device, "--name", name, "--proceed-on", "aborted,drop,tx,redirect")
    bench.attach("verdict-0", "--dev", device, "--name", "x", "--prio", 65535)
    assert name in bench.xdpctl("status") and "aborted,drop,tx,redirect" in bench.xdpctl("status")
    for columns in (90, 100):
        text = on_terminal(bench, columns, "status")
        assert name not in text and "…" in text, text
        assert max(map(len, text.splitlines())) <= columns, text
    assert name in on_terminal(bench, 200, "status")


def test_brief_has_one_line_a_device_sorted_by_name(bench):
    devices = [bench.device(name=name) for name in ("d10", "d2", "d1")]
    for device in devices:
        bench.attach("verdict-2", "--dev", device, "--name", "fw")
    bench.attach("verdict-2", "--dev", "d2", "--name", "lb")
    lines = bench.xdpctl("status", "--brief").splitlines()
    assert lines[0].split() == ["DEVICE", "STATE", "MODE", "GENERATION", "COMPONENTS"]
    assert [line.split()[0] for line in lines[1:]] == ["d1", "d2", "d10"]
    assert lines[2].split() == ["d2", "attached", "native", "2", "fw,", "lb"]
    assert bench.xdpctl("status", "-b") == "\n".join(lines) + "\n"
    headings = [line for line in bench.xdpctl("status").splitlines() if line.startswith("d")]
    assert [line.split(":")[0] for line in headings] == ["d1", "d2", "d10"]


def test_status_shows_how_a_device_is_identified_and_the_libraries(bench):
    device = bench.device()
    address = json.loads(run("ip", "-n", bench.netns, "-j", "link", "show", device).stdout)[0]["address"]
    bench.attach("library-user", "--dev", device, "--link", OBJECTS / "library-parser.o", "--match",
                 f"mac={address}")
    text = bench.xdpctl("status")
    assert f"  identified by mac={address} when it reappears\n" in text, text
    assert "is linked with library-parser.o\n" in text, text


def test_set_takes_a_priority(bench):
    device = bench.device()
    for name in ("first", "second"):
        bench.attach("verdict-2", "--dev", device, "--name", name)
    bench.xdpctl("set", "second", "--dev", device, "--prio", 10)
    assert bench.names(device) == ["second", "first"]


def test_mistyped_words_are_recognised(bench):
    device = bench.device(name="eth0")
    bench.attach("verdict-2", "--dev", device, "--name", "firewall")
    for words, meant, status in ((["statsu"], "status", 2), (["status", "--breif"], "--brief", 2),
                                 (["status", "--dev", "etho"], "eth0", 1),
                                 (["detach", "firewal", "--dev", device], "firewall", 1),
                                 (["set", "fire", "--dev", device, "--prio", 3], "firewall", 1),
                                 (["attach", OBJECTS / "verdict-2.o", "--dev", "eth00"], "eth0", 1),
                                 (["attach", OBJECTS / "verdict-2.o", "--dev", device, "--before", "firewll"],
                                  "firewall", 1)):
        said = bench.xdpctl(*words, expect=status)
        assert f"did you mean '{meant}'?" in said, (words, said)
    assert "did you mean" not in bench.xdpctl("detach", "unlike", "--dev", device, expect=1)


def test_adopt_offers_no_confirmation(bench):
    assert "--confirm" not in bench.xdpctl("adopt", "--help")
    assert "adopt does not take --confirm" in bench.xdpctl("adopt", "--dev", bench.device(), "--confirm", "30s",
                                                           expect=2)


def in_shell(bench, line):
    command = f"xdpctl() {{ {BUILD}/cli/xdpctl --socket {bench.daemons[0].socket} \"$@\"; }}; {line}"
    return run("bash", "-euc", command, cwd=bench.directory, check=False)


def test_an_export_finds_its_own_objects(bench):
    device = bench.device()
    bench.attach("library-user", "--dev", device, "--link", OBJECTS / "library-parser.o")
    (bench.directory / "out").mkdir()
    (bench.directory / "etc/xdpd").mkdir(parents=True)
    for line, file in (("xdpctl export --objects out > out/chains.json", "out/chains.json"),
                       ("xdpctl export --objects out -o out/again.json", "out/again.json"),
                       ("xdpctl export --objects out > chains.json", "chains.json"),
                       ("xdpctl export --objects out | cat > piped.json", "piped.json"),
                       ("xdpctl export --objects out -o etc/xdpd/chains.json", "etc/xdpd/chains.json"),
                       ("xdpctl export --objects etc/xdpd/o -o etc/xdpd/x.json", "etc/xdpd/x.json"),
                       ("xdpctl export --objects new -o new/chains.json", "new/chains.json"),
                       ("xdpctl export --objects $PWD/abs -o etc/abs.json", "etc/abs.json"),
                       ("xdpctl export -o stored.json", "stored.json")):
        done = in_shell(bench, line)
        assert done.returncode == 0, (line, done)
        for place in ("", "cd /; "):
            done = in_shell(bench, f"{place}xdpctl plan {bench.directory / file}")
            assert done.returncode == 0 and "nothing to do" in done.stdout, (line, done)
    (component,) = json.loads((bench.directory / "out/chains.json").read_text())["devices"][0]["components"]
    assert component["object"] == "library-user.o" and component["libraries"] == ["library-parser.o"]
    (component,) = json.loads((bench.directory / "etc/xdpd/chains.json").read_text())["devices"][0]["components"]
    assert component["object"] == "../../out/library-user.o"


def test_an_export_that_cannot_be_written_is_an_error(bench):
    bench.attach("verdict-2", "--dev", bench.device())
    said = bench.xdpctl("export", "-o", "/nonexistent/chains.json", expect=1)
    assert said == "xdpctl: cannot write '/nonexistent/chains.json': No such file or directory\n"
    bench.xdpctl("export", "-o", f"{bench.directory}/", expect=1)
    said = bench.xdpctl("export", "-o", "/proc/chains.json", expect=1)
    assert said.startswith("xdpctl: /proc: cannot write 'chains.json': "), said


def test_plan_ends_with_how_much_there_is_to_do(bench):
    first, second = bench.device(), bench.device()
    for name, prio in (("stays", 1), ("changes", 2), ("goes", 3)):
        bench.attach("verdict-2", "--dev", first, "--name", name, "--prio", prio)
    chains = {"devices": [
        {"name": first, "components": [
            {"object": str(OBJECTS / "verdict-2.o"), "name": name, "priority": prio}
            for name, prio in (("stays", 1), ("changes", 7), ("new", 8))]},
        {"name": second, "components": [{"object": str(OBJECTS / "verdict-2.o")}]}]}
    file = bench.directory / "chains.json"
    file.write_text(json.dumps(chains))
    assert bench.xdpctl("plan", file).splitlines()[-1] == "2 to add, 1 to change, 1 to remove"
    bench.xdpctl("apply", file)
    assert bench.xdpctl("plan", file).splitlines()[-1] == "0 to add, 0 to change, 0 to remove"
    (link,) = json.loads(run("ip", "-n", bench.netns, "-j", "link", "show", first).stdout)
    chains["devices"][0]["match"] = f"mac={link['address']}"
    file.write_text(json.dumps(chains))
    assert bench.xdpctl("plan", file).splitlines()[-1] == \
        "0 to add, 0 to change, 0 to remove; settings of 1 device to change"


def test_mistakes_get_an_answer_that_helps(bench):
    device, other = bench.device(), bench.device()
    bench.attach("verdict-2", "--dev", device, "--name", "fw")
    for words, sentence, status in (
            (["attach", OBJECTS / "verdict-2.o", "--dev", f"{device},{other}"], "repeat the option for several", 1),
            (["move", "fw", "--dev", device, "--before", "fw"], "'fw' cannot be moved before itself", 1),
            (["detach", "--dev", device], "detach needs a component name or --all;", 2),
            (["detach", "fw", "--all", "--dev", device], "detach takes a component name or --all, not both", 2),
            (["policy"], "'policy set', 'policy show' or 'policy clear'", 2),
            (["plan", "/nonexistent"], "cannot open '/nonexistent': No such file or directory", 1),
            (["plan", bench.directory], f"cannot read '{bench.directory}': Is a directory", 1),
            (["inspect", OBJECTS / "verdict-2.o", "--btf", "/nonexistent"], "cannot open '/nonexistent': No such", 1)):
        assert sentence in bench.xdpctl(*words, expect=status), words
    rows = bench.xdpctl("status", "--brief") + bench.xdpctl("status") + bench.xdpctl("maps")
    assert not re.search(" $", rows, re.MULTILINE), rows


# Files that documents and messages mention.
NAMED = {"bad.o": "bad-empty.o", "fw.o": "verdict-2.o", "lb.o": "verdict-2.o", "fw-new.o": "verdict-1.o",
         "no_dwarfs.o": "for_slot.o", "my_policy.o": "policy-1.o", "parser.o": "library-parser.o",
         "next/parser.o": "library-parser_next.o", "next/no_dwarfs.o": "for_slot.o", "OBJECT": "verdict-2.o",
         "FILE": "verdict-2.o"}


def proposed():
    """All commands that messages (in quotes) and documents (as code) propose, without comments."""
    found = set()
    sources = run("git", "-C", TOP, "ls-files", "*.c", "*.h").stdout.split()
    for path in sources:
        if not path.startswith("tests/"):
            text = re.sub(r'"\s*\n\s*"', "", (TOP / path).read_text())
            found |= set(re.findall(r"'(xdpctl [a-z][^'\n]*)'", text))
    for path in [TOP / "README.md", *(TOP / "docs").glob("*.md")]:
        text = path.read_text()
        found |= set(re.findall(r"`(xdpctl [a-z][^`\n]*)`", text))
        found |= {line.split("  #")[0] for line in re.findall(r"^    (?:# )?(xdpctl [a-z].*)$", text, re.MULTILINE)}
    return sorted(line for line in found if "->" not in line)


def test_every_proposed_command_is_one_that_xdpctl_takes(bench):
    daemon = bench.daemon()
    for name in ("eth0", "veth0"):
        bench.device(name=name)
        bench.attach("verdict-2", "--dev", name, "--name", "fw")
    (bench.directory / "next").mkdir()
    (bench.directory / "build").symlink_to(BUILD)
    for name, source in NAMED.items():
        shutil.copy(OBJECTS / source, bench.directory / name)
    (bench.directory / "out").mkdir()
    for name in ("capture.pcap", "must-pass.pcap", "some.pcap", "incident.pcapng"):
        (bench.directory / name).write_bytes(pcap(frame(1)))
    (bench.directory / "chains.json").write_text(
        '{"devices": [{"name": "eth0", "components": [{"object": "fw.o", "name": "fw"}]}]}')
    commands = proposed()
    assert len(commands) > 50, commands
    for line in commands:
        command = line.replace("%s", "").split(" | ")[0]
        words = [re.sub("^NAME$", "eth0", word.replace("VERB", "status")) for word in shlex.split(command)[1:]]
        words = [word for word in words if word] or ["--help"]
        if words[-1] == "--dev":
            words.append("eth0")
        # These run until they are interrupted.
        if words[0] in ("monitor", "top", "trace") or "--watch" in words or words[:2] == ["record", "start"]:
            words.append("--help")
        done = run(BUILD / "cli/xdpctl", "--socket", daemon.socket, *words, check=False, cwd=bench.directory)
        # Some lack required arguments, but their options were parsed before that was noticed.
        named_only = done.returncode == 2 and re.search("^xdpctl: .* needs ", done.stderr)
        assert done.returncode in (0, 1) or named_only, (line, words, done)
    assert daemon.alive()
