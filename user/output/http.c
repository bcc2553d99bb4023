/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "util/log.h"
#include "output/http.h"
#include "output/json.h"
#include "output/listing.h"
#include "output/prometheus.h"
#include "util/names.h"

#define CONNECTIONS 64
#define IDLE_SECONDS 15

#define TYPE_JSON "application/json"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct http {
	struct broker *broker;
	size_t count;
	struct MHD_Daemon *daemons[];
};

/* What a page gives; the body goes to `out`. */
struct reply {
	FILE *out;
	unsigned int status;
	const char *type;
	/* of sessions: `after` is where the body is to go on, 0: it is whole */
	struct view_filter next;
};

struct asked {
	struct broker *broker;
	const char *rest; /* what follows the path of the page */
	const char *verdict; /* NULL: any */
};

typedef void (*page_fn)(const struct asked *asked, struct reply *reply);

static void refuse(struct reply *reply, unsigned int status, const char *text)
{
	reply->status = status;
	reply->type = TYPE_JSON;
	write_error(reply->out, text);
}

/* Gives the snapshot, or NULL after having said so in the reply. */
static struct snapshot *ask(const struct asked *asked, unsigned int what,
			    const struct view_filter *filter, struct reply *reply)
{
	struct snapshot *snapshot = broker_ask(asked->broker, what, filter, BROKER_ANSWER_MS);

	if (!snapshot)
		refuse(reply, MHD_HTTP_SERVICE_UNAVAILABLE, "the daemon is too busy to answer");
	return snapshot;
}

static void page_metrics(const struct asked *asked, struct reply *reply)
{
	struct snapshot *snapshot = ask(asked, VIEW_METRICS, NULL, reply);

	if (!snapshot)
		return;
	reply->type = TYPE_PROMETHEUS;
	write_prometheus(reply->out, snapshot);
	snapshot_free(snapshot);
}

static void page_health(const struct asked *asked, struct reply *reply)
{
	struct snapshot *snapshot = ask(asked, VIEW_METRICS, NULL, reply);

	if (!snapshot)
		return;
	reply->type = TYPE_TEXT;
	fputs("ok\n", reply->out);
	snapshot_free(snapshot);
}

static void page_sessions(const struct asked *asked, struct reply *reply)
{
	struct view_filter filter = {0};
	struct snapshot *snapshot;

	if (asked->verdict) {
		int verdict = words_value(WORDS_VERDICTS, asked->verdict);

		if (verdict < 0) {
			refuse(reply, MHD_HTTP_BAD_REQUEST,
			       "verdict must be succeeded, failed, blocked, pending or unknown");
			return;
		}
		filter.by_verdict = 1;
		filter.verdict = (u8)verdict;
	}
	filter.most = LISTING_PART;
	snapshot = ask(asked, VIEW_SESSIONS, &filter, reply);
	if (!snapshot)
		return;
	if (write_sessions(reply->out, snapshot->view))
		reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	else
		filter.after = snapshot->view->next;
	reply->next = filter;
	snapshot_free(snapshot);
}

/* Gives 0, which no session has, for a text that is no id. */
static u64 parse_id(const char *text)
{
	size_t length = strlen(text);

	if (!length || length > 16 || strspn(text, "0123456789abcdefABCDEF") != length)
		return 0;
	return strtoull(text, NULL, 16);
}

static void page_session(const struct asked *asked, struct reply *reply)
{
	struct view_filter filter = {.serial = parse_id(asked->rest)};
	struct snapshot *snapshot;

	if (!filter.serial) {
		refuse(reply, MHD_HTTP_NOT_FOUND, "there is no such session");
		return;
	}
	snapshot = ask(asked, VIEW_SESSIONS, &filter, reply);
	if (!snapshot)
		return;
	if (!snapshot->view->nsessions)
		refuse(reply, MHD_HTTP_NOT_FOUND, "there is no such session");
	else if (write_session(reply->out, snapshot->view, &snapshot->view->sessions[0]))
		reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	snapshot_free(snapshot);
}

