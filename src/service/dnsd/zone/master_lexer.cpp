#include "service/dnsd/zone/master_lexer.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace vedette::dnsd {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{1} << 20U;
constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 24U;

bool ends_token(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' || c == '(' || c == ')' ||
           c == '"';
}

}  // namespace

Result<MasterLexer> MasterLexer::open(const std::string& path) {
    MasterLexer lexer;
    lexer.file_.reset(std::fopen(path.c_str(), "rbe"));
    if (!lexer.file_)
        return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed,
                    fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    lexer.buffer_.resize(kFirstBuffer);
    lexer.at_end_ = false;
    return lexer;
}

MasterLexer MasterLexer::over(std::string_view text) {
    MasterLexer lexer;
    lexer.text_ = text;
    return lexer;
}

Result<bool> MasterLexer::next(MasterEntry& entry) {
    while (true) {
        line_ = next_line_;
        switch (scan(entry)) {
            case Scan::Entry:
                return true;
            case Scan::Blank:
                if (text_.empty() && at_end_) return false;
                break;
            case Scan::NeedMore:
                VEDETTE_TRY(refill());
                break;
            case Scan::UnbalancedParenthesis:
                return fail(ErrorKind::InvalidInput, "unbalanced parentheses");
            case Scan::OpenQuote:
                return fail(ErrorKind::InvalidInput, "a quoted string has no end");
        }
    }
}

Result<void> MasterLexer::refill() {
    if (text_.size() == buffer_.size()) {
        if (buffer_.size() >= kMaxEntryBytes)
            return fail(ErrorKind::InvalidInput, "an entry is longer than 16 MiB");
        std::vector<char> larger(buffer_.size() * 2);
        std::memcpy(larger.data(), text_.data(), text_.size());
        buffer_.swap(larger);
    } else {
        if (!text_.empty()) std::memmove(buffer_.data(), text_.data(), text_.size());
    }
    const std::size_t kept = text_.size();
    const std::size_t got =
        std::fread(buffer_.data() + kept, 1, buffer_.size() - kept, file_.get());
    text_ = {buffer_.data(), kept + got};
    if (got == 0) {
        at_end_ = true;
        if (std::ferror(file_.get()) != 0)
            return fail(ErrorKind::Failed, fmt::format("cannot read: {}", std::strerror(errno)));
    }
    return {};
}

MasterLexer::Scan MasterLexer::scan(MasterEntry& entry) {
    entry.tokens.clear();
    entry.line = line_;
    entry.starts_blank = !text_.empty() && (text_[0] == ' ' || text_[0] == '\t');
    std::uint64_t lines = 0;
    unsigned depth = 0;
    std::size_t i = 0;
    const std::size_t size = text_.size();
    const auto finish = [&](std::size_t consumed) {
        text_.remove_prefix(consumed);
        next_line_ = line_ + lines;
        return entry.tokens.empty() ? Scan::Blank : Scan::Entry;
    };
    while (i < size) {
        const char c = text_[i];
        if (c == '\n') {
            ++lines;
            ++i;
            if (depth == 0) return finish(i);
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++i;
        } else if (c == ';') {
            while (i < size && text_[i] != '\n')
                ++i;
        } else if (c == '(') {
            ++depth;
            ++i;
        } else if (c == ')') {
            if (depth-- == 0) return Scan::UnbalancedParenthesis;
            ++i;
        } else if (c == '"') {
            const std::size_t start = i++;
            while (i < size && text_[i] != '"' && text_[i] != '\n')
                i += text_[i] == '\\' ? 2 : 1;
            if (i >= size && !at_end_) return Scan::NeedMore;
            if (i >= size || text_[i] == '\n') return Scan::OpenQuote;
            ++i;
            entry.tokens.push_back(text_.substr(start, i - start));
        } else {
            const std::size_t start = i;
            while (i < size && !ends_token(text_[i]))
                i += text_[i] == '\\' ? 2 : 1;
            if (i > size) i = size;
            entry.tokens.push_back(text_.substr(start, i - start));
        }
    }
    if (!at_end_) return Scan::NeedMore;
    return depth == 0 ? finish(size) : Scan::UnbalancedParenthesis;
}

}  // namespace vedette::dnsd
