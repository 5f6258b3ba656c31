#!/bin/sh
# Makes a Debian machine ready: packages and a bpffs. Does nothing that is done already.
#   tools/setup.sh         to build and to run
#   tools/setup.sh test    to test, too
set -eu

build="gcc libc6-dev clang llvm clang-format meson ninja-build pkg-config bpftool
	libbpf-dev libxdp-dev libnl-3-dev libnl-route-3-dev libsystemd-dev libjansson-dev
	nettle-dev libelf-dev iproute2 iputils-ping python3"
test="libcmocka-dev xdp-tools python3-varlink qemu-system-x86 busybox-static cpio kmod zstd
	xz-utils tcpdump util-linux man-db"
wanted=$build
[ "${1:-}" = test ] && wanted="$build $test"

fail() {
	echo "setup: $*" >&2
	exit 1
}

installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
		grep -c '^installed ' || true
}

recent_libbpf() {
	dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libbpf-dev 2>/dev/null)" ge 1:1.3
}

# The entry of this machine's own apt configuration that serves the release, for another suite.
add_backports() {
	. /etc/os-release
	suite=$VERSION_CODENAME-backports
	list=/etc/apt/sources.list.d/xdpd-backports.sources
	grep -rqs "$suite" /etc/apt/sources.list /etc/apt/sources.list.d && return
	found=$(apt-get indextargets --format '$(REPO_URI) $(SIGNED_BY)' "Codename: $VERSION_CODENAME" \
		"Created-By: Packages" | sort -u | head -n 1)
	uri=${found%% *}
	[ -n "$uri" ] || fail "this machine's apt configuration has no $VERSION_CODENAME"
	{
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
		key=${found#* }
		[ -z "$key" ] || [ "$key" = "$found" ] || [ "${key#\$}" != "$key" ] || printf 'Signed-By: %s\n' "$key"
	} >"$list"
	apt-get update -qq
}

install_packages() {
	command -v apt-get >/dev/null || fail "needs Debian's apt-get"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	install="apt-get install -qq -y --no-install-recommends"
	candidate=$(apt-cache policy libbpf-dev | sed -n 's/^ *Candidate: //p')
	if dpkg --compare-versions "$candidate" lt 1:1.3; then
		add_backports
		suite=$(. /etc/os-release && echo "$VERSION_CODENAME-backports")
		backported="libbpf-dev meson bpftool"
		[ "$wanted" = "$build" ] || backported="$backported python3-varlink"
		$install -t "$suite" $backported >/dev/null
	fi
	$install $wanted >/dev/null
}

[ "$(id -u)" = 0 ] || fail "must run as root"
[ "$(installed)" -ge "$(echo $wanted | wc -w)" ] && recent_libbpf || install_packages
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
