# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How it starts, follows interfaces, and ends: nothing of it stays attached, whatever ends it.

nothing_attached() {
	[ "$(attached xdp)" = 0 ] && [ "$(attached tc)" = 0 ] &&
		! gateway tc filter show dev lan0 egress 2>/dev/null | grep -q . &&
			! gateway tc qdisc show | grep -q clsact
}

# A daemon of this gateway holds one link a hook; other namespaces' links are not counted.
hooks() { gateway curl -sf $api/metrics |
	grep -c "^p2pscope_interface_info{.*ingress=\"$1\",egress=\"$2\"} 1"; }
hooks_are() { [ "$(hooks "$1" "$2")" = "$3" ]; }

anybodys_check_guesses_nothing() {
	gateway setpriv --reuid 65534 --regid 65534 --clear-groups "$program" check \
		--lan lan0 >"$work/checked"
	grep -q "interface lan0" "$work/checked" && ! grep -q "xdp free" "$work/checked"
}

status_of() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$daemon/status"; }

check_finds_xdp_free() { gateway "$program" check --lan lan0 --wan wan0 >"$work/checked" &&
	! grep -q "xdp free" "$work/checked"; }

# How long it takes is a comment: on a busy machine it proves nothing.
ends_by() {
	local begin
	begin=$(date +%s%N)
	stop "$1" || return 1
	echo "# ended $((($(date +%s%N) - begin) / 1000000)) ms after SIG$1" >&3
}

ok "check says that this machine can" gateway "$program" check
ok "check as JSON" sh -c "'$program' check --json | jq -e '.ok == true and (.checks | length) > 5'"
ok "check without privileges says no" sh -c \
	"! setpriv --reuid 65534 --regid 65534 --clear-groups '$program' check"
ok "version" sh -c "'$program' version | grep -qx 'p2pscope [0-9.]*' &&
	'$program' version --json | jq -e .version"

ok "it starts" start
ok "tcx in and out: XDP in a veth takes TCP's large segments away" hooks_are tcx tcx 2
ok "it is not root any more" test "$(status_of Uid)" != 0
ok "it keeps CAP_NET_ADMIN and CAP_BPF only" test "$(status_of CapPrm)" = 0000008000001000
ok "it can gain no privileges" test "$(status_of NoNewPrivs)" = 1
ok "everybody may use the socket" test "$(stat -c %a "$socket")" = 666

# As a laptop's interface does: away, and back with another index and no address at first.
ip -n "$prefix-gw" link del lan0
ok "an interface goes away" within "$patience" hooks_are tcx tcx 1
link_up lan0 host 192.168.0.1/24 192.168.0.10/24
ip -n "$prefix-host" route add default via 192.168.0.1
ok "it comes back and is observed again" within "$patience" hooks_are tcx tcx 2
ok "the log tells it" grep -q "lan0 is gone" "$work/log"

ok "SIGTERM ends it" ends_by TERM
ok "nothing is attached then" nothing_attached
ok "a start where a socket was left" start
ok "SIGINT ends it" ends_by INT

start
stop KILL
ok "nothing is attached after kill -9" nothing_attached
fails "the commands say so" 1 "no daemon answers" ask sessions
ok "a start after kill -9" start
stop

ok "XDP in the driver" start --ingress xdp
ok "the driver's XDP is what it uses" hooks_are xdp tcx 2
ok "check does not take its XDP program for somebody else's" check_finds_xdp_free
ok "check without privileges does not guess whose that is" anybodys_check_guesses_nothing
stop
ok "generic XDP" start --ingress generic
ok "generic XDP is what it uses" hooks_are xdp-generic tcx 2
stop

ok "filters below clsact" start --ingress tc --tc clsact
ok "clsact is what it uses" hooks_are clsact clsact 2
stop
ok "no filter and no qdisc is left" nothing_attached
start --ingress tc --tc clsact
stop KILL
start
ok "the next start takes off what a killed one left" sh -c \
	"! nsenter --net=/run/netns/$prefix-gw tc qdisc show | grep -q clsact"
stop

# Somebody else's filter below the same qdisc stays, and the qdisc with it.
gateway tc qdisc add dev lan0 clsact
gateway tc filter add dev lan0 egress prio 5 u32 match u32 0 0
start --tc clsact
stop
ok "a foreign filter stays" sh -c \
	"nsenter --net=/run/netns/$prefix-gw tc filter show dev lan0 egress | grep -q 'pref 5'"
gateway tc qdisc del dev lan0 clsact

# Somebody else's XDP program.
cat >"$work/foreign.c" <<'END'
__attribute__((section("xdp"), used)) int foreign(void *ctx)
{
	return ctx ? 2 : 1;
}
END
clang-14 -O2 -g -target bpf -c "$work/foreign.c" -o "$work/foreign.o"
gateway ip link set dev lan0 xdpdrv obj "$work/foreign.o" sec xdp
ok "beside a foreign XDP program" start
ok "check tells of it" sh -c "nsenter --net=/run/netns/$prefix-gw '$program' check |
	grep -q 'xdp free on lan0'"
ok "the log warns of it" \
	grep -q "lan0: another XDP program, id [0-9]*, runs before ours" "$work/log"
stop
ok "the foreign program is still there" sh -c \
	"nsenter --net=/run/netns/$prefix-gw ip link show lan0 | grep -q xdp"
gateway ip link set dev lan0 xdpdrv off
start --ingress tc
gateway ip link set dev wan0 xdpdrv obj "$work/foreign.o" sec xdp
ok "one that appears is warned of" within "$patience" grep -q \
	"wan0: another XDP program, id [0-9]*, runs before ours" "$work/log"
gateway ip link set dev wan0 xdpdrv off
ok "and one that goes is told" within "$patience" grep -q \
	"wan0: no other XDP program runs before ours any more" "$work/log"
stop
