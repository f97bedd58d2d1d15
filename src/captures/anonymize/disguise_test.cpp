// What names, hardware addresses and texts become: consistent, of equal length, told apart, and
// never themselves. And the key's file.
#include "captures/anonymize/disguise.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "captures/anonymize/name_scrub.hpp"
#include "model/address.hpp"

namespace vedette::captures {
namespace {

AnonymizeKey key_of(std::uint8_t byte) {
    AnonymizeKey::Bytes bytes{};
    bytes.fill(byte);
    return AnonymizeKey(bytes);
}

std::string label(Disguise& disguise, std::string_view text, LabelPlace place = LabelPlace::Inner) {
    std::string out(text.size(), '?');
    disguise.label(as_bytes(text), place,
                   {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

std::string dotted(Disguise& disguise, std::string_view text) {
    std::string out(text.size(), '?');
    disguise.dotted(as_bytes(text), {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

std::string mac(Disguise& disguise, std::string_view text) {
    MacAddress to;
    disguise.mac(MacAddress::parse(text)->octets, to.octets);
    return to.to_text();
}

/// A name as text, through its wire form.
std::string name(Disguise& disguise, std::string_view text) {
    std::vector<std::uint8_t> wire;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('.'));
        wire.push_back(static_cast<std::uint8_t>(part.size()));
        wire.insert(wire.end(), part.begin(), part.end());
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    wire.push_back(0);
    std::vector<std::uint8_t> out(wire.size(), 0);
    scrub_name_list({wire, out}, wire, disguise);
    std::string result;
    for (std::size_t at = 0; out[at] != 0; at += out[at] + 1U)
        result.append(reinterpret_cast<const char*>(out.data()) + at + 1, out[at]).append(".");
    return result;
}

TEST(Disguise, gives_labels_consistent_others) {
    Disguise disguise(key_of(1));
    const std::string once = label(disguise, "printer");
    EXPECT_EQ(once.size(), 7U);
    EXPECT_NE(once, "printer");
    EXPECT_EQ(label(disguise, "printer"), once);
    EXPECT_EQ(label(disguise, "PrinTer"), once);  // RFC 4343
    Disguise same(key_of(1));
    EXPECT_EQ(label(same, "printer"), once);
    Disguise other(key_of(2));
    EXPECT_NE(label(other, "printer"), once);
    EXPECT_EQ(label(disguise, "*"), "*");
    EXPECT_EQ(label(disguise, ""), "");
}

TEST(Disguise, never_gives_two_short_labels_one_name) {
    Disguise disguise(key_of(3));
    const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::set<std::string> one;
    std::set<std::string> two;
    for (const char a : letters) {
        one.insert(label(disguise, {&a, 1}));
        for (const char b : letters)
            two.insert(label(disguise, std::string{a, b}));
    }
    EXPECT_EQ(one.size(), 36U);
    EXPECT_EQ(two.size(), 36U * 36U);
}

TEST(Disguise, keeps_what_names_nobody) {
    Disguise disguise(key_of(4));
    EXPECT_EQ(label(disguise, "_TCP"), "_tcp");
    EXPECT_EQ(label(disguise, "local", LabelPlace::Last), "local");
    EXPECT_EQ(label(disguise, "com", LabelPlace::Last), "com");
    EXPECT_NE(label(disguise, "com"), "com");
    EXPECT_NE(label(disguise, "corp", LabelPlace::Last), "corp");
    EXPECT_NE(label(disguise, "_secret"), "_secret");
    EXPECT_EQ(name(disguise, "version.bind"), "version.bind.");
    const std::string www = name(disguise, "www.example.org");
    EXPECT_TRUE(www.ends_with(".org.")) << www;
    EXPECT_EQ(www.substr(4), name(disguise, "example.org"));
}

TEST(Disguise, keeps_reverse_names_reverse_names) {
    Disguise disguise(key_of(5));
    const std::string one = name(disguise, "7.100.51.198.in-addr.arpa");
    const std::string two = name(disguise, "8.100.51.198.in-addr.arpa");
    const std::string three = name(disguise, "8.101.51.198.in-addr.arpa");
    EXPECT_TRUE(one.ends_with(".in-addr.arpa."));
    EXPECT_NE(one.substr(0, 12), "7.100.51.198");
    EXPECT_EQ(one.substr(1), two.substr(1));  // they share three octets
    EXPECT_NE(one, two);
    EXPECT_EQ(two.substr(5), three.substr(5));
    EXPECT_NE(two.substr(1, 4), three.substr(1, 4));
    EXPECT_EQ(name(disguise, "1.168.192.in-addr.arpa").substr(2), "168.192.in-addr.arpa.");
    // Nibbles spell the address that the plain address becomes.
    const IpAddress address = *IpAddress::parse("2001:db8::42");
    const AddressMap::V6 mapped = disguise.addresses().v6(address.octets);
    std::string from;
    std::string to;
    const auto nibbles = [](const auto& octets, std::string& out) {
        for (std::size_t i = 16; i-- > 0;) {
            out += "0123456789abcdef"[octets[i] & 0xfU];
            out += '.';
            out += "0123456789abcdef"[octets[i] >> 4U];
            out += '.';
        }
    };
    nibbles(address.octets, from);
    nibbles(mapped, to);
    EXPECT_EQ(name(disguise, from + "ip6.arpa"), to + "ip6.arpa.");
}

TEST(Disguise, treats_names_in_texts_as_names) {
    Disguise disguise(key_of(6));
    EXPECT_EQ(dotted(disguise, "laptop"), label(disguise, "laptop"));
    EXPECT_EQ(dotted(disguise, "laptop.example.com"),
              label(disguise, "laptop") + "." + label(disguise, "example") + ".com");
    EXPECT_EQ(dotted(disguise, "com"), label(disguise, "com"));
    EXPECT_EQ(dotted(disguise, std::string_view("abcd\0\0", 6)).substr(4),
              std::string_view("\0\0", 2));
}

TEST(Disguise, keeps_manufacturers_and_groups) {
    Disguise disguise(key_of(7));
    const std::string card = mac(disguise, "f4:6b:ef:6a:ad:c4");
    EXPECT_EQ(card.substr(0, 9), "f4:6b:ef:");
    EXPECT_NE(card, "f4:6b:ef:6a:ad:c4");
    EXPECT_EQ(mac(disguise, "f4:6b:ef:6a:ad:c4"), card);
    EXPECT_EQ(mac(disguise, "ff:ff:ff:ff:ff:ff"), "ff:ff:ff:ff:ff:ff");
    EXPECT_EQ(mac(disguise, "01:00:5e:00:00:fb"), "01:00:5e:00:00:fb");
    EXPECT_EQ(mac(disguise, "00:00:00:00:00:00"), "00:00:00:00:00:00");
    EXPECT_EQ(mac(disguise, "33:33:00:00:00:fb"), "33:33:00:00:00:fb");
    const std::string random = mac(disguise, "da:a1:19:01:02:03");
    EXPECT_NE(random.substr(0, 8), "da:a1:19");
    EXPECT_TRUE(MacAddress::parse(random)->is_randomized());
    // The frame to a solicited node goes where the packet goes.
    const std::string group = mac(disguise, "33:33:ff:12:34:56");
    const IpAddress node = *IpAddress::parse("ff02::1:ff12:3456");
    const AddressMap::V6 mapped = disguise.addresses().v6(node.octets);
    const auto frame = MacAddress::parse(group);
    EXPECT_TRUE(std::equal(mapped.begin() + 12, mapped.end(), frame->octets.begin() + 2));
    EXPECT_NE(group, "33:33:ff:12:34:56");
}

class KeyFile : public testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            std::filesystem::temp_directory_path() / ("vedette-key-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::string path(const char* name) const { return folder_ / name; }
    std::filesystem::path folder_;
};

TEST_F(KeyFile, is_made_once_and_for_its_owner_only) {
    const auto made = AnonymizeKey::load_or_create(path("new/key"));
    ASSERT_TRUE(made) << made.error().text;
    struct stat status{};
    ASSERT_EQ(::stat(path("new/key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto again = AnonymizeKey::load_or_create(path("new/key"));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *made);
    const auto other = AnonymizeKey::load_or_create(path("other"));
    ASSERT_TRUE(other);
    EXPECT_FALSE(*other == *made);
    EXPECT_FALSE(made->save(path("other")));  // never over another key
    EXPECT_NE(made->derive("a"), made->derive("b"));
}

TEST_F(KeyFile, is_refused_when_it_is_no_key_or_no_secret) {
    EXPECT_EQ(AnonymizeKey::load(path("none")).error().kind, ErrorKind::NotFound);
    std::ofstream(path("short")) << "abcdef\n";
    ::chmod(path("short").c_str(), 0600);
    EXPECT_EQ(AnonymizeKey::load(path("short")).error().kind, ErrorKind::InvalidInput);
    std::ofstream(path("text")) << std::string(64, 'x');
    ::chmod(path("text").c_str(), 0600);
    EXPECT_EQ(AnonymizeKey::load(path("text")).error().kind, ErrorKind::InvalidInput);
    std::ofstream(path("open")) << std::string(64, 'a') << '\n';
    ::chmod(path("open").c_str(), 0644);
    EXPECT_EQ(AnonymizeKey::load(path("open")).error().kind, ErrorKind::Permission);
    ::chmod(path("open").c_str(), 0600);
    EXPECT_TRUE(AnonymizeKey::load(path("open")));
}

}  // namespace
}  // namespace vedette::captures
