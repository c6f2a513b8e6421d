"""Bounded load: HTTP requests from this process, each way of ending a connection."""

import http.client
import socket
import struct


def get(port, times=1):
    """One keep-alive connection with so many requests; the client's port. The client closes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    mine = connection.sock.getsockname()[1]
    for _ in range(times):
        connection.request("GET", "/")
        connection.getresponse().read()
    connection.close()
    return mine


def get_and_reset(port):
    """A request, answered, and then an RST instead of a FIN."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sock.close()


def refused(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port))


def unanswered(address, port):
    with socket.socket() as client:
        client.settimeout(60)
        return client.connect_ex((address, port))
