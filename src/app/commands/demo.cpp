// The demo runs the very commands a person would type, over a store of its own.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "app/commands/commands.hpp"
#include "sys/os/error.hpp"
#include "sys/os/privileges.hpp"

namespace vedette::app {
namespace {

/// A folder that disappears with its owner, unless it is kept.
class TemporaryFolder {
  public:
    static Result<TemporaryFolder> make(const Context& context) {
        std::string path = context.environment("TMPDIR").value_or("/tmp") + "/vedette-demo-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) {
            return sys::fail_errno("cannot make a temporary folder " + path);
        }
        return TemporaryFolder(std::move(path));
    }
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

/// Beside the program in a build tree, or where packages put it.
Result<std::string> find_capture() {
    const std::filesystem::path program = std::filesystem::path(sys::executable_path());
    const std::filesystem::path folder = program.parent_path();
    for (const char* const relative :
         {"../share/vedette/demo.pcapng", "../../samples/demo.pcapng", "samples/demo.pcapng"}) {
        const std::filesystem::path path = (folder / relative).lexically_normal();
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) return path.string();
    }
    return fail(ErrorKind::NotFound,
                fmt::format("the bundled capture demo.pcapng is not near {}; name one: "
                            "vedette demo -r FILE",
                            program.string()));
}

struct Scene {
    std::string_view title;
    std::string_view command;  ///< words separated by blanks
};
constexpr std::array kScenes{
    Scene{"The machines of this network, by MAC address", "clients"},
    Scene{"Who asked for what, and what came back", "logs type:A,AAAA,HTTPS is:answered -n 8"},
    Scene{"The names most asked for", "top names -n 6"},
    Scene{"Two DHCP servers hand out addresses; one of them should not be there", "leases -n 8"},
    Scene{"Names that do not exist: one client has lost its way, or its mind",
          "top clients rcode:NXDOMAIN -n 4"},
    Scene{"Data hidden in names: a tunnel", "logs type:TXT -n 4"},
    Scene{"Somebody asks a resolver outside", "top resolvers -n 6"},
    Scene{"Packets that are damaged, and how", "logs is:malformed -n 6"},
    Scene{"What Vedette found wrong by itself", "alerts"},
};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t blank = text.find(' ');
        words.emplace_back(text.substr(0, blank));
        text = blank == std::string_view::npos ? "" : text.substr(blank + 1);
    }
    return words;
}

Result<int> run_words(Context& context, std::vector<std::string> words) {
    const auto request = parse_arguments(context.line(), std::move(words));
    if (!request) return std::unexpected(request.error());
    return request->command->run(context, request->arguments);
}

/// A context like `context` whose store is in `folder`, kept whole whatever the settings say.
Context demo_context(const Context& context, const std::string& folder) {
    config::Loaded loaded = context.loaded();
    loaded.settings = config::Settings{};
    loaded.settings.display_color = context.settings().display_color;
    loaded.settings.store_path = folder + "/demo.db";
    loaded.settings.store_keep_days = 0;
    Context demo(context.line(), context.load_request(), std::move(loaded));
    demo.set_hints(Context::Hints::Kept);
    return demo;
}

Result<int> play(Context& demo, const std::string& capture, const std::string& folder) {
    const auto read = run_words(demo, {"watch", "--quiet", "-r", capture});
    if (!read) return read;
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    const render::Color color = demo.color(*output);
    for (const Scene& scene : kScenes) {
        output->write(fmt::format(
            "\n{}\n{}\n\n", render::toned(scene.title, render::Tone::Strong, color),
            render::toned(fmt::format("$ vedette {}", scene.command), render::Tone::Quiet, color)));
        output->flush();
        if (output->closed()) return 0;
        const auto shown = run_words(demo, split(scene.command));
        if (!shown) return shown;
    }
    output->write(fmt::format(
        "\nThis was the demo; its store {}. Next, on your own packets:\n\n"
        "  vedette watch -r capture.pcap     read a capture\n"
        "  vedette analyze capture.pcap      what is in it, on one page\n"
        "  sudo vedette watch -i INTERFACE   listen (vedette interfaces lists them)\n"
        "  vedette logs vendor:apple         then look (vedette help filters)\n",
        folder.empty() ? std::string("is deleted") : "is kept in " + folder + "/demo.db"));
    VEDETTE_TRY(output->finish());
    return 0;
}

}  // namespace

Result<int> run_demo(Context& context, const Arguments& arguments) {
    std::string capture;
    if (const std::string* const named = arguments.get("read")) {
        capture = *named;
    } else {
        auto found = find_capture();
        if (!found) return std::unexpected(std::move(found).error());
        capture = std::move(*found);
    }
    std::error_code ignored;
    const std::string nearby = std::filesystem::proximate(capture, ignored).string();
    const bool shorter = !nearby.empty() && nearby.size() < capture.size();
    context.say(fmt::format("Reading {} into a store of its own.", shorter ? nearby : capture));
    if (const std::string* const kept = arguments.get("keep")) {
        Context demo = demo_context(context, *kept);
        return play(demo, capture, *kept);
    }
    const auto folder = TemporaryFolder::make(context);
    if (!folder) return std::unexpected(folder.error());
    Context demo = demo_context(context, folder->path());
    return play(demo, capture, "");
}

}  // namespace vedette::app
