# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What it tells of NAT: the same form on every way, words of the closed lists only, and nothing
# before anything was seen.

# A jq program: does the object have the form of what is told of the NATs on a way?
nat_form='def trait: keys == ["behaviour","contrary","excluded","samples"]
	and .samples >= .contrary and
	([.behaviour] + .excluded | all(IN("undetermined", "endpoint-independent",
		"address-dependent",
	"address-and-port-dependent", "yes", "no", "paired", "arbitrary")));
def box: keys ==
	["binding_lifetime","filtering","hairpinning","mapping","parity","pooling",
	"port_preservation","translates"] and
	(.binding_lifetime | keys == ["at_least","at_most","samples"]) and
		(del(.binding_lifetime) | all(.[]; trait));
def nat: (.gateway | box) and (.upstream | box) and (.path | keys == ["filtering","mapping"]) and
	(.meaning | length > 0) and
	(.upstream_kind | IN("undetermined", "none", "nat", "double-nat", "carrier-grade"));
def hosts: all(.[]; keys ==
	["gateway","host","last","mappings","meaning","path","upstream","upstream_kind"] and nat);'

has_form() { jq -e "$nat_form $1" <"$2"; }

fails "nat: unknown option" 2 "nat: unknown option '--fast'.*nat --help" "$program" nat --fast
fails "nat: an option of another command" 2 "nat: unknown option '--verdict'" "$program" nat \
	--verdict failed
fails "nat: a word too many" 2 "nat: unexpected argument '192.168.0.10'" "$program" nat \
	192.168.0.10
fails "nat: no path behind --socket" 2 "missing argument of '--socket'" "$program" nat --socket
fails "nat: no daemon" 1 "no daemon answers.*p2pscope run" "$program" nat --socket "$work/nobody"
ok "nat: help" sh -c "'$program' nat --help | grep -q -- --json && '$program' help |
	grep -q '^  p2pscope nat '"

ok "a start for NAT" start
ask nat >"$work/nat"
ok "nothing seen is one line" sh -c \
	"grep -qx 'No NAT has been observed yet: .*' '$work/nat' &&
	[ \$(wc -l <'$work/nat') = 1 ]"
ask mappings >"$work/mappings"
ok "no mapping yet" grep -qxE 'PROTO  KIND  INSIDE  OUTSIDE  REMOTES  AGE  STATE  SOURCES' \
	"$work/mappings"
get /api/v1/hosts >"$work/hosts"
ok "its fields when nothing is seen" has_form \
	'keys == ["gateway","hosts","meaning","outside","path","upstream",
	"upstream_kind"] and nat and .hosts == [] and .outside == []' "$work/hosts"
ok "all undetermined, no samples" has_form '.path.mapping == "undetermined"
	and .path.filtering == "undetermined" and
	all(.gateway, .upstream; .binding_lifetime == {samples: 0, at_least: null, at_most: null}
		and
	(del(.binding_lifetime) | all(.[]; . == {behaviour: "undetermined", samples: 0, contrary:
		0, excluded: []})))' "$work/hosts"
ask nat --json >"$work/nat"
ok "the same by the command" cmp "$work/hosts" "$work/nat"

host python3 tests/daemon/checks.py checks 192.168.0.10 5.0.0.2 5
has_mapping() {
	local endpoints='192.168.0.10:7000  5.0.0.1:7000  5.0.0.2:7000'
	ask mappings | grep -q "^udp    dynamic  $endpoints .* alive  .*stun"
}
ok "the table of mappings" within "$patience" has_mapping
get /api/v1/hosts >"$work/hosts"
ok "its fields when something is seen" has_form 'nat and (.hosts | hosts) and
	all(.outside[]; keys == ["address","tcp_ports","udp_ports"])' "$work/hosts"
ok "everybody may ask for NAT" unprivileged "$program" nat --json --socket "$socket"
ok "only printable ASCII in the tables" \
	sh -c "! { '$program' nat --socket '$socket'; '$program' mappings --socket '$socket'; } |
	LC_ALL=C grep -q '[^ -~]'"
ok "no page below the hosts" page_is 404 /api/v1/hosts/192.168.0.10
posted() { gateway curl -s -X POST -d x -o /dev/null -w '%{http_code}' "$api$1"; }
ok "only GET for the hosts" test "$(posted /api/v1/hosts)" = 405
ok "an end behind NAT" stop

python3 $here/capture.py "$work/checks.pcap" checks 1
"$program" replay --json "$work/checks.pcap" >"$work/replay"
ok "replay has the same" has_form 'keys ==
	["captures","classes","first","hosts","last","mappings","nat","packets","sessions",
	"skipped","truncated","tunnelled"] and (.nat | nat) and
	(.nat | keys == ["gateway","meaning","path","upstream","upstream_kind"]) and (.hosts |
		hosts)' "$work/replay"
