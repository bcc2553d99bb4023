/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "cli/client.h"
#include "util/log.h"

#define SILENCE_SECONDS 30L /* the daemon may pause for so long */

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

/* A response that is being received. */
struct transfer {
	CURL *curl;
	client_data_fn fn;
	void *arg;
	int err;
};

static size_t transfer_on_data(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	long status = 0;

	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	transfer->err = transfer->fn(transfer->arg, status, data, size * count);
	return transfer->err ? 0 : size * count;
}

/* The host name is not used, as the socket is found by its path. */
static CURLcode transfer_perform(struct transfer *transfer, const char *socket, const char *page,
				 long *status)
{
	char url[256];
	CURLcode code;

	snprintf(url, sizeof(url), "http://localhost%s", page);
	curl_easy_setopt(transfer->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(transfer->curl, CURLOPT_URL, url);
	curl_easy_setopt(transfer->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(transfer->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, transfer_on_data);
	curl_easy_setopt(transfer->curl, CURLOPT_WRITEDATA, transfer);
	code = curl_easy_perform(transfer->curl);
	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, status);
	return code;
}

static int report_no_memory(void)
{
	log_error("out of memory");
	return EXIT_PROBLEM;
}

int client_bad_answer(void)
{
	log_error("cannot parse the daemon's response: is the daemon of the same version?");
	return EXIT_PROBLEM;
}

/* Reports why the data of a response was refused; main() does so where the output failed. */
static int report_data_error(int err)
{
	if (err == -EIO)
		return EXIT_PROBLEM;
	return err == -EBADMSG ? client_bad_answer() : report_no_memory();
}

static void report_transfer_error(const char *socket, CURLcode code)
{
	if (code == CURLE_COULDNT_CONNECT)
		log_error("no daemon answers on %s: start one with 'sudo p2pscope run', or name "
			  "its socket with "
			  "--socket PATH",
			  socket);
	else
		log_error("the request to the daemon on %s failed: %s", socket,
			  curl_easy_strerror(code));
}

int client_stream(const struct options *options, const char *page, long *status, client_data_fn fn,
		  void *arg)
{
	struct transfer transfer = {.curl = curl_easy_init(), .fn = fn, .arg = arg};
	CURLcode code;

	if (!transfer.curl)
		return report_no_memory();
	code = transfer_perform(&transfer, options->socket, page, status);
	curl_easy_cleanup(transfer.curl);
	if (transfer.err)
		return report_data_error(transfer.err);
	if (code == CURLE_OK)
		return EXIT_DONE;
	report_transfer_error(options->socket, code);
	return EXIT_PROBLEM;
}

static int answer_keep(void *arg, long status, const char *data, size_t size)
{
	(void)status;
	return answer_add(arg, data, size);
}

int client_get(const struct options *options, const char *page, struct answer *answer)
{
	int err;

	*answer = (struct answer){0};
	err = client_stream(options, page, &answer->status, answer_keep, answer);
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
		log_error("the daemon answered %s with HTTP status %ld", page, answer->status);
	json_decref(document);
}

int client_print(const char *data, size_t size)
{
	return fwrite(data, 1, size, stdout) == size ? 0 : -EIO;
}

static int answer_parse(const struct answer *answer, json_t **document)
{
	*document = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	return *document ? EXIT_DONE : client_bad_answer();
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
		return answer_parse(answer, document);
	return client_print(answer->text, answer->size) ? EXIT_PROBLEM : EXIT_DONE;
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

/* With --json there is no document: it has been printed. */
int client_show(const struct options *options, const char *page, const char *list,
		int (*show)(const json_t *document, double now))
{
	json_t *document;
	int err = get_document(options, page, &document);

	if (!err && document && !json_is_array(json_object_get(document, list)))
		err = client_bad_answer();
	if (!err && document && show(document, (double)time(NULL))) {
		log_error("out of memory");
		err = EXIT_PROBLEM;
	}
	json_decref(document);
	return err;
}
