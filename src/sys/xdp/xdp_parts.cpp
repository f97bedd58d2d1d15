#include "sys/xdp/xdp_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vedette::sys {
namespace {

constexpr std::string_view kInDriver = "driver";
constexpr std::string_view kBehindDriver = "kernel";

std::string_view take_word(std::string_view& text) noexcept {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text = space == text.npos ? std::string_view{} : text.substr(space + 1);
    return word;
}

/// Leaves the name of the piece in `text`.
std::optional<XdpTitle> read_title(std::string_view& text) {
    XdpTitle title;
    title.interface = take_word(text);
    const std::string_view holder = take_word(text);
    const std::string_view mode = take_word(text);
    const char* const end = holder.data() + holder.size();
    if (std::from_chars(holder.data(), end, title.holder).ptr != end || title.interface.empty())
        return std::nullopt;
    if (mode != kInDriver && mode != kBehindDriver) return std::nullopt;
    title.in_driver = mode == kInDriver;
    return title;
}

}  // namespace

std::string part_text(const XdpTitle& title, std::string_view part) {
    return fmt::format("{} {} {} {}", title.interface, title.holder,
                       title.in_driver ? kInDriver : kBehindDriver, part);
}

bool XdpInheritance::complete() const noexcept {
    return link.open() && places.open() && !queues.empty() &&
           std::ranges::all_of(queues,
                               [](const Queue& q) { return q.socket.open() && q.memory.open(); });
}

void XdpParts::add(std::string_view text, Descriptor descriptor) {
    auto title = read_title(text);
    if (!title) return;
    XdpInheritance& one = of(std::move(*title));
    if (text == "link") one.link = std::move(descriptor);
    if (text == "places") one.places = std::move(descriptor);
    if (text == "socket") one.queues.push_back({std::move(descriptor), {}});
    if (text == "memory" && !one.queues.empty()) one.queues.back().memory = std::move(descriptor);
}

XdpInheritance& XdpParts::of(XdpTitle title) {
    for (XdpInheritance& one : all_) {
        if (one.title.interface == title.interface) return one;
    }
    all_.push_back({std::move(title), {}, {}, {}});
    return all_.back();
}

std::optional<XdpInheritance> XdpParts::take(std::string_view interface) {
    const auto found = std::ranges::find_if(
        all_, [&](const XdpInheritance& one) { return one.title.interface == interface; });
    if (found == all_.end()) return std::nullopt;
    XdpInheritance taken = std::move(*found);
    all_.erase(found);
    if (!taken.complete()) return std::nullopt;
    return taken;
}

}  // namespace vedette::sys
