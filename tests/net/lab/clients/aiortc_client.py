# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The aiortc client (Python). Its library gathers first and describes then: no trickle."""

import argparse
import asyncio
import fractions
import json
import os
import time

PYTHON = "/usr/bin/python3"


def start(lab, name, call, path):
    from . import common_options

    return lab.procs.start(
        lab.host_of(name),
        [PYTHON, os.path.abspath(__file__), *common_options(lab, call, path)],
        f"{name}-aiortc",
    )


def parse_options():
    parser = argparse.ArgumentParser()
    for option in ("signal", "room", "role", "servers", "policy", "media", "report"):
        parser.add_argument("-" + option, required=True)
    parser.add_argument("-hold", type=float, default=6)
    parser.add_argument("-give-up", type=float, default=45)
    parser.add_argument("-count", type=int, default=1)
    parser.add_argument("-ipv6", action="store_true")
    parser.add_argument("-port", type=int, default=0)
    return parser.parse_args()


def small_video():
    import aiortc
    import av

    class SmallVideo(aiortc.VideoStreamTrack):
        """160x120 at 10 frames a second: encoding must not be what keeps the machine busy."""

        number = 0

        async def recv(self):
            await asyncio.sleep(0.1)
            frame = av.VideoFrame(width=160, height=120)
            for i, plane in enumerate(frame.planes):
                plane.update(bytes([(self.number * 7 + i * 50) % 256]) * plane.buffer_size)
            frame.pts = self.number * 9000
            frame.time_base = fractions.Fraction(1, 90000)
            self.number += 1
            return frame

    return SmallVideo()


class Peer:
    def __init__(self, options, room, http):
        import aiortc

        self.rtc, self.options, self.http = aiortc, options, http
        self.url = f"{options.signal}/rooms/{room}/{options.role}"
        self.seen = {
            "room": room,
            "ice_connected_at": None,
            "connected_at": None,
            "ice_states": [],
            "connection_states": [],
            "data_sent": 0,
            "data_received": 0,
            "errors": [],
        }
        servers = [
            aiortc.RTCIceServer(s["urls"], s.get("username"), s.get("credential"))
            for s in json.loads(options.servers)
        ]
        self.pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(servers))
        self.connected, self.failed = asyncio.Event(), asyncio.Event()
        self.sinks = []
        self.listen()
        self.add_media()

    def listen(self):
        self.pc.on("iceconnectionstatechange", self.on_ice)
        self.pc.on("connectionstatechange", self.on_state)
        self.pc.on("datachannel", self.use_channel)
        self.pc.on("track", self.on_track)

    def add_media(self):
        from aiortc.mediastreams import AudioStreamTrack

        if "audio" in self.options.media:
            self.pc.addTrack(AudioStreamTrack())
        if "video" in self.options.media:
            self.pc.addTrack(small_video())
        if "data" in self.options.media and self.options.role == "offerer":
            self.use_channel(self.pc.createDataChannel("lab"))

    def on_ice(self):
        t, state = time.time(), self.pc.iceConnectionState
        self.seen["ice_states"].append({"t": t, "state": state})
        if state in ("connected", "completed") and self.seen["ice_connected_at"] is None:
            self.seen["ice_connected_at"] = t

    def on_state(self):
        t, state = time.time(), self.pc.connectionState
        self.seen["connection_states"].append({"t": t, "state": state})
        if state == "connected" and self.seen["connected_at"] is None:
            self.seen["connected_at"] = t
            self.connected.set()
            asyncio.ensure_future(self.tell_connected())
        if state in ("failed", "closed"):
            self.failed.set()

    def on_track(self, track):
        from aiortc.contrib.media import MediaBlackhole

        sink = MediaBlackhole()
        sink.addTrack(track)
        self.sinks.append(sink)

    def use_channel(self, channel):
        @channel.on("message")
        def count(_):
            self.seen["data_received"] += 1

        async def talk():
            while not self.failed.is_set():
                if channel.readyState == "open":
                    channel.send(b"x" * 100)
                    self.seen["data_sent"] += 1
                await asyncio.sleep(0.1)

        asyncio.ensure_future(talk())

    async def send(self, message):
        async with self.http.post(self.url, json=message):
            pass

    async def tell_connected(self):
        url = f"{self.options.signal}/reports/{os.path.basename(self.options.report)}.connected"
        async with self.http.post(url, json=self.seen["connected_at"]):
            pass

    async def receive(self):
        after = 0
        while True:
            async with self.http.get(self.url, params={"after": after}) as answer:
                messages = await answer.json()
            for message in messages:
                await self.on_message(message)
            after += len(messages)

    async def on_message(self, message):
        if message["type"] == "candidate":
            return await self.add_candidate(message["candidate"])
        await self.pc.setRemoteDescription(
            self.rtc.RTCSessionDescription(message["sdp"], message["type"])
        )
        for sink in self.sinks:
            await sink.start()
        if message["type"] == "offer":
            await self.describe(await self.pc.createAnswer())

    async def add_candidate(self, wire):
        from aiortc.sdp import candidate_from_sdp

        candidate = candidate_from_sdp(wire["candidate"].split(":", 1)[1])
        candidate.sdpMid, candidate.sdpMLineIndex = wire.get("sdpMid"), wire.get("sdpMLineIndex")
        await self.pc.addIceCandidate(candidate)

    async def describe(self, description):
        await self.pc.setLocalDescription(description)
        local = self.pc.localDescription
        await self.send({"type": local.type, "sdp": local.sdp})

    async def run(self):
        receiving = asyncio.ensure_future(self.receive())
        try:
            if self.options.role == "offerer":
                await self.describe(await self.pc.createOffer())
            await first(self.options.give_up, self.connected, self.failed)
            if self.connected.is_set():
                await first(self.options.hold, self.failed)
            return await self.report()
        finally:
            receiving.cancel()
            await self.pc.close()

    async def report(self):
        dtls = self.pc.sctp.transport if self.pc.sctp else self.pc.getSenders()[0].transport
        return dict(
            self.seen,
            final_ice=self.pc.iceConnectionState,
            final=self.pc.connectionState,
            selected=selected_pair(dtls.transport),
            dtls=dtls_info(dtls),
            rtp=streams(await self.pc.getStats()),
            local_ufrag=ufrag(self.pc.localDescription),
            remote_ufrag=ufrag(self.pc.remoteDescription),
            local_candidates=candidates(self.pc.localDescription),
            remote_candidates=candidates(self.pc.remoteDescription),
        )


