#include "sys/xdp/port_filter.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <cstddef>
#include <cstring>

namespace vedette::sys {
namespace {

// Ethernet: destination(6) source(6) type(2); then IPv4 without options, or IPv6, then UDP (8).
constexpr std::int16_t kEtherType = 12;
constexpr std::int16_t kIp = 14;
constexpr std::int16_t kV4Fragment = kIp + 6;
constexpr std::int16_t kV4Protocol = kIp + 9;
constexpr std::int16_t kV4Destination = kIp + 16;
constexpr std::int16_t kV4Port = kIp + 20 + 2;
constexpr std::int16_t kV4Bytes = kIp + 20 + 8;
constexpr std::int16_t kV6Protocol = kIp + 6;
constexpr std::int16_t kV6Destination = kIp + 24;
constexpr std::int16_t kV6Port = kIp + 40 + 2;
constexpr std::int16_t kV6Bytes = kIp + 40 + 8;
constexpr std::int32_t kUdp = 17;
constexpr std::int32_t kV4NoOptions = 0x45;
constexpr std::int32_t kMoreOrOffset = 0x3fff;

constexpr std::int16_t kKey = -static_cast<std::int16_t>(sizeof(XdpPlace) + 4);  // on the stack
constexpr std::int16_t kKeyPort = kKey + 16;

constexpr std::int32_t kLookUp = 1;        // bpf_map_lookup_elem
constexpr std::int32_t kRedirectMap = 51;  // bpf_redirect_map

enum Register : std::uint8_t { R0, R1, R2, R3, R4, R5, R6, Frame = 10 };

/// Appends instructions; jumps go to places that are told later.
class Assembler {
  public:
    void move(Register to, Register from) { put(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
    void set(Register to, std::int32_t value) {
        put(BPF_ALU64 | BPF_MOV | BPF_K, to, R0, 0, value);
    }
    void add(Register to, std::int32_t value) {
        put(BPF_ALU64 | BPF_ADD | BPF_K, to, R0, 0, value);
    }
    void mask(Register to, std::int32_t value) {
        put(BPF_ALU64 | BPF_AND | BPF_K, to, R0, 0, value);
    }
    /// `size`: BPF_B, BPF_H, BPF_W.
    void load(int size, Register to, Register from, std::int16_t offset) {
        put(BPF_LDX | BPF_MEM | size, to, from, offset, 0);
    }
    void store(int size, std::int16_t offset, Register from) {
        put(BPF_STX | BPF_MEM | size, Frame, from, offset, 0);
    }
    void load_map(Register to, int map) {
        put(BPF_LD | BPF_IMM | BPF_DW, to, static_cast<Register>(BPF_PSEUDO_MAP_FD), 0, map);
        put(0, R0, R0, 0, 0);
    }
    void call(std::int32_t function) { put(BPF_JMP | BPF_CALL, R0, R0, 0, function); }
    void leave() { put(BPF_JMP | BPF_EXIT, R0, R0, 0, 0); }

    enum Target : std::uint8_t { Pass, V6, LookUp, kTargets };
    void jump(Target target) { branch(BPF_JMP | BPF_JA, R0, R0, 0, target); }
    /// 32 bits are compared: no sign is extended.
    void jump_unless(Register value, std::int32_t equals, Target target) {
        branch(BPF_JMP32 | BPF_JNE | BPF_K, value, R0, equals, target);
    }
    void jump_if(Register value, std::int32_t equals, Target target) {
        branch(BPF_JMP32 | BPF_JEQ | BPF_K, value, R0, equals, target);
    }
    void jump_beyond(Register value, Register end, Target target) {
        branch(BPF_JMP | BPF_JGT | BPF_X, value, end, 0, target);
    }
    void here(Target target) { places_[target] = code_.size(); }

    [[nodiscard]] std::vector<bpf_insn> finish() {
        for (const auto& [at, target] : branches_)
            code_[at].off = static_cast<std::int16_t>(places_[target] - at - 1);
        return std::move(code_);
    }

  private:
    void put(int code, Register to, Register from, std::int16_t offset, std::int32_t value) {
        bpf_insn one{};
        one.code = static_cast<std::uint8_t>(code);
        one.dst_reg = to & 0xfU;
        one.src_reg = from & 0xfU;
        one.off = offset;
        one.imm = value;
        code_.push_back(one);
    }
    void branch(int code, Register a, Register b, std::int32_t value, Target target) {
        branches_.push_back({code_.size(), target});
        put(code, a, b, 0, value);
    }
    struct Branch {
        std::size_t at;
        Target target;
    };
    std::vector<bpf_insn> code_;
    std::vector<Branch> branches_;
    std::array<std::size_t, kTargets> places_{};
};

using Target = Assembler::Target;

// R2: the frame, R3: its end. Goes on with a frame for this station, its EtherType in R5.
void read_ethernet(Assembler& code, const std::array<std::uint8_t, 6>& station) {
    std::uint32_t low = 0;
    std::uint16_t high = 0;
    std::memcpy(&low, station.data(), sizeof(low));
    std::memcpy(&high, station.data() + sizeof(low), sizeof(high));
    code.move(R6, R1);
    code.load(BPF_W, R2, R6, offsetof(xdp_md, data));
    code.load(BPF_W, R3, R6, offsetof(xdp_md, data_end));
    code.move(R4, R2);
    code.add(R4, kV4Bytes);
    code.jump_beyond(R4, R3, Target::Pass);
    code.load(BPF_W, R4, R2, 0);
    code.jump_unless(R4, static_cast<std::int32_t>(low), Target::Pass);
    code.load(BPF_H, R4, R2, sizeof(low));
    code.jump_unless(R4, high, Target::Pass);
    code.load(BPF_H, R5, R2, kEtherType);
}

// RFC 791 3.1. The key's address: ten octets of zero, two of ones, four of the address.
void read_v4(Assembler& code) {
    code.load(BPF_B, R4, R2, kIp);
    code.jump_unless(R4, kV4NoOptions, Target::Pass);
    code.load(BPF_H, R4, R2, kV4Fragment);
    code.mask(R4, htons(kMoreOrOffset));
    code.jump_unless(R4, 0, Target::Pass);
    code.load(BPF_B, R4, R2, kV4Protocol);
    code.jump_unless(R4, kUdp, Target::Pass);
    code.set(R4, 0);
    code.store(BPF_W, kKey, R4);
    code.store(BPF_W, kKey + 4, R4);
    code.set(R4, static_cast<std::int32_t>(htonl(0xffff)));
    code.store(BPF_W, kKey + 8, R4);
    code.load(BPF_W, R4, R2, kV4Destination);
    code.store(BPF_W, kKey + 12, R4);
    code.load(BPF_H, R4, R2, kV4Port);
    code.store(BPF_W, kKeyPort, R4);
}

// RFC 8200 3.
void read_v6(Assembler& code) {
    code.move(R4, R2);
    code.add(R4, kV6Bytes);
    code.jump_beyond(R4, R3, Target::Pass);
    code.load(BPF_B, R4, R2, kV6Protocol);
    code.jump_unless(R4, kUdp, Target::Pass);
    for (std::int16_t i = 0; i < 16; i = static_cast<std::int16_t>(i + 4)) {
        code.load(BPF_W, R4, R2, static_cast<std::int16_t>(kV6Destination + i));
        code.store(BPF_W, static_cast<std::int16_t>(kKey + i), R4);
    }
    code.load(BPF_H, R4, R2, kV6Port);
    code.store(BPF_W, kKeyPort, R4);
}

}  // namespace

std::vector<bpf_insn> port_filter(int places, int sockets,
                                  const std::array<std::uint8_t, 6>& station) {
    Assembler code;
    read_ethernet(code, station);
    code.jump_if(R5, htons(ETH_P_IPV6), Target::V6);
    code.jump_unless(R5, htons(ETH_P_IP), Target::Pass);
    read_v4(code);
    code.jump(Target::LookUp);
    code.here(Target::V6);
    read_v6(code);
    code.here(Target::LookUp);
    code.load_map(R1, places);
    code.move(R2, Frame);
    code.add(R2, kKey);
    code.call(kLookUp);
    code.jump_if(R0, 0, Target::Pass);
    code.load_map(R1, sockets);
    code.load(BPF_W, R2, R6, offsetof(xdp_md, rx_queue_index));
    code.set(R3, XDP_PASS);  // for a queue without a socket
    code.call(kRedirectMap);
    code.leave();
    code.here(Target::Pass);
    code.set(R0, XDP_PASS);
    code.leave();
    return code.finish();
}

}  // namespace vedette::sys
