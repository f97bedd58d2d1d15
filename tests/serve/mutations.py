"""Valid questions, and what damage makes of them: bytes for DNS, HTTP/1.1 and HTTP/2. Seeded, so
that a run can be repeated."""

import base64

import daemons

ZONE = "example.org"
ZONE_TEXT = ("$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nns AAAA ::1\n"
             "www A 192.0.2.1\nalias CNAME www\nloop CNAME pool\npool CNAME loop\n*.w TXT any\n"
             "x.y.ent A 192.0.2.2\nsub NS ns.sub\nns.sub A 192.0.2.3\ntree DNAME www\nmx MX 1 ns\n"
             "srv SRV 1 2 53 ns\n" + "".join(f"big TXT \"{i} {'x' * 200}\"\n" for i in range(12)))
COOKIE = b"\0\x0a\0\x08" + bytes(range(8))
PADDING, NSID = b"\0\x0c\0\x10" + bytes(16), b"\0\x03\0\0"
SUBNET = b"\0\x08\0\x08\0\1\x20\0\xc0\0\2\0"
TSIG = (b"\x08transfer\0\0\xfa\0\xff\0\0\0\0\0\x3d\x0bhmac-sha256\0" + bytes(6) + b"\1\x2c\0\x20" +
        bytes(32) + b"\0\1\0\0\0\0")
SOA_OF_IXFR = b"\xc0\x0c\0\x06\0\1\0\0\0\0\0\x18\xc0\x0c\xc0\x0c" + bytes(20)


def valid_queries():
    queries = []
    for name in ["", "www", "alias", "loop", "a.w", "ent", "nope.www", "a.sub", "x.tree", "mx",
                 "srv", "big", "*.w", "x" * 63]:
        full = f"{name}.{ZONE}" if name else ZONE
        for rtype in [1, 28, 2, 5, 6, 15, 16, 33, 43, 46, 48, 255, 65280]:
            queries.append(daemons.make_query(full, rtype))
            for options in [b"", COOKIE, COOKIE + NSID + PADDING + SUBNET]:
                opt = daemons.make_opt(1232, flags=0x8000, options=options)
                queries.append(daemons.make_query(full, rtype, opt=opt))
    queries += [daemons.make_query("version.bind", 16, 3), daemons.make_query("example.com"),
                daemons.make_query("."), daemons.make_query(".".join(["a"] * 127), 1),
                daemons.make_query(ZONE, 6, flags=0x2400)]
    transfer = bytearray(daemons.make_query(ZONE, 251) + SOA_OF_IXFR)
    transfer[9] = 1
    signed = bytearray(daemons.make_query(ZONE, 252) + TSIG)
    signed[11] = 1
    return queries + [bytes(transfer), bytes(signed)]


def flip_bits(dice, message, _):
    for _ in range(dice.choice([1, 1, 1, 2, 4, 16])):
        if message:
            message[dice.randrange(len(message))] ^= 1 << dice.randrange(8)


def set_bytes(dice, message, _):
    for _ in range(dice.choice([1, 2, 3])):
        if message:
            message[dice.randrange(len(message))] = dice.choice([0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0,
                                                                 0xfe, 0xff, dice.randrange(256)])


def cut(dice, message, _):
    del message[dice.randrange(len(message) + 1):]


def extend(dice, message, _):
    message += dice.randbytes(dice.choice([1, 4, 11, 64, 600]))


def repeat(dice, message, _):
    start = dice.randrange(len(message) + 1)
    message[start:start] = message[start:start + dice.randrange(1, 40)] * dice.choice([1, 2, 20])


def remove(dice, message, _):
    start = dice.randrange(len(message) + 1)
    del message[start:start + dice.randrange(1, 12)]


def splice(dice, message, others):
    other = dice.choice(others)
    message[dice.randrange(len(message) + 1):] = other[dice.randrange(len(other) + 1):]


def point(dice, message, _):
    if len(message) > 14:
        at = dice.randrange(12, len(message) - 1)
        message[at:at + 2] = bytes([0xc0 | dice.randrange(4) * dice.randrange(2),
                                    dice.randrange(len(message)) & 255])


