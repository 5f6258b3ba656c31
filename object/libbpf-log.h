#pragma once

/*
 * What libbpf says while it works. Its print callback is one for the whole process; here each
 * thread collects its own messages, so that a failure can be answered with the ones it caused.
 */
struct libbpf_log {
	char text
		[4096]; /* the warnings since libbpf_log_begin(), the oldest ones dropped when full */
};

/* Once, before any other call of libbpf or libxdp. */
void libbpf_log_init(void);

/* From here on this thread's messages go into `messages`, until libbpf_log_end(). Not nested. */
void libbpf_log_begin(struct libbpf_log *messages);

/* For cleanup(libbpf_log_end). */
void libbpf_log_end(struct libbpf_log *messages);
