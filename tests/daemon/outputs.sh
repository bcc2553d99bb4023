# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What it gives: the form of JSON and metrics, the same on every way, for everybody, whatever the
# network sends.

here=tests/daemon

session_keys='["cause","confidence","degraded","dtls","evidence",
	"host","id","impaired","media","outlook","pairs","path","payload","peer","rule","stage",
	"time_to_connect_ms",
	"timeline","timeline_lost","times","ufrags","verdict","where","worked_s"]'

is_json() { jq -e "$1" <"$2"; }

has_sessions() { [ "$(get /api/v1/sessions | jq '.sessions | length')" -ge "$1" ]; }

ok "a start for outputs" start
get /api/v1/sessions >"$work/empty"
ok "no sessions yet" is_json '. == {"sessions": []}' "$work/empty"
host python3 $here/checks.py checks 192.168.0.10 5.0.0.2 5
ok "checks make a session" within "$patience" has_sessions 1

get /api/v1/sessions >"$work/sessions"
ok "its fields" is_json ".sessions | length == 1 and (.[0] | keys) == $session_keys" \
	"$work/sessions"
ok "its addresses" is_json '.sessions[0] | .host == "192.168.0.10" and .peer == "5.0.0.2"' \
	"$work/sessions"
ok "under way" is_json '.sessions[0] | .verdict == "pending" and .stage == "checking"' \
	"$work/sessions"
ok "what is not known is null" is_json '.sessions[0] | .where == null and .cause == null
	and .rule == null and
	.times.connected == null and .time_to_connect_ms == null and .path.local ==
		null' "$work/sessions"
ok "its pair" is_json '.sessions[0].pairs | length == 1 and (.[0]
	| .local == "192.168.0.10:7000" and
	.remote == "5.0.0.2:7000" and .mapped == "5.0.0.1:7000" and .relay == null and .nominated
		== false)' "$work/sessions"
ok "times are Unix seconds" is_json '(.sessions[0].times.first - now) | . > -60 and . <= 0' \
	"$work/sessions"
ok "evidence has time, point and words" is_json '.sessions[0].evidence | length > 0 and
	all(.t > 0 and (.at | test("^(lan|wan)-(in|out)$|^gateway$")) and (.what |
		length) > 0)' "$work/sessions"
ok "hostile bytes are written out" is_json '.sessions[0].ufrags | sort ==
	["aB3d", "x9Yz\\x1b[31m\\xff\"<b>"]' "$work/sessions"
ok "only printable ASCII and line ends" sh -c "! LC_ALL=C grep -q '[^ -~]' '$work/sessions'"

id=$(jq -r '.sessions[0].id' "$work/sessions")
ok "the id has 16 digits" sh -c "echo '$id' | grep -qE '^[0-9a-f]{16}$'"
short=$(echo "$id" | cut -c 1-8)
get "/api/v1/sessions/$id" >"$work/session"
ok "one session" is_json ".id == \"$id\"" "$work/session"
ok "the same by the command" sh -c "'$program' explain '$id' --json --socket '$socket' |
	jq -e '.id == \"$id\"'"
ok "its first digits suffice" page_is 200 "/api/v1/sessions/$(echo "$id" | cut -c 1-4)"
ok "also by the command" sh -c "'$program' explain '$short' --json --socket '$socket' |
	jq -e '.id == \"$id\"'"
ok "three digits are too few" page_is 400 "/api/v1/sessions/$(echo "$id" | cut -c 1-3)"
ok "a digit too many" page_is 404 "/api/v1/sessions/${id}0"
ok "by verdict" sh -c "'$program' sessions --verdict pending --json --socket '$socket' |
	jq -e '.sessions | length == 1'"
ok "by another verdict" sh -c "'$program' sessions --verdict blocked --json --socket '$socket' |
	jq -e '.sessions == []'"
ok "the table" sh -c "'$program' sessions --socket '$socket' |
	grep -q '^$short  pending .*192.168.0.10 .*5.0.0.2'"
ok "the story" sh -c "'$program' explain '$id' --socket '$socket' | grep -q 'Verdict: pending'"
ok "the picture" sh -c "'$program' explain '$id' --socket '$socket' |
	grep -q '192.168.0.10:7000.*5.0.0.1:7000.*5.0.0.2:7000'"
ok "no control character on the terminal" sh -c "! '$program' explain '$id' --socket '$socket' |
	LC_ALL=C grep -q '[[:cntrl:]]'"

get /api/v1/mappings >"$work/mappings"
ok "the mapping" is_json '.mappings | length == 1 and (.[0]
	| keys == ["conflict","created","ended","ended_by","inside","kind",
	"outside","proto","refreshed","remotes","sources","upstream"] and .proto ==
		"udp" and .kind == "dynamic" and
	.inside == "192.168.0.10:7000" and .outside == "5.0.0.1:7000" and .remotes ==
		["5.0.0.2:7000"] and .ended == null and
	.ended_by == null and .upstream == null and .conflict == null)' "$work/mappings"
ok "everybody may ask" unprivileged "$program" sessions --json --socket "$socket"

gateway nft add table inet filter
gateway nft add chain inet filter forward '{ type filter hook forward priority 0; policy accept; }'
gateway nft add rule inet filter forward tcp dport 25 drop comment '"no mail"'
has_rule() { get /api/v1/rules | jq -e '.left_out == 0 and (.rules | length == 1) and (.rules[0]
	| .chain == "forward" and
	.text == "tcp dport 25 drop comment \"no mail\"" and .sessions_blocked == 0 and .last ==
		null)'; }
