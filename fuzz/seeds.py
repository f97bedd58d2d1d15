"""First inputs for the fuzz targets, cut out of the demo capture: whole frames for the link layer,
what is inside for the layers above, series of frames for the decoder. Nothing is stored in the
tree; fuzz/run.py asks for a target's seeds before it runs it. A target without a rule here starts
from nothing, which is legal and slow."""

import base64
import hashlib
import pathlib
import struct

CAPTURE = pathlib.Path(__file__).resolve().parent.parent / "samples" / "demo.pcapng"
AT_MOST = 400  # seeds a target; more only delay the start
ETHERNET = 14
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
UDP, TCP, ICMP6 = 17, 6, 58

FILTERS = [
    "client:f4:6b:ef:6a:ad:c4 vendor:apple", "name:*.example.com type:TXT rcode:NXDOMAIN",
    "ip:192.0.2.0/24 since:1h", "until:2026-11-21T10:00 -name:*.local is:unanswered",
    "(name:a OR name:b) latency:>100ms", "name:\"quoted \\\" text\" port:53,5353",
]
TEXTS = ["caf\u00e9 \u6771\u4eac", "\x1b[31mred\x07", "a\u202eb\u0301", "\u009b31m\ufeff"]
HOSTS_LINES = ["192.0.2.1 a b.example # c\n", "2001:db8::1\td\n", "fe80::1%lo0 localhost\n"]
ZONE_LINES = [
    "www A 192.0.2.1\n", "@ MX 10 mail\nmail AAAA 2001:db8::1\n", "*.wild TXT \"a b\" c\\046d\n",
    "sub NS ns.sub\nns.sub A 192.0.2.2\n", "$TTL 1h\n$ORIGIN deep\nh HTTPS 1 . alpn=h3,h2\n",
]


def frames():
    """Bytes of every packet of the capture."""
    data = CAPTURE.read_bytes()
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            (captured,) = struct.unpack_from("<I", data, at + 20)
            yield data[at + 28:at + 28 + captured]
        at += length


def ip_payload(frame):
    """(protocol, bytes behind the IP header), or (None, b"")."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == IPV4 and len(frame) > ETHERNET + 20:
        return frame[ETHERNET + 9], frame[ETHERNET + 20:]
    if kind == IPV6 and len(frame) > ETHERNET + 40:
        return frame[ETHERNET + 6], frame[ETHERNET + 40:]
    return None, b""


def udp_payload(frame, *ports):
    protocol, segment = ip_payload(frame)
    if protocol == UDP and any(port in struct.unpack_from(">HH", segment) for port in ports):
        return segment[8:]
    return None


def transport(frame):
    protocol, segment = ip_payload(frame)
    return segment if protocol in (UDP, TCP) else None


def of_type(frame, kind):
    return frame[ETHERNET:] if int.from_bytes(frame[12:14], "big") == kind else None


def icmp6(frame):
    protocol, message = ip_payload(frame)
    return message if protocol == ICMP6 else None


def dns(frame):
    return udp_payload(frame, 53, 5353, 5355, 137)


def question_name(frame):
    payload = udp_payload(frame, 53, 5353)
    return payload[12:] if payload else None


def traced(frame):
    """A question of traced form that carries the frame (docs/formats/replay.md)."""
    return bytes.fromhex("565401010501020000000900000a") + struct.pack(">I", len(frame)) + frame


# Target -> what of a frame it reads.
PIECES = {
    "link": lambda frame: b"\x00\x01" + frame,
    "ip": lambda frame: frame[ETHERNET:],
    "packet_messages": lambda frame: b"\x00\x01" + frame,
    "traced": traced,
    "stream_peer": lambda frame: b"\x01\x40" + traced(frame),
    "transport": transport,
    "arp": lambda frame: of_type(frame, ARP),
    "ndp": icmp6,
    "dns": dns,
    "message": dns,
    "query": dns,
    "rdata": dns,
    "name": question_name,
    "nbns_name": lambda frame: (udp_payload(frame, 137) or b"")[12:],
    "dhcp4": lambda frame: udp_payload(frame, 67, 68),
    "dhcp6": lambda frame: udp_payload(frame, 546, 547),
    "packet_summary": lambda frame: b"\x01\x00" + frame,
    "content": lambda frame: udp_payload(frame, 53, 67, 123, 443, 1900),
}


def series(count, before=lambda frame: struct.pack(">HBB", len(frame), 0, 3)):
    """As the decoder's target reads them: link type; length, cut, time step and bytes of each."""
    some = b""
    held = 0
    for frame in frames():
        if len(frame) < 700:
            some += before(frame) + frame
            held += 1
        if held == count:
            yield b"\x01" + some
            some, held = b"", 0


