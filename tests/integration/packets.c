// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sends or counts the frames of tests/bpf/common.h, exactly.
 *   packets send IFNAME COUNT INTERVAL_US VERDICT...   (the first bytes: for component 0, 1, ...)
 * prints how many it sent: all, or those until SIGTERM.
 *   packets receive IFNAME COUNT SILENCE_MS
 * prints how many different frames came, and how many of them some component should have dropped. It ends after that
 * many frames or, after SIGTERM, when none has come for that long: what it counts does not depend on when the sender
 * starts, or how fast it is.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TEST_PROTOCOL 0x88b5
#define LOOK_AGAIN_MS 100 /* for a SIGTERM that came just before poll() */

struct frame {
	struct ethhdr ethernet;
	uint64_t sequence;
	uint8_t verdict[8];
	uint8_t padding[200];
} __attribute__((packed));

static int open_socket(const char *ifname)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(TEST_PROTOCOL),
				       .sll_ifindex = if_nametoindex(ifname) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(TEST_PROTOCOL)), size = 64 << 20;

	if (fd < 0 || !address.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(ifname);
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* The receiving end of a veth pair may be busy; the kernel has dropped the frame then, before any program saw it. */
static bool send_frame(int fd, const struct frame *frame)
{
	ssize_t sent;

	while ((sent = send(fd, frame, sizeof(*frame), 0)) < 0 && errno == ENOBUFS)
		sched_yield();
	return sent == sizeof(*frame);
}

static int send_frames(int argc, char **argv)
{
	struct frame frame = { .ethernet.h_proto = htons(TEST_PROTOCOL) };
	uint64_t count = strtoull(argv[3], NULL, 10);
	long interval = strtol(argv[4], NULL, 10);
	int fd = open_socket(argv[2]);

	memset(frame.ethernet.h_dest, 0xff, ETH_ALEN);
	for (int i = 5; i < argc && i < 13; i++)
		frame.verdict[i - 5] = strtoul(argv[i], NULL, 10);
	signal(SIGTERM, stop);
	for (frame.sequence = 0; frame.sequence < count && !stopped; frame.sequence++) {
		if (!send_frame(fd, &frame)) {
			perror("send");
			return 1;
		}
		if (interval)
			usleep(interval);
	}
	printf("%llu\n", (unsigned long long)frame.sequence);
	return 0;
}

static int receive_frames(char **argv)
{
	uint64_t count = strtoull(argv[3], NULL, 10), different = 0, to_be_dropped = 0;
	int silence = atoi(argv[4]);
	uint8_t *seen = calloc(count, 1);
	int fd = open_socket(argv[2]);
	struct frame frame;

	signal(SIGTERM, stop);
	printf("ready\n");
	fflush(stdout);
	while (seen && different < count) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		struct sockaddr_ll from;
		socklen_t size = sizeof(from);

		bool last = stopped;
		int ready = poll(&wait, 1, last ? silence : LOOK_AGAIN_MS);

		if ((ready < 0 && errno == EINTR) || (ready == 0 && !last))
			continue;
		if (ready <= 0)
			break;
		if (recvfrom(fd, &frame, sizeof(frame), 0, (struct sockaddr *)&from, &size) <
			    (ssize_t)offsetof(struct frame, padding) ||
		    from.sll_pkttype == PACKET_OUTGOING || frame.sequence >= count)
			continue;
		to_be_dropped += !!memchr(frame.verdict, XDP_DROP, sizeof(frame.verdict));
		different += !seen[frame.sequence];
		seen[frame.sequence] = 1;
	}
	free(seen);
	printf("%llu %llu\n", (unsigned long long)different, (unsigned long long)to_be_dropped);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && !strcmp(argv[1], "send"))
		return send_frames(argc, argv);
	if (argc == 5 && !strcmp(argv[1], "receive"))
		return receive_frames(argv);
	fprintf(stderr, "packets: send or receive\n");
	return 2;
}