ok "a rule that never hurt" within 15 has_rule
ok "it is in the table" sh -c "'$program' rules --socket '$socket' |
	grep -q '^0 .* never .*inet filter forward .*no mail'"
ok "it has no metric" sh -c "! gateway curl -s $api/metrics | grep 'chain=\"forward\"'"

ok "health" page_is 200 /healthz
ok "unknown page" page_is 404 /nothing
ok "unknown session" page_is 404 /api/v1/sessions/ffffff
ok "unknown verdict" page_is 400 '/api/v1/sessions?verdict=good'
ok "errors are JSON" is_json '.error | length > 0' "$work/page"
ok "only GET" test "$(gateway curl -s -X POST -d x -o /dev/null -w '%{http_code}' $api/metrics)" \
	= 405

get /metrics >"$work/metrics"
ok "promtool is silent" sh -c "promtool check metrics <'$work/metrics' 2>&1 | grep -c . |
	grep -qx 0"
for name in build_info sessions_active sessions_total verdicts_total sessions_reopened_total \
	time_to_connect_seconds time_to_verdict_seconds ice_rtt_seconds \
	dtls_handshake_seconds packets_total \
	path_rtt_seconds relay_bytes_saved_total rtp_bytes_total media_bytes_total \
	mappings dropped_packets_total turn_responses_total \
	rtp_lost_packets_total events_lost_total \
	events_total map_full_total map_evicted_total conntrack_lookups_total \
	packets_skipped_total \
	mappings_created_total mappings_ended_total mappings_evicted_total \
	mapping_conflicts_total hosts outside_addresses outside_ports_used \
	outside_ports_used_ratio conntrack_entries \
	conntrack_early_drops_total conntrack_dropped_packets_total rules_left_out \
	rule_found_seconds rule_unknown_total \
	rule_put_off_total; do
	ok "metric p2pscope_$name" grep -q "^# TYPE p2pscope_$name " "$work/metrics"
done
for labels in 'verdicts_total{verdict="blocked",where="here",cause="rule"}' \
	'turn_responses_total{method="allocate",code="486"}' \
	'dropped_packets_total{reason="NETFILTER_DROP"}'; do
	ok "at zero from the start: $labels" grep -qF "p2pscope_$labels 0" "$work/metrics"
done
ok "STUN is counted at the LAN" grep -q \
	'^p2pscope_packets_total{interface="lan0",direction="in",class="stun"} 5$' "$work/metrics"
ok "changes of sessions reach the outputs" grep -q '^p2pscope_session_changes_total [1-9]' \
	"$work/metrics"
ok "no address in a label" sh -c "! grep -v '^#' '$work/metrics' |
	grep -qE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+'"

cat >"$work/prometheus.yml" <<'END'
scrape_configs:
  - job_name: p2pscope
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:9810"]
END
gateway prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address=127.0.0.1:9090 >"$work/prometheus.log" 2>&1 &
prometheus=$!
asks_prometheus() {
	gateway curl -sf -G --data-urlencode 'query=p2pscope_sessions_active{stage="checking"}' \
		http://127.0.0.1:9090/api/v1/query |
		jq -e '.data.result[0].value[1] == "1"'
}
ok "Prometheus scrapes it and answers" within "$patience" asks_prometheus
kill $prometheus
wait $prometheus 2>/dev/null

host python3 $here/checks.py noise eth0 100000
ok "alive after 100,000 random and truncated packets" page_is 200 /healthz
get /metrics >"$work/metrics"
ok "what was not understood is counted" \
	sh -c "grep '^p2pscope_packets_skipped_total' '$work/metrics' |
	awk '{ sum += \$2 } END { exit !(sum > 0) }'"
get /api/v1/sessions >"$work/sessions"
ok "no session is made up of it" is_json '.sessions | length == 1' "$work/sessions"

# More than the daemon copies at a time (LISTING_PART).
host python3 $here/checks.py sessions 192.168.0.10 5.0.0.2 1300
ok "many sessions" within "$patience" has_sessions 1301
get /api/v1/sessions >"$work/sessions"
# Of 1301 ids some begin with the same four digits, with all but a chance of 1 to 400,000.
twins=$(jq -r '.sessions[].id[:4]' "$work/sessions" | sort | uniq -d | head -n 1)
ok "an ambiguous id" page_is 409 "/api/v1/sessions/$twins"
ok "its matches" is_json ".matches | length >= 2 and all(startswith(\"$twins\"))" "$work/page"
ok "the command names them" sh -c "'$program' explain '$twins' --socket '$socket' 2>&1 |
	grep -qE 'ambiguous: $twins[0-9a-f]{12}, $twins'"
ok "each of them once" is_json '.sessions | length == 1301 and (map(.id) | unique
	| length == 1301)' "$work/sessions"
"$program" sessions --json --socket "$socket" >"$work/by_command"
ok "the same by the command" is_json '.sessions | length == 1301' "$work/by_command"
ok "a long table" sh -c "'$program' sessions --socket '$socket' | wc -l | grep -qx 1302"
ok "a long list by a verdict that none has" sh -c \
	"'$program' sessions --verdict blocked --json --socket '$socket' | jq -e '.sessions == []'"
ok "a client that goes away" sh -c "'$program' sessions --json --socket '$socket' |
	head -c 1000 | grep -q sessions"
ok "no harm done" page_is 200 /healthz
ok "a clean end" stop
