#include "statistics/statistics_sink.h"

#include <cstdint>
#include <string>

#include "statistics/statistics_text.h"

namespace conntrail::netstat {

namespace {

class TextSink final : public CounterSink {
 public:
  explicit TextSink(Console& console) : console_(console), text_(out_) {}
  void begin_section(std::string_view title, const CounterSection* known) override {
    text_.begin_section(title, known);
    print();
  }
  void add(const Counter& counter) override {
    text_.add(counter);
    print();
  }
  void skip_section() override { text_.skip_section(); }
  [[nodiscard]] bool accepts(const CounterGroup& /*group*/) const override { return true; }

 private:
  void print() {
    console_.text(out_);
    out_.clear();
  }

  Console& console_;
  std::string out_;
  StatisticsText text_;
};

// Every counter, zeros and those that netstat hides included, under the kernel's own names.
class RecordSink final : public CounterSink {
 public:
  RecordSink(Format format, Console& console) : writer_(format, console) {}
  void begin_section(std::string_view title, const CounterSection* /*known*/) override { section_ = title; }
  void add(const Counter& counter) override {
    if (!counter.given) return;
    writer_.begin("counter");
    writer_.text("section", section_);
    writer_.text("name", counter.name);
    if (counter.negative) {
      writer_.number("value", static_cast<std::int64_t>(counter.value));
    } else {
      writer_.unsigned_number("value", counter.value);
    }
    writer_.end();
  }
  [[nodiscard]] bool accepts(const CounterGroup& group) const override { return group.same_section; }

 private:
  RecordWriter writer_;
  std::string section_;
};

}  // namespace

std::unique_ptr<CounterSink> make_counter_sink(Format format, Console& console) {
  if (format == Format::text) return std::make_unique<TextSink>(console);
  return std::make_unique<RecordSink>(format, console);
}

}  // namespace conntrail::netstat
