#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""dom0-frames.py WORD PREFIX: tells the first frames that a guest sends.

For each network interface whose name starts with PREFIX: "WORD frame NAME BYTES", the first
bytes of the frame in hexadecimal.
"""
import socket
import sys

MOST = 10  # frames of one interface: enough to know the card, and a flood stays silent
BYTES = 64  # enough to know what the frame is: addresses, protocol, ports
ALL_PROTOCOLS = 0x0003


def main():
    word, prefix = sys.argv[1:3]
    told = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS)) as frames:
        while True:
            frame, (name, _, direction, *_) = frames.recvfrom(2048)
            if (not name.startswith(prefix) or direction == socket.PACKET_OUTGOING
                    or len(frame) < 14 or told.get(name, 0) == MOST):
                continue
            told[name] = told.get(name, 0) + 1
            print(word, "frame", name, frame[:BYTES].hex(), flush=True)


main()
