#include "base/file.h"

#include "base/cleanup.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <sys/stat.h>

int blob_read(int fd, const char *what, size_t limit, struct blob *ret, struct error *error)
{
	cleanup(freep) void *bytes = NULL;
	struct stat status;
	size_t done = 0, size;

	if (fstat(fd, &status) < 0)
		return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot look at %s: %s", what,
				 errno_name(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL, "%s is not a regular file",
				 what);
	size = status.st_size;
	if (size > limit)
		return error_set(error, ERROR_BAD_OBJECT, -EFBIG,
				 "%s has %zu bytes; the limit is %zu MiB", what, size, limit >> 20);
	bytes = malloc(size + 1);
	if (!bytes)
		return error_memory(error);
	while (done < size) {
		ssize_t count = pread(fd, (char *)bytes + done, size - done, done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set(error, ERROR_BAD_OBJECT, -errno, "cannot read %s: %s",
					 what, errno_name(errno));
		if (count == 0)
			return error_set(error, ERROR_BAD_OBJECT, -EIO,
					 "%s became shorter while it was read", what);
		done += count;
	}
	*ret = (struct blob){ .bytes = steal(bytes), .size = size };
	return 0;
}

void blob_done(struct blob *blob)
{
	free(blob->bytes);
	*blob = (struct blob){};
}

void blob_sha256(const struct blob *blob, char ret[static SHA256_TEXT_SIZE])
{
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&hash);
	sha256_update(&hash, blob->size, blob->bytes);
	sha256_digest(&hash, sizeof(digest), digest);
	base16_encode_update(ret, sizeof(digest), digest);
	ret[SHA256_TEXT_SIZE - 1] = '\0';
}
