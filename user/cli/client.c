/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "cli/client.h"
#include "util/log.h"

#define SILENCE_SECONDS 30L /* that the daemon may need until it goes on */

int answer_add(struct answer *answer, const char *data, size_t size)
{
	char *text = realloc(answer->text, answer->size + size + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text + answer->size, data, size);
	answer->text = text;
	answer->size += size;
	text[answer->size] = '\0';
	return 0;
}

/* An answer that is coming in. */
struct stream {
	CURL *curl;
	client_data_fn fn;
	void *arg;
	int err;
};

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct stream *stream = arg;
	long status = 0;

	curl_easy_getinfo(stream->curl, CURLINFO_RESPONSE_CODE, &status);
	stream->err = stream->fn(stream->arg, status, data, size * count);
	return stream->err ? 0 : size * count;
}

/* The host's name stands for nothing: the socket's path is the address. */
static CURLcode get(struct stream *stream, const char *socket, const char *page, long *status)
{
	char url[256];
	CURLcode code;

	snprintf(url, sizeof(url), "http://localhost%s", page);
	curl_easy_setopt(stream->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(stream->curl, CURLOPT_URL, url);
	curl_easy_setopt(stream->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(stream->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(stream->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(stream->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
	curl_easy_setopt(stream->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(stream->curl, CURLOPT_WRITEDATA, stream);
	code = curl_easy_perform(stream->curl);
	curl_easy_getinfo(stream->curl, CURLINFO_RESPONSE_CODE, status);
	return code;
}

static int complain_memory(void)
{
	log_error("out of memory");
	return EXIT_PROBLEM;
}

static int complain_form(void)
{
	log_error("the daemon's answer cannot be read: is it of the same version?");
	return EXIT_PROBLEM;
}

static void complain(const char *socket, CURLcode code)
{
	if (code == CURLE_COULDNT_CONNECT)
		log_error("no daemon answers on %s: start one with 'sudo p2pscope run', or name "
			  "its socket with "
			  "--socket PATH",
			  socket);
	else
		log_error("asking the daemon on %s: %s", socket, curl_easy_strerror(code));
}

int client_stream(const struct options *options, const char *page, long *status, client_data_fn fn,
		  void *arg)
{
	struct stream stream = {.curl = curl_easy_init(), .fn = fn, .arg = arg};
	CURLcode code;

	if (!stream.curl)
		return complain_memory();
	code = get(&stream, options->socket, page, status);
	curl_easy_cleanup(stream.curl);
	if (stream.err)
		return stream.err == -EBADMSG ? complain_form() : complain_memory();
	if (code == CURLE_OK)
		return EXIT_DONE;
	complain(options->socket, code);
	return EXIT_PROBLEM;
}

static int keep(void *arg, long status, const char *data, size_t size)
{
	(void)status;
	return answer_add(arg, data, size);
}

int client_get(const struct options *options, const char *page, struct answer *answer)
{
	int err;

	*answer = (struct answer){0};
	err = client_stream(options, page, &answer->status, keep, answer);
	if (err)
		answer_free(answer);
	return err;
}

void answer_free(struct answer *answer)
{
	free(answer->text);
	*answer = (struct answer){0};
}

void client_refused(const struct answer *answer, const char *page)
{
	json_t *document = answer->text ? json_loads(answer->text, 0, NULL) : NULL;
	const char *text = json_string_value(json_object_get(document, "error"));

	if (text)
		log_error("%s", text);
	else
		log_error("the daemon answered %s with status %ld", page, answer->status);
	json_decref(document);
}

static int parse(const struct answer *answer, json_t **document)
{
	*document = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	return *document ? EXIT_DONE : complain_form();
}

int client_take(const struct options *options, const char *page, const struct answer *answer,
		json_t **document)
{
	*document = NULL;
	if (answer->status != 200) {
		client_refused(answer, page);
		return EXIT_PROBLEM;
	}
	if (!options->json)
		return parse(answer, document);
	fwrite(answer->text, 1, answer->size, stdout);
	return EXIT_DONE;
}

static int get_document(const struct options *options, const char *page, json_t **document)
{
	struct answer answer;
	int err = client_get(options, page, &answer);

	*document = NULL;
	if (err)
		return err;
	err = client_take(options, page, &answer, document);
	answer_free(&answer);
	return err;
}

/* The document is printed already when there is none: --json. */
int client_show(const struct options *options, const char *page,
		int (*show)(const json_t *document, double now))
{
	json_t *document;
	int err = get_document(options, page, &document);

	if (!err && document && show(document, (double)time(NULL))) {
		log_error("out of memory");
		err = EXIT_PROBLEM;
	}
	json_decref(document);
	return err;
}
