// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Participants of an SFU in a browser; what to do comes in the address after '#'.
import { Janus } from "./janus.js";
import { now, post, report, sleep, watch } from "./report.js";

const job = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const REPORT_SECONDS = 1;
const LAYERS = [["h", 1], ["m", 2], ["l", 4]];

const peers = [];

class Peer {
  constructor(room, direction, handle) {
    this.direction = direction;
    this.handle = handle;
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.seen = watch(this.pc, room);
    this.pc.onicecandidate = (e) => handle.trickle(e.candidate);
    this.connected = new Promise((resolve) => {
      this.pc.addEventListener("connectionstatechange", () => {
        if (this.pc.connectionState === "connected") resolve();
      });
    });
    peers.push(this);
  }

  publish(stream) {
    const direction = this.direction;
    for (const track of stream.getTracks()) {
      const layers = track.kind === "video" && job.simulcast ? LAYERS : [];
      const sendEncodings = layers.map(([rid, scaleResolutionDownBy]) =>
        ({ rid, scaleResolutionDownBy, maxBitrate: 100000 }));
      this.pc.addTransceiver(track, {
        direction, streams: [stream], ...(layers.length && { sendEncodings }),
      });
    }
  }

  async offer(body) {
    await this.pc.setLocalDescription();
    const { jsep } = await this.handle.message(body, this.pc.localDescription);
    await this.pc.setRemoteDescription(jsep);
  }

  async answer(jsep, body) {
    await this.pc.setRemoteDescription(jsep);
    await this.pc.setLocalDescription();
    await this.handle.message(body, this.pc.localDescription);
  }

  async report() {
    return { ...await report(this.pc, this.seen), direction: this.direction };
  }
}

async function echotest(name, stream) {
  const janus = await Janus.connect(job.janus);
  const peer = new Peer(`${name}-echo`, "sendrecv", await janus.attach("echotest"));
  peer.publish(stream);
  await peer.offer({ audio: true, video: true });
  await peer.connected;
}

// Resolves when as many others publish in the room as shall be there.
function others(handle, first) {
  return new Promise((resolve) => {
    const there = [];
    const on = ({ publishers }) => {
      there.push(...publishers ?? []);
      if (there.length >= job.others) resolve(there);
    };
    handle.onevent = on;
    on(first);
  });
}

async function subscribe(janus, room, feeds) {
  const handle = await janus.attach("videoroom");
  const peer = new Peer(room, "recvonly", handle);
  const streams = feeds.map(({ id }) => ({ feed: id }));
  const { jsep } = await handle.message(
    { request: "join", ptype: "subscriber", room: job.room, streams });
  await peer.answer(jsep, { request: "start" });
  await peer.connected;
}

async function videoroom(name, stream) {
  const janus = await Janus.connect(job.janus);
  const handle = await janus.attach("videoroom");
  const { data } = await handle.message(
    { request: "join", ptype: "publisher", room: job.room, display: name });
  const feeds = others(handle, data);
  const peer = new Peer(`${name}-publisher`, "sendonly", handle);
  peer.publish(stream);
  await peer.offer({ request: "publish" });
  await peer.connected;
  const groups = job.multistream ? [await feeds] : (await feeds).map((feed) => [feed]);
  await Promise.all(groups.map((group) =>
    subscribe(janus, `${name}-from-${group.map(({ display }) => display).join("+")}`, group)));
}

const reports = async () =>
  ({ stack: "chromium", role: "sfu", peers: await Promise.all(peers.map((p) => p.report())) });

// The lab says when it is over.
async function over() {
  while (!(await (await fetch(`/rooms/${job.report}/answerer?after=0`)).json()).length);
}

async function main() {
  const stream = await navigator.mediaDevices.getUserMedia(
    { audio: true, video: { width: 320, height: 240, frameRate: 10 } });
  const plugins = { echotest, videoroom };
  const joined = Promise.all(
    job.participants.map(({ name, plugin }) => plugins[plugin](name, stream)));
  const late = sleep(job.giveUp).then(() => { throw new Error("not connected in time"); });
  await Promise.race([joined, late]);
  late.catch(() => {});
  await post(`${job.report}.connected`, now());
  const timer = setInterval(
    async () => post(`${job.report}.now`, await reports()), REPORT_SECONDS * 1000);
  await over();
  clearInterval(timer);
  return reports();
}

const failure = async (e) => ({ ...await reports(), error: String(e.stack ?? e) });
const result = await main().catch(failure);
peers.forEach(({ pc }) => pc.close());
await post(job.report, result);
