#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Two programs on one device, with a daemon of its own, a veth pair, real packets and counters. Cleans
# up at the end, also when interrupted.
set -eu

top=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
id=
daemon=

clean_up() {
	trap - EXIT INT TERM
	if [ -n "$daemon" ]; then
		"$top/build/cli/xdpctl" --socket "$work/socket" detach --all --release --dev "$id" \
			>/dev/null 2>&1 || true
		kill "$daemon" 2>/dev/null || true
		wait "$daemon" 2>/dev/null || true
	fi
	if [ -n "$id" ]; then
		ip link del "$id" 2>/dev/null || true
		ip netns del "$id" 2>/dev/null || true
		find "/sys/fs/bpf/$id" -depth -delete 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n# %s\n' "$*"; }
xdpctl() {
	printf '$ xdpctl %s\n' "${*//$top\//}"
	"$top/build/cli/xdpctl" --socket "$work/socket" "$@"
}
fail() { echo "demo: $*" >&2 && exit 1; }
ping_from() { ip netns exec "$id" ping -q -c 5 -i 0.2 -W 1 -I "$1" "$server" >/dev/null; }

# The first free number of a device also selects a network of its own (198.18.0.0/15 is for tests, RFC 2544).
number=0
until ip link add "demo$number" type veth peer name "peer$number" 2>/dev/null; do
	number=$((number + 1))
	[ "$number" -lt 256 ] || fail "cannot create a veth pair: $(ip link add demo0 type veth 2>&1)"
done
id=demo$number
blocked=198.18.$number.9 allowed=198.18.$number.1 server=198.18.$number.2

say "a veth pair: $id here ($server), the other end in a namespace with two addresses"
ip netns add "$id"
ip link set "peer$number" netns "$id" name peer
ip addr add "$server/24" dev "$id"
ip link set "$id" up
ip -n "$id" addr add "$allowed/24" dev peer
ip -n "$id" addr add "$blocked/24" dev peer
ip -n "$id" link set peer up

say "a daemon of our own"
"$top/build/daemon/xdpd" --socket "$work/socket" --state-dir "$work/state" \
	--bpffs "/sys/fs/bpf/$id" 2>"$work/log" &
daemon=$!
for _ in $(seq 100); do
	[ -S "$work/socket" ] && break
	kill -0 "$daemon" 2>/dev/null || fail "xdpd did not start: $(cat "$work/log")"
	sleep 0.1
done
cat "$work/log"

say "two programs, from two teams, on one device"
xdpctl attach "$top/build/examples/blocklist.bpf.o" --dev "$id"
xdpctl attach "$top/build/examples/counter.bpf.o" --dev "$id" --prio 20

say "$blocked goes into the blocklist's map"
map=$("$top/build/cli/xdpctl" --socket "$work/socket" --json status |
	grep -o '"name":"blocked","id":[0-9]*' | grep -o '[0-9]*$')
bpftool map update id "$map" key hex 20 00 00 00 $(printf '%02x ' ${blocked//./ }) value hex 01

say "five pings from $allowed, five from $blocked"
ping_from "$allowed" || fail "packets from $allowed do not get through"
! ping_from "$blocked" || fail "packets from $blocked get through"
xdpctl status

say "the firewall goes, the counter stays, its counts go on"
xdpctl detach blocklist --dev "$id"
ping_from "$blocked" || fail "packets from $blocked do not get through without the blocklist"
xdpctl status

say "and the device is given back"
xdpctl detach --all --release --dev "$id"
xdpctl status
printf '\ndemo: done; %s was blocked while the blocklist ran, and only then\n' "$blocked"
