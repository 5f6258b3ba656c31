#pragma once

#include "cli/verb.h"

/*
 * Makes a file with chains, "-" for standard input, the request: opens the objects that it names by
 * path, from where it is, each content once, and names them by that. Says on stderr what is wrong, with
 * the path in the document.
 */
enum exit_status chains_file_read(const char *path, struct apply_request *request);
