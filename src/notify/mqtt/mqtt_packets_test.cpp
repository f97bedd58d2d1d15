#include "notify/mqtt/mqtt_packets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace vedette::notify {
namespace {

using testing::HasSubstr;

std::string bytes(std::initializer_list<unsigned> list) {
    std::string out;
    for (const unsigned value : list)
        out += static_cast<char>(value);
    return out;
}

// OASIS MQTT 3.1.1, figures 3.2 to 3.6.
TEST(Mqtt, ConnectWithAndWithoutLogin) {
    EXPECT_EQ(mqtt_connect({"id", "", ""}, 60),
              bytes({0x10, 14, 0, 4}) + "MQTT" + bytes({4, 0x02, 0, 60, 0, 2}) + "id");
    EXPECT_EQ(mqtt_connect({"id", "u", "pw"}, 0), bytes({0x10, 21, 0, 4}) + "MQTT" +
                                                      bytes({4, 0xc2, 0, 0, 0, 2}) + "id" +
                                                      bytes({0, 1}) + "u" + bytes({0, 2}) + "pw");
    // A password without a user is not allowed (MQTT-3.1.2-22).
    EXPECT_EQ(mqtt_connect({"id", "", "pw"}, 60), mqtt_connect({"id", "", ""}, 60));
}

TEST(Mqtt, PublishHasItsIdAndQos1) {
    EXPECT_EQ(mqtt_publish("a/b", 10, "x"), bytes({0x32, 8, 0, 3}) + "a/b" + bytes({0, 10}) + "x");
}

TEST(Mqtt, LengthsGrowAtTheirEdges) {
    // Table 2.4; 5 bytes of topic and id precede the payload.
    EXPECT_EQ(mqtt_publish("t", 1, std::string(127 - 5, 'x')).substr(1, 1), bytes({0x7f}));
    EXPECT_EQ(mqtt_publish("t", 1, std::string(128 - 5, 'x')).substr(1, 2), bytes({0x80, 1}));
    EXPECT_EQ(mqtt_publish("t", 1, std::string(16'383 - 5, 'x')).substr(1, 2), bytes({0xff, 0x7f}));
    EXPECT_EQ(mqtt_publish("t", 1, std::string(16'384 - 5, 'x')).substr(1, 3),
              bytes({0x80, 0x80, 1}));
}

TEST(Mqtt, ConnackSaysWhyNot) {
    EXPECT_TRUE(check_connack(bytes({0x20, 2, 0, 0})));
    EXPECT_TRUE(check_connack(bytes({0x20, 2, 1, 0})));
    const auto refused = check_connack(bytes({0x20, 2, 0, 4}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Permission);
    EXPECT_THAT(refused.error().text, HasSubstr("wrong user name or password"));
    EXPECT_THAT(check_connack(bytes({0x20, 2, 0, 255})).error().text, HasSubstr("reserved"));
}

TEST(Mqtt, PubackMustBeTheRightOne) {
    EXPECT_TRUE(check_puback(bytes({0x40, 2, 1, 2}), 0x102));
    EXPECT_FALSE(check_puback(bytes({0x40, 2, 1, 3}), 0x102));
}

TEST(Mqtt, EveryPrefixAndEveryChangedByteOfAnAnswer) {
    const std::string connack = bytes({0x20, 2, 0, 0});
    const std::string puback = bytes({0x40, 2, 0, 7});
    for (std::size_t length = 0; length < kMqttAnswerBytes; ++length) {
        // Copies of exact size, so that a sanitizer sees a byte read beyond.
        const auto copy = std::make_unique<char[]>(length);
        std::copy_n(connack.data(), length, copy.get());
        EXPECT_FALSE(check_connack({copy.get(), length}));
        std::copy_n(puback.data(), length, copy.get());
        EXPECT_FALSE(check_puback({copy.get(), length}, 7));
    }
    for (std::size_t at = 0; at < kMqttAnswerBytes; ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            std::string changed = connack;
            changed[at] = static_cast<char>(value);
            EXPECT_EQ(check_connack(changed).has_value(), changed == connack || at == 2);
            changed = puback;
            changed[at] = static_cast<char>(value);
            EXPECT_EQ(check_puback(changed, 7).has_value(), changed == puback);
        }
    }
}

}  // namespace
}  // namespace vedette::notify
