# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by tests/kernel/run: the guest's root, with the programs of this machine and the modules
# of the guest's kernel.

# Real ones, where busybox has none, or one that can do less.
programs=(bash bpftool conntrack curl grep ip iptables-nft jq kmod nft nsenter tc)

# Folders of modules below kernel/: a gateway's. The kernel asks for what it needs.
modules=(drivers/net/veth.ko net/ipv4 net/ipv6 net/netfilter net/sched)

# What can be told in three minutes. Parity takes as long as all others: they run beside it.
beside=(conntrack conntrack_source drop flood live load shadow)

copy_programs() { # root
	local name
	for name in "${programs[@]}"; do
		cp -L "$(PATH=$PATH:/usr/sbin:/sbin type -P "$name")" "$1/usr/bin/"
	done
	cp /bin/busybox tests/kernel/init "$1/usr/bin/"
	ln -s bash "$1/usr/bin/sh" # busybox's would take its own ip and modprobe
	ln -s kmod "$1/usr/bin/modprobe"
}

# What iptables-nft loads by name.
copy_extensions() { # root
	local name file
	for name in libxt_NFQUEUE.so libxt_udp.so; do
		file=$(find /usr/lib -name "$name" -print -quit)
		install -D "$file" "$1$file"
	done
}

copy_libraries() { # root, program…
	local root=$1 file
	shift
	for file; do
		# none of a script, nor of what is static
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true
	done | sort -u | while read -r file; do
		install -D "$file" "$root$file"
	done
}

copy_modules() { # version, root
	local all file names
	all=$(realpath "$BUILD/kernel")
	depmod -b "$all" "$1"
	mapfile -t names < <(cd "$all/lib/modules/$1/kernel" && find "${modules[@]}" \
		-name '*.ko*' -printf '%f\n')
	for file in $(modprobe -d "$all" -S "$1" -a --show-depends "${names[@]%.ko*}" |
		sed -n 's/^insmod //p' | sort -u); do
		install -D "$file" "$2/${file#"$all"/}"
	done
	cp "$all/lib/modules/$1"/modules.{builtin,order}* "$2/lib/modules/$1/"
	depmod -b "$2" "$1"
}

copy_tests() { # root
	local to=$1/p2pscope test
	mkdir -p "$to"/tests/{bpf,daemon,live} "$to"/build/tests/{beside,parity}
	cp tests/run "$to/tests/"
	cp tests/bpf/verifier_budget "$to/tests/bpf/"
	cp tests/daemon/lib.sh "$to/tests/daemon/"
	cp tests/kernel/live "$to/tests/live/run"
	for test in "${beside[@]}"; do
		cp "$BUILD/tests/bpf/${test}_test" "$to/build/tests/beside/"
	done
	cp "$BUILD/tests/bpf/parity_test" "$to/build/tests/parity/"
	cp "$BUILD/p2pscope" "$to/build/"
}

# Writes the initramfs for a kernel of this version to standard output.
make_image() { # version, root
	mkdir -p "$2"/{dev,etc,proc,run,sys,tmp,usr/bin,"lib/modules/$1"}
	ln -s usr/bin "$2/bin"
	ln -s usr/bin "$2/sbin"
	ln -s bin "$2/usr/sbin"
	ln -s usr/bin/init "$2/init"
	printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$2/etc/passwd"
	copy_programs "$2"
	copy_extensions "$2"
	copy_tests "$2"
	copy_libraries "$2" "$2"/usr/bin/* "$2"/p2pscope/build/p2pscope \
		"$2"/p2pscope/build/tests/*/*
	copy_modules "$1" "$2"
	(cd "$2" && find . | cpio -o -H newc --quiet | gzip -1)
}
