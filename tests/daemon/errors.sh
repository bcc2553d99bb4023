# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Whatever is wrong is told in one line that says what to do; 2 for wrong usage, 1 otherwise.

fails "no command" 2 "missing command" "$program"
fails "unknown command" 2 "unknown command 'walk'" "$program" walk
fails "unknown option" 2 "unknown option '--fast'.*--help" "$program" run --fast
fails "what a terminal takes for a command" 2 "unknown command '.x1b.2J'" "$program" $'\e[2J'
fails "option without its word" 2 "missing argument of '--lan'" "$program" run --lan
fails "empty word" 2 "not an empty argument" "$program" run --lan=
fails "bad number" 2 "expected a number" "$program" run --max-flows 12x
fails "bad hook" 2 "auto, xdp, generic or tc" "$program" run --ingress fast
fails "bad verdict" 2 "succeeded, failed" "$program" sessions --verdict good
fails "word too many" 2 "unexpected argument 'all'" "$program" mappings all
fails "id missing" 2 "missing argument ID" "$program" explain
fails "one interface on both sides" 2 \
	"both as --lan and as --wan" gateway "$program" run --lan lan0 --wan lan0
fails "the same of a check" 2 \
	"both as --lan and as --wan" gateway "$program" check --lan lan0 --wan lan0
fails "bad address" 2 "an address and a port" "$program" run --listen nowhere
fails "bad port" 2 "an address and a port" "$program" run --listen 127.0.0.1:70000
long=$work/$(printf '%0120d' 0)
fails "long path of a socket" 2 "longer than 107 bytes" "$program" run --socket "$long"
fails "the same of a client" 2 "longer than 107 bytes" "$program" sessions --socket "$long"
fails "replay without files" 2 "expected one FILE" "$program" replay

same_output() { [ "$($program $1)" = "$($program $2)" ]; } # words apart by blanks
ok "help by its letter" same_output -h --help
ok "an option's help by its letter" same_output "run -h" "run --help"
ok "version by its letter" same_output -V version
ok "version as an option" same_output --version version

# Standard output that takes nothing is an error of whatever writes to it.
full() { "$@" >/dev/full; }
export -f full
no_space="^p2pscope: cannot write to standard output: is the disk full"
fails "help without room" 1 "$no_space" full "$program" --help
fails "an option's help without room" 1 "$no_space" full "$program" run --help
fails "version without room" 1 "$no_space" full "$program" version
fails "check without room" 1 "$no_space" full gateway "$program" check
fails "check without room, as JSON" 1 "$no_space" full gateway "$program" check --json

fails "missing interface" 1 "lan9: no such interface" gateway "$program" run --lan lan9 \
	--socket "$socket"
fails "no privilege" 1 "needs root" gateway setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$program" run
fails "foreign address" 1 "cannot listen on 9.9.9.9:1" gateway "$program" run --listen 9.9.9.9:1 \
	--socket "$socket"
fails "unknown user" 1 "user 'nemo' does not exist.*--user" gateway "$program" run --lan lan0 \
	--user nemo --listen 127.0.0.1:9812 --socket "$socket"
fails "no BTF" 1 "no BTF" gateway unshare --mount \
	sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh "$program" run --lan lan0 \
	--socket "$socket"
fails "no daemon" 1 "no daemon answers.*p2pscope run" "$program" sessions --socket "$work/nobody"
ok "a failed start leaves no socket" test ! -e "$socket"

# A program that is not the daemon, or one of another version, answers in JSON of another shape.
python3 - "$work/other" <<'END' &
import http.server, socketserver, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(sys.argv[1] + ".json", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return ""

    def log_message(self, *_):
        pass

socketserver.UnixStreamServer(sys.argv[1], Answer).serve_forever()
END
other=$!
within "$patience" test -S "$work/other"
for answer in '[1, 2]' '{"sessions": 12}' '{"hosts": {}}' '{"sessions": [' '{"sessions": [1]}'; do
	echo "$answer" >"$work/other.json"
	for command in sessions mappings nat rules "explain 12"; do
		fails "$command, answered by $answer" 1 "cannot parse the daemon's response" \
			bash -c '$program $0 --socket "$1"' "$command" "$work/other"
	done
done
printf '{"sessions": []}' >"$work/other.json"
fails "a line that does not end" 1 "cannot parse" "$program" sessions --socket "$work/other"
kill $other
wait $other 2>/dev/null

start || result "not ok" "start"
fails "address in use" 1 "127.0.0.1:9810 is in use.*--listen" gateway "$program" run --lan lan0 \
	--socket "$work/other"
fails "socket in use" 1 "in use by a running daemon.*--socket" \
	gateway "$program" run --lan lan0 --listen 127.0.0.1:9811 --socket "$socket"
touch "$work/file"
fails "socket is a file" 1 "is not a socket" gateway "$program" run --lan lan0 \
	--listen 127.0.0.1:9811 --socket "$work/file"
ok "that file is still there" test -f "$work/file"
fails "sessions without room" 1 "$no_space" full ask sessions --json
fails "mappings without room" 1 "$no_space" full ask mappings --json
fails "a table without room" 1 "$no_space" full ask nat
fails "unknown session" 1 "no session 'abcdef'.*p2pscope sessions" ask explain abcdef
fails "no session id at all" 1 "no session '../x'" ask explain ../x
stop
