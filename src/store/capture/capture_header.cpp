// The header of a capture: fields by number, so that newer ones can be left out by older readers.
#include "capture/capture_codec.h"

namespace conntrail::store {
namespace {

enum class Field : std::uint8_t {
  program = 1,
  kernel = 2,
  host = 3,
  boot_id = 4,
  clock_offset = 5,
  started = 6,
  events = 7,
  filter = 8,
  reset_reason = 9,  // once for each
  followed_pid = 10,
};

class Fields {
 public:
  explicit Fields(ByteWriter& out) : out_(out) {}
  void text(Field field, std::string_view value) {
    name(field);
    out_.text(value);
  }
  void number(Field field, std::int64_t value) {
    content_.clear();
    content_.signed_varint(value);
    put(field);
  }
  void reset_reason(std::uint32_t reason, std::string_view value) {
    content_.clear();
    content_.varint(reason);
    content_.text(value);
    put(Field::reset_reason);
  }

 private:
  void name(Field field) { out_.varint(static_cast<std::uint8_t>(field)); }
  void put(Field field) {
    name(field);
    out_.varint(content_.size());
    out_.bytes(content_.view());
  }
  ByteWriter& out_;
  ByteWriter content_;
};

std::string as_text(ByteView content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

void take(CaptureHeader& header, Field field, ByteView content) {
  ByteReader in(content);
  switch (field) {
    case Field::program:
      header.program = as_text(content);
      break;
    case Field::kernel:
      header.kernel = as_text(content);
      break;
    case Field::host:
      header.host = as_text(content);
      break;
    case Field::boot_id:
      header.boot_id = as_text(content);
      break;
    case Field::clock_offset:
      header.clock = WallClock::with_offset(in.signed_varint());
      break;
    case Field::started:
      header.started = {in.signed_varint()};
      break;
    case Field::events:
      header.events = in.signed_varint() != 0;
      break;
    case Field::filter:
      header.filter = as_text(content);
      break;
    case Field::reset_reason: {
      const auto reason = in.number<std::uint32_t>();
      header.reset_reasons.emplace_back(reason, in.text());
      break;
    }
    case Field::followed_pid:
      header.followed_pid = static_cast<std::uint32_t>(in.signed_varint());
      break;
  }
}

}  // namespace

void encode(ByteWriter& out, const CaptureHeader& header) {
  Fields fields(out);
  fields.text(Field::program, header.program);
  fields.text(Field::kernel, header.kernel);
  fields.text(Field::host, header.host);
  fields.text(Field::boot_id, header.boot_id);
  fields.number(Field::clock_offset, header.clock.offset_ns());
  fields.number(Field::started, header.started.ns);
  fields.number(Field::events, header.events ? 1 : 0);
  fields.text(Field::filter, header.filter);
  for (const auto& [reason, name] : header.reset_reasons) fields.reset_reason(reason, name);
  fields.number(Field::followed_pid, header.followed_pid);
}

CaptureHeader decode_header(ByteReader& in) {
  CaptureHeader header;
  while (in.left() > 0) {
    const std::uint64_t field = in.varint();
    const ByteView content = in.bytes(in.number<std::size_t>());
    if (in.good() && field > 0 && field <= static_cast<std::uint64_t>(Field::followed_pid))
      take(header, static_cast<Field>(field), content);
  }
  return header;
}

}  // namespace conntrail::store
