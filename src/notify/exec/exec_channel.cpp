#include "notify/exec/exec_channel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "notify/digest_json.hpp"
#include "notify/digest_text.hpp"
#include "render/table/safe_text.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::notify {
namespace {

using sys::Descriptor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 4'096;
constexpr int kPollMs = 200;
constexpr int kEndPollMs = 10;

struct Pipe {
    Descriptor read;
    Descriptor write;

    static Result<Pipe> make() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return sys::fail_errno("pipe");
        return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
    }
};

/// What the child starts with: descriptors 0 to 2, no other; the default signals; its own group.
class SpawnPlan {
  public:
    SpawnPlan(int input, int output) {
        ::posix_spawn_file_actions_init(&files_);
        ::posix_spawn_file_actions_adddup2(&files_, input, 0);
        ::posix_spawn_file_actions_adddup2(&files_, output, 1);
        ::posix_spawn_file_actions_adddup2(&files_, output, 2);
        ::posix_spawn_file_actions_addclosefrom_np(&files_, 3);
        ::posix_spawn_file_actions_addchdir_np(&files_, "/");
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    Result<pid_t> run(std::vector<std::string>& command) const {
        std::vector<char*> words;
        for (std::string& word : command)
            words.push_back(word.data());
        words.push_back(nullptr);
        std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        std::string language = "LANG=C.UTF-8";
        const std::array<char*, 3> environment{path.data(), language.data(), nullptr};
        pid_t pid = 0;
        const int error =
            ::posix_spawn(&pid, words[0], &files_, &attributes_, words.data(), environment.data());
        if (error != 0) return std::unexpected(sys::os_error(error, command[0]));
        return pid;
    }

  private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

/// Feeds the child, keeps the beginning of what it says, and waits for its end.
class Conversation {
  public:
    Conversation(pid_t pid, Pipe& input, Pipe& output, std::string text)
        : pid_(pid),
          input_(std::move(input.write)),
          output_(std::move(output.read)),
          text_(std::move(text)) {
        ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
        ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    }
    ~Conversation() {
        if (pid_ <= 0) return;
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// True when the child has ended; false when the time is up or the attempt was given up.
    bool run(const Attempt& attempt) {
        const auto end = Clock::now() + std::chrono::nanoseconds(attempt.timeout.nanos);
        while (Clock::now() < end && !attempt.given_up()) {
            talk();
            const pid_t ended = ::waitpid(pid_, &status_, WNOHANG);
            if (ended == pid_) {
                listen();
                ::kill(-pid_, SIGKILL);  // whatever it has left behind
                pid_ = 0;
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] std::string heard() const {
        std::string_view text = clip(heard_, 300);
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        return render::safe_text(text);
    }

  private:
    void talk() {
        // poll() passes over what is closed (-1).
        std::array<pollfd, 2> waits{pollfd{input_.get(), POLLOUT, 0},
                                    pollfd{output_.get(), POLLIN, 0}};
        const bool open = input_.open() || output_.open();
        if (::poll(waits.data(), waits.size(), open ? kPollMs : kEndPollMs) <= 0) return;
        feed();
        listen();
    }
    void feed() {
        if (!input_.open()) return;
        const ssize_t sent = ::write(input_.get(), text_.data() + at_, text_.size() - at_);
        if (sent > 0) at_ += static_cast<std::size_t>(sent);
        const bool gone = sent < 0 && errno != EAGAIN && errno != EINTR;  // it does not read on
        if (gone || at_ == text_.size()) input_.close();
    }
    void listen() {
        std::array<char, 1'024> piece{};
        while (output_.open()) {
            const ssize_t got = ::read(output_.get(), piece.data(), piece.size());
            if (got == 0) output_.close();
            if (got <= 0) return;
            const auto room = kMaxOutput - heard_.size();
            heard_.append(piece.data(), std::min(static_cast<std::size_t>(got), room));
        }
    }

    pid_t pid_;
    Descriptor input_;
    Descriptor output_;
    std::string text_;
    std::string heard_;
    std::size_t at_ = 0;
    int status_ = 0;
};

class ExecChannel final : public Channel {
  public:
    explicit ExecChannel(std::vector<std::string> command) : command_(std::move(command)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        auto input = Pipe::make();
        auto output = Pipe::make();
        if (!input) return failed(input.error().text);
        if (!output) return failed(output.error().text);
        const auto pid = SpawnPlan(input->read.get(), output->write.get()).run(command_);
        if (!pid) return failed(pid.error().text);
        attempt.tell(fmt::format("* started {} as process {}", command_[0], *pid));
        input->read.close();
        output->write.close();
        Conversation conversation(*pid, *input, *output, digest_json(digest) + "\n");
        const bool ended = conversation.run(attempt);
        return judge(conversation, ended, attempt);
    }

  private:
    static Outcome failed(std::string text) {
        return {Outcome::Verdict::Failed, std::move(text), {}};
    }
    static Outcome judge(const Conversation& conversation, bool ended, const Attempt& attempt) {
        const std::string heard = conversation.heard();
        if (!heard.empty()) attempt.tell("< " + heard);
        const std::string said = heard.empty() ? "" : ": " + heard;
        if (!ended) {
            // What it had done until then is not known.
            const auto* const why = attempt.given_up() ? "the program ends" : "its time was up";
            return {Outcome::Verdict::Unclear, fmt::format("killed, {}{}", why, said), {}};
        }
        const int status = conversation.status();
        if (WIFSIGNALED(status))
            return failed(fmt::format("ended by signal {}{}", WTERMSIG(status), said));
        if (WEXITSTATUS(status) != 0)
            return failed(fmt::format("exit code {}{}", WEXITSTATUS(status), said));
        return {Outcome::Verdict::Delivered, "exit code 0" + said, {}};
    }

    std::vector<std::string> command_;
};

}  // namespace

std::unique_ptr<Channel> make_exec_channel(std::vector<std::string> command) {
    return std::make_unique<ExecChannel>(std::move(command));
}

}  // namespace vedette::notify
