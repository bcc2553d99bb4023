# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The audit: of files in a model network, of the running ruleset, as anybody; it names the rule and
# leaves nothing behind.

rules=$work/rules
mkdir "$rules"

cat >"$rules/good.nft" <<'END'
flush ruleset
define lan = "br-lan"
define wan = "eth1"
table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname $lan oifname $wan accept
	}
}
table ip nat {
	chain out {
		type nat hook postrouting priority srcnat
		oifname $wan masquerade
	}
}
END
sed 's/^\t\tct state/\t\tudp dport 3478 counter drop comment "no calls"\n&/' "$rules/good.nft" \
	>"$rules/bad.nft"
sed 's/accept$/& bogus/' "$rules/good.nft" >"$rules/syntax.nft"
printf 'include "part.nft"\n' >"$rules/whole.nft"
cp "$rules/good.nft" "$rules/part.nft"

cat >"$rules/v4" <<'END'
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i br-lan -p udp -m udp --dport 19302 -m comment --comment "no \"STUN\"" -j DROP
-A FORWARD -i br-lan -j ACCEPT
COMMIT
END

# 10,000 rules and 100,000 elements, none of which is for WebRTC.
large() {
	awk 'BEGIN {
		printf "table inet large {\n set many { type ipv4_addr; elements = { 10.0.0.0"
		for (i = 1; i < 100000; i++)
			printf ", 10.%d.%d.%d", i / 65536, i / 256 % 256, i % 256
		printf " }; }\n chain forward {\n type filter hook forward priority filter;\n"
		printf " ip saddr @many drop\n"
		for (i = 0; i < 10000; i++)
			printf " ip saddr 172.16.%d.%d udp dport %d drop\n",
				i / 256, i % 256, 1 + i % 1000
		printf " }\n}\n"
	}'
}

audit() { timeout 300 "$program" audit "$@"; }
model() { audit --lan br-lan --wan eth1 "$@"; }
# Takes the wanted status and a command; keeps what it prints in $work/audit.
ends() {
	local want=$1 status=0
	shift
	"$@" >"$work/audit" 2>"$work/err" || status=$?
	[ $status = "$want" ] || tail -n 20 "$work/audit" "$work/err"
	[ $status = "$want" ]
}
told() { jq -e "$1" <"$work/audit"; }
ruleset() { gateway nft -j list ruleset; }
unchanged() { ruleset | cmp - "$work/before"; }
left() { pgrep -f "^$program audit" || ip netns list | grep "^$prefix" |
	grep -vE -- '-(gw|host|peer)( |$)'; }
export -f audit model # for fails

ok "audit of a ruleset that lets all pass" ends 0 model --ruleset "$rules/good.nft" --json
ok "its fields" told 'keys == ["blocked","hidden","ruleset","ways"] and .blocked == 0
	and .hidden == null and
	(.ruleset | endswith("good.nft"))'
ok "its ways" told '[.ways[] | [.lan, .wan, .family, .host]] ==
	[["br-lan","eth1","ipv4","192.168.1.10"], ["br-lan","eth1","ipv6","2001:db8:1::10"]]'
ok "media has every path" told 'all(.ways[].media; . ==
	{direct: true, relay_udp: true, relay_tcp: true, relay_tls: true})'
ok "the fields of a test" told 'all(.ways[].needs[]; keys ==
	["cause","change","need","queue","result","rule","step","why"])
	and all(.ways[]; .needs | length == 16)'
ok "only filtering of strangers is blocked" told '[.ways[].needs[] | select(.result == "blocked")
	| .need] | unique ==
	["checks-in"]'
ok "the table" sh -c "'$program' audit --ruleset '$rules/good.nft' --lan br-lan --wan eth1 |
	grep -qE '^Media paths: direct, relay over UDP, relay over TCP, relay over TLS.\$'"
ok "the server that is asked for" sh -c \
	"'$program' audit --ruleset '$rules/good.nft' --lan br-lan --wan eth1 --json \
	--server 9.9.9.9 | jq -e '.ways[0].server == \"9.9.9.9\"
	and .ways[1].server != \"9.9.9.9\"'"

