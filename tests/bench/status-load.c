// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How many Status requests a second a daemon answers.
 *   status-load SOCKET CLIENTS SECONDS
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 64

static const char call[] = "{\"method\":\"io.xdpd.Status\"}";

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    write(fd, call, sizeof(call)) != sizeof(call)) {
		perror(path);
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int clients = argc == 4 ? atoi(argv[2]) : 0;
	struct pollfd waits[CLIENTS_MAX];
	unsigned long answers = 0;
	double begun, end;

	if (clients < 1 || clients > CLIENTS_MAX) {
		fprintf(stderr, "status-load SOCKET CLIENTS SECONDS\n");
		return 2;
	}
	for (int i = 0; i < clients; i++)
		waits[i] = (struct pollfd){ .fd = connect_to(argv[1]), .events = POLLIN };
	begun = now();
	for (end = begun + atof(argv[3]); now() < end;) {
		if (poll(waits, clients, 1000) <= 0)
			return 1;
		for (int i = 0; i < clients; i++) {
			char answer[65536];
			ssize_t count;

			if (!waits[i].revents)
				continue;
			count = read(waits[i].fd, answer, sizeof(answer));
			if (count <= 0)
				return 1;
			if (answer[count - 1])
				continue; /* the rest of the reply has not arrived yet */
			answers++;
			if (write(waits[i].fd, call, sizeof(call)) != sizeof(call))
				return 1;
		}
	}
	printf("%.0f\n", answers / (now() - begun));
	return 0;
}
