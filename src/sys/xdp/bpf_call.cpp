#include "sys/xdp/bpf_call.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kVerifierBytes = 64U << 10U;

std::uint64_t pointer(const void* place) noexcept {
    return reinterpret_cast<std::uint64_t>(place);
}

long call(bpf_cmd command, bpf_attr& attributes) noexcept {
    return ::syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

Result<Descriptor> opened(long result, std::string_view what) {
    if (result < 0) return fail_errno(what);
    return Descriptor(static_cast<int>(result));  // the kernel sets close-on-exec
}

std::string last_line(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0'))
        text.remove_suffix(1);
    const std::size_t start = text.rfind('\n');
    return std::string(start == text.npos ? text : text.substr(start + 1));
}

}  // namespace

Result<Descriptor> make_bpf_map(const BpfMapShape& shape) {
    bpf_attr attributes{};
    attributes.map_type = shape.type;
    attributes.key_size = shape.key_bytes;
    attributes.value_size = shape.value_bytes;
    attributes.max_entries = shape.entries;
    return opened(call(BPF_MAP_CREATE, attributes), "cannot make a BPF map");
}

Result<void> set_bpf_entry(const Descriptor& map, const void* key, const void* value) {
    bpf_attr attributes{};
    attributes.map_fd = static_cast<std::uint32_t>(map.get());
    attributes.key = pointer(key);
    attributes.value = pointer(value);
    attributes.flags = BPF_ANY;
    if (call(BPF_MAP_UPDATE_ELEM, attributes) != 0) return fail_errno("cannot fill a BPF map");
    return {};
}

Result<void> remove_bpf_entry(const Descriptor& map, const void* key) {
    bpf_attr attributes{};
    attributes.map_fd = static_cast<std::uint32_t>(map.get());
    attributes.key = pointer(key);
    if (call(BPF_MAP_DELETE_ELEM, attributes) != 0) return fail_errno("cannot empty a BPF map");
    return {};
}

Result<bool> next_bpf_key(const Descriptor& map, const void* key, void* next) {
    bpf_attr attributes{};
    attributes.map_fd = static_cast<std::uint32_t>(map.get());
    attributes.key = pointer(key);
    attributes.next_key = pointer(next);
    if (call(BPF_MAP_GET_NEXT_KEY, attributes) == 0) return true;
    if (errno == ENOENT) return false;
    return fail_errno("cannot read a BPF map");
}

Result<Descriptor> load_xdp_program(std::span<const bpf_insn> code) {
    constexpr auto kWhat = "cannot load the BPF program";
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_XDP;
    attributes.expected_attach_type = BPF_XDP;
    attributes.insns = pointer(code.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
    attributes.license = pointer("Apache-2.0");
    if (const long result = call(BPF_PROG_LOAD, attributes); result >= 0 || errno == EPERM)
        return opened(result, kWhat);
    std::string said(kVerifierBytes, '\0');
    attributes.log_buf = pointer(said.data());
    attributes.log_size = kVerifierBytes;
    attributes.log_level = 1;
    const long result = call(BPF_PROG_LOAD, attributes);
    if (result >= 0) return opened(result, kWhat);
    Error error = os_error(errno, kWhat);
    error.text += " (" + last_line(said) + ")";
    return std::unexpected(std::move(error));
}

Result<Descriptor> link_xdp_program(const Descriptor& program, unsigned interface,
                                    std::uint32_t flags) {
    bpf_attr attributes{};
    attributes.link_create.prog_fd = static_cast<std::uint32_t>(program.get());
    attributes.link_create.target_ifindex = interface;
    attributes.link_create.attach_type = BPF_XDP;
    attributes.link_create.flags = flags;
    return opened(call(BPF_LINK_CREATE, attributes), "cannot attach the BPF program");
}

void unlink_xdp_program(const Descriptor& link) noexcept {
    bpf_attr attributes{};
    attributes.link_detach.link_fd = static_cast<std::uint32_t>(link.get());
    (void)call(BPF_LINK_DETACH, attributes);
}

}  // namespace vedette::sys