def counts(dice, message, _):
    if len(message) >= 12:
        message[4 + 2 * dice.randrange(4) + dice.randrange(2)] = dice.choice([0, 1, 2, 255])


WAYS = [flip_bits, flip_bits, flip_bits, set_bytes, set_bytes, cut, extend, repeat, remove, splice,
        point, counts]


def mutate(dice, seed, others):
    """One to three damages; one in eight stays whole."""
    message = bytearray(seed)
    if dice.randrange(8):
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            dice.choice(WAYS)(dice, message, others)
    return bytes(message[:4000])


def pool(dice, count):
    seeds = valid_queries()
    return [mutate(dice, dice.choice(seeds), seeds) for _ in range(count)]


def http1(dice, message):
    """A request with the message, and sometimes with damage of its own."""
    if dice.randrange(2):
        head = b"GET /dns-query?dns=" + base64.urlsafe_b64encode(message).rstrip(b"=")
        request = head + b" HTTP/1.1\r\nhost: a\r\n\r\n"
    else:
        head = (b"POST /dns-query HTTP/1.1\r\nhost: a\r\n"
                b"content-type: application/dns-message\r\ncontent-length: %d\r\n\r\n")
        request = head % len(message) + message
    return damaged(dice, request)


def damaged(dice, request):
    if dice.randrange(4):
        return request
    changed = bytearray(request)
    dice.choice([flip_bits, set_bytes, cut, extend, repeat, remove])(dice, changed, None)
    return bytes(changed)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
HEADERS, DATA, END_STREAM, END_HEADERS = 1, 0, 1, 4


def frame(kind, flags, stream, payload):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") +
            payload)


def literal(name, value):
    """A field without indexing or compression (RFC 7541 6.2.2); `name` and `value` below 127."""
    return b"\0" + bytes([len(name)]) + name + length_of(value) + value


def length_of(value):
    if len(value) < 127:
        return bytes([len(value)])
    rest, out = len(value) - 127, b"\x7f"
    while rest >= 128:
        out += bytes([rest & 127 | 128])
        rest >>= 7
    return out + bytes([rest])


def http2(dice, messages):
    """A connection's worth: the preface and a stream for each message, some of it damaged."""
    out = PREFACE
    for index, message in enumerate(messages):
        stream = 2 * index + 1
        fields = [(b":scheme", b"https"), (b":authority", b"a")]
        if dice.randrange(2):
            path = b"/dns-query?dns=" + base64.urlsafe_b64encode(message).rstrip(b"=")
            block = b"".join(literal(*f) for f in
                             [(b":method", b"GET"), (b":path", path), *fields])
            frames = frame(HEADERS, END_STREAM | END_HEADERS, stream, block)
        else:
            block = b"".join(literal(*f) for f in
                             [(b":method", b"POST"), (b":path", b"/dns-query"), *fields,
                              (b"content-type", b"application/dns-message")])
            half = dice.randrange(len(message) + 1)
            frames = (frame(HEADERS, END_HEADERS, stream, block) +
                      frame(DATA, 0, stream, message[:half]) +
                      frame(DATA, END_STREAM, stream, message[half:]))
        out += damaged(dice, frames) if dice.randrange(8) == 0 else frames
    return out


QUIC_INITIAL = b"\xc3\0\0\0\1\x08"  # a long header of version 1, an identifier of eight octets


def quic(dice, seeds):
    """A datagram for a server of QUIC: one that a client has sent, or a head of our own, damaged.
    Only who has the keys gets past the head: what is behind it is for the fuzz targets."""
    kind = dice.randrange(8)
    if kind == 0 or not seeds:
        packet = bytearray(QUIC_INITIAL + dice.randbytes(8) + b"\0\0\x44\x9e" +
                           dice.randbytes(1182))
    elif kind == 1:  # a connection that nobody knows, or another version
        packet = bytearray(dice.choice([b"\x40", b"\xc0\x1a\x2a\x3a\x4a\x08"]) +
                           dice.randbytes(dice.choice([20, 42, 60, 1200])))
    else:
        packet = bytearray(dice.choice(seeds))
    for _ in range(dice.choice([0, 1, 1, 2])):
        dice.choice([flip_bits, set_bytes, cut, extend, repeat, remove])(dice, packet, None)
    return bytes(packet[:1452])
