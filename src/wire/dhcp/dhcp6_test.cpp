#include "wire/dhcp/dhcp6.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "wire/dhcp/example_messages.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::dhcp {
namespace {

constexpr std::uint64_t kMac = 0x000c29aabb01;

AnomalyId damage_of(const Bytes& message, std::uint32_t missing = 0) {
    return MessageView6::inspect(message, missing).damage().id;
}

Bytes solicit() {
    return message6(
        1, 0xabcdef,
        joined({option6(1, ByteView(duid_ll(kMac))), option6(6, {0, 23, 0, 24}), option6(8, {0, 0}),
                ia_na(7, address6(0), 0), option6(39, {1, 6, 'l', 'o', 'u', 'v', 'r', 'e'})}));
}

Bytes reply() {
    return message6(7, 0xabcdef,
                    joined({option6(1, ByteView(duid_ll(kMac))), option6(2, ByteView(duid_ll(9))),
                            ia_na(7, address6(5), 4000), ia_na(8, address6(6), 5000),
                            ia_pd(9, address6(0), 56, 6000), option6(23, ByteView(address6(0x53))),
                            option6(24, {2, 'f', 'r', 0})}));
}

TEST(Dhcp6, ReadsAClientsMessage) {
    const Bytes message = solicit();
    const MessageView6 view = MessageView6::inspect(message);
    EXPECT_FALSE(view.damage()) << info(view.damage().id).id;
    EXPECT_EQ(view.type(), 1);
    EXPECT_EQ(view.outer_type(), 1);
    EXPECT_EQ(view.transaction_id(), 0xabcdefU);
    EXPECT_EQ(view.relays(), 0U);
    EXPECT_EQ(Duid::of(view.find(1)).mac.size(), 6U);
    EXPECT_TRUE(view.has(8));
    EXPECT_FALSE(view.has(9));
    EXPECT_EQ(ClientFqdn::of_option39(view.find(39)).name.size(), 7U);
}

TEST(Dhcp6, ListsEveryBinding) {
    const Bytes message = reply();
    const MessageView6 view = MessageView6::inspect(message);
    EXPECT_FALSE(view.damage()) << info(view.damage().id).id;
    std::vector<Binding> found;
    BindingCursor cursor = view.bindings();
    for (Binding binding; cursor.next(binding);)
        found.push_back(binding);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].iaid, 7U);
    EXPECT_EQ(found[0].valid_seconds, 4000U);
    EXPECT_EQ(found[0].preferred_seconds, 2000U);
    EXPECT_EQ(found[0].renewal_seconds, 1000U);
    EXPECT_EQ(found[0].address[15], 5);
    EXPECT_EQ(found[1].address[15], 6);
    EXPECT_EQ(found[2].kind, BindingKind::Prefix);
    EXPECT_EQ(found[2].prefix_length, 56);
    EXPECT_EQ(found[2].valid_seconds, 6000U);
}

TEST(Dhcp6, OpensRelays) {
    Bytes message = solicit();
    for (unsigned i = 0; i < kMaxRelays; ++i) {
        Bytes options = option6(9, ByteView(message));
        if (i == 0) {
            put(options, option6(79, {0, 1, 0, 0x0c, 0x29, 0xaa, 0xbb, 2}));
            put(options, option6(37, {0, 0, 0, 9, 'r'}));
        }
        put(options, option6(18, {static_cast<std::uint8_t>('0' + i)}));
        message = relay6(12, static_cast<std::uint8_t>(i), options);
        const MessageView6 view = MessageView6::inspect(message);
        EXPECT_FALSE(view.damage()) << i;
        EXPECT_EQ(view.outer_type(), 12);
        EXPECT_EQ(view.type(), 1);
        EXPECT_EQ(view.relays(), i + 1);
        EXPECT_EQ(view.client_link_mac()[5], 2);
        EXPECT_EQ(as_text(view.interface_id()), "0");
        EXPECT_EQ(view.remote_id().size(), 5U);
        EXPECT_EQ(view.relay_link()[15], 0xaa);
        EXPECT_EQ(view.relay_peer()[0], 0xfe);
    }
    message = relay6(12, 9, option6(9, ByteView(message)));
    const MessageView6 view = MessageView6::inspect(message);
    EXPECT_EQ(view.damage().id, AnomalyId::Dhcp6RelayDepth);
    EXPECT_EQ(view.type(), 12);
    EXPECT_TRUE(view.options().empty());
}

TEST(Dhcp6, StatusOfTheMessageOrOfItsBindings) {
    const Bytes plain = message6(7, 1, option6(13, {0, 2, 'n', 'o'}));
    EXPECT_EQ(MessageView6::inspect(plain).status(), 2);
    EXPECT_EQ(as_text(MessageView6::inspect(plain).status_text()), "no");
    Bytes ia(12, 0);
    put(ia, option6(13, {0, 6, 'x'}));
    const Bytes inner = message6(7, 1, option6(3, ByteView(ia)));
    EXPECT_EQ(MessageView6::inspect(inner).status(), 6);
    const Bytes without = solicit();
    EXPECT_EQ(MessageView6::inspect(without).status(), 0);
}