async def first(seconds, *events):
    waits = [asyncio.ensure_future(e.wait()) for e in events]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def selected_pair(transport):
    nominated = transport._connection._nominated.get(1)  # aiortc has no public way to ask
    return (
        {
            "local": endpoint(nominated.local_candidate),
            "remote": endpoint(nominated.remote_candidate),
        }
        if nominated
        else None
    )


def endpoint(c):
    return {
        "type": c.type,
        "address": c.host,
        "port": c.port,
        "protocol": c.transport,
        "relay_protocol": None,
    }


def dtls_info(dtls):
    version = dtls.ssl.get_protocol_version_name() if dtls.state == "connected" else None
    return {"state": dtls.state, "version": version.replace("DTLSv", "") if version else None}


def streams(stats):
    found = {}  # a receiver's statistics come once for each transceiver's report
    for s in stats.values():
        if s.type == "outbound-rtp":
            found[s.ssrc, "out"] = {
                "ssrc": s.ssrc,
                "kind": s.kind,
                "direction": "out",
                "packets": s.packetsSent,
            }
        elif s.type == "inbound-rtp":
            found[s.ssrc, "in"] = {
                "ssrc": s.ssrc,
                "kind": s.kind,
                "direction": "in",
                "packets": s.packetsReceived,
            }
    return list(found.values())


def ufrag(description):
    return next(
        (l.split(":", 1)[1].strip() for l in lines(description) if l.startswith("a=ice-ufrag:")), ""
    )


def candidates(description):
    return [l[2:].strip() for l in lines(description) if l.startswith("a=candidate:")]


def lines(description):
    return description.sdp.splitlines() if description else []


def mend_extension_ids():
    """aiortc 1.4 gives one RTP extension id to two things as soon as audio and video share a
    transport."""
    from aiortc.codecs import HEADER_EXTENSIONS

    for extension in HEADER_EXTENSIONS["video"]:
        if extension.uri.endswith("abs-send-time"):
            extension.id = 3


def bind_to(port):
    """aiortc binds any free port; it has no option to choose one."""
    loop = asyncio.get_running_loop()
    create = loop.create_datagram_endpoint

    def create_there(factory, local_addr=None, **more):
        return create(factory, local_addr=(local_addr[0], port) if local_addr else None, **more)

    loop.create_datagram_endpoint = create_there


async def call(options):
    import aiohttp

    mend_extension_ids()
    if options.port:
        bind_to(options.port)
    async with aiohttp.ClientSession() as http:
        peers = [Peer(options, f"{options.room}-{i + 1}", http) for i in range(options.count)]
        reports = await asyncio.gather(*(peer.run() for peer in peers))
    with open(options.report + ".part", "w", encoding="utf-8") as f:
        json.dump({"stack": "aiortc", "role": options.role, "peers": reports}, f, indent=1)
    os.rename(options.report + ".part", options.report)


if __name__ == "__main__":
    asyncio.run(call(parse_options()))
