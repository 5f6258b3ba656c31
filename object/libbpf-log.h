#pragma once

/*
 * What libbpf says while it works. Its print callback is one for the whole process; here each
 * thread collects its own messages, so that a failure can be answered with the ones it caused.
 */
struct messages {
	char text
		[4096]; /* the warnings since messages_begin(), the oldest ones dropped when full */
};

/* Once, before any other call of libbpf or libxdp. */
void messages_init(void);

/* From here on this thread's messages go into `messages`, until messages_end(). Not nested. */
void messages_begin(struct messages *messages);

/* For cleanup(messages_end). */
void messages_end(struct messages *messages);
