# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Replay as a command: where captures may come from, what is wrong with some, the forms of the
# answer. Needs no daemon.

capture=$work/capture
python3 tests/daemon/capture.py "$capture" checks 20
head -c 1000 "$capture" >"$work/cut"
head -c 24 "$capture" >"$work/none"
gzip -k "$capture"
: >"$work/nothing"

replay() { "$program" replay "$@"; }
export -f replay

# Takes a name, the exit status, and a command; its outputs are then in $work/out and $work/err.
ends() {
	local name=$1 want=$2 status=0
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	ok "$name" test "$status" = "$want"
}

out_is() { # name, jq filter
	ok "$1" jq -e "$2" "$work/out"
}

# The same answer as that of the file itself, however it came in.
same() {
	cmp <(jq -S 'del(.captures)' "$work/whole") <("$@" | jq -S 'del(.captures)')
}

ends "replay" 0 replay --json "$capture"
cp "$work/out" "$work/whole"
out_is "its packets" '.packets == 40 and .truncated == null and .classes.udp.stun == 40
	and .skipped == {}'
out_is "its time" '.first == 1700000000 and .last == 1700000003.9'
out_is "its capture" ".captures ==
	[{\"file\": \"$capture\", \"link\": \"Raw IP\", \"packets\": 40,
	\"cut\": 0, \"tunnelled\": 0}]"
ok "no word on standard error" test ! -s "$work/err"
mkdir "$work/tmp"
export TMPDIR=$work/tmp
ok "a pipe" same bash -c 'cat "$0" | replay --json -' "$capture"
ok "a gzipped file" same replay --json "$capture.gz"
ok "a gzipped pipe" same bash -c 'cat "$0.gz" | replay --json -' "$capture"
ok "standard input that is a file" same bash -c 'replay --json - <"$0"' "$capture"
ok "a named pipe" same bash -c 'replay --json <(cat "$0")' "$capture"
ok "no temporary file stays" rmdir "$TMPDIR"
unset TMPDIR

ends "replay for people" 0 replay --lan "$capture" --wan "$capture"
ok "its captures" test "$(grep -cxF "$capture: 40 packets, Raw IP" "$work/out")" = 2
ok "its time" grep -q '^80 packets in 3.900 s, from 2023-11-1' "$work/out"
ok "its classes" grep -qxF "  80 stun (udp)" "$work/out"
ok "its table" grep -qE '^[0-9a-f]{8} .*192\.168\.0\.2 +5\.0\.0\.2 ' "$work/out"

# What is in a tunnel is counted apart. A hello alone is a call, but not there.
python3 tests/daemon/capture.py "$work/tunnel" checks 20 gtpu
ends "a tunnel" 0 replay --json "$work/tunnel"
out_is "its packets" '.classes.udp.other == 40 and ([.classes[][]] | add) == 40'
out_is "what they carry" '.tunnelled.udp.stun == 40 and .captures[0].tunnelled == 40'
ok "the same sessions" cmp <(jq .sessions "$work/whole") <(jq .sessions "$work/out")
python3 tests/daemon/capture.py "$work/hellos" hellos 2
python3 tests/daemon/capture.py "$work/hellos.tunnel" hellos 2 gtpu
ends "a handshake alone" 0 replay --json "$work/hellos"
out_is "is a session" '(.sessions | length) == 1 and .classes.udp.dtls == 4
	and .tunnelled.udp.dtls == 0'
ends "the same in a tunnel" 0 replay --json "$work/hellos.tunnel"
out_is "is none" '.sessions == [] and .classes.udp.dtls == 0 and .tunnelled.udp.dtls == 4'
ends "a tunnel for people" 0 replay "$work/hellos.tunnel"
ok "what was in it" grep -qxF "  4 dtls (udp, from tunnels)" "$work/out"

ends "replay as CSV" 0 replay --sessions-csv --lan "$capture" --wan "$capture"
ok "a line of names and one a session" test "$(wc -l <"$work/out")" = 2
ok "each ends with CR LF" test "$(grep -c $'\r$' "$work/out")" = 2
ok "read back by Python" python3 - "$work/out" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert len(rows) == 1 and None not in rows[0] and None not in rows[0].values()
assert rows[0]["host"] == "192.168.0.2"
assert (rows[0]["first"], rows[0]["connected"]) == ("1700000000.000000", "1700000000.100000")
assert rows[0]["ufrag_host"] == "'=SUM(1,2)&\"x\"" and rows[0]["ufrag_peer"] == "'@peer", rows
END

ends "a cut capture" 3 replay --json "$work/cut"
out_is "what was read" '.packets == 11 and (.truncated
	| test("^/.*/cut: not read past packet 11: truncated"))'
ok "one line says so" sh -c "[ \$(wc -l <'$work/err') = 1 ] &&
	grep -q 'warning: replay: incomplete: .*packet 11' '$work/err'"
ends "a cut capture, gzipped" 3 bash -c 'head -c -20 "$0" | replay --json -' "$capture.gz"
out_is "it says that" '.truncated |
	test("^standard input: not read past packet [0-9]+: its gzip data is truncated")'

fails "text without room" 1 "$no_space" full replay "$capture"
fails "JSON without room" 1 "$no_space" full replay --json "$capture"
fails "lines without room" 1 "$no_space" full replay --sessions-csv "$capture"
fails "two forms" 2 "cannot be combined" replay --json --sessions-csv "$capture"
fails "standard input on both sides" 2 "not both" replay --lan - --wan -
fails "one side only" 2 "expected one FILE" replay --lan "$capture"
fails "no file" 1 "No such file or directory: is the name right" replay "$work/nowhere"
fails "a directory" 1 "this is a directory: name a capture" replay "$work"
fails "an empty file" 1 "it is empty: " replay "$work/nothing"
fails "an empty pipe" 1 "standard input: it is empty: " bash -c 'true | replay -'
fails "no packets" 1 "it holds no packets: " replay "$work/none"
fails "text" 1 "not a packet capture .*: pcap and pcapng" replay tests/daemon/replay.sh
fails "a terminal" 1 "this is a device: .*pipe" bash -c 'replay - </dev/zero'
chmod 600 "$capture"
fails "no permission" 1 "Permission denied: replay it as a user who may" \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$program" replay "$capture"
fails "no place for a pipe" 1 "cannot create a temporary file in /nowhere .*TMPDIR" \
	bash -c 'cat "$0" | TMPDIR=/nowhere replay -' "$capture"
ends "too little room for a pipe" 3 unshare --mount bash -c \
	'mount -t tmpfs -o size=64k none /mnt && { cat "$0"; head -c 1M /dev/zero; } |
	TMPDIR=/mnt replay --json -' "$capture"
out_is "what found room" \
	'.packets >= 40 and (.truncated | test("only [0-9]+ bytes fit into /mnt .*TMPDIR"))'

# What comes in never ends: Ctrl-C ends it, and what came is judged.
mkfifo "$work/fifo"
"$program" replay --json "$work/fifo" >"$work/out" 2>"$work/err" &
reader=$!
exec 9>"$work/fifo"
cat "$capture" >&9
in_spool() { [ "$(stat -L -c %s /proc/$reader/fd/* 2>/dev/null | grep -cx "$(stat -c %s \
	"$capture")")" -ge 1 ]; }
within "$patience" in_spool
kill -INT $reader
wait $reader
ok "Ctrl-C gives the answer so far" test $? = 3
exec 9>&-
out_is "all that came in" \
	'.packets == 40 and (.truncated | test("interrupted while it was received"))'

script -qec "cat '$capture' | '$program' replay - >/dev/null" "$work/terminal" >/dev/null </dev/null
ok "a terminal sees how far it is" grep -qF "receiving: 0 MiB" "$work/terminal"
ok "and no more of it at the end" sh -c "grep -v '^Script' '$work/terminal' | tail -c 4 |
	grep -q '\[K'"
