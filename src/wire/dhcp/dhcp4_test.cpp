#include "wire/dhcp/dhcp4.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "wire/dhcp/example_messages.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::dhcp {
namespace {

AnomalyId damage_of(const Bytes& message, std::uint32_t missing = 0) {
    return MessageView4::inspect(message, missing).damage().id;
}

Bytes discover() {
    return Example4(1)
        .type(1)
        .option(12, "louvre")
        .option(55, {1, 3, 6, 15, 119})
        .option(60, "MSFT 5.0")
        .option(61, {1, 0, 0x0c, 0x29, 0xaa, 0xbb, 1})
        .number(50, 0xc0000205, 4)
        .end();
}

TEST(Dhcp4, ReadsTheFixedPartAndOptions) {
    const Bytes message = discover();
    const MessageView4 view = MessageView4::inspect(message);
    EXPECT_FALSE(view.damage()) << info(view.damage().id).id;
    EXPECT_EQ(view.header().op, 1);
    EXPECT_EQ(view.header().hlen, 6);
    EXPECT_EQ(view.header().xid, 0x01020304U);
    EXPECT_EQ(view.header().chaddr[5], 1);
    EXPECT_TRUE(view.has_options());
    EXPECT_EQ(view.type(), 1);
    EXPECT_EQ(as_text(view.first_piece(12)), "louvre");
    EXPECT_EQ(view.first_piece(55).size(), 5U);
    EXPECT_EQ(view.number(50), 0xc0000205U);
    EXPECT_EQ(view.number(51, 7), 7U);
    EXPECT_FALSE(view.has(51));
    EXPECT_EQ(mac_of_client_id(view.first_piece(61))[5], 1);
}

// RFC 3396: pieces of one code are one value, in the order options, file, sname.
TEST(Dhcp4, PutsLongOptionsTogether) {
    const std::string first(255, 'a');
    const Bytes message = Example4(2)
                              .type(5)
                              .option(43, first)
                              .option(12, "host")
                              .option(43, "bcd")
                              .number(52, 3, 1)
                              .at(108, as_bytes(std::string("\x2b\x02"
                                                            "ef\xff")))
                              .at(44, as_bytes(std::string("\x2b\x01"
                                                           "g\xff")))
                              .end();
    const MessageView4 view = MessageView4::inspect(message);
    EXPECT_FALSE(view.damage()) << info(view.damage().id).id;
    EXPECT_EQ(view.overload(), 3);
    EXPECT_EQ(view.length(43), 261U);
    std::array<std::uint8_t, 1024> scratch{};
    EXPECT_EQ(as_text(view.value(43, scratch)), first + "bcdefg");
    EXPECT_EQ(as_text(view.value(43, std::span(scratch).first(257))), first + "bc");
    EXPECT_EQ(as_text(view.value(12, scratch)), "host");
    EXPECT_TRUE(view.value(99, scratch).empty());
}

TEST(Dhcp4, OverloadedFieldsAreReadAsOptions) {
    const Bytes message = Example4(2)
                              .type(2)
                              .number(52, 1, 1)
                              .at(108, as_bytes(std::string("\x0c\x03"
                                                            "abc\xff")))
                              .at(44, as_bytes("server"))
                              .end();
    const MessageView4 view = MessageView4::inspect(message);
    EXPECT_EQ(as_text(view.first_piece(12)), "abc");
    EXPECT_EQ(view.overload(), 1);
    EXPECT_FALSE(view.damage());
}

TEST(Dhcp4, ImpossibleOverload) {
    EXPECT_EQ(damage_of(Example4(2).type(2).number(52, 0, 1).end()), AnomalyId::DhcpOverload);
    EXPECT_EQ(damage_of(Example4(2).type(2).number(52, 4, 1).end()), AnomalyId::DhcpOverload);
    EXPECT_EQ(damage_of(Example4(2).type(2).number(52, 3, 2).end()), AnomalyId::DhcpOverload);
    // Inside the fields that it opened.
    EXPECT_EQ(damage_of(Example4(2)
                            .type(2)
                            .number(52, 1, 1)
                            .at(108, as_bytes(std::string("\x34\x01\x02\xff")))
                            .end()),
              AnomalyId::DhcpOverload);
}

TEST(Dhcp4, PlainBootpHasNoCookie) {
    Bytes message(300, 0);
    message[0] = 1;
    message[1] = 1;
    message[2] = 6;
    const MessageView4 view = MessageView4::inspect(message);
    EXPECT_FALSE(view.damage());
    EXPECT_FALSE(view.has_options());
    EXPECT_EQ(view.type(), 0);
    message.resize(299);  // RFC 951: 64 vendor bytes
    EXPECT_EQ(damage_of(message), AnomalyId::DhcpBadCookie);
    EXPECT_EQ(damage_of(message, 1), AnomalyId::DhcpCaptureCut);
}

TEST(Dhcp4, FixedPartLimits) {
    const Bytes whole = Example4(1).unended();
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, std::size_t{235}, std::size_t{236}, std::size_t{239}}) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_EQ(damage_of(part), AnomalyId::DhcpTruncated) << length;
        EXPECT_EQ(damage_of(part, 10), AnomalyId::DhcpCaptureCut) << length;
    }
    EXPECT_EQ(damage_of(whole), AnomalyId::DhcpNoEnd);
    Bytes message = discover();
    message[2] = 16;
    EXPECT_EQ(damage_of(message), AnomalyId::None);
    message[2] = 17;
    EXPECT_EQ(damage_of(message), AnomalyId::DhcpBadHardwareLength);
    message[2] = 6;
    message[0] = 3;
    EXPECT_EQ(damage_of(message), AnomalyId::DhcpBadOp);
}

