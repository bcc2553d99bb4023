/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "cli/client.h"
#include "log.h"

#define ANSWER_SECONDS 30L

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct answer *answer = arg;
	size_t more = size * count;
	char *text = realloc(answer->text, answer->size + more + 1);

	if (!text)
		return 0;
	memcpy(text + answer->size, data, more);
	answer->text = text;
	answer->size += more;
	text[answer->size] = '\0';
	return more;
}

/* The host's name stands for nothing: the socket's path is the address. */
static CURLcode get(CURL *curl, const char *socket, const char *page, struct answer *answer)
{
	char url[256];
	CURLcode code;

	snprintf(url, sizeof(url), "http://localhost%s", page);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
	return code;
}

static void complain(const char *socket, CURLcode code)
{
	if (code == CURLE_COULDNT_CONNECT)
		log_error("no daemon answers on %s: start one with 'sudo p2pscope run', or name its socket with "
			  "--socket PATH",
			  socket);
	else
		log_error("asking the daemon on %s: %s", socket, curl_easy_strerror(code));
}

int client_get(const struct options *options, const char *page, struct answer *answer)
{
	CURL *curl = curl_easy_init();
	CURLcode code;

	*answer = (struct answer){0};
	if (!curl) {
		log_error("out of memory");
		return EXIT_PROBLEM;
	}
	code = get(curl, options->socket, page, answer);
	curl_easy_cleanup(curl);
	if (code == CURLE_OK)
		return EXIT_DONE;
	complain(options->socket, code);
	answer_free(answer);
	return EXIT_PROBLEM;
}

void answer_free(struct answer *answer)
{
	free(answer->text);
	*answer = (struct answer){0};
}

/* The daemon says in its own words what is wrong with the question. */
static void complain_status(const struct answer *answer, const char *page)
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
	if (*document)
		return EXIT_DONE;
	log_error("the daemon's answer cannot be read: is it of the same version?");
	return EXIT_PROBLEM;
}

int client_take(const struct options *options, const char *page, const struct answer *answer, json_t **document)
{
	*document = NULL;
	if (answer->status != 200) {
		complain_status(answer, page);
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
int client_show(const struct options *options, const char *page, int (*show)(const json_t *document, double now))
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
