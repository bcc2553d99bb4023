// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// As much of Janus' API over WebSocket as the gateway lab needs.

const KEEPALIVE_SECONDS = 25; // Janus forgets a session after 60 s of silence

class Handle {
  constructor(janus, id) {
    Object.assign(this, { janus, id, onevent: () => {} });
  }

  // Resolves with what the plugin answers: {data, jsep}.
  async message(body, jsep) {
    const answer = await this.janus.request({ janus: "message", handle_id: this.id, body, jsep });
    const data = answer.plugindata.data;
    if (data.error) throw new Error(`janus: ${data.error}`);
    return { data, jsep: answer.jsep };
  }

  trickle(candidate) {
    const what = candidate ? candidate.toJSON() : { completed: true };
    return this.janus.request({ janus: "trickle", handle_id: this.id, candidate: what });
  }
}

export class Janus {
  static async connect(url) {
    const janus = new Janus(new WebSocket(url, "janus-protocol"));
    await new Promise((resolve, reject) => {
      janus.socket.onopen = resolve;
      janus.socket.onerror = () => reject(new Error(`${url}: no connection`));
    });
    janus.id = (await janus.request({ janus: "create" })).data.id;
    const timer = setInterval(() => {
      if (janus.socket.readyState === WebSocket.OPEN) janus.request({ janus: "keepalive" });
      else clearInterval(timer);
    }, KEEPALIVE_SECONDS * 1000);
    return janus;
  }

  constructor(socket) {
    Object.assign(this, { socket, id: undefined, count: 0 });
    this.waiting = new Map();
    this.handles = new Map();
    socket.onmessage = (e) => this.on(JSON.parse(e.data));
  }

  request(what) {
    const transaction = String(++this.count);
    return new Promise((resolve, reject) => {
      this.waiting.set(transaction, { resolve, reject, asynchronous: what.janus === "message" });
      this.socket.send(JSON.stringify({ ...what, transaction, session_id: this.id }));
    });
  }

  on(message) {
    const request = this.waiting.get(message.transaction);
    if (!request) {
      const handle = this.handles.get(message.sender);
      if (message.janus === "event") handle?.onevent(message.plugindata.data);
      return;
    }
    if (message.janus === "ack" && request.asynchronous) return; // the answer is an event
    this.waiting.delete(message.transaction);
    if (message.janus === "error") request.reject(new Error(`janus: ${message.error.reason}`));
    else request.resolve(message);
  }

  async attach(plugin) {
    const { data } = await this.request({ janus: "attach", plugin: `janus.plugin.${plugin}` });
    const handle = new Handle(this, data.id);
    this.handles.set(data.id, handle);
    return handle;
  }
}