TEST(Dhcp6, Limits) {
    EXPECT_EQ(damage_of({}), AnomalyId::Dhcp6Truncated);
    EXPECT_EQ(damage_of({1, 0, 0}), AnomalyId::Dhcp6Truncated);
    EXPECT_EQ(damage_of({1, 0, 0}, 5), AnomalyId::Dhcp6CaptureCut);
    EXPECT_EQ(damage_of({1, 0, 0, 1}), AnomalyId::None);
    EXPECT_EQ(damage_of({0, 0, 0, 1}), AnomalyId::Dhcp6UnknownType);
    EXPECT_EQ(damage_of({38, 0, 0, 1}), AnomalyId::None);
    EXPECT_EQ(damage_of({39, 0, 0, 1}), AnomalyId::Dhcp6UnknownType);
    EXPECT_EQ(damage_of({1, 0, 0, 1, 0, 8, 0}), AnomalyId::Dhcp6OptionCut);
    EXPECT_EQ(damage_of({1, 0, 0, 1, 0, 8, 0, 2, 0}), AnomalyId::Dhcp6OptionCut);
    EXPECT_EQ(damage_of({1, 0, 0, 1, 0, 8, 0, 2, 0, 0}), AnomalyId::None);
    EXPECT_EQ(damage_of({1, 0, 0, 1, 0, 8, 0, 1, 0}), AnomalyId::Dhcp6OptionLength);
    Bytes relay = relay6(12, 0, {});
    EXPECT_EQ(damage_of(relay), AnomalyId::Dhcp6RelayEmpty);
    relay.pop_back();
    EXPECT_EQ(damage_of(relay), AnomalyId::Dhcp6Truncated);
}

TEST(Dhcp6, OptionsWithAnInside) {
    const auto with = [](const Bytes& option) { return damage_of(message6(1, 1, option)); };
    EXPECT_EQ(with(option6(15, {0, 2, 'a', 'b'})), AnomalyId::None);
    EXPECT_EQ(with(option6(15, {0, 3, 'a', 'b'})), AnomalyId::Dhcp6OptionLength);
    EXPECT_EQ(with(option6(16, {0, 0, 0, 9, 0, 1, 'a'})), AnomalyId::None);
    EXPECT_EQ(with(option6(16, {0, 0, 0, 9, 0, 2, 'a'})), AnomalyId::Dhcp6OptionLength);
    EXPECT_EQ(with(option6(1, {0, 4, 1})), AnomalyId::Dhcp6Duid);
    EXPECT_EQ(with(option6(1, ByteView(Bytes(130, 1)))), AnomalyId::None);
    EXPECT_EQ(with(option6(1, ByteView(Bytes(131, 1)))), AnomalyId::Dhcp6Duid);
    EXPECT_EQ(with(option6(24, {1, 'a', 0xc0, 0})), AnomalyId::Dhcp6Name);  // no compression here
    EXPECT_EQ(with(option6(39, {0, 0x41, 'a'})), AnomalyId::Dhcp6Name);
    Bytes ia(12, 0);
    put(ia, option6(5, {1, 2, 3}));
    EXPECT_EQ(with(option6(3, ByteView(ia))), AnomalyId::Dhcp6OptionLength);
    ia.resize(12);
    put(ia, Bytes{0, 5, 0, 24, 1});
    EXPECT_EQ(with(option6(3, ByteView(ia))), AnomalyId::Dhcp6OptionCut);
}

TEST(Dhcp6, DamageNeverLeavesTheInput) {
    const Bytes vectors[] = {
        solicit(), reply(),
        relay6(13, 1,
               joined({option6(18, as_bytes("if")),
                       option6(9, ByteView(relay6(13, 0,
                                                  joined({option6(79, {0, 1, 1, 2, 3, 4, 5, 6}),
                                                          option6(9, ByteView(reply()))}))))}))};
    for (const Bytes& vector : vectors) {
        for_each_damage(vector, [](ByteView bytes) {
            const MessageView6 view = MessageView6::inspect(bytes);
            ASSERT_LE(view.damage().offset, bytes.size());
            for (const ByteView part :
                 {view.options(), view.relay_link(), view.relay_peer(), view.client_link_mac(),
                  view.status_text(), view.interface_id(), view.find(1)}) {
                ASSERT_TRUE(lies_within(part, bytes));
            }
            BindingCursor cursor = view.bindings();
            for (Binding binding; cursor.next(binding);) {
                ASSERT_EQ(binding.address.size(), 16U);
                ASSERT_TRUE(lies_within(binding.address, bytes));
            }
        });
    }
}

}  // namespace
}  // namespace vedette::wire::dhcp
