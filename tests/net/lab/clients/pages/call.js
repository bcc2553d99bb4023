// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A WebRTC client of the gateway lab in a browser; what to do comes in the address after '#'.
import { now, post, report, sleep, watch } from "./report.js";

const job = JSON.parse(decodeURIComponent(location.hash.slice(1)));

class Peer {
  constructor(room, stream) {
    this.url = `/rooms/${room}/${job.role}`;
    this.early = [];
    this.over = false;
    this.pc = new RTCPeerConnection({
      iceServers: job.servers, iceTransportPolicy: job.policy, bundlePolicy: "max-bundle",
    });
    this.seen = watch(this.pc, room);
    this.connected = new Promise((resolve) => { this.setConnected = resolve; });
    this.failed = new Promise((resolve) => { this.setFailed = resolve; });
    this.hungUp = new Promise((resolve) => { this.setHungUp = resolve; });
    this.listen();
    stream?.getTracks().forEach((track) => this.pc.addTrack(track, stream));
    if (job.media.includes("data") && job.role === "offerer") {
      this.useChannel(this.pc.createDataChannel("lab"));
    }
  }

  listen() {
    const { pc } = this;
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") this.tellConnected();
      if (pc.connectionState === "failed") this.setFailed();
    };
    pc.ondatachannel = (e) => this.useChannel(e.channel);
    pc.onicecandidate = async (e) => {
      if (!e.candidate?.candidate) return;
      await sleep(job.late);
      this.send({ type: "candidate", candidate: e.candidate.toJSON() });
    };
  }

  tellConnected() {
    this.setConnected();
    post(`${job.report}.connected`, now());
  }

  useChannel(channel) {
    channel.onmessage = () => { this.seen.received++; };
    channel.onopen = () => {
      const timer = setInterval(() => {
        if (channel.readyState !== "open") return clearInterval(timer);
        channel.send("x".repeat(100));
        this.seen.sent++;
      }, 100);
    };
  }

  // One message after the other: an answer never overtakes a candidate.
  send(message) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(message);
    const post = () => fetch(this.url, { method: "POST", headers, body });
    this.sending = (this.sending ?? Promise.resolve())
      .then(post).catch((e) => this.seen.errors.push(String(e)));
  }

  async receive() {
    for (let after = 0; !this.over;) {
      try {
        const messages = await (await fetch(`${this.url}?after=${after}`)).json();
        for (const message of messages) await this.on(message);
        after += messages.length;
      } catch (e) {
        this.seen.errors.push(String(e));
        await sleep(0.2);
      }
    }
  }

  async on(message) {
    if (message.type === "candidate") return this.addCandidate(message.candidate);
    if (message.type === "do") return this.act(message.action);
    await this.pc.setRemoteDescription(message);
    for (const candidate of this.early.splice(0)) await this.pc.addIceCandidate(candidate);
    if (message.type === "offer") await this.describe();
  }

  async addCandidate(candidate) {
    this.seen.remote.push(candidate.candidate);
    if (this.pc.remoteDescription) await this.pc.addIceCandidate(candidate);
    else this.early.push(candidate);
  }

  async describe() {
    await this.pc.setLocalDescription();
    const { type, sdp } = this.pc.localDescription;
    this.send({ type, sdp: asTold(sdp) });
  }

  // What to do in mid-call: see lab/clients/__init__.py.
  async act(action) {
    const enable = (enabled) => this.pc.getSenders().forEach(
      ({ track }) => { if (track) track.enabled = enabled; });
    const direct = (direction) => {
      const media = this.pc.getTransceivers().filter(({ mid }) => mid !== null);
      media.forEach((transceiver) => { transceiver.direction = direction; });
      return this.describe();
    };
    switch (action) {
      case "mute": return enable(false);
      case "unmute": return enable(true);
      case "hold": return direct("inactive");
      case "resume": return direct("sendrecv");
      case "bye": return this.setHungUp();
      case "close": return location.replace("about:blank");
      default: throw new Error(`${action}: no such action`);
    }
  }

  async run() {
    this.receive();
    if (job.role === "offerer") await this.describe();
    const connected = this.connected.then(() => "connected");
    const outcome = await Promise.race([connected, this.failed, sleep(job.giveUp)]);
    if (outcome === "connected") {
      await Promise.race([sleep(job.hold), this.failed, this.hungUp]);
    }
    const result = await report(this.pc, this.seen);
    this.over = true;
    this.pc.close();
    return result;
  }
}

// Candidates that shall be late are none of the description's.
function asTold(sdp) {
  const bare = job.late ? sdp.replace(/a=(candidate|end-of-candidates)\b.*\r\n/g, "") : sdp;
  return job.dtx ? bare.replaceAll("useinbandfec=1", "useinbandfec=1;usedtx=1") : bare;
}

async function capture() {
  const wanted = {
    audio: job.media.includes("audio"),
    video: job.media.includes("video") && { width: 320, height: 240, frameRate: 10 },
  };
  return wanted.audio || wanted.video ? navigator.mediaDevices.getUserMedia(wanted) : null;
}

async function main() {
  const stream = await capture();
  const newPeer = (_, i) => new Peer(`${job.room}-${i + 1}`, stream);
  const peers = Array.from({ length: job.count }, newPeer);
  const all = async (reportOf) => ({
    stack: "chromium", agent: navigator.userAgent, role: job.role,
    peers: await Promise.all(peers.map(reportOf)),
  });
  const tell = async () =>
    post(`${job.report}.now`, await all(({ pc, seen }) => report(pc, seen)));
  const timer = job.every && setInterval(tell, job.every * 1000);
  const result = await all((peer) => peer.run());
  clearInterval(timer);
  return result;
}

const failure = (e) =>
  ({ stack: "chromium", role: job.role, peers: [], error: String(e.stack ?? e) });
const result = await main().catch(failure);
await post(job.report, result);
