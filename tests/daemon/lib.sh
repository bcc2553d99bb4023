# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by tests/daemon/run: results, a small gateway in namespaces of its own, and the daemon in
# it.

number=0 failures=0 skips=0
prefix=p2pd$$
work=$(mktemp -d)
chmod 755 "$work" # the daemon's other user must reach its socket
socket=$work/sock
api=http://127.0.0.1:9810
daemon=
exec 3>&1 # for comments of what is checked
patience=${patience:-60} # seconds that a busy machine may take for what comes at once on others

result() { # ok|not ok, name
	number=$((number + 1))
	[ "$1" = ok ] || failures=$((failures + 1))
	echo "$1 $number $2"
}

# Takes a name and a command that must succeed; what it printed is shown only if it does not.
ok() {
	local name=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		result ok "$name"
	else
		result "not ok" "$name"
		sed 's/^/# /' "$work/output"
	fi
}

# Takes a name, the exit status, a pattern for standard error, and a command that must fail just so,
# in one line.
fails() {
	local name=$1 want=$2 pattern=$3 status=0
	shift 3
	timeout 120 bash -c '"$@"' - "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	if [ "$status" = "$want" ] && [ "$(wc -l <"$work/err")" = 1 ] &&
		grep -qE "$pattern" "$work/err" && [ ! -s "$work/out" ]; then
		result ok "$name"
	else
		result "not ok" "$name"
		echo "# status $status, wanted $want and one line like '$pattern'"
		sed 's/^/# /' "$work/err" "$work/out"
	fi
}

# Waits until a command succeeds, at most $1 seconds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.05
	done
}

# Not `ip netns exec`, which hides what is mounted below /sys.
gateway() { nsenter --net="/run/netns/$prefix-gw" "$@"; }
host() { nsenter --net="/run/netns/$prefix-host" "$@"; }
peer() { nsenter --net="/run/netns/$prefix-peer" "$@"; }
unprivileged() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

# Links lan0 of the gateway to the host, wan0 to the peer.
link_up() { # name, other namespace, own address, other address
	ip -n "$prefix-gw" link add "$1" type veth peer name eth0 netns "$prefix-$2"
	ip -n "$prefix-gw" addr add "$3" dev "$1"
	ip -n "$prefix-gw" link set "$1" up
	ip -n "$prefix-$2" addr add "$4" dev eth0
	ip -n "$prefix-$2" link set eth0 up
}

gateway_up() {
	local name
	for name in gw host peer; do
		ip netns add "$prefix-$name"
		ip -n "$prefix-$name" link set lo up
	done
	link_up lan0 host 192.168.0.1/24 192.168.0.10/24
	link_up wan0 peer 5.0.0.1/24 5.0.0.2/24
	ip -n "$prefix-gw" route add default via 5.0.0.2
	ip -n "$prefix-host" route add default via 192.168.0.1
	gateway sysctl -qw net.ipv4.ip_forward=1
	gateway nft -f - <<-'END'
		table ip nat {
			chain out {
				type nat hook postrouting priority 100
				oifname "wan0" masquerade
			}
		}
	END
}

all_down() {
	local name
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null
	for name in gw host peer; do
		ip netns del "$prefix-$name" 2>/dev/null
	done
	rm -rf "$work"
}

is_ready() {
	[ -S "$socket" ] &&
		[ "$(gateway curl -s -o /dev/null -w '%{http_code}' $api/healthz)" = 200 ]
}
is_settled() { is_ready || ! kill -0 "$daemon"; }

# Starts the daemon with the options given besides the usual ones and waits until it is ready.
start() {
	nsenter --net="/run/netns/$prefix-gw" "$program" run --lan lan0 --wan wan0 \
		--listen 127.0.0.1:9810 --socket "$socket" "$@" 2>"$work/log" &
	daemon=$!
	within "$patience" is_settled && is_ready && return 0
	sed 's/^/# /' "$work/log"
	kill -9 "$daemon" 2>/dev/null
	return 1
}

has_ended() { ! kill -0 "$daemon" || grep -q "^State:.Z" "/proc/$daemon/status"; }

# Ends the daemon by a signal; the status is the daemon's.
stop() {
	local status=0
	kill -"${1:-TERM}" "$daemon"
	within "$patience" has_ended 2>/dev/null || kill -9 "$daemon"
	wait "$daemon" 2>/dev/null || status=$?
	daemon=
	return $status
}

# What bpftool sees attached in the gateway, by hook.
attached() { gateway bpftool -j net show | jq "[.[0].$1[]] | length"; }

ask() { "$program" "$@" --socket "$socket"; }
# For commands that run through another program.
export prefix program socket
export -f gateway ask

get() { gateway curl -sf "$api$1"; }
page_is() { # status, page
	[ "$(gateway curl -s -o "$work/page" -w '%{http_code}' "$api$2")" = "$1" ]
}
