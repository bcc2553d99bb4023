// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a peer connection says of itself, in the words of the lab's reports.

export const now = () => Date.now() / 1000;
export const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
export const post = (name, what) =>
  fetch(`/reports/${name}`, { method: "POST", body: JSON.stringify(what, null, 1) });

const TLS_VERSIONS = { FEFF: "1.0", FEFD: "1.2", FEFC: "1.3" };

const ufrag = (description) => description?.sdp.match(/a=ice-ufrag:(\S+)/)?.[1] ?? "";
const firstTime = (changes, ...states) => changes.find((c) => states.includes(c.state))?.t ?? null;

const candidate = (c) => c && {
  type: c.candidateType, address: c.address, port: c.port, protocol: c.protocol,
  relay_protocol: c.relayProtocol ?? null,
};

function selectedPair(stats, transport) {
  const pair = stats.get(transport?.selectedCandidatePairId);
  return pair ? {
    local: candidate(stats.get(pair.localCandidateId)),
    remote: candidate(stats.get(pair.remoteCandidateId)),
  } : null;
}

function streams(stats) {
  const direction = { "outbound-rtp": "out", "inbound-rtp": "in" };
  return [...stats.values()].filter((s) => direction[s.type]).map((s) => ({
    ssrc: s.ssrc, kind: s.kind, direction: direction[s.type],
    rtx_ssrc: s.rtxSsrc ?? null, frames: s.framesDecoded ?? null, freezes: s.freezeCount ?? null,
    lost: s.packetsLost ?? null, jitter_ms: s.jitter === undefined ? null : s.jitter * 1000,
    // Retransmissions are a stream of their own on the wire.
    packets: (s.type === "outbound-rtp" ? s.packetsSent - (s.retransmittedPacketsSent ?? 0)
      : s.packetsReceived - (s.retransmittedPacketsReceived ?? 0)) ?? 0,
    all_packets: s.packetsSent ?? s.packetsReceived ?? 0,
  }));
}

function play(e) {
  const sink = document.createElement(e.track.kind);
  sink.srcObject = new MediaStream([e.track]);
  sink.muted = true;
  sink.play().catch(() => {});
}

// Notes what happens to a connection, for its report, and plays what comes.
export function watch(pc, room) {
  const seen = {
    room, ice: [], states: [], local: [], remote: [], errors: [], sent: 0, received: 0,
  };
  const on = (event, handler) => pc.addEventListener(event, handler);
  on("iceconnectionstatechange", () => seen.ice.push({ t: now(), state: pc.iceConnectionState }));
  on("connectionstatechange", () => seen.states.push({ t: now(), state: pc.connectionState }));
  on("icecandidate", (e) => {
    if (e.candidate?.candidate) seen.local.push(e.candidate.candidate);
  });
  on("icecandidateerror", (e) => seen.errors.push(`${e.url}: ${e.errorCode} ${e.errorText}`));
  on("track", play);
  return seen;
}

export async function report(pc, seen) {
  const stats = await pc.getStats();
  const transport = [...stats.values()].find((s) => s.type === "transport");
  return {
    room: seen.room,
    ice_connected_at: firstTime(seen.ice, "connected", "completed"),
    connected_at: firstTime(seen.states, "connected"),
    ice_states: seen.ice, connection_states: seen.states,
    final_ice: pc.iceConnectionState, final: pc.connectionState,
    selected: selectedPair(stats, transport),
    dtls: {
      state: transport?.dtlsState ?? "new", version: TLS_VERSIONS[transport?.tlsVersion] ?? null,
    },
    rtp: streams(stats),
    data_sent: seen.sent, data_received: seen.received,
    local_ufrag: ufrag(pc.localDescription), remote_ufrag: ufrag(pc.remoteDescription),
    local_candidates: seen.local, remote_candidates: seen.remote, errors: seen.errors,
  };
}
