// The few calls of bpf(2) that AF_XDP needs: maps, a program, and its link to an interface. Called
// directly, so that neither libbpf nor a compiler for BPF is needed. No state.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

struct BpfMapShape {
    bpf_map_type type = BPF_MAP_TYPE_HASH;
    std::uint32_t key_bytes = 4;
    std::uint32_t value_bytes = 4;
    std::uint32_t entries = 1;
};
[[nodiscard]] Result<Descriptor> make_bpf_map(const BpfMapShape& shape);
/// `key` and `value` have the sizes of the map.
[[nodiscard]] Result<void> set_bpf_entry(const Descriptor& map, const void* key, const void* value);
[[nodiscard]] Result<void> remove_bpf_entry(const Descriptor& map, const void* key);
/// Writes the key that follows `key` (null: the first one) to `next`; false after the last.
[[nodiscard]] Result<bool> next_bpf_key(const Descriptor& map, const void* key, void* next);

/// A program that runs on received frames. When the kernel refuses it, the error ends with what its
/// verifier said last.
[[nodiscard]] Result<Descriptor> load_xdp_program(std::span<const bpf_insn> code);
/// The program runs on the interface for as long as the result is open in some process.
/// `flags`: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE.
[[nodiscard]] Result<Descriptor> link_xdp_program(const Descriptor& program, unsigned interface,
                                                  std::uint32_t flags);
/// The program does not run there any more, whoever has the link open.
void unlink_xdp_program(const Descriptor& link) noexcept;

}  // namespace vedette::sys
