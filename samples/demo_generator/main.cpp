// Writes the demo capture and what is known about it. The seed is fixed: the same program gives the
// same bytes, which samples/CMakeLists.txt proves against the files in the tree.
#include <cstdio>
#include <fstream>

#include "stage.hpp"

namespace {

constexpr std::uint64_t kSeed = 20261120;

void name_clients(demo::Stage& stage) {
    for (const demo::Client& client : stage.cast)
        stage.tally.client({{"mac", demo::quoted(client.mac.to_text())},
                            {"ip", demo::quoted(client.ip.to_text())},
                            {"host", demo::quoted(std::string(client.host))}});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: demo_generator CAPTURE.pcapng EXPECTED.json\n");
        return 2;
    }
    demo::Stage stage(kSeed);
    name_clients(stage);
    demo::play_neighbours(stage);
    demo::play_leases(stage);
    demo::play_local(stage);
    demo::play_browsing(stage);
    demo::play_services(stage);
    demo::play_trouble(stage);
    demo::play_damage(stage);
    std::ofstream expected(argv[2]);
    expected << stage.tally.to_json(stage.capture.size());
    expected.flush();
    if (!stage.capture.write(argv[1]) || !expected) {
        std::fprintf(stderr, "demo_generator: cannot write %s or %s\n", argv[1], argv[2]);
        return 1;
    }
    return 0;
}
