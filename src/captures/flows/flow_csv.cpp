#include "captures/flows/flow_csv.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "sys/os/error.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;

/// Seconds since the epoch with nine decimals, exact for every moment a capture can hold.
void append_time(std::string& out, Timestamp time) {
    fmt::format_to(std::back_inserter(out), "{}.{:09}", time.nanos / kNanosPerSecond,
                   time.nanos % kNanosPerSecond);
}

/// The first letters of the flags that are set, from FIN up to CWR: "FSPA".
void append_flags(std::string& out, std::uint8_t flags) {
    constexpr std::string_view kLetters = "FSRPAUEC";
    for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
        if ((flags >> bit & 1U) != 0) out += kLetters[bit];
    }
}

void append_side(std::string& out, const FlowSide& side) {
    fmt::format_to(std::back_inserter(out), ",{},{},{},", side.packets, side.ip_bytes,
                   side.frame_bytes);
    append_flags(out, side.tcp_flags);
}

}  // namespace

std::string_view flow_csv_header() noexcept {
    return "start,end,protocol,source,source_port,destination,destination_port,"
           "packets,bytes,frame_bytes,flags,"
           "reverse_packets,reverse_bytes,reverse_frame_bytes,reverse_flags,"
           "icmp_type,icmp_code,vlan,ended_by";
}

void append_flow_csv(std::string& out, const Flow& flow) {
    append_time(out, flow.first());
    out += ',';
    append_time(out, flow.last());
    fmt::format_to(std::back_inserter(out), ",{},{},{},{},{}", flow.protocol, flow.source.to_text(),
                   flow.source_port, flow.destination.to_text(), flow.destination_port);
    append_side(out, flow.forward);
    append_side(out, flow.reverse);
    fmt::format_to(std::back_inserter(out), ",{},{},{},{}\n", flow.icmp >> 8U, flow.icmp & 0xffU,
                   flow.vlan, to_text(flow.end));
}

Result<FlowCsv> FlowCsv::create(const std::string& path) {
    const int fd = path == "-"
                       ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                       : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) return sys::fail_errno(fmt::format("cannot write {}", path));
    FlowCsv csv(sys::Descriptor(fd), path);
    csv.buffer_ += flow_csv_header();
    csv.buffer_ += '\n';
    return csv;
}

void FlowCsv::on_flow(const Flow& flow) {
    if (!outcome_) return;
    append_flow_csv(buffer_, flow);
    if (buffer_.size() >= kBufferBytes) write();
}

Result<void> FlowCsv::finish() {
    if (outcome_) write();
    return outcome_;
}

void FlowCsv::write() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
        const ssize_t wrote = ::write(file_.get(), buffer_.data() + done, buffer_.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            outcome_ = std::unexpected(sys::os_error(errno, fmt::format("cannot write {}", path_)));
            return;
        }
        done += static_cast<std::size_t>(wrote);
    }
    buffer_.clear();
}

}  // namespace vedette::captures