ok "audit of one that does not" ends 1 model --ruleset "$rules/bad.nft" --json
ok "the rule is named" told '.ways[0].needs[] | select(.need == "stun-3478")
	| .result == "blocked" and .cause == "rule" and
	.rule.table == "filter" and .rule.chain == "forward" and .rule.handle > 0 and
	.rule.text == "udp dport 3478 counter drop comment \"no calls\"" and
	.change == "accept udp dport 3478 from the LAN"'
ok "the paths that media has" told 'all(.ways[].media; . ==
	{direct: true, relay_udp: false, relay_tcp: true, relay_tls: true})'
ok "what is blocked is counted" told '.blocked == ([.ways[].needs[] | select(.result == "blocked"
	and .need != "checks-in")] |
	length) and .blocked > 0'
ok "the rule in the table" sh -c \
	"'$program' audit --ruleset '$rules/bad.nft' --lan br-lan --wan eth1 |
	grep -E '^stun-3478 +blocked: .* inet filter forward [0-9]+: udp dport 3478 ' |
	grep -q ' counter drop comment \"no calls\" '"
ok "from standard input" ends 1 sh -c \
	"'$program' audit --ruleset - --lan br-lan --wan eth1 <'$rules/bad.nft'"
ok "with a file that it includes" ends 0 model --ruleset "$rules/whole.nft"
ok "of the machine itself" ends 0 audit --wan eth1 --ruleset "$rules/good.nft" --json
ok "which has no LAN" told 'all(.ways[]; .lan == null)'

ok "audit of what iptables-save wrote" ends 1 model --iptables "$rules/v4" --json
ok "the line is named" told '.ways[0].needs[] | select(.need == "stun-19302")
	| .rule.table == "filter" and
	.rule.chain == "FORWARD" and
	.rule.text == "-A FORWARD -i br-lan -p udp -m udp --dport 19302 -m comment " +
		"--comment \"no \\\"STUN\\\"\" -j DROP"'
ok "IPv6 has no such rule" told 'all(.ways[1].needs[]; .result != "blocked")'
sed 's/19302/3478/' "$rules/v4" >"$rules/v6"
ok "both families" ends 1 model --iptables "$rules/v4" --ip6tables "$rules/v6" --json
ok "both are named" told '[.ways[].needs[] | select(.need | startswith("stun")) | .result] ==
	["passes","blocked","blocked","passes"] and (.ruleset | test("v4, .*v6$"))'

ok "as anybody" ends 1 unprivileged "$program" audit --lan br-lan --wan eth1 --ruleset \
	"$rules/bad.nft"
ok "as anybody, of iptables" ends 1 unprivileged "$program" audit --lan br-lan --wan eth1 \
	--iptables "$rules/v4"

fails "an audit without room" 2 "$no_space" full model --ruleset "$rules/bad.nft"
fails "the same as JSON" 2 "$no_space" full model --ruleset "$rules/bad.nft" --json
chmod 600 "$rules/part.nft"
fails "a file that may not be read" 2 "Permission denied: audit it as a user who may" \
	setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$program" audit --ruleset "$rules/part.nft" --lan br-lan --wan eth1
chmod 644 "$rules/part.nft"
fails "syntax error" 2 "syntax.nft:7:[0-9]+: syntax error" model --ruleset "$rules/syntax.nft"
fails "the same from standard input" 2 "standard input:1:[0-9]+: syntax error" \
	sh -c "echo bogus | '$program' audit --ruleset - --lan br-lan --wan eth1"
fails "error in a line of iptables" 2 "v4.bad: line 6: " sh -c \
	"sed 's/19302/bogus/' '$rules/v4' >'$rules/v4.bad'
	'$program' audit --iptables '$rules/v4.bad' --lan br-lan --wan eth1"
fails "set of ipset" 2 "line 2: .*sets of ipset" sh -c \
	"printf '*filter\n-A INPUT -m set --match-set x src -j DROP\nCOMMIT\n' |
	'$program' audit --iptables - --lan br-lan --wan eth1"
