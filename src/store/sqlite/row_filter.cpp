#include "store/sqlite/row_filter.hpp"

#include <algorithm>

#include "model/filter_match.hpp"

namespace vedette::store {
namespace {

/// Where a value of `is:` is decided.
FilterPart part_of(FilterFlag flag) noexcept {
    switch (flag) {
        case FilterFlag::Randomized:
        case FilterFlag::V4:
        case FilterFlag::V6:
            return FilterPart::Host;
        default:
            return FilterPart::Form;
    }
}

/// Everything a value may look at.
std::vector<FilterPart> parts_of(FilterField field, const FilterValue& value) {
    switch (field) {
        case FilterField::Client:
        case FilterField::Vendor:
        case FilterField::Host:
        case FilterField::Sensor:
        case FilterField::MacKnown:
        case FilterField::Vlan:
            return {FilterPart::Host};
        case FilterField::Rcode:
        case FilterField::Opcode:
        case FilterField::Transport:
        case FilterField::Protocol:
        case FilterField::Anomaly:
            return {FilterPart::Form};
        case FilterField::Name:
            return {FilterPart::Name};
        case FilterField::Ip:
            return {FilterPart::Host, FilterPart::Server};
        case FilterField::Server:
            return {FilterPart::Server};
        case FilterField::Answer:
            return {FilterPart::Answers};
        case FilterField::Text:
            return {FilterPart::Host, FilterPart::Name};
        case FilterField::Is: {
            const auto* flag = std::get_if<FilterFlag>(&value);
            return {flag == nullptr ? FilterPart::Form : part_of(*flag)};
        }
        case FilterField::Message:
            return {};  // DHCP only
        case FilterField::Type:
        case FilterField::Port:
        case FilterField::Latency:
        case FilterField::Time:
            break;
    }
    return {FilterPart::Row};
}

}  // namespace

RawRow read_raw(const Statement& row) noexcept {
    const auto id = [&](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
    RawRow raw;
    raw.id = row.integer(0);
    raw.time = row.integer(1);
    raw.client = id(2);
    raw.server = id(3);
    const std::uint32_t ports = id(4);
    raw.client_port = static_cast<std::uint16_t>(ports >> 16U);
    raw.message_id = static_cast<std::uint16_t>(ports);
    raw.name = id(5);
    raw.type = static_cast<std::uint16_t>(row.integer(6));
    raw.form = id(7);
    raw.has_latency = !row.is_null(8);
    raw.latency = row.integer(8);
    raw.answers = id(9);
    return raw;
}

void fill(LogRow& row, const HostInfo& host) {
    row.client = host.entry.ip;
    row.client_mac = host.entry.mac;
    row.mac_source = host.entry.source;
    row.host = host.host;
    row.vendor = host.vendor;
    row.vlan = host.entry.vlan;
    row.sensor = host.sensor;
    row.link_source = host.entry.link_source;
    row.link_destination = host.entry.link_destination;
}

void fill(LogRow& row, const FormEntry& form) {
    row.dhcp = false;
    row.protocol = form.protocol;
    row.transport = form.transport;
    row.kind = form.kind;
    row.has_query = form.has_query != 0;
    row.has_response = form.has_response != 0;
    row.qclass = form.qclass;
    row.query_flags = form.query_flags;
    row.response_flags = form.response_flags;
    row.rcode = form.rcode;
    row.marks = form.marks;
    row.anomaly = form.anomaly;
}

SplitTerm split_term(const FilterTerm& term) {
    SplitTerm split;
    split.negated = term.negated;
    for (const FilterValue& value : term.any_of) {
        for (const FilterPart part : parts_of(term.field, value)) {
            const auto same = [&](const FilterPiece& piece) { return piece.part == part; };
            auto piece = std::ranges::find_if(split.pieces, same);
            if (piece == split.pieces.end()) {
                split.pieces.push_back({part, {term.field, term.op, false, {}}});
                piece = split.pieces.end() - 1;
            }
            piece->term.any_of.push_back(value);
        }
    }
    return split;
}

RowFilter::RowFilter(const Filter& filter, Catalog& catalog) : catalog_(catalog) {
    for (const FilterTerm& term : filter.terms) {
        SplitTerm split = split_term(term);
        Term& compiled = terms_.emplace_back();
        compiled.negated = split.negated;
        for (FilterPiece& piece : split.pieces)
            compiled.pieces.push_back({std::move(piece), {}});
    }
}

bool RowFilter::accepts(const RawRow& row) {
    return std::ranges::all_of(terms_, [&](Term& term) {
        const bool any =
            std::ranges::any_of(term.pieces, [&](Piece& piece) { return decide(piece, row); });
        return any != term.negated;
    });
}

bool RowFilter::decide(Piece& piece, const RawRow& row) {
    std::uint32_t id = 0;
    switch (piece.piece.part) {
        case FilterPart::Host:
            id = row.client;
            break;
        case FilterPart::Server:
            id = row.server;
            break;
        case FilterPart::Form:
            id = row.form;
            break;
        case FilterPart::Name:
            id = row.name;
            break;
        case FilterPart::Answers:
            id = row.answers;
            break;
        case FilterPart::Row:
            return evaluate_row(piece.piece, row);
    }
    if (id >= piece.decided.size()) {
        piece.decided.resize(std::max<std::size_t>(id + 1, piece.decided.size() * 3 / 2));
    }
    if (piece.decided[id] == Known::Not) {
        piece.decided[id] = evaluate(piece.piece, id) ? Known::Yes : Known::No;
    }
    return piece.decided[id] == Known::Yes;
}

bool RowFilter::evaluate(const FilterPiece& piece, std::uint32_t id) {
    switch (piece.part) {
        case FilterPart::Host:
            return piece_accepts(piece, catalog_.host(id));
        case FilterPart::Server:
            return piece_accepts(piece, catalog_.server(id));
        case FilterPart::Form:
            return piece_accepts(piece, catalog_.form(id));
        case FilterPart::Name: {
            LogRow row;
            row.name = catalog_.name(id);
            return matches(piece.term, row);
        }
        case FilterPart::Answers: {
            LogRow row;
            row.records = catalog_.records(id);
            return matches(piece.term, row);
        }
        case FilterPart::Row:
            break;
    }
    return false;
}

bool RowFilter::piece_accepts(const FilterPiece& piece, const HostInfo& host) {
    LogRow row;
    fill(row, host);
    row.server = row.client;  // `ip:` looks at both ends; this piece answers for the client's
    return matches(piece.term, row);
}

bool RowFilter::piece_accepts(const FilterPiece& piece, const ServerEntry& server) {
    LogRow row;
    row.server = server.ip;
    row.client = server.ip;
    return matches(piece.term, row);
}

bool RowFilter::piece_accepts(const FilterPiece& piece, const FormEntry& form) {
    LogRow row;
    fill(row, form);
    return matches(piece.term, row);
}

bool RowFilter::evaluate_row(const FilterPiece& piece, const RawRow& row) {
    scratch_.time = Timestamp{row.time};
    if (piece.term.field == FilterField::Latency) {
        scratch_.kind = row.has_latency ? TransactionKind::Matched : TransactionKind::OneWay;
        scratch_.latency = Duration{row.latency * kNanosPerMicro};
    } else if (piece.term.field == FilterField::Type) {
        scratch_.name.assign(row.name != 0 ? 1 : 0, '.');
        scratch_.qtype = row.type;
    } else if (piece.term.field == FilterField::Port) {
        scratch_.client_port = row.client_port;
        scratch_.server_port = catalog_.server(row.server).port;
    }
    return matches(piece.term, scratch_);
}

}  // namespace vedette::store