def anonymizer():
    """Messages alone; and as its target reads packets: link type, then length and bytes of each."""
    yield from sorted({piece for piece in map(dns, frames()) if piece})[:AT_MOST // 2]
    for some in list(series(6))[:AT_MOST // 2]:
        out, at = some[:1], 1
        while at < len(some):
            length = int.from_bytes(some[at:at + 2], "big")
            out += some[at:at + 2] + some[at + 4:at + 4 + length]
            at += 4 + length
        yield out


def capture_blocks():
    """The first blocks of the capture behind its header, as the pcapng target reads them."""
    data = CAPTURE.read_bytes()
    (head,) = struct.unpack_from("<I", data, 4)
    yield b"\x00" + data[head:head + 1500]
    yield b"\x02" + data[head + 60:head + 1000]


def records():
    """Packet records of the older format, as the pcap target reads them."""
    some = b"\x00"
    for frame in list(frames())[:4]:
        some += struct.pack("<IIII", 1795179600, 5, len(frame), len(frame)) + frame
        yield some


def http2_frames(message):
    """A POST of the message, its fields without compression (RFC 7541 6.2.2)."""
    fields = [(b":method", b"POST"), (b":path", b"/dns-query"), (b":scheme", b"https"),
              (b":authority", b"a"), (b"content-type", b"application/dns-message")]
    block = b"".join(b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
                     for name, value in fields)
    frames_of = [(1, 4, block), (0, 1, message)]  # HEADERS to their end, DATA to the stream's
    return b"".join(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + b"\0\0\0\1" +
                    payload for kind, flags, payload in frames_of)


def conversations():
    """What is spoken, and the bytes of a connection, as the target of sessions reads them."""
    name = b"\7fromage\2fr\0"
    for index, kind in enumerate([1, 16, 28, 252, 255]):
        message = b"\0\1\1\0\0\1\0\0\0\0\0\0" + name + struct.pack(">HH", kind, 1)
        torn = 3 * index
        yield bytes([torn]) + (struct.pack(">H", len(message)) + message) * (index + 1)
        text = base64.urlsafe_b64encode(message).rstrip(b"=")
        yield bytes([torn + 1]) + b"GET /dns-query?dns=" + text + b" HTTP/1.1\r\nhost: a\r\n\r\n"
        yield (bytes([torn + 1]) + b"POST /dns-query HTTP/1.1\r\ncontent-type: "
               b"application/dns-message\r\ncontent-length: %d\r\n\r\n" % len(message) + message)
        yield bytes([torn + 2]) + http2_frames(message)


WHOLE = {
    "stream_session": conversations,
    "decoder": lambda: series(6),
    "packet_facts": lambda: series(6, lambda frame: struct.pack(">HB", len(frame), 0)),
    "anonymizer": anonymizer,
    "pcapng": capture_blocks,
    "pcap": records,
    "filter": lambda: (text.encode() for text in FILTERS),
    "safe_text": lambda: (b"\x10" + text.encode() for text in TEXTS),
    "master_file": lambda: (text.encode() for text in ZONE_LINES),
    "hosts_file": lambda: (text.encode() for text in HOSTS_LINES),
}


def seeds_for(target):
    name = target.removeprefix("fuzz_")
    if name in WHOLE:
        return list(WHOLE[name]())
    if name not in PIECES:
        return []
    pieces = {piece for piece in map(PIECES[name], frames()) if piece}
    # An even choice that is the same on every machine.
    return sorted(pieces, key=lambda piece: hashlib.sha1(piece).digest())[:AT_MOST]


def write_seeds(target, folder):
    """Fills `folder`; returns how many seeds there are."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = seeds_for(target)
    for seed in seeds:
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    return len(seeds)
