// What a client does on the streams of one connection, in any order: octets, ends, cancellations,
// closed streams, answers that cannot be sent yet. A model of RFC 9250 in a few lines says what has
// to come of each step, which octets go out, and what is held for it.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "service/dnsd/net/doq_streams.hpp"
#include "wire/reader/reader.hpp"

namespace {

using namespace vedette;
using dnsd::DoqCode;
using dnsd::DoqStreams;

constexpr std::size_t kAnswerUnit = 257;  // octets of answer for each step of a question's third

void check(bool fine) {
    if (!fine) std::abort();
}

std::vector<std::uint8_t> answer_of(ByteView query) {
    return std::vector<std::uint8_t>(query.size() > 2 ? std::size_t{query[2]} * kAnswerUnit : 0,
                                     'a');
}

class Answerer final : public dnsd::DoqAnswerer {
  public:
    ByteView answer_message(ByteView query) noexcept override {
        check(query.size() >= 2 && query[0] == 0 && query[1] == 0);
        message_ = answer_of(query);
        return message_;
    }

  private:
    std::vector<std::uint8_t> message_;
};

struct Model {
    std::vector<std::uint8_t> question;
    std::vector<std::uint8_t> answer;  // as it goes out
    std::size_t sent = 0;
    bool asked = false;
    bool cancelled = false;
    bool never = false;  // the stream cannot be sent on
};

class Run {
  public:
    explicit Run(ByteView script) : script_(script) {}

    void all() {
        while (script_.ok() && !script_.at_end()) {
            const std::uint8_t step = script_.u8();
            const DoqStreams::Id id = 4 * (step >> 4U);
            if (!one(step & 15U, id)) return;
            look();
        }
        for (const auto& [id, model] : models_)
            streams_.close(id);
        check(streams_.held() == 0 && streams_.streams() == 0 && !streams_.next());
        credit_ += streams_.take_credit();
        check(credit_ == taken_ && !streams_.oldest_question());
    }

  private:
    // False when the connection is over.
    bool one(unsigned step, DoqStreams::Id id) {
        if (step < 8) return take(id, step < 4);
        if (step < 10) {
            streams_.cancel(id);
            models_[id].cancelled = true;
        } else if (step < 12) {
            streams_.close(id);
            models_.erase(id);
            skipped_.erase(id);
        } else if (step < 14) {
            send(script_.u8());
        } else if (step == 14) {
            skip();
        } else {
            streams_.resume();
            skipped_.clear();
        }
        return true;
    }

    bool take(DoqStreams::Id id, bool last) {
        const std::size_t size = script_.u8();
        const ByteView data = script_.bytes(std::min(size, script_.remaining()));
        const std::vector<std::uint8_t> exact(data.begin(), data.end());
        taken_ += data.size();
        Model& model = models_[id];
        const DoqCode expected = foresee(model, data, last);
        const DoqCode code = streams_.take(
            id, exact, last ? DoqStreams::More::Never : DoqStreams::More::Expected, ++now_);
        check(code == expected);
        return code == DoqCode::NoError;
    }

    DoqCode foresee(Model& model, ByteView data, bool last) const {
        if (model.cancelled) return DoqCode::NoError;
        if (model.asked) return DoqCode::ProtocolError;
        auto& question = model.question;
        question.insert(question.end(), data.begin(), data.end());
        const std::size_t length = question.size() < 2 ? 0 : question[0] * 256U + question[1];
        if (question.size() > 2 + length) return DoqCode::ProtocolError;
        if (!last) return DoqCode::NoError;
        if (question.size() < 4 || question.size() != 2 + length || question[2] != 0 ||
            question[3] != 0)
            return DoqCode::ProtocolError;
        const auto answer = answer_of(ByteView(question).subspan(2));
        if (answer.empty()) return DoqCode::ProtocolError;
        model.asked = true;
        model.answer = {static_cast<std::uint8_t>(answer.size() >> 8U),
                        static_cast<std::uint8_t>(answer.size())};
        model.answer.insert(model.answer.end(), answer.begin(), answer.end());
        return held() > DoqStreams::kMaxHeld ? DoqCode::ExcessiveLoad : DoqCode::NoError;
    }

    [[nodiscard]] std::size_t held() const {
        std::size_t sum = 0;
        for (const auto& [id, model] : models_)
            sum += model.answer.size();
        return sum;
    }

    [[nodiscard]] bool is_due(DoqStreams::Id id) const {
        const Model& model = models_.at(id);
        return model.asked && !model.cancelled && !model.never && !skipped_.contains(id) &&
               model.sent < model.answer.size();
    }

    void send(std::size_t quota) {
        const auto out = streams_.next();
        if (!out) return;
        Model& model = models_.at(out->id);
        check(is_due(out->id));
        check(std::ranges::equal(out->rest, ByteView(model.answer).subspan(model.sent)));
        const std::size_t bytes = std::min(quota * 64, out->rest.size());
        model.sent += bytes;
        streams_.sent(bytes);
    }

    void skip() {
        const auto out = streams_.next();
        if (!out) return;
        const bool forever = script_.u8() % 2 == 0;
        if (forever)
            models_.at(out->id).never = true;
        else
            skipped_.insert(out->id);
        streams_.skip(forever ? DoqStreams::Obstacle::Forever : DoqStreams::Obstacle::Now);
    }

    // After each step.
    void look() {
        credit_ += streams_.take_credit();
        std::size_t unfinished = 0;
        bool due = false;
        for (const auto& [id, model] : models_) {
            if (!model.asked && !model.cancelled) unfinished += model.question.size();
            due = due || is_due(id);
        }
        check(credit_ + unfinished == taken_);
        check(streams_.held() == held() && streams_.streams() == models_.size());
        check(streams_.next().has_value() == due);
        check(!streams_.oldest_question() || *streams_.oldest_question() <= now_);
    }

    wire::Reader script_;
    Answerer answerer_;
    DoqStreams streams_{answerer_};
    std::map<DoqStreams::Id, Model> models_;
    std::set<DoqStreams::Id> skipped_;
    std::size_t taken_ = 0;
    std::size_t credit_ = 0;
    DoqStreams::Time now_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run({data, size}).all();
    return 0;
}