/* A page that is one document of a view. */
static void page_document(const struct asked *asked, struct reply *reply, unsigned int what,
			  int (*write)(FILE *out, const struct engine_view *view))
{
	struct snapshot *snapshot = ask(asked, what, NULL, reply);

	if (snapshot && write(reply->out, snapshot->view))
		reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	snapshot_free(snapshot);
}

static void page_mappings(const struct asked *asked, struct reply *reply)
{
	page_document(asked, reply, VIEW_MAPPINGS, write_mappings);
}

static void page_hosts(const struct asked *asked, struct reply *reply)
{
	page_document(asked, reply, VIEW_HOSTS, write_hosts);
}

static void page_rules(const struct asked *asked, struct reply *reply)
{
	page_document(asked, reply, VIEW_METRICS, write_rules);
}

static const struct page {
	const char *path;
	bool more; /* something follows the path */
	page_fn fn;
} pages[] = {
	{"/metrics", false, page_metrics},          {"/healthz", false, page_health},
	{"/api/v1/sessions", false, page_sessions}, {"/api/v1/sessions/", true, page_session},
	{"/api/v1/mappings", false, page_mappings}, {"/api/v1/hosts", false, page_hosts},
	{"/api/v1/rules", false, page_rules},
};

static const struct page *find_page(const char *url, const char **rest)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		size_t length = strlen(pages[i].path);

		*rest = url + length;
		if (pages[i].more ? !strncmp(url, pages[i].path, length) && **rest
				  : !strcmp(url, pages[i].path))
			return &pages[i];
	}
	return NULL;
}

static void fill(struct http *http, struct MHD_Connection *connection, const char *url,
		 const char *method, struct reply *reply)
{
	struct asked asked = {.broker = http->broker};
	const struct page *page = find_page(url, &asked.rest);

	asked.verdict = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "verdict");
	if (!page)
		refuse(reply, MHD_HTTP_NOT_FOUND, "there is no such page");
	else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		refuse(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is possible");
	else
		page->fn(&asked, reply);
}

/* Takes the body over, also on error. */
static enum MHD_Result send_reply(struct http *http, struct MHD_Connection *connection,
				  const struct reply *reply, char *body, size_t size)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (reply->next.after)
		response = listing_response(http->broker, &reply->next, body, size);
	else
		response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(struct http *http, struct MHD_Connection *connection, const char *url,
			      const char *method)
{
	struct reply reply = {.status = MHD_HTTP_OK, .type = TYPE_JSON};
	char *body = NULL;
	size_t size = 0;

	reply.out = open_memstream(&body, &size);
	if (!reply.out)
		return MHD_NO;
	fill(http, connection, url, method, &reply);
	if (fclose(reply.out)) {
		free(body);
		return MHD_NO;
	}
	return send_reply(http, connection, &reply, body, size);
}

/*
 * libmicrohttpd calls once with the headers, again for each part of a body, and at its end with
 * none left.
 */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_size, void **state)
{
	static int headers_seen;

	(void)version;
	(void)body;
	if (!*state) {
		*state = &headers_seen;
		return MHD_YES;
	}
	if (*body_size) {
		*body_size = 0;
		return MHD_YES;
	}
	return answer(arg, connection, url, method);
}

static void on_message(void *arg, const char *format, va_list args)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), format, args);
	log_debug("http: %s", text);
}

static struct MHD_Daemon *serve(struct http *http, int socket)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
				on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
				MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)IDLE_SECONDS, MHD_OPTION_END);
}

int http_start(struct http **out, struct broker *broker, const int *sockets, size_t count)
{
	struct http *http = calloc(1, sizeof(*http) + count * sizeof(http->daemons[0]));

	if (!http)
		return -ENOMEM;
	http->broker = broker;
	for (http->count = 0; http->count < count; http->count++) {
		http->daemons[http->count] = serve(http, sockets[http->count]);
		if (!http->daemons[http->count]) {
			for (size_t i = http->count; i < count; i++)
				close(sockets[i]);
			http_stop(http);
			return -EIO;
		}
	}
	*out = http;
	return 0;
}

void http_stop(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->count; i++)
		MHD_stop_daemon(http->daemons[i]);
	free(http);
}
