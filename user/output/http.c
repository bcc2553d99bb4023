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
#include "engine/names.h"

#define CONNECTIONS 64
#define IDLE_SECONDS 15

#define TYPE_JSON "application/json"
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct http {
	struct broker *broker;
	/* of sessions: counted in the main loop, read by the threads */
	_Atomic u64 changes, changes_lost;
	size_t count;
	struct MHD_Daemon *daemons[];
};

/* What a page returns; its body goes to `out`. */
struct http_reply {
	FILE *out;
	unsigned int status;
	const char *type;
	/* of a list of sessions: `after` is where the body goes on, 0 when it is whole */
	struct view_filter next;
};

struct http_query {
	const struct http *http;
	const char *rest; /* what follows the path of the page */
	const char *verdict; /* NULL: any */
};

typedef void (*page_fn)(const struct http_query *query, struct http_reply *reply);

/* Replaces what the body holds so far. */
static void reply_error(struct http_reply *reply, unsigned int status, const char *text)
{
	rewind(reply->out);
	reply->next = (struct view_filter){0};
	reply->status = status;
	reply->type = TYPE_JSON;
	if (write_error(reply->out, text))
		fputs("{}\n", reply->out);
}

/* A document that could not be finished must not be taken for a whole one. */
static void reply_out_of_memory(struct http_reply *reply)
{
	reply_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

/* Returns a snapshot to be freed, or NULL after having put the reason into the reply. */
static struct snapshot *query_snapshot(const struct http_query *query, unsigned int what,
				       const struct view_filter *filter, struct http_reply *reply)
{
	struct snapshot *snapshot = broker_ask(query->http->broker, what, filter, BROKER_ANSWER_MS);

	if (!snapshot)
		reply_error(reply, MHD_HTTP_SERVICE_UNAVAILABLE,
			    "the daemon is too busy to answer");
	return snapshot;
}

static void page_metrics(const struct http_query *query, struct http_reply *reply)
{
	struct snapshot *snapshot = query_snapshot(query, VIEW_METRICS, NULL, reply);

	if (!snapshot)
		return;
	snapshot->changes = query->http->changes;
	snapshot->changes_lost = query->http->changes_lost;
	reply->type = TYPE_PROMETHEUS;
	write_prometheus(reply->out, snapshot);
	snapshot_free(snapshot);
}

static void page_health(const struct http_query *query, struct http_reply *reply)
{
	struct snapshot *snapshot = query_snapshot(query, VIEW_METRICS, NULL, reply);

	if (!snapshot)
		return;
	reply->type = TYPE_TEXT;
	fputs("ok\n", reply->out);
	snapshot_free(snapshot);
}

static void page_sessions(const struct http_query *query, struct http_reply *reply)
{
	struct view_filter filter = {0};
	struct snapshot *snapshot;

	if (query->verdict) {
		int verdict = words_value(WORDS_VERDICTS, query->verdict);

		if (verdict < 0) {
			reply_error(
				reply, MHD_HTTP_BAD_REQUEST,
				"verdict must be succeeded, failed, blocked, pending or unknown");
			return;
		}
		filter.by_verdict = 1;
		filter.verdict = (u8)verdict;
	}
	filter.most = LISTING_PART;
	snapshot = query_snapshot(query, VIEW_SESSIONS, &filter, reply);
	if (!snapshot)
		return;
	if (write_sessions(reply->out, snapshot->view))
		reply_out_of_memory(reply);
	else
		filter.after = snapshot->view->next;
	reply->next = filter;
	snapshot_free(snapshot);
}

#define ID_DIGITS 16
#define ID_DIGITS_LEAST 4 /* of an id of which only the beginning is given */
#define MATCHES_SHOWN 16

/* Returns whether a text is an id or the beginning of one. */
static bool parse_id(const char *text, struct view_filter *filter)
{
	size_t length = strlen(text);

	if (!length || length > ID_DIGITS || strspn(text, "0123456789abcdefABCDEF") != length)
		return false;
	filter->id = strtoull(text, NULL, 16) << 4 * (ID_DIGITS - length);
	filter->id_digits = (u8)length;
	return true;
}

static void reply_ambiguous(struct http_reply *reply, const struct engine_view *view)
{
	reply->status = MHD_HTTP_CONFLICT;
	if (write_ambiguous(reply->out, view))
		reply_out_of_memory(reply);
}

static void page_session(const struct http_query *query, struct http_reply *reply)
{
	struct view_filter filter = {.most = MATCHES_SHOWN};
	struct snapshot *snapshot;

	if (!parse_id(query->rest, &filter)) {
		reply_error(reply, MHD_HTTP_NOT_FOUND, "no such session");
		return;
	}
	if (filter.id_digits < ID_DIGITS_LEAST) {
		reply_error(reply, MHD_HTTP_BAD_REQUEST,
			    "4 digits of a session's id are needed at least");
		return;
	}
	snapshot = query_snapshot(query, VIEW_SESSIONS, &filter, reply);
	if (!snapshot)
		return;
	if (!snapshot->view->nsessions)
		reply_error(reply, MHD_HTTP_NOT_FOUND, "no such session");
	else if (snapshot->view->nsessions > 1)
		reply_ambiguous(reply, snapshot->view);
	else if (write_session(reply->out, snapshot->view, &snapshot->view->sessions[0]))
		reply_out_of_memory(reply);
	snapshot_free(snapshot);
}

/* A page that is one document of a view. */
static void page_document(const struct http_query *query, struct http_reply *reply,
			  unsigned int what,
			  int (*write)(FILE *out, const struct engine_view *view))
{
	struct snapshot *snapshot = query_snapshot(query, what, NULL, reply);

	if (snapshot && write(reply->out, snapshot->view))
		reply_out_of_memory(reply);
	snapshot_free(snapshot);
}

static void page_mappings(const struct http_query *query, struct http_reply *reply)
{
	page_document(query, reply, VIEW_MAPPINGS, write_mappings);
}

static void page_hosts(const struct http_query *query, struct http_reply *reply)
{
	page_document(query, reply, VIEW_HOSTS, write_hosts);
}

static void page_rules(const struct http_query *query, struct http_reply *reply)
{
	page_document(query, reply, VIEW_METRICS, write_rules);
}

static const struct http_page {
	const char *path;
	bool more; /* something follows the path */
	page_fn fn;
} pages[] = {
	{"/metrics", false, page_metrics},          {"/healthz", false, page_health},
	{"/api/v1/sessions", false, page_sessions}, {"/api/v1/sessions/", true, page_session},
	{"/api/v1/mappings", false, page_mappings}, {"/api/v1/hosts", false, page_hosts},
	{"/api/v1/rules", false, page_rules},
};

static const struct http_page *find_page(const char *url, const char **rest)
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

static void make_reply(struct http *http, struct MHD_Connection *connection, const char *url,
		       const char *method, struct http_reply *reply)
{
	struct http_query query = {.http = http};
	const struct http_page *page = find_page(url, &query.rest);

	query.verdict = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "verdict");
	if (!page)
		reply_error(reply, MHD_HTTP_NOT_FOUND, "no such page");
	else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		reply_error(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are allowed");
	else
		page->fn(&query, reply);
	if (ferror(reply->out))
		reply_out_of_memory(reply);
}

/* Takes the body over, also on error. */
static enum MHD_Result send_reply(struct http *http, struct MHD_Connection *connection,
				  const struct http_reply *reply, char *body, size_t size)
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

static enum MHD_Result http_answer(struct http *http, struct MHD_Connection *connection,
				   const char *url, const char *method)
{
	struct http_reply reply = {.status = MHD_HTTP_OK, .type = TYPE_JSON};
	char *body = NULL;
	size_t size = 0;

	reply.out = open_memstream(&body, &size);
	if (!reply.out)
		return MHD_NO;
	make_reply(http, connection, url, method, &reply);
	if (fclose(reply.out)) {
		free(body);
		return MHD_NO;
	}
	return send_reply(http, connection, &reply, body, size);
}

/*
 * libmicrohttpd calls this once with the headers, then for each part of the request's body, which
 * is skipped, and once more when nothing of it is left.
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
	return http_answer(arg, connection, url, method);
}

static void on_message(void *arg, const char *format, va_list args)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), format, args);
	log_debug("http: %s", text);
}

static struct MHD_Daemon *serve_socket(struct http *http, int socket)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
				on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
				MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)IDLE_SECONDS, MHD_OPTION_END);
}

static void http_stop(void *state)
{
	struct http *http = state;

	for (size_t i = 0; i < http->count; i++)
		MHD_stop_daemon(http->daemons[i]);
	free(http);
}

static void close_sockets(const int *sockets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(sockets[i]);
}

static int http_start(void **state, const struct output_setup *setup)
{
	size_t count = setup->nsockets;
	struct http *http = calloc(1, sizeof(*http) + count * sizeof(http->daemons[0]));

	if (!http) {
		close_sockets(setup->sockets, count);
		return -ENOMEM;
	}
	http->broker = setup->broker;
	for (; http->count < count; http->count++) {
		http->daemons[http->count] = serve_socket(http, setup->sockets[http->count]);
		if (!http->daemons[http->count]) {
			close_sockets(setup->sockets + http->count, count - http->count);
			http_stop(http);
			return -EIO;
		}
	}
	*state = http;
	return 0;
}

static void http_changed(void *state, const struct session_change *changes, size_t count, u64 lost)
{
	struct http *http = state;

	(void)changes;
	http->changes += count + lost;
	http->changes_lost += lost;
}

const struct output http_output = {
	.name = "HTTP server",
	.start = http_start,
	.changed = http_changed,
	.stop = http_stop,
};
