"""Captures for whole-program measurements, made from the demo capture: its ordinary DNS packets
over and over, whole or damaged. Kept under the build tree and made once."""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fuzz"))
import seeds  # noqa: E402  (the reader of the demo capture lives there)

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
START = 1795179600
ETHERNET_IPV4_UDP = 14 + 20 + 8


def ordinary_dns():
    """UDP DNS over IPv4 from the first hour, before the demo's troubles begin."""
    frames = []
    for frame in seeds.frames():
        if len(frames) == 4000:
            break
        if frame[12:14] == b"\x08\x00" and seeds.udp_payload(frame, 53):
            frames.append(frame)
    return frames


def damage(frame, turn):
    """One of four kinds of harm to the DNS message; lengths around it stay right."""
    broken = bytearray(frame)
    at = ETHERNET_IPV4_UDP
    if turn % 4 == 0:
        broken[at + 6:at + 8] = b"\xff\xff"  # answers that are not there
    elif turn % 4 == 1:
        broken[at + 12:at + 14] = b"\xc0\x0c"  # a pointer to itself
    elif turn % 4 == 2:
        broken[at + 12] = 63  # a label that swallows what follows
    else:
        broken[at + 12] = 0x80  # a label of a reserved type
    return bytes(broken)


def write_capture(path, frames, packets):
    """Repeats `frames`, one every 10 microseconds."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as out:
        out.write(PCAP_HEADER)
        written = 0
        while written < packets:
            block = []
            for frame in frames[:packets - written]:
                seconds, ticks = divmod(written, 100_000)
                block.append(struct.pack("<IIII", START + seconds, ticks * 10, len(frame),
                                         len(frame)))
                block.append(frame)
                written += 1
            out.write(b"".join(block))
    partial.rename(path)


def clean_capture(folder, packets):
    path = folder / f"clean-{packets}.pcap"
    write_capture(path, ordinary_dns(), packets)
    return path


def damaged_capture(folder, packets):
    path = folder / f"damaged-{packets}.pcap"
    frames = [damage(frame, turn) for turn, frame in enumerate(ordinary_dns())]
    write_capture(path, frames, packets)
    return path