TEST(Dhcp4, OptionsThatLie) {
    EXPECT_EQ(damage_of(Example4(1).type(1).unended()), AnomalyId::DhcpNoEnd);
    Bytes cut = Example4(1).type(1).option(12, "louvre").unended();
    cut.pop_back();
    EXPECT_EQ(damage_of(cut), AnomalyId::DhcpOptionCut);
    EXPECT_EQ(damage_of(cut, 1), AnomalyId::DhcpCaptureCut);
    EXPECT_EQ(damage_of(Example4(1).option(12, "louvre").end()), AnomalyId::DhcpNoType);
    EXPECT_EQ(damage_of(Example4(1).type(18).end()), AnomalyId::None);
    EXPECT_EQ(damage_of(Example4(1).type(19).end()), AnomalyId::DhcpUnknownType);
    EXPECT_EQ(damage_of(Example4(1).type(0).end()), AnomalyId::DhcpUnknownType);
    EXPECT_EQ(damage_of(Example4(1).type(1).number(51, 1, 3).end()), AnomalyId::DhcpOptionLength);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(6, "12345").end()), AnomalyId::DhcpOptionLength);
    Bytes hidden = Example4(1).type(1).end();
    hidden.push_back(0);
    EXPECT_EQ(damage_of(hidden), AnomalyId::None);
    hidden.push_back('x');
    EXPECT_EQ(damage_of(hidden), AnomalyId::DhcpAfterEnd);
}

TEST(Dhcp4, OptionsWithAnInside) {
    EXPECT_EQ(damage_of(Example4(1).type(1).option(82, {1, 2, 'a', 'b', 2, 0}).end()),
              AnomalyId::None);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(82, {1, 3, 'a', 'b'}).end()),
              AnomalyId::DhcpSubOption);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(121, {33, 1, 2, 3, 4, 5, 6, 7, 8, 9}).end()),
              AnomalyId::DhcpRoute);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(119, {3, 'a', 'b', 'c'}).end()),
              AnomalyId::DhcpName);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(81, {4, 0, 0, 0x40, 'a', 0}).end()),
              AnomalyId::DhcpName);
    EXPECT_EQ(damage_of(Example4(1).type(1).option(81, {0, 0, 0, 'a', '.', 'b'}).end()),
              AnomalyId::None);
}

TEST(Dhcp4, EveryCodeAtOnceIsIndexed) {
    Example4 message(1);
    for (unsigned code = 1; code < 255; ++code) {
        message.option(static_cast<std::uint8_t>(code), {1, 2, 3, 4});
    }
    const Bytes bytes = message.end();
    const MessageView4 view = MessageView4::inspect(bytes);
    for (unsigned code = 1; code < 255; ++code) {
        EXPECT_EQ(view.first_piece(static_cast<std::uint8_t>(code)).size(), 4U);
    }
    EXPECT_FALSE(view.has(0));
    EXPECT_FALSE(view.has(255));
}

TEST(Dhcp4, DamageNeverLeavesTheInput) {
    const Bytes vectors[] = {discover(),
                             Example4(2)
                                 .type(5)
                                 .number(52, 3, 1)
                                 .at(108, as_bytes(std::string("\x2b\x02"
                                                               "ef\x77\x03\x01"
                                                               "a\x00\xff",
                                                               10)))
                                 .option(82, {1, 2, 'a', 'b', 2, 1, 'c'})
                                 .option(121, {24, 192, 0, 2, 10, 0, 0, 1, 0, 10, 0, 0, 1})
                                 .option(119, {1, 'a', 0, 1, 'b', 0xc0, 0})
                                 .option(81, {4, 0, 0, 1, 'a', 0})
                                 .end()};
    for (const Bytes& vector : vectors) {
        for_each_damage(vector, [](ByteView bytes) {
            const MessageView4 view = MessageView4::inspect(bytes);
            ASSERT_LE(view.damage().offset, bytes.size());
            std::array<std::uint8_t, 64> scratch{};
            OptionCursor4 cursor = view.options();
            for (OptionPiece piece; cursor.next(piece);) {
                ASSERT_TRUE(lies_within(piece.data, bytes));
                ASSERT_TRUE(view.has(piece.code));
                ASSERT_LE(view.value(piece.code, scratch).size(), view.length(piece.code));
            }
            ASSERT_TRUE(lies_within(view.header().file, bytes));
        });
    }
}

}  // namespace
}  // namespace vedette::wire::dhcp
