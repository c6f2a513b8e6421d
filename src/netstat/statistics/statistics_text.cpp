#include "statistics/statistics_text.h"

#include "conntrail/base/text.h"
#include "output/translation.h"

namespace conntrail::netstat {

void StatisticsText::begin_section(std::string_view title, const CounterSection* known) {
  known_ = known;
  if (known != nullptr) place_ = Place::section;
  out_.append(printable(title)).append(":\n");
}

void StatisticsText::line(std::string_view text, std::uint64_t value) {
  out_.append(indent()).append(with_values(text, {std::to_string(value)})).append("\n");
}

void StatisticsText::enter_histogram(Place place, std::string_view title) {
  if (place_ == place) return;
  out_.append(indent()).append(title).append("\n");
  place_ = place;
}

void StatisticsText::add(const Counter& counter) {
  const CounterLabel* label = known_ == nullptr ? nullptr : known_->find(counter.name);
  if (label == nullptr) {
    if (counter.value == 0) return;
    out_.append(indent()).append(printable(counter.name)).append(": ");
    out_.append(std::to_string(counter.value)).append("\n");
    return;
  }
  switch (label->kind) {
    case CounterKind::hidden:
      return;
    case CounterKind::always:
      place_ = Place::section;
      break;
    case CounterKind::non_zero:
      place_ = Place::section;
      if (counter.value == 0) return;
      break;
    case CounterKind::icmp_in:
      enter_histogram(Place::icmp_in, translated("ICMP input histogram:"));
      if (counter.value == 0) return;
      break;
    case CounterKind::icmp_out:
      enter_histogram(Place::icmp_out, translated("ICMP output histogram:"));
      if (counter.value == 0) return;
      break;
  }
  line(translated(label->text), counter.value);
}

}  // namespace conntrail::netstat
