#!/usr/bin/env python3
"""A service manager's end of the notify socket: manager.py SOCKET LOG COMMAND...

Writes what it is told to LOG, a datagram a line, its lines parted by '|'. Runs the command
with the socket, and a watchdog of 400 ms, in its environment; ends with its exit code."""
import os
import socket
import subprocess
import sys
import threading

path, log, command = sys.argv[1], sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + path[1:] if path[0] == "@" else path)
out = open(log, "w", encoding="utf-8")


def listen():
    while True:
        out.write(s.recv(4096).decode().replace("\n", "|") + "\n")
        out.flush()


threading.Thread(target=listen, daemon=True).start()
child = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": path,
                                       "WATCHDOG_USEC": "400000"})
with open(log + ".pid", "w", encoding="ascii") as f:
    f.write(str(child.pid))
sys.exit(child.wait() % 256)
