# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The signalling server: carries messages between the two sides of a room, serves the browser's
page, keeps its reports.

    POST /rooms/ROOM/ROLE            a JSON message for the other side
    GET  /rooms/ROOM/ROLE?after=N    the messages for this side from the Nth on; waits for one
    POST /reports/NAME               a client's report
    GET  /spoil-passwords            from now on, all ICE passwords are passed on wrong
    GET  /NAME                       a file of the page
"""

import argparse
import asyncio
import collections
import json
import os
import re

from aiohttp import web

OTHER = {"offerer": "answerer", "answerer": "offerer"}
LONG_POLL_SECONDS = 20
PASSWORD = re.compile(r"a=ice-pwd:[A-Za-z0-9+/]+")  # RFC 8839 section 5.4
WRONG = "a=ice-pwd:" + "wrong" * 5


def spoil_passwords(lab):
    lab.ns["signalling"].http_get(lab.signal_url + "/spoil-passwords")


class Rooms:
    def __init__(self, reports):
        self.reports = reports
        self.boxes = collections.defaultdict(list)
        self.news = asyncio.Condition()
        self.spoil = False

    async def post(self, request):
        box = (request.match_info["room"], OTHER[request.match_info["role"]])
        text = await request.text()
        message = json.loads(PASSWORD.sub(WRONG, text) if self.spoil else text)
        async with self.news:
            self.boxes[box].append(message)
            self.news.notify_all()
        return web.json_response({})

    async def get(self, request):
        box = self.boxes[request.match_info["room"], request.match_info["role"]]
        after = int(request.query.get("after", 0))
        async with self.news:
            try:
                await asyncio.wait_for(
                    self.news.wait_for(lambda: len(box) > after), LONG_POLL_SECONDS
                )
            except asyncio.TimeoutError:
                pass
        return web.json_response(box[after:])

    async def spoil_passwords(self, _):
        self.spoil = True
        return web.json_response({})

    async def report(self, request):
        path = os.path.join(self.reports, os.path.basename(request.match_info["name"]))
        with open(path + ".part", "wb") as f:
            f.write(await request.read())
        os.rename(path + ".part", path)  # whoever waits for the file finds it whole
        return web.json_response({})


async def make_app(reports, pages):
    rooms = Rooms(reports)
    app = web.Application(client_max_size=16 << 20)
    app.router.add_post("/rooms/{room}/{role}", rooms.post)
    app.router.add_get("/rooms/{room}/{role}", rooms.get)
    app.router.add_post("/reports/{name}", rooms.report)
    app.router.add_get("/spoil-passwords", rooms.spoil_passwords)
    app.router.add_static("/", pages)
    return app


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--reports", required=True, help="directory for the reports")
    parser.add_argument("--pages", required=True, help="directory of the pages")
    args = parser.parse_args()
    web.run_app(
        make_app(args.reports, args.pages),
        host=args.host,
        port=args.port,
        print=None,
        handle_signals=True,
    )


if __name__ == "__main__":
    main()
