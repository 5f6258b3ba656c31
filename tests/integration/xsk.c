// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A plain AF_XDP application, as libxdp's users write it: xsk DEVICE COUNT. It receives packets on queue 0 of the device
 * and prints "ready", then "received COUNT" when that many have come. libxdp chooses the XDP program: one that is loaded
 * already, or its own.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xdp/xsk.h>

#define FRAMES	   256
#define FRAME_SIZE 4096
#define WAIT_MS	   20000

struct application {
	struct xsk_umem *memory;
	struct xsk_ring_prod fill;
	struct xsk_ring_cons completion;
	struct xsk_socket *socket;
	struct xsk_ring_cons received;
};

static int fail(const char *what, int failure)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-failure));
	return EXIT_FAILURE;
}

static int start(struct application *application, const char *device)
{
	struct xsk_socket_config config = {
		.rx_size = FRAMES,
		.bind_flags = XDP_COPY,
	};
	size_t size = FRAMES * FRAME_SIZE;
	void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int first;
	int result = buffer == MAP_FAILED
			     ? -errno
			     : xsk_umem__create(&application->memory, buffer, size,
						&application->fill, &application->completion, NULL);

	if (result == 0)
		result = xsk_socket__create(&application->socket, device, 0, application->memory,
					    &application->received, NULL, &config);
	if (result < 0 || xsk_ring_prod__reserve(&application->fill, FRAMES, &first) != FRAMES)
		return result ?: -ENOSPC;
	for (unsigned int i = 0; i < FRAMES; i++)
		*xsk_ring_prod__fill_addr(&application->fill, first + i) = i * FRAME_SIZE;
	xsk_ring_prod__submit(&application->fill, FRAMES);
	return 0;
}

static unsigned int receive(struct application *application, unsigned int wanted)
{
	struct pollfd socket = { .fd = xsk_socket__fd(application->socket), .events = POLLIN };
	unsigned int count = 0, first;

	while (count < wanted && poll(&socket, 1, WAIT_MS) > 0) {
		unsigned int n = xsk_ring_cons__peek(&application->received, FRAMES, &first);

		xsk_ring_cons__release(&application->received, n);
		count += n;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct application application = {};
	int result = argc == 3 ? start(&application, argv[1]) : -EINVAL;

	if (result < 0)
		return fail("cannot receive", result);
	printf("ready\n");
	fflush(stdout);
	printf("received %u\n", receive(&application, atoi(argv[2])));
	xsk_socket__delete(application.socket);
	xsk_umem__delete(application.memory);
	return EXIT_SUCCESS;
}