fails "missing ruleset" 2 "cannot read .*none.nft: No such file.*: is the name right" \
	model --ruleset "$rules/none.nft"
fails "two kinds of rulesets" 2 "cannot be combined" model --ruleset "$rules/good.nft" \
	--iptables "$rules/v4"
fails "two standard inputs" 2 "only one file" model --iptables - --ip6tables -
fails "bad server" 2 "IPv4 or IPv6 address, not 'x'" audit --server x
fails "interface on both sides" 2 "both as --lan and as --wan" audit --lan x --wan x
fails "no interface to the internet" 2 "name one with --wan" audit --lan br-lan --ruleset \
	"$rules/good.nft"
fails "interface that is none" 2 "'a/b' cannot be an interface" audit --wan a/b --ruleset \
	"$rules/good.nft"
fails "an interface that is here and one that is not" 2 "lan0 but not eth9.*unshare -rn" \
	gateway "$program" audit --lan lan0 --wan eth9 --ruleset "$rules/good.nft"
fails "missing interface of a running ruleset" 2 "no interface eth9" gateway "$program" audit \
	--wan eth9
fails "running ruleset without privilege" 2 "needs root.*--ruleset FILE" gateway setpriv \
	--reuid 65534 --regid 65534 \
	--clear-groups "$program" audit

ok "audit of the running ruleset" ends 0 gateway "$program" audit --json
ok "whose it is" told '.ruleset == "running" and ([.ways[0]
	| .lan, .wan, .host] == ["lan0","wan0","192.168.0.10"])'
ok "a family without addresses is absent" told '.ways[1] | .family == "ipv6" and .host == null and
	all(.needs[]; .result == "absent" and .why == "lan0 has no IPv6 address")'
gateway nft 'add table inet calls; add chain inet calls f { type filter hook forward priority 0; };
	add rule inet calls f udp dport 3478 counter drop'
handle=$(gateway nft -a list chain inet calls f | sed -n 's/.*drop # handle //p')
ruleset >"$work/before"
ok "with a rule that drops" ends 1 gateway "$program" audit --json
ok "the rule's own handle" told ".ways[0].needs[0].rule ==
	{family: \"inet\", table: \"calls\", chain: \"f\",
	handle: $handle, text: \"udp dport 3478 counter drop\"}"
ok "a file in this machine's network" ends 0 gateway "$program" audit --lan lan0 --wan wan0 \
	--ruleset /dev/null
ok "the running ruleset is as before" unchanged
gateway nft delete table inet calls

gateway ip link add 'q"' type veth peer name q1
gateway nft 'add table netdev early;
	add chain netdev early in { type filter hook ingress device lan0 priority 0; };
	add rule netdev early in udp dport 3478 drop'
ok "beside an interface with a quote in its name" ends 1 gateway "$program" audit --lan lan0 \
	--wan wan0 --json
ok "the rule at the ingress hook" told '.ways[0].needs[0].rule.table == "early"'
gateway nft delete table netdev early
gateway ip link del 'q"'

gateway iptables-legacy -A FORWARD -p udp --dport 3478 -j DROP
ok "with a rule of iptables-legacy" ends 1 gateway "$program" audit --json
ok "its line, by its number" told '.ways[0].needs[0].rule ==
	{family: "ip", table: "filter", chain: "FORWARD", handle: 1,
	text: "-A FORWARD -p udp -m udp --dport 3478 -j DROP"}'
gateway iptables-legacy -F FORWARD

large >"$rules/large.nft"
begin=$SECONDS
ok "10,000 rules and 100,000 elements, in a file" ends 0 model --ruleset "$rules/large.nft"
echo "# $((SECONDS - begin)) s"
gateway nft -f "$rules/large.nft"
begin=$SECONDS
ok "10,000 rules and 100,000 elements, running" ends 0 gateway "$program" audit
echo "# $((SECONDS - begin)) s"
gateway nft delete table inet large
ok "no process and no namespace is left" test -z "$(left)"
